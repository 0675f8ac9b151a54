"""What NII issued before the portal began: real certificates by the stand-in's CA, asked for with files."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from csr.policy import UEC
from demo.accounts import FACULTY, SECOND_FACULTY, STAFF, DemoAccount
from demo.nii.authority import VALID_DAYS
from demo.nii.columns import Kind
from demo.nii.requests import TYPES
from demo.nii.system import Mode
from tsv import listing, writing
from tsv.records import IssueRecord, RevokeRecord

PAST: tuple[tuple[str, DemoAccount, int], ...] = (
    ("www.cs.uec.ac.jp", FACULTY, 20),
    ("git.cs.uec.ac.jp", SECOND_FACULTY, 120),
    ("ham.club.uec.ac.jp", STAFF, 60),
    ("old.cs.uec.ac.jp", FACULTY, -30),
    ("test.cs.uec.ac.jp", SECOND_FACULTY, 90),
)
"""CN, holder, and days until the certificate ends (negative: it has ended)."""

REVOKED = "test.cs.uec.ac.jp"
REVOKED_DAYS_AGO = 10
NOT_NEEDED = 5
"""Reason of the revocation: cessationOfOperation (RFC 5280, 5.3.1)."""


class SupportSite(Protocol):
    """The stand-in: `demo.nii.client.Client` from another process, `demo.nii.system.SupportSystem` in the same one."""

    def upload(self, kind: Kind, mode: Mode, file_name: str, content: bytes, *, history_at: datetime | None) -> Any: ...
    def server_all(self) -> bytes: ...


def issue_the_past(nii: SupportSite) -> None:
    """Have issued and revoked what is missing, so that a run that was interrupted is completed by the next one."""
    now = datetime.now(UTC)
    known = {entry.common_name for entry in listing.read(nii.server_all()).entries}
    for name, holder, days_left in PAST:
        if name not in known:
            at = now - timedelta(days=VALID_DAYS - days_left)
            nii.upload(Kind.ISSUE, Mode.ABORT, "past.tsv", _issue(name, holder), history_at=at)
    for entry in listing.read(nii.server_all()).entries:
        if entry.common_name == REVOKED and entry.revocation_applied_at is None and entry.serial is not None:
            record = RevokeRecord(subject=entry.subject, serial=entry.serial, reason=NOT_NEEDED)
            at = now - timedelta(days=REVOKED_DAYS_AGO)
            nii.upload(Kind.REVOKE, Mode.ABORT, "past.tsv", writing.row(record), history_at=at)


def _issue(name: str, holder: DemoAccount) -> bytes:
    return writing.row(
        IssueRecord(
            subject=UEC.subject_dn(name),
            profile=UEC.profiles[0],
            csr=_request(name),
            contact_name=holder.name_ja.replace("髙", "高"),  # NII's files know JIS X 0208 only
            contact_affiliation=holder.affiliation_ja,
            contact_mail=holder.mail,
            fqdn=name,
            software="nginx 1.24",
        )
    )


def _request(name: str) -> str:
    """Return the base64 body of a request. Its private key is thrown away: nothing of the past is served."""
    key = rsa.generate_private_key(65537, 2048)
    pairs = (*UEC.attributes(), ("CN", name))
    subject = x509.Name([x509.NameAttribute(TYPES[attribute], value) for attribute, value in pairs])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return base64.b64encode(request.public_bytes(Encoding.DER)).decode("ascii")
