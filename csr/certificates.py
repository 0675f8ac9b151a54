"""Issued certificates: PEM, DER or PKCS#7 to frozen values, the leaf by its key, and the pinned issuer verified."""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from csr import private_keys, reading, subjects
from csr.policy import Policy
from csr.problems import Problem

MAX_SERIAL_BITS = 160
"""RFC 5280, section 4.1.2.2: at most 20 octets."""

MAX_BYTES = 256 * 1024
"""Bytes of a file of certificates: a chain has about 8 KiB."""

_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 #]{1,40})-----(.*?)-----END \1-----", re.DOTALL)
_CERTIFICATE_LABELS = ("CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE")
_PKCS7_LABELS = ("PKCS7", "PKCS #7 SIGNED DATA", "CMS")


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate says. Moments are aware and in UTC; names are in lower case; hashes are hexadecimal."""

    der: bytes
    serial: int
    subject: subjects.Pairs
    issuer: subjects.Pairs
    common_name: str
    dns_names: tuple[str, ...]
    not_before: datetime.datetime
    not_after: datetime.datetime
    spki_sha256: str
    fingerprint_sha256: str
    is_ca: bool
    is_precertificate: bool

    @property
    def names(self) -> tuple[str, ...]:
        """The common name and the dNSNames, each once, the common name first."""
        return tuple(dict.fromkeys((*((self.common_name,) if self.common_name else ()), *self.dns_names)))

    @property
    def serial_digits(self) -> str:
        """The serial number in decimal; "" for one too long to be one (Python refuses to write thousands of digits)."""
        return str(self.serial) if self.serial.bit_length() <= MAX_SERIAL_BITS else ""

    @property
    def subject_dn(self) -> str:
        """The subject in the order of NII's TSV: CN first, whatever the order in the certificate."""
        pairs = self.subject if self.subject[:1] and self.subject[0][0] == "CN" else self.subject[::-1]
        return ",".join(f"{attribute}={value}" for attribute, value in pairs)


@dataclass(frozen=True, slots=True)
class ReadCertificates:
    """Every certificate of a file in its order, and why something was not readable."""

    certificates: tuple[Certificate, ...] = ()
    problems: tuple[Problem, ...] = ()


def read(given: bytes | str) -> ReadCertificates:
    """Return every certificate in PEM, DER or PKCS#7 input. Never raises for what a user gave."""
    if len(given) > MAX_BYTES:
        return _refused("input.too_large", found=len(given), allowed=MAX_BYTES)
    if private_keys.find_private_key(given) is not None:
        return _refused("input.private_key")
    if isinstance(given, bytes) and given[:1] == b"\x30":
        return _all([given])
    text = reading.text_of(given)
    encoded: list[bytes] = []
    for block in _BLOCK.finditer(text):
        if block[1] in (*_CERTIFICATE_LABELS, *_PKCS7_LABELS):
            try:
                encoded.append(reading.decode_block(block[2]))
            except reading.Refused:
                return _refused("certificate.unreadable")
    return _all(encoded) if encoded else _refused("certificate.none")


_UNREADABLE = (
    *private_keys.UNREADABLE_KEY,
    *(x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType),
)
"""What reading a malformed certificate raises; a BIT STRING in a name is a TypeError."""


def _refused(code: str, **params: int) -> ReadCertificates:
    return ReadCertificates(problems=(Problem.of(code, **params),))


def _all(encoded: Iterable[bytes]) -> ReadCertificates:
    found: list[Certificate] = []
    for each in encoded:
        try:
            found += [_describe(certificate) for certificate in _load(each)]
        except _UNREADABLE:
            return ReadCertificates(tuple(found), (Problem.of("certificate.unreadable"),))
    distinct = {certificate.fingerprint_sha256: certificate for certificate in found}
    return ReadCertificates(tuple(distinct.values())) if distinct else _refused("certificate.none")


def _load(encoded: bytes) -> list[x509.Certificate]:
    try:
        return [x509.load_der_x509_certificate(encoded)]
    except ValueError:
        return pkcs7.load_der_pkcs7_certificates(encoded)


def _describe(certificate: x509.Certificate) -> Certificate:
    """Raise ValueError or one of x509's errors where a part cannot be read: all of it is read now, once."""
    encoded = certificate.public_bytes(Encoding.DER)
    subject = subjects.read(certificate.subject)
    return Certificate(
        der=encoded,
        serial=certificate.serial_number,
        subject=subject,
        issuer=subjects.read(certificate.issuer),
        common_name=next((value.lower() for attribute, value in subject if attribute == "CN"), ""),
        dns_names=_dns_names(certificate),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        spki_sha256=private_keys.spki_sha256(certificate.public_key()),
        fingerprint_sha256=hashlib.sha256(encoded).hexdigest(),
        is_ca=_is_ca(certificate),
        is_precertificate=any(isinstance(one.value, x509.PrecertPoison) for one in certificate.extensions),
    )


def _dns_names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(dict.fromkeys(name.lower() for name in names.get_values_for_type(x509.DNSName)))


def _is_ca(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def pem(encoded: bytes) -> str:
    """Return a certificate's DER in PEM (RFC 7468), with LF line ends."""
    return x509.load_der_x509_certificate(encoded).public_bytes(Encoding.PEM).decode("ascii")


def find_leaf(certificates: Iterable[Certificate], *, spki_sha256: str) -> Certificate | None:
    """Return the certificate of that key, wherever it stands: the order of a PKCS#7 means nothing (RFC 2315, 6.6)."""
    return next((one for one in certificates if one.spki_sha256 == spki_sha256 and not one.is_ca), None)


def find_issuer(certificate: Certificate, pinned: Iterable[Certificate]) -> Certificate | None:
    """Return the pinned issuer whose key really signed `certificate`, None where none did.

    The issuer's name alone proves nothing: anybody can sign a certificate that carries it.
    """
    return next((issuer for issuer in pinned if issuer.is_ca and _has_signed(issuer, certificate)), None)


def _has_signed(issuer: Certificate, certificate: Certificate) -> bool:
    try:
        signed = x509.load_der_x509_certificate(certificate.der)
        signed.verify_directly_issued_by(x509.load_der_x509_certificate(issuer.der))
    except (InvalidSignature, *private_keys.UNREADABLE_KEY):  # another name; another kind of key or hash
        return False
    return True


def check(
    certificate: Certificate,
    *,
    spki_sha256: str,
    names: Sequence[str],
    policy: Policy,
    issuers: Iterable[Certificate],
) -> tuple[Problem, ...]:
    """Return every difference between an issued certificate and what was accepted for it.

    `names` are the accepted names, the common name first; `issuers` the pinned certificates of the settings.
    """
    return tuple(_differences(certificate, spki_sha256, tuple(name.lower() for name in names), policy, issuers))


def _differences(
    certificate: Certificate, spki_sha256: str, names: tuple[str, ...], policy: Policy, issuers: Iterable[Certificate]
) -> Iterator[Problem]:
    if certificate.is_precertificate:
        yield Problem.of("certificate.precertificate")
    if find_issuer(certificate, issuers) is None:
        yield Problem.of("certificate.issuer_not_pinned", issuer=_joined(certificate.issuer))
    if certificate.spki_sha256 != spki_sha256:
        yield Problem.of("certificate.other_key")
    if certificate.common_name != names[0] or set(certificate.names) != set(names):
        yield Problem.of("certificate.other_names", found=", ".join(certificate.names), expected=", ".join(names))
    expected = policy.subject_dn(certificate.common_name)
    if certificate.subject_dn != expected:
        yield Problem.of("certificate.other_subject", found=certificate.subject_dn, expected=expected)


def _joined(pairs: subjects.Pairs) -> str:
    return ", ".join(f"{attribute}={value}" for attribute, value in pairs)
