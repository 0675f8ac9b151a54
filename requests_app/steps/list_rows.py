"""One row of NII's list as it waits in a chunk: what is kept of it, already parsed, or why it cannot be taken in.

Made outside any transaction. アクセスPIN, other addresses, the contact's name and the CSR itself are never kept.
"""

import base64
import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from cryptography import x509

from csr import certificates, private_keys, reading
from requests_app.institution import policy
from tsv.listing import Entry
from tsv.listing_cells import JAPAN, State
from tsv.problems import Problem, warning

MAX_NAME = 64
"""Characters of a name in the inventory."""
MAX_DN = 250
MAX_SERIAL = 50
MAX_APPLICATION_ID = MAX_CODE = 40
MAX_MAIL = 254

_MOMENTS = ("applied_at", "not_before", "not_after", "link_expires_at", "updated_at", "revoked_at")
_REVOKED = (State.REVOKED, State.REVOCATION_MAIL_WAITING)


@dataclass(frozen=True, kw_only=True)
class ListedRow:
    """One application in NII's list. Moments are aware; `serial` and `old_serial` decimal digits or ""."""

    line: int
    application_id: str
    state: int
    subject_dn: str
    common_name: str
    names: list[str]
    serial: str
    old_serial: str
    csr_spki_sha256: str
    """The key that was applied with; "" where the list has no readable CSR."""
    der: str
    """The certificate in base64, "" where the list has none."""
    spki_sha256: str
    der_sha256: str
    contact_mail: str
    error_code: str
    revocation_error_code: str
    applied_at: datetime | None
    not_before: datetime | None
    not_after: datetime | None
    link_expires_at: datetime | None
    updated_at: datetime | None
    is_revoked: bool
    revoked_at: datetime | None
    """The best moment that the list has for the revocation; None where it has none."""

    @property
    def key(self) -> str:
        """The key of the application: the CSR's, else the certificate's."""
        return self.csr_spki_sha256 or self.spki_sha256

    @property
    def keys(self) -> set[str]:
        """Every key that the row names."""
        return {key for key in (self.csr_spki_sha256, self.spki_sha256) if key}

    @property
    def is_refused(self) -> bool:
        """Whether NII issued nothing and says that something is wrong."""
        return not self.der and not self.serial and (self.state < 0 or bool(self.error_code.strip("0")))

    def as_json(self) -> dict[str, Any]:
        """Return a value for a chunk."""
        stored = dataclasses.asdict(self)
        return stored | {name: stored[name].isoformat() if stored[name] else None for name in _MOMENTS}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Return what `as_json` described."""
        moments = {name: datetime.fromisoformat(stored[name]) if stored[name] else None for name in _MOMENTS}
        return cls(**{**stored, **moments})


@dataclass(frozen=True)
class Read:
    """A row that can be taken in, or None; and what was remarkable about it."""

    row: ListedRow | None
    problems: tuple[Problem, ...] = ()


def read(entry: Entry) -> Read:
    """Return what is kept of an entry. A damaged certificate leaves the row without it; the facts still count."""
    key = _key_of_request(entry.csr)
    found, problems = _certificate(entry, key=key)
    row = ListedRow(
        line=entry.line,
        application_id=entry.application_id,
        state=int(entry.state),
        subject_dn=entry.subject,
        common_name=entry.common_name,
        names=list(found.names if found else dict.fromkeys((entry.common_name, *entry.dns_names))),
        serial=found.serial_digits if found else _digits(entry.serial),
        old_serial=_digits(entry.old_serial),
        csr_spki_sha256=key,
        der=base64.b64encode(found.der).decode() if found else "",
        spki_sha256=found.spki_sha256 if found else "",
        der_sha256=found.fingerprint_sha256 if found else "",
        contact_mail=entry.contact_mail.lower(),
        error_code=entry.error_code[:MAX_CODE],
        revocation_error_code=entry.revocation_error_code[:MAX_CODE],
        applied_at=_aware(entry.applied_at),
        not_before=found.not_before if found else _aware(entry.not_before),
        not_after=found.not_after if found else _aware(entry.not_after),
        link_expires_at=_aware(entry.link_expires_at),
        updated_at=_aware(entry.updated_at),
        is_revoked=_is_revoked(entry),
        revoked_at=_aware(entry.revoked_at or entry.revocation_applied_at or entry.updated_at),
    )
    wrong = _unusable(row, found)
    if wrong:
        return Read(None, (*problems, wrong.at(line=entry.line)))
    return Read(row, problems)


def _certificate(entry: Entry, *, key: str) -> tuple[certificates.Certificate | None, tuple[Problem, ...]]:
    """Return the leaf of the row's PEM: that of the key applied with, else the first that is no CA's."""
    if not entry.certificate:
        return None, ()
    given = certificates.read(entry.certificate)
    leaves = [one for one in given.certificates if not one.is_ca and not one.is_precertificate]
    leaf = certificates.find_leaf(leaves, spki_sha256=key) or next(iter(leaves), None)
    if leaf is None:
        return None, (warning("list.certificate_unreadable", "INF").at(line=entry.line),)
    return leaf, ()


def _key_of_request(csr: str) -> str:
    if not csr.strip():
        return ""
    try:
        return private_keys.spki_sha256(reading.read_request(csr, policy()).request.public_key())
    except (reading.Refused, x509.InvalidVersion, *private_keys.UNREADABLE_KEY):
        return ""  # the certificate's key is what counts; a row is not lost for its CSR


def _is_revoked(entry: Entry) -> bool:
    """Tell whether NII revoked the certificate: by its state, or by the end of a revocation without an error."""
    if entry.state in _REVOKED:
        return True
    return entry.revoked_at is not None and entry.state >= 0 and not entry.revocation_error_code.strip("0")


def _unusable(row: ListedRow, found: certificates.Certificate | None) -> Problem | None:
    """Return why the inventory cannot keep the row: a text that no column of it takes, or nothing that names it."""
    if not row.application_id and not row.der:
        return warning("list.row_unnamed", "INF")
    too_long = (
        len(row.application_id) > MAX_APPLICATION_ID
        or len(row.subject_dn) > MAX_DN
        or len(row.contact_mail) > MAX_MAIL
        or len(row.serial) > MAX_SERIAL
        or len(row.old_serial) > MAX_SERIAL
        or any(len(name) > MAX_NAME for name in (row.common_name, *row.names))
        # The inventory keeps what the certificate says of itself, which may be more than the list's own columns.
        or (found is not None and (len(found.subject_dn) > MAX_DN or len(found.common_name) > MAX_NAME))
    )
    texts = (row.application_id, row.subject_dn, row.contact_mail, row.error_code, *row.names)
    if too_long or any("\0" in text for text in (*texts, row.revocation_error_code)):
        return warning("list.row_too_long", "INF")
    return None


def _digits(serial: int | None) -> str:
    return "" if serial is None else str(serial)


def _aware(moment: datetime | None) -> datetime | None:
    """Return a moment of the list with its zone (Japan's)."""
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=JAPAN)
