"""docs/tsv-columns.md, made from the one table of columns."""

from __future__ import annotations

from collections.abc import Iterator

from tsv import fields
from tsv.choices import PROFILES, REASONS
from tsv.fields import KIND_NAMES, Kind

_HEAD = """# Columns of NII's application files

Made by `python -m tsv columns` from `tsv/fields.py`; a test compares the two. Correct the table there, never here.

Every file is Shift_JIS with tabs, CRLF and thirteen columns, without header and quotes, at most {rows} rows, one kind
only. Characters must have the same bytes in `shift_jis` and `cp932`. Lengths count characters.

The last column says where the rule comes from: N… a page of NII, NT… a transcription of NII's manual, T… a public tool
written against the manual, U… another university, S the university's own service page, INF our inference. NII's
present manual has not been seen: before the first use a registrar compares these tables with
支援システム操作手順書(利用管理者用).
"""


def markdown() -> str:
    """Return the whole page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _HEAD.format(rows=fields.MAX_ROWS)
    for kind in Kind:
        japanese, english = KIND_NAMES[kind]
        yield f"## {japanese} ({english}) — `{kind.value}`\n"
        yield "| # | 名称 | Name | Field | Required | Characters | Max. | Rule | Source |"
        yield "|---|---|---|---|---|---|---|---|---|"
        for column in fields.columns(kind):
            if column.used:
                need = "○" if column.required else "△"
                yield (
                    f"| {column.number} | {column.name_ja} | {column.name_en} | `{column.field}` | {need} "
                    f"| {column.charset.value} | {column.max_length} | {column.rule} | {column.source} |"
                )
        empty = ", ".join(str(column.number) for column in fields.columns(kind) if not column.used)
        yield f"\nEmpty columns: {empty or 'none'}.\n"
    yield "## Profiles\n"
    yield from (
        f"- `{choice.number}` {choice.name}: {choice.en} / {choice.ja} ({choice.source})"
        for choice in PROFILES.values()
    )
    yield "\n## Reasons for revocation\n"
    yield from (
        f"- `{choice.number}` {choice.name}: {choice.en} / {choice.ja} ({choice.source})" for choice in REASONS.values()
    )
