"""Every address of the portal, as the resolver knows it."""

import re
from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

_GROUP = re.compile(r"\^?\(\?P<(\w+)>[^)]*\)(/?)\$?")
_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


def all_patterns() -> Iterator[tuple[str, URLPattern]]:
    """Yield (address, pattern); parameters stand as in path(), those of a regular expression as <name>."""
    for route, pattern in _below("", get_resolver().url_patterns):
        yield _GROUP.sub(r"<\1>\2", route), pattern


def _below(prefix: str, patterns: list[URLPattern | URLResolver]) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _below(route, pattern.url_patterns)
        else:
            yield route, pattern


def filled(address: str, values: dict[str, str]) -> str:
    """Return the path with `values` in place of the parameters."""
    return "/" + _PARAMETER.sub(lambda found: values[found[1]], address)
