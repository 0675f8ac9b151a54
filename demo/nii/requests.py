"""The certification request of column 7, read with `cryptography` alone."""

import base64
import binascii
import hashlib

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from demo.nii.messages import Code
from demo.nii.reading import Subject

TYPES = {
    "C": x509.NameOID.COUNTRY_NAME,
    "ST": x509.NameOID.STATE_OR_PROVINCE_NAME,
    "L": x509.NameOID.LOCALITY_NAME,
    "O": x509.NameOID.ORGANIZATION_NAME,
    "CN": x509.NameOID.COMMON_NAME,
}

RSA_BITS = 2048
"""Profile 3 [NT-FAQ q3, T-TSV-I]."""

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


class RequestRefused(Exception):
    """The request cannot be certified; `code` says why."""

    def __init__(self, code: Code) -> None:
        super().__init__(code)
        self.code = code


def check(body: str, *, subject: Subject, profile: str) -> PublicKey:
    """Return the key of a base64 body on one line. Raises RequestRefused with the first thing that is wrong."""
    request = _load(body)
    try:
        key, is_signed = request.public_key(), request.is_signature_valid
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise RequestRefused(Code.REQUEST_KEY) from None
    if not is_signed:
        raise RequestRefused(Code.REQUEST_SIGNATURE)
    found = [(each.oid, str(each.value)) for each in request.subject]
    wanted = [(TYPES[attribute], value) for attribute, value in subject.pairs()]
    if _lowered(found) not in (wanted, wanted[::-1]):
        raise RequestRefused(Code.REQUEST_DN)
    if profile == "3" and isinstance(key, rsa.RSAPublicKey) and key.key_size == RSA_BITS:
        return key
    if profile == "11" and isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP384R1):
        return key
    raise RequestRefused(Code.REQUEST_KEY)


def spki_sha256(key: PublicKey) -> str:
    """Return the SHA-256 of the SubjectPublicKeyInfo in hexadecimal: what makes a key the same key."""
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def _load(body: str) -> x509.CertificateSigningRequest:
    try:
        request = x509.load_der_x509_csr(base64.b64decode(body, validate=True))
        tuple(request.subject)
    except (binascii.Error, ValueError, TypeError):
        raise RequestRefused(Code.REQUEST_UNREADABLE) from None
    return request


def _lowered(pairs: list[tuple[x509.ObjectIdentifier, str]]) -> list[tuple[x509.ObjectIdentifier, str]]:
    """Return the pairs with the CN in lower case: NII converts it by itself [N-20240705]."""
    return [(oid, value.lower() if oid == x509.NameOID.COMMON_NAME else value) for oid, value in pairs]
