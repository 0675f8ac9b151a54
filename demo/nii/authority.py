"""The demonstration's certification authority: a root and an issuing CA, made at the first start."""

import contextlib
import datetime
import os
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID

from demo.nii.reading import Subject
from demo.nii.requests import RSA_BITS, TYPES, PublicKey

VALID_DAYS = 198
"""Days of a certificate since 2026-03-04 [U-UT]."""

CA_DAYS_BEFORE = 5 * 365
CA_DAYS_AFTER = 15 * 365
"""The CA is older than it is, so that certificates of the past can be made."""

SERIAL_BITS = 63
"""NII's mails show serial numbers of 64 bits, such as 7082414538221694988."""

ISSUING_CA = "demo-issuing-ca.pem"
"""File with the certificate that the portal pins."""

ROOT_CA = "demo-root-ca.pem"


class Fault(StrEnum):
    """How a certificate may be wrong, for those who test what follows."""

    NONE = ""
    OTHER_NAME = "OTHER_NAME"
    """Another CN; the names of the application are missing."""
    OTHER_KEY = "OTHER_KEY"
    """A key that nobody sent."""
    OTHER_SUBJECT = "OTHER_SUBJECT"
    """Another organization."""


class Authority:
    """The keys and certificates in `folder`; missing ones are made, valid around `now`."""

    def __init__(self, folder: Path, *, now: datetime.datetime, address: str) -> None:
        """`address`: where the revocation list is served; it is written into certificates."""
        folder.mkdir(parents=True, exist_ok=True)
        self._crl_address = f"{address}/issuing.crl"
        if not (folder / ISSUING_CA).exists():
            _make(folder, now)
        self._key = _read_key(folder / "demo-issuing-ca.key")
        self.issuer_pem = (folder / ISSUING_CA).read_bytes()
        self.root_pem = (folder / ROOT_CA).read_bytes()
        self._issuer = x509.load_pem_x509_certificate(self.issuer_pem)

    def issue(
        self,
        subject: Subject,
        names: Iterable[str],
        key: PublicKey,
        *,
        serial: int,
        at: datetime.datetime,
        fault: Fault = Fault.NONE,
    ) -> x509.Certificate:
        """Return a certificate for exactly that key and those names, or one with a fault."""
        pairs, names = dict(subject.pairs()), tuple(names)
        if fault is Fault.OTHER_NAME:
            pairs["CN"] = f"other-{pairs['CN']}"[:64]
            names = (pairs["CN"],)
        elif fault is Fault.OTHER_KEY:
            key = rsa.generate_private_key(65537, RSA_BITS).public_key()
        elif fault is Fault.OTHER_SUBJECT:
            pairs["O"] = "Another University"
        not_before = at.replace(microsecond=0)
        return (
            x509.CertificateBuilder(serial_number=serial)
            .subject_name(_name(pairs))
            .issuer_name(self._issuer.subject)
            .public_key(key)
            .not_valid_before(not_before)
            .not_valid_after(not_before + datetime.timedelta(days=VALID_DAYS))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(digital_signature=True, key_encipherment=isinstance(key, rsa.RSAPublicKey)), True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .add_extension(_crl_points(self._crl_address), critical=False)
            .sign(self._key, hashes.SHA256())
        )

    def revocation_list(
        self, revoked: Iterable[tuple[int, datetime.datetime, int]], *, now: datetime.datetime
    ) -> bytes:
        """Return the signed CRL in DER for serial numbers, moments and reasons (RFC 5280, section 5)."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self._issuer.subject)
            .last_update(now)
            .next_update(now + datetime.timedelta(days=4))
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
        )
        for serial, at, reason in revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at)
            if reason in _REASONS:
                entry = entry.add_extension(x509.CRLReason(_REASONS[reason]), critical=False)
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(self._key, hashes.SHA256()).public_bytes(Encoding.DER)


_REASONS = {
    1: x509.ReasonFlags.key_compromise,
    3: x509.ReasonFlags.affiliation_changed,
    4: x509.ReasonFlags.superseded,
    5: x509.ReasonFlags.cessation_of_operation,
}
"""0 has no reason code in the list [BR 7.2.2]."""


def subject_text(certificate: x509.Certificate) -> str:
    """Return the subject in the order of the files: CN, O, L, ST, C."""
    names = {oid: attribute for attribute, oid in TYPES.items()}
    return ",".join(f"{names[each.oid]}={each.value!s}" for each in reversed(list(certificate.subject)))


def _make(folder: Path, now: datetime.datetime) -> None:
    """Make both CAs; the issuing CA's certificate comes last, so that a cut-off start begins again."""
    root_key, issuing_key = (rsa.generate_private_key(65537, RSA_BITS) for _ in range(2))
    owner = {"C": "JP", "O": "Demonstration of the UPKI portal (not NII)"}
    root_name = _name({**owner, "CN": "Demonstration Root CA"})
    root = _ca_certificate(root_name, root_key, root_name, root_key, now)
    issuing = _ca_certificate(
        _name({**owner, "CN": "Demonstration Open Domain CA - G8 RSA"}), issuing_key, root_name, root_key, now
    )
    _write_key(folder / "demo-root-ca.key", root_key)
    _write_key(folder / "demo-issuing-ca.key", issuing_key)
    write_whole(folder / ROOT_CA, root.public_bytes(Encoding.PEM))
    write_whole(folder / ISSUING_CA, issuing.public_bytes(Encoding.PEM))


def _ca_certificate(
    name: x509.Name,
    key: rsa.RSAPrivateKey,
    signer_name: x509.Name,
    signer_key: rsa.RSAPrivateKey,
    now: datetime.datetime,
) -> x509.Certificate:
    return (
        x509.CertificateBuilder(serial_number=x509.random_serial_number())
        .subject_name(name)
        .issuer_name(signer_name)
        .public_key(key.public_key())
        .not_valid_before(now - datetime.timedelta(days=CA_DAYS_BEFORE))
        .not_valid_after(now + datetime.timedelta(days=CA_DAYS_AFTER))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_key_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer_key.public_key()), critical=False)
        .sign(signer_key, hashes.SHA256())
    )


def _name(pairs: dict[str, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(TYPES[attribute], value) for attribute, value in pairs.items()])


def _key_usage(
    *,
    digital_signature: bool = False,
    key_encipherment: bool = False,
    key_cert_sign: bool = False,
    crl_sign: bool = False,
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=key_encipherment,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _crl_points(address: str) -> x509.CRLDistributionPoints:
    return x509.CRLDistributionPoints(
        [x509.DistributionPoint([x509.UniformResourceIdentifier(address)], None, None, None)]
    )


def _write_key(path: Path, key: rsa.RSAPrivateKey) -> None:
    write_whole(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _read_key(path: Path) -> rsa.RSAPrivateKey:
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError(f"{path.name} holds another kind of key")
    return key


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a reader finds the old content or the new one, whatever happens; only its owner reads it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.draft")
    with contextlib.suppress(FileNotFoundError):
        draft.unlink()
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
