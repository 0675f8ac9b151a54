"""Just enough DER to see where one element ends: trailing bytes, and what cryptography reads late or does not show.

Everything that is *read* is read by `cryptography`, which accepts only DER; this walks over values it has accepted, or
finds the reason why it did not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
OBJECT_IDENTIFIER = 0x06
SEQUENCE = 0x30
SET = 0x31
CONTEXT_0 = 0xA0


class DerError(ValueError):
    """The bytes are not DER at this place."""


class Truncated(DerError):
    """The element says that it is longer than what is there."""


class Element(NamedTuple):
    """One element: its tag octet, its content, and where it started and ended."""

    tag: int
    content: bytes
    start: int
    end: int


def read(encoded: bytes, start: int = 0) -> Element:
    """Return the element that begins at `start`. Raises DerError; indefinite and non-minimal lengths are not DER."""
    if start + 2 > len(encoded):
        raise Truncated
    tag, first = encoded[start], encoded[start + 1]
    body = start + 2
    length = first
    if first >= 0x80:
        octets = first & 0x7F
        body += octets
        if not 1 <= octets <= 4:
            raise DerError
        if body > len(encoded):
            raise Truncated
        length = int.from_bytes(encoded[start + 2 : body], "big")
        if length < 0x80 or length < 1 << 8 * (octets - 1):
            raise DerError
    end = body + length
    if end > len(encoded):
        raise Truncated
    return Element(tag, encoded[body:end], start, end)


def children(content: bytes) -> Iterator[Element]:
    """Yield the elements that fill `content` one after the other. Raises DerError."""
    position = 0
    while position < len(content):
        element = read(content, position)
        yield element
        position = element.end


def whole(encoded: bytes, element: Element) -> bytes:
    """Return the element with its header, as it stands in `encoded`."""
    return encoded[element.start : element.end]


def dotted(content: bytes) -> str:
    """Return an OBJECT IDENTIFIER in dotted form (ITU-T X.690, section 8.19)."""
    arcs, arc = [], 0
    for octet in content:
        arc = arc << 7 | octet & 0x7F
        if not octet & 0x80:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))
