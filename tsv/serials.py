"""Serial numbers of certificates: read in every spelling that tools print, written in decimal.

Domain reference §11.1: decimal, `0xHEX`, `AA:BB:…` and `serial=AB12…` are read; bare digits are decimal, as NII's mails
and lists have them; bare strings with A–F are hexadecimal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from tsv.problems import Problem, Refused, error

MAX_OCTETS = 20
"""RFC 5280 section 4.1.2.2: up to 20 octets, which is at most 49 decimal digits."""

_SOURCE = "T-TSV-R S"
_INVISIBLE = re.compile(
    "[\u200b-\u200f\u202a-\u202e\u2060\ufeff]"
)  # Windows' certificate window copies U+200E in front
_LABEL = re.compile(r"^(?:serial\s*=|serial\s*number\s*[:=]?)\s*", re.IGNORECASE)
_BOTH = re.compile(
    r"^([0-9]+)\s*\(0x([0-9a-f]+)\)$", re.IGNORECASE
)  # "Serial Number: 4660 (0x1234)", openssl x509 -text
_PAIRS = re.compile(r"^[0-9a-f]{2}(?:[:\s-][0-9a-f]{2})+$", re.IGNORECASE)
_HEXADECIMAL = re.compile(r"^[0-9a-f]+$", re.IGNORECASE)


class ReadAs(StrEnum):
    """The base in which the text was read."""

    DECIMAL = "decimal"
    HEX = "hexadecimal"


@dataclass(frozen=True, slots=True)
class Serial:
    """A serial number. `other` is the value of bare digits if they were hexadecimal after all, else None."""

    value: int
    read_as: ReadAs
    other: int | None = None

    @property
    def ambiguous(self) -> bool:
        """True where the same digits would be another number in hexadecimal: compare both with the list."""
        return self.other is not None

    @property
    def decimal(self) -> str:
        """The number as it is written into a file."""
        return decimal(self.value)

    @property
    def hexadecimal(self) -> str:
        """The number as certificate viewers show it."""
        return hexadecimal(self.value)


def decimal(value: int) -> str:
    """Return the form that is written into a file: plain decimal digits without leading zeros."""
    return str(value)


def hexadecimal(value: int) -> str:
    """Return upper-case octets separated by colons: 4660 → "12:34"."""
    return value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big").hex(":").upper()


def check(value: int) -> tuple[Problem, ...]:
    """Return the rules that a serial number breaks: it is positive and has at most MAX_OCTETS octets."""
    if value <= 0:
        return (error("tsv.serial_not_positive", "RFC5280-4.1.2.2"),)
    if value.bit_length() > MAX_OCTETS * 8:
        return (error("tsv.serial_too_long", "RFC5280-4.1.2.2", max_octets=MAX_OCTETS),)
    return ()


def parse(text: str) -> Serial:
    """Return the serial number that `text` spells. Raises Refused with the reason."""
    serial = _read(text)
    problems = check(serial.value)
    if problems:
        raise Refused(problems)
    return serial


def _read(text: str) -> Serial:
    spelled = _INVISIBLE.sub("", text).strip()
    if len(spelled) > 200:  # no spelling of 20 octets is longer; int() of a huge text takes quadratic time
        raise Refused([error("tsv.serial_malformed", _SOURCE, value=spelled[:40] + "…")])
    label = _LABEL.match(spelled)
    bare = spelled[label.end() :].strip() if label else spelled
    if label and "=" in label.group() and _HEXADECIMAL.match(bare):
        return Serial(int(bare, 16), ReadAs.HEX)  # openssl x509 -serial prints hexadecimal, also when it is digits only
    both = _BOTH.match(bare)
    if both and int(both[1]) == int(both[2], 16):
        return Serial(int(both[1]), ReadAs.DECIMAL)
    if bare[:2].lower() == "0x" and _HEXADECIMAL.match(bare[2:]):
        return Serial(int(bare[2:], 16), ReadAs.HEX)
    if _PAIRS.match(bare):
        return Serial(int(re.sub(r"[:\s-]", "", bare), 16), ReadAs.HEX)
    if bare.isascii() and bare.isdecimal():
        return _bare_digits(bare)
    if _HEXADECIMAL.match(bare):
        return Serial(int(bare, 16), ReadAs.HEX)
    raise Refused([error("tsv.serial_malformed", _SOURCE, value=spelled[:40])])


def _bare_digits(digits: str) -> Serial:
    value, other = int(digits), int(digits, 16)
    return Serial(value, ReadAs.DECIMAL, other if other != value else None)
