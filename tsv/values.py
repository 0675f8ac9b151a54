"""The checks of one column's value, by the shape of the column. `tsv.fields` says which column has which shape."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum

from tsv import characters, hostnames, serials, subjects
from tsv.choices import PROFILES, REASONS
from tsv.problems import Problem, Refused, error, warning


class Charset(StrEnum):
    """The characters of a column, as NII's tables name them."""

    NONE = ""
    DIGITS = "半角数字"
    ASCII = "半角英数記号"
    ALPHANUMERIC = "半角英数"
    FULL_WIDTH = "全角・半角"


class Shape(StrEnum):
    """What a column holds."""

    EMPTY = "empty"
    SUBJECT = "subject DN"
    SUBJECT_ACME = "subject DN, ACME's stricter rules"
    SUBJECT_ISSUED = "subject DN of an issued certificate"
    PROFILE = "certificate profile ID"
    ACCOUNT = "ACME account ID"
    SERIAL = "serial number"
    SERIAL_DIGITS = "serial number, digits only"
    REASON = "reason for revocation"
    REQUEST = "body of a certification request"
    TEXT = "text"
    MAIL = "mail address"
    NAME = "host name"
    NAMES = "list of dNSNames"


_PRINTABLE = re.compile(r"[ -~]*")
_MAIL = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}")
_MAIL_CHARACTERS = re.compile(r"[A-Za-z0-9_@.-]+")
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")


def check_charset(value: str, charset: Charset) -> tuple[Problem, ...]:
    """Return the characters of `value` that the column or the file cannot hold; quotes and edges included."""
    if _PRINTABLE.fullmatch(value):
        problems = _check_edges(value) if '"' in value or value != value.strip() else ()
    elif charset is Charset.FULL_WIDTH:
        problems = (*_check_edges(value), *characters.as_written_for_nii(value).problems)
    else:
        problems = (*_check_edges(value), *_check_ascii(value))
    if charset is Charset.DIGITS and not (value.isascii() and value.isdecimal()):
        problems = (*problems, error("tsv.not_digits", "N-ERR"))
    return problems


def _check_ascii(value: str) -> Iterator[Problem]:
    controls = {character for character in value if character < " " or character == "\x7f"}
    for character in sorted(controls):
        yield error(
            "tsv.character_control", "N275 N-CLI", character="", codepoint=f"U+{ord(character):04X}", suggestion=""
        )
    beyond = "".join(dict.fromkeys(character for character in value if character > "~" and character not in controls))
    if beyond:
        yield error("tsv.not_ascii", "T-TSV-I", characters=beyond[:20])


def _check_edges(value: str) -> tuple[Problem, ...]:
    problems = []
    if '"' in value:
        problems.append(error("tsv.quotes", "N275 N-CLI"))
    if value != value.strip():
        problems.append(warning("tsv.space_at_edge", "INF"))
    return tuple(problems)


def _check_profile(value: str) -> Iterator[Problem]:
    if value not in {str(number) for number in PROFILES}:
        yield error("tsv.profile_unknown", "T-TSV-I T-SAV", found=value[:20], allowed=list(PROFILES))


def _check_reason(value: str) -> Iterator[Problem]:
    if value not in {str(number) for number in REASONS}:
        yield error("tsv.reason_unknown", "T-TSV-V BR-7.2.2", found=value[:20], allowed=list(REASONS))


def _check_serial(value: str) -> Iterator[Problem]:
    if value.isascii() and value.isdecimal():
        yield from serials.check(int(value))
        if value.startswith("0") and value.strip("0"):
            yield warning("tsv.serial_leading_zero", "INF", decimal=str(int(value)))
        return
    try:
        serial = serials.parse(value)
    except Refused as refused:
        yield from refused.problems
        return
    if value[:2].lower() == "0x":
        yield warning("tsv.serial_hexadecimal", "T-TSV-R S", decimal=serial.decimal)
    else:
        yield error("tsv.serial_without_0x", "T-TSV-R S", decimal=serial.decimal)


def _check_serial_digits(value: str) -> Iterator[Problem]:
    """The revocation files want 半角数字: `not_digits` comes from the charset, so only the rest is checked."""
    if value.isascii() and value.isdecimal():
        yield from _check_serial(value)


def _check_request(value: str) -> Iterator[Problem]:
    if "-----" in value:
        yield error("tsv.csr_with_pem_lines", "T-TSV-I")
    elif re.search(r"\s", value):
        yield error("tsv.csr_not_one_line", "T-TSV-I")
    elif not _BASE64.fullmatch(value) or not _is_der_sequence(value):
        yield error("tsv.csr_damaged", "N274 T-TSV-I")


def _is_der_sequence(body: str) -> bool:
    """Say whether the base64 text holds exactly one DER SEQUENCE: enough to notice a cut or doubled copy."""
    try:
        der = base64.b64decode(body, validate=True)
    except binascii.Error:
        return False
    if len(der) < 2 or der[0] != 0x30:
        return False
    if der[1] < 0x80:
        return len(der) == 2 + der[1]
    octets = der[1] & 0x7F
    return 1 <= octets <= 4 and len(der) == 2 + octets + int.from_bytes(der[2 : 2 + octets], "big")


def _check_mail(value: str) -> Iterator[Problem]:
    if value.isascii() and not _MAIL_CHARACTERS.fullmatch(value):
        beyond = "".join(dict.fromkeys(_MAIL_CHARACTERS.sub("", value)))
        yield error("tsv.mail_characters", "N275", characters=beyond[:20])
    elif not _MAIL.fullmatch(value):
        yield error("tsv.mail_malformed", "N-ERR")


def _check_account(value: str) -> Iterator[Problem]:
    if " " in value:
        yield error("tsv.account_space", "T-ACME-R INF")


CHECKS: Mapping[Shape, Callable[[str], Iterator[Problem] | tuple[Problem, ...]]] = {
    Shape.SUBJECT: subjects.check,
    Shape.SUBJECT_ACME: lambda value: subjects.check(value, subjects.Strictness.ACME),
    Shape.SUBJECT_ISSUED: lambda value: subjects.check(value, subjects.Strictness.ISSUED),
    Shape.PROFILE: _check_profile,
    Shape.ACCOUNT: _check_account,
    Shape.SERIAL: _check_serial,
    Shape.SERIAL_DIGITS: _check_serial_digits,
    Shape.REASON: _check_reason,
    Shape.REQUEST: _check_request,
    Shape.TEXT: lambda value: (),
    Shape.MAIL: _check_mail,
    Shape.NAME: hostnames.check_name,
    Shape.NAMES: hostnames.check,
}
"""What is checked beyond length and characters. EMPTY has no check: such a column is checked for emptiness alone."""
