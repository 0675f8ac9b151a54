"""The one canonical JSON: the same value gives the same bytes, now and in ten years. Pure Python.

UTF-8, every text in Unicode Normalization Form C, members sorted by name (by code point), no white space. Only what
every database and JSON reader hands back unchanged is taken: floats are refused, because their text is not.
"""

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from typing import Any

LARGEST_INTEGER = 2**53 - 1
"""Above it readers that keep numbers as IEEE 754 doubles differ. RFC 8259, section 6."""


class NotCanonical(ValueError):
    """The value has no canonical form; `path` says where, e.g. "$.names[2]"."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path


def encode(value: Any) -> bytes:
    """Return the canonical bytes of `value`. Raises NotCanonical for anything but JSON values without floats."""
    return json.dumps(normalize(value), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(value: Any) -> str:
    """Return the SHA-256 of the canonical bytes, as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(encode(value)).hexdigest()


def normalize(value: Any, *, path: str = "$") -> Any:
    """Return `value` in plain dict, list, str, int, bool and None, texts in NFC: what should be stored.

    Raises NotCanonical.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _normalize_text(value, path=path)
    if isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            raise NotCanonical(path, "the integer is beyond 2^53 - 1")
        return int(value)
    if isinstance(value, Mapping):
        return _normalize_members(value, path=path)
    if isinstance(value, list | tuple):
        return [normalize(item, path=f"{path}[{position}]") for position, item in enumerate(value)]
    raise NotCanonical(path, f"{type(value).__name__} has no canonical form")


def _normalize_members(members: Mapping[Any, Any], *, path: str) -> dict[str, Any]:
    normalized: dict[str, Any] = {}
    for name, value in members.items():
        if not isinstance(name, str):
            raise NotCanonical(path, "the name of a member is not text")
        key = _normalize_text(name, path=path)
        if key in normalized:
            raise NotCanonical(path, "two members have the same name in NFC")
        normalized[key] = normalize(value, path=f"{path}.{key}")
    return normalized


def _normalize_text(text: str, *, path: str) -> str:
    # A plain str: the repr and type of a StrEnum must not travel further.
    plain = unicodedata.normalize("NFC", str.__str__(text))
    if "\x00" in plain or any("\ud800" <= character <= "\udfff" for character in plain):
        # PostgreSQL's jsonb refuses both, UTF-8 the second.
        raise NotCanonical(path, "the text holds NUL or half of a surrogate pair")
    return plain
