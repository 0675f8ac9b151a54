"""The records of INPUT.json, as `python -m tsv build` takes them, into records of this package.

Requests and certificates are read by the caller's functions, because this package does not know what is inside them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tsv import fields, serials
from tsv.fields import Kind
from tsv.problems import Problem, Refused, error
from tsv.records import IssueRecord, Record, RenewRecord, RevokeRecord

_CONTACT = ("contact_name", "contact_affiliation", "contact_mail", "software")
_KEYS: Mapping[Kind, tuple[tuple[str, ...], tuple[str, ...]]] = {
    Kind.ISSUE: (("csr", "profile", "contact_mail", "software"), ("contact_name", "contact_affiliation", "dns_names")),
    Kind.RENEW: (
        ("csr", "profile", "old_serial", "contact_mail", "software"),
        ("contact_name", "contact_affiliation", "dns_names"),
    ),
    Kind.REVOKE: (("subject", "serial", "reason"), ("comment", "contact_mail")),
}
"""Kind → (keys that must be there, keys that may be)."""

KINDS = tuple(_KEYS)
"""The kinds that can be built from JSON."""

_NUMBERS, _SERIALS, _LISTS = {"profile", "reason"}, {"serial", "old_serial"}, {"dns_names"}
_MAX_NUMBER = 999


@dataclass(frozen=True, slots=True)
class Request:
    """What a certification request says: the DN as column 1 wants it, the CN, the dNSNames and the body on one line."""

    subject: str
    common_name: str
    dns_names: tuple[str, ...]
    body: str


RequestReader = Callable[[str, Sequence[str] | None, int], Request]
"""(PEM, dNSNames applied for or None, profile) → Request. Raises Refused."""

CertificateReader = Callable[[str], int]
"""PEM certificate → its serial number. Raises Refused."""


def parse(content: bytes) -> list[Any]:
    """Return the list in a JSON file (UTF-8, with or without a byte order mark). Raises Refused."""
    try:
        parsed = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise Refused([error("tsv.input_not_json", "INF")]) from None
    if not isinstance(parsed, list):
        raise Refused([error("tsv.input_not_a_list", "INF")])
    if not parsed:
        raise Refused([error("tsv.empty_file", "N-ERR")])
    return parsed


def record(
    entry: Any, kind: Kind, *, read_request: RequestReader, read_certificate: CertificateReader
) -> tuple[Record | None, tuple[Problem, ...]]:
    """Return the record that one JSON object describes and every problem found on the way; None where there is none.

    The record's own row is not checked here (`tsv.writing.check`); a serial number that could not be read is 1 in it.
    """
    problems = list(_check_shape(entry, kind))
    if any(problem.code != "tsv.input_key_unknown" for problem in problems):
        return None, tuple(problems)
    serial = 1
    for key in _SERIALS & entry.keys():
        try:
            serial = _read_serial(entry[key], read_certificate)
        except Refused as refused:
            problems.extend(problem.at(column=4) for problem in refused.problems)
    if kind is Kind.REVOKE:
        return _revocation(entry, serial), tuple(problems)
    try:
        request = read_request(entry["csr"], entry.get("dns_names"), entry["profile"])
    except Refused as refused:
        return None, (*problems, *refused.problems, *_check_contact(entry, kind))
    return _application(entry, kind, serial, request), tuple(problems)


def _check_contact(entry: Mapping[str, Any], kind: Kind) -> Iterator[Problem]:
    """Check what does not depend on the request, so that a bad request does not hide a bad address."""
    for key in _CONTACT:
        yield from fields.check_value(fields.column_of(kind, key), entry.get(key, ""))


def _read_serial(value: str | int, read_certificate: CertificateReader) -> int:
    if isinstance(value, int):
        problems = serials.check(value)
        if problems:
            raise Refused(problems)
        return value
    return read_certificate(value) if "-----BEGIN" in value else serials.parse(value).value


def _revocation(entry: Mapping[str, Any], serial: int) -> Record:
    return RevokeRecord(
        subject=entry["subject"],
        serial=serial,
        reason=entry["reason"],
        comment=entry.get("comment", ""),
        contact_mail=entry.get("contact_mail", ""),
    )


def _application(entry: Mapping[str, Any], kind: Kind, serial: int, request: Request) -> Record:
    attributes: dict[str, Any] = {
        "subject": request.subject,
        "profile": entry["profile"],
        "csr": request.body,
        "fqdn": request.common_name,
        "dns_names": tuple(entry.get("dns_names", request.dns_names)),
        **{key: entry.get(key, "") for key in _CONTACT},
    }
    return RenewRecord(old_serial=serial, **attributes) if kind is Kind.RENEW else IssueRecord(**attributes)


def _check_shape(entry: Any, kind: Kind) -> Iterator[Problem]:
    required, optional = _KEYS[kind]
    if not isinstance(entry, dict):
        yield error("tsv.input_value_type", "INF", key="", expected="{…}")
        return
    for key in required:
        if key not in entry:
            yield error("tsv.input_key_missing", "INF", key=key)
    for key, value in entry.items():
        if key not in required and key not in optional:
            yield error("tsv.input_key_unknown", "INF", key=key[:40])
        elif not _has_type(key, value):
            expected = "[…]" if key in _LISTS else "0–999" if key in _NUMBERS else '"…"'
            yield error("tsv.input_value_type", "INF", key=key, expected=expected)


def _has_type(key: str, value: Any) -> bool:
    if key in _LISTS:
        return isinstance(value, list) and all(isinstance(name, str) for name in value)
    if key in _NUMBERS:
        return type(value) is int and 0 <= value <= _MAX_NUMBER  # True is an int, and no profile
    if key in _SERIALS:
        return isinstance(value, str) or (type(value) is int and value.bit_length() <= 1024)
    return isinstance(value, str)
