"""A table of transitions as a diagram in Mermaid's language, for README.md."""

from typing import Any

from requests_app.states.table import Table


def mermaid(table: Table[Any, Any]) -> str:
    """Return the `stateDiagram-v2` of a table: one arrow for each pair of states, with every action that takes it."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for source, action, target in table.edges():
        arrows.setdefault((source.value, target.value), []).append(action.value)
    order = [state.value for state in table.states]
    lines = ["stateDiagram-v2", f"    [*] --> {table.initial.value}"]
    for (source, target), actions in sorted(arrows.items(), key=lambda item: [order.index(name) for name in item[0]]):
        lines.append(f"    {source} --> {target}: {', '.join(actions)}")
    lines += [f"    {state.value} --> [*]" for state in table.states if state in table.final]
    return "\n".join(lines)
