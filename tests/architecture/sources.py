"""The portal's own source files, as syntax trees."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PACKAGES = (
    "demo",
    "upki_portal",
    "requests_app",
    "inventory",
    "accounts",
    "audit",
    "notifications",
    "csr",
    "tsv",
    "probes",
)
"""From the top floor down."""


def modules(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    """Yield (path from the root, tree) of every module below `folders`, migrations left out."""
    for folder in folders or PACKAGES:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path.relative_to(ROOT).as_posix(), tree_of(path)


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def called_name(call: ast.Call) -> str:
    """Return the last part of what is called: `update` of `requests.filter(…).update(…)`."""
    match call.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""


def tasks(*folders: str) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Yield (name as Celery knows it, function) of every task."""
    for path, tree in modules(*folders):
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and any(_makes_a_task(one) for one in node.decorator_list):
                yield f"{path.removesuffix('.py').replace('/', '.')}.{node.name}", node


def _makes_a_task(decorator: ast.expr) -> bool:
    """Whether it is `shared_task` or `app.task`, called or not; a signal's `task_success.connect` is none."""
    return bool(re.search(r"(^|\.)(shared_task|task)(\(|$)", ast.unparse(decorator)))


def verbs(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """Yield the functions that are durable transactions."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and any(
            ast.unparse(decorator) == "transaction.atomic(durable=True)" for decorator in node.decorator_list
        ):
            yield node
