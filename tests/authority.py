"""A CA for the tests, whose certificate the portal pins: it issues for rows of requests, and lists what is revoked."""

from datetime import datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.utils import timezone

from csr import certificates
from demo.nii.authority import ISSUING_CA, Authority, Fault
from demo.nii.reading import read_subject
from inventory.models import Certificate
from requests_app.models import CertificateRequest

_serials = count(6_082_414_538_221_694_000)


class PinnedAuthority:
    """A CA whose certificate is in the file that UPKI_ISSUERS names."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / ISSUING_CA
        self._authority = Authority(folder, now=timezone.now(), address="http://127.0.0.1:8003")

    @property
    def spki_sha256(self) -> str:
        """The hash of its key."""
        (issuer,) = certificates.read(self.path.read_bytes()).certificates
        return issuer.spki_sha256

    def issue_for(
        self, request: CertificateRequest, *, fault: Fault = Fault.NONE, serial: int = 0
    ) -> tuple[certificates.Certificate, ...]:
        """Return the certificate for the CSR and the names of a request that went to NII, or one with a fault."""
        csr = x509.load_der_x509_csr(bytes(request.csrs.get(superseded_at=None).der))
        subject = read_subject(bytes(request.rows.get(superseded_at=None).content).decode("shift_jis").split("\t")[0])
        assert subject
        key = csr.public_key()
        assert isinstance(key, rsa.RSAPublicKey)
        made = self._authority.issue(
            subject, request.names, key, serial=serial or next(_serials), at=timezone.now(), fault=fault
        )
        return certificates.read(made.public_bytes(Encoding.DER)).certificates

    def crl(self, *revoked: Certificate, at: datetime | None = None) -> bytes:
        """Return its CRL with these certificates, revoked an hour ago, superseded."""
        moment = timezone.now() - timedelta(hours=1)
        entries = [(int(one.serial), moment, 4) for one in revoked]
        return self._authority.revocation_list(entries, now=at or timezone.now() - timedelta(minutes=1))


@cache
def pinned() -> PinnedAuthority:
    """Return the CA that the settings of the tests name; made once for a run."""
    return PinnedAuthority(Path(settings.ISSUERS_FILE).parent)
