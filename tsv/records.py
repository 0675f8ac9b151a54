"""One application as a frozen value; the class says the kind, `tsv.fields` says where each attribute goes.

Making a record checks nothing (`tsv.writing.check` does), but brings it into the one form in which it is written:
texts in NFC with the mapped pairs mapped, the request's body on one line, dNSNames with the CN first. So what is read
back is equal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from tsv import characters, hostnames, subjects
from tsv.fields import COLUMNS, Kind
from tsv.values import Charset, Shape

_PEM_LINE = re.compile(r"-----[^-]*-----")
_SPACE = re.compile(r"\s+")


def request_body(pem: str) -> str:
    """Return the base64 body of a PEM request on one line; a body alone passes unchanged."""
    return _SPACE.sub("", _PEM_LINE.sub("", pem)) if "-----" in pem else pem


@dataclass(frozen=True, slots=True)
class _Record:
    """The part that all kinds share: bringing attributes into their written form."""

    kind: ClassVar[Kind]
    subject: str

    def __post_init__(self) -> None:
        for column in COLUMNS[self.kind]:
            if column.charset is Charset.FULL_WIDTH:
                text = getattr(self, column.field)
                if not text.isascii():
                    object.__setattr__(self, column.field, characters.as_written_for_nii(text).text)
            elif column.shape is Shape.REQUEST:
                object.__setattr__(self, column.field, request_body(getattr(self, column.field)))
            elif column.shape is Shape.NAMES:
                own = subjects.common_name(self.subject)
                ordered = hostnames.with_common_name_first(own, getattr(self, column.field))
                object.__setattr__(self, column.field, ordered)


@dataclass(frozen=True, slots=True)
class IssueRecord(_Record):
    """A first certificate for a name (発行, domain reference §2.1). `csr` may be given as PEM."""

    kind: ClassVar[Kind] = Kind.ISSUE
    profile: int
    csr: str
    contact_name: str
    contact_affiliation: str
    contact_mail: str
    fqdn: str
    software: str
    dns_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RenewRecord(_Record):
    """A further certificate for a name (更新, §2.2). `old_serial` is the serial number of the certificate replaced."""

    kind: ClassVar[Kind] = Kind.RENEW
    profile: int
    old_serial: int
    csr: str
    contact_name: str
    contact_affiliation: str
    contact_mail: str
    fqdn: str
    software: str
    dns_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RevokeRecord(_Record):
    """The revocation of one certificate (失効, §2.3). `contact_mail` only if the manager has changed."""

    kind: ClassVar[Kind] = Kind.REVOKE
    serial: int
    reason: int
    comment: str = ""
    contact_mail: str = ""


@dataclass(frozen=True, slots=True)
class AcmeCreateRecord(_Record):
    """The beginning of ACME use for a name (§2.6, manual 5-5-1)."""

    kind: ClassVar[Kind] = Kind.ACME_CREATE
    profile: int
    contact_name: str
    contact_affiliation: str
    contact_mail: str
    fqdn: str
    software: str
    dns_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AcmeRenewRecord(_Record):
    """A change of ACME use, for example of its dNSNames (§2.6, manual 5-5-2)."""

    kind: ClassVar[Kind] = Kind.ACME_RENEW
    profile: int
    account_id: str
    contact_name: str
    contact_affiliation: str
    contact_mail: str
    fqdn: str
    software: str
    dns_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AcmeSuspendRecord(_Record):
    """The end of ACME use (§2.6, manual 5-5-3)."""

    kind: ClassVar[Kind] = Kind.ACME_SUSPEND
    account_id: str
    reason: int
    comment: str = ""
    contact_mail: str = ""


@dataclass(frozen=True, slots=True)
class AcmeRevokeRecord(_Record):
    """The revocation of one certificate that came through ACME (§2.6, manual 5-5-4)."""

    kind: ClassVar[Kind] = Kind.ACME_REVOKE
    serial: int
    reason: int
    comment: str = ""
    contact_mail: str = ""


Record = (
    IssueRecord | RenewRecord | RevokeRecord | AcmeCreateRecord | AcmeRenewRecord | AcmeSuspendRecord | AcmeRevokeRecord
)
"""Any application."""

RECORD_CLASSES: dict[Kind, type[Record]] = {
    record.kind: record
    for record in (
        IssueRecord,
        RenewRecord,
        RevokeRecord,
        AcmeCreateRecord,
        AcmeRenewRecord,
        AcmeSuspendRecord,
        AcmeRevokeRecord,
    )
}
"""The class of each kind."""
