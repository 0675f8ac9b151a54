"""What a CRL or an OCSP response says about one certificate, after its signature and its times were verified.

RFC 5280, section 5 (CRL), and RFC 6960 (OCSP). Nothing is fetched here: somebody gives the bytes.
"""

from __future__ import annotations

import binascii
import datetime
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from csr import private_keys, reading
from csr.certificates import Certificate
from csr.problems import Problem

MAX_BYTES = 2 * 1024 * 1024
"""Bytes of a CRL; a CA's whole list has some hundred KiB."""

CLOCKS_DIFFER = datetime.timedelta(minutes=5)
"""How far a CA's clock may be ahead of ours."""

_BLOCK = re.compile(r"-----BEGIN (X509 CRL|OCSP RESPONSE)-----(.*?)-----END \1-----", re.DOTALL)
_UNREADABLE = (
    *private_keys.UNREADABLE_KEY,
    *(x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType),
)


class Source(StrEnum):
    """What kind of answer it is."""

    CRL = "CRL"
    OCSP = "OCSP"


@dataclass(frozen=True, slots=True)
class Status:
    """What a verified answer says; `revoked_at` is None where it says that the certificate is not revoked."""

    source: Source
    this_update: datetime.datetime
    revoked_at: datetime.datetime | None = None
    reason: str = ""
    """Name of the CRLReason (RFC 5280, section 5.3.1), "" where none is given."""


@dataclass(frozen=True, slots=True)
class Read:
    """The status, or why there is none."""

    status: Status | None = None
    problems: tuple[Problem, ...] = ()


class _Refused(Exception):
    def __init__(self, code: str, **params: str | int) -> None:
        self.problem = Problem.of(code, **params)
        super().__init__(code)


def read(given: bytes, *, serial: int, issuers: Iterable[Certificate], now: datetime.datetime) -> Read:
    """Return what a CRL or an OCSP response (DER or PEM) says about the certificate with `serial`.

    `issuers` are the pinned CAs of which one issued it; `now` is aware. Never raises for what a user gave.
    """
    try:
        return Read(_status(given, serial, tuple(issuers), now))
    except _Refused as refused:
        return Read(problems=(refused.problem,))
    except _UNREADABLE:
        return Read(problems=(Problem.of("revocation.unreadable"),))


def _status(given: bytes, serial: int, issuers: tuple[Certificate, ...], now: datetime.datetime) -> Status:
    if len(given) > MAX_BYTES:
        raise _Refused("revocation.too_large", allowed=MAX_BYTES)
    if private_keys.find_private_key(given) is not None:
        raise _Refused("input.private_key")
    der = _der(given)
    loaded = [x509.load_der_x509_certificate(issuer.der) for issuer in issuers if issuer.is_ca]
    try:
        crl = x509.load_der_x509_crl(der)
    except _UNREADABLE:
        return _of_response(_response(der), serial, loaded, now)
    return _of_list(crl, serial, loaded, now)


def _der(given: bytes) -> bytes:
    if given[:1] == b"\x30":
        return given
    block = _BLOCK.search(reading.text_of(given))
    if block is None:
        raise _Refused("revocation.unreadable")
    try:
        return reading.decode_block(block[2])
    except (reading.Refused, binascii.Error) as error:
        raise _Refused("revocation.unreadable") from error


def _response(der: bytes) -> ocsp.OCSPResponse:
    response = ocsp.load_der_ocsp_response(der)
    if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise _Refused("revocation.not_successful", status=response.response_status.name)
    return response


def _of_list(
    crl: x509.CertificateRevocationList, serial: int, issuers: list[x509.Certificate], now: datetime.datetime
) -> Status:
    if not any(crl.issuer == issuer.subject and _has_signed_list(issuer, crl) for issuer in issuers):
        raise _Refused("revocation.not_by_issuer", issuer=crl.issuer.rfc4514_string())
    _demand_complete(crl)
    _demand_current(crl.last_update_utc, crl.next_update_utc, now)
    entry = crl.get_revoked_certificate_by_serial_number(serial)
    if entry is None:
        return Status(Source.CRL, crl.last_update_utc)
    reason = _reason(entry)
    if reason == x509.ReasonFlags.remove_from_crl.name:
        return Status(Source.CRL, crl.last_update_utc)
    return Status(Source.CRL, crl.last_update_utc, entry.revocation_date_utc, reason)


def _has_signed_list(issuer: x509.Certificate, crl: x509.CertificateRevocationList) -> bool:
    key = issuer.public_key()
    # The kinds of keys that CAs have; the library checks no other.
    return isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey) and crl.is_signature_valid(key)


_UNDERSTOOD = {x509.IssuingDistributionPoint.oid, x509.CRLNumber.oid}


def _demand_complete(crl: x509.CertificateRevocationList) -> None:
    """Refuse a list that says of itself to be a part: a delta, indirect, or of some reasons or CAs only."""
    for extension in crl.extensions:
        point = extension.value
        is_part = isinstance(point, x509.IssuingDistributionPoint) and (
            point.indirect_crl
            or point.only_contains_ca_certs
            or point.only_contains_attribute_certs
            or point.only_some_reasons
        )
        if is_part or (extension.critical and extension.oid not in _UNDERSTOOD):
            raise _Refused("revocation.partial")


def _of_response(
    response: ocsp.OCSPResponse, serial: int, issuers: list[x509.Certificate], now: datetime.datetime
) -> Status:
    single = next((one for one in response.responses if one.serial_number == serial), None)
    if single is None:
        raise _Refused("revocation.other_certificate")
    issuer = next((one for one in issuers if _is_named(single, one)), None)
    if issuer is None:
        raise _Refused("revocation.other_certificate")
    if not _is_signed_for(response, issuer, now):
        raise _Refused("revocation.not_by_issuer", issuer=issuer.subject.rfc4514_string())
    _demand_current(single.this_update_utc, single.next_update_utc, now)
    if single.certificate_status is ocsp.OCSPCertStatus.UNKNOWN:
        raise _Refused("revocation.unknown_certificate")
    if single.certificate_status is ocsp.OCSPCertStatus.GOOD:
        return Status(Source.OCSP, single.this_update_utc)
    reason = single.revocation_reason.name if single.revocation_reason else ""
    return Status(Source.OCSP, single.this_update_utc, single.revocation_time_utc, reason)


def _is_named(single: ocsp.OCSPSingleResponse, issuer: x509.Certificate) -> bool:
    """Whether the CertID means this issuer: hashes of its name and of its key (RFC 6960, section 4.1.1)."""
    name = hashlib.new(single.hash_algorithm.name, issuer.subject.public_bytes()).digest()
    key = hashlib.new(single.hash_algorithm.name, _key_bits(issuer)).digest()
    return single.issuer_name_hash == name and single.issuer_key_hash == key


def _key_bits(issuer: x509.Certificate) -> bytes:
    """Return the content of subjectPublicKey, without tag and count of unused bits, of which the hash is made."""
    key = issuer.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    raise _Refused("revocation.not_by_issuer", issuer=issuer.subject.rfc4514_string())


def _is_signed_for(response: ocsp.OCSPResponse, issuer: x509.Certificate, now: datetime.datetime) -> bool:
    """Whether the issuer signed it, or a responder to which it delegated that (RFC 6960, section 4.2.2.2)."""
    signers = [issuer, *(one for one in response.certificates if _is_delegate(one, issuer, now))]
    return any(_has_signed_response(signer, response) for signer in signers)


def _is_delegate(certificate: x509.Certificate, issuer: x509.Certificate, now: datetime.datetime) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (InvalidSignature, x509.ExtensionNotFound, *_UNREADABLE):
        return False
    is_valid = certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc
    return is_valid and ExtendedKeyUsageOID.OCSP_SIGNING in usages


def _has_signed_response(signer: x509.Certificate, response: ocsp.OCSPResponse) -> bool:
    key, algorithm = signer.public_key(), response.signature_hash_algorithm
    if algorithm is None or isinstance(algorithm, hashes.SHA1 | hashes.MD5):
        return False
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(response.signature, response.tbs_response_bytes, padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(response.signature, response.tbs_response_bytes, ec.ECDSA(algorithm))
        else:
            return False
    except InvalidSignature:
        return False
    return True


def _demand_current(
    this_update: datetime.datetime, next_update: datetime.datetime | None, now: datetime.datetime
) -> None:
    if this_update > now + CLOCKS_DIFFER:
        raise _Refused("revocation.not_yet_valid", begins=_minute(this_update))
    if next_update is None or next_update < now:
        raise _Refused("revocation.out_of_date", ended=_minute(next_update or this_update))


def _reason(entry: x509.RevokedCertificate) -> str:
    try:
        return entry.extensions.get_extension_for_class(x509.CRLReason).value.reason.name
    except x509.ExtensionNotFound:
        return ""


def _minute(moment: datetime.datetime) -> str:
    return f"{moment.astimezone(datetime.UTC):%Y-%m-%d %H:%M} UTC"
