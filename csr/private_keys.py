"""Find a private key in whatever somebody pastes or uploads, say what it is, and derive the hash of its public half.

A private key must never be stored, logged or echoed. Here it lives in local variables only: what is returned holds the
kind and a hash of the *public* key. The search is cheap on ordinary text and errs on the side of finding: a text with
the header of a private key is treated as one, even if the rest is missing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from cryptography.exceptions import InternalError, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    load_ssh_public_key,
)

from csr import der

NESTED = 2
"""How often base64 inside base64 is followed: a Kubernetes secret holds a whole PEM file in base64."""


UNREADABLE_KEY = (ValueError, TypeError, UnsupportedAlgorithm, NotImplementedError, InternalError)
"""What `cryptography` raises for keys that are damaged, encrypted (TypeError), of an unknown curve, compressed in SSH's
format (NotImplementedError) or of a wrong length for their kind (InternalError): all found by mutating keys."""


@dataclass(frozen=True, slots=True)
class PrivateKeyFound:
    """A private key was there. `spki_sha256` is the hex SHA-256 of the public half, None where it cannot be derived."""

    kind: str
    spki_sha256: str | None = None


_ARMOUR = re.compile(
    r"(?:BEGIN|END)[\s_+-]{1,9}(?:([A-Z0-9]{1,20}(?:[\s_+][A-Z0-9]{1,20})?)[\s_+]{1,9})?PRIVATE[\s_+]{1,9}KEY",
    re.IGNORECASE,
)
_MARKS = re.compile(
    r"(?P<openssl_text>Private-Key: \([0-9]+ bit|privateExponent:)"
    r"|(?P<putty>PuTTY-User-Key-File-[0-9]|Private-Lines:|Private-MAC:)"
    r"|(?P<jwk>\"kty\"\s*:)"
    r"|(?P<xml><RSAKeyValue>)"
    r"|(?P<age>AGE-SECRET-KEY-1)",
    re.IGNORECASE,
)
_JWK_SECRET = re.compile(r"\"(?:d|p|q|dp|dq|qi|k)\"\s*:\s*\"[A-Za-z0-9_-]{16}")
_XML_SECRET = re.compile(r"<(?:D|P|Q|InverseQ)>")
_HINTS = ("private", "putty", "kty", "rsakeyvalue", "age-secret-key")
"""One of these is in every armour line and mark: plain searching spares most texts the expressions."""

_KINDS = {
    "openssl_text": "openssl text output",
    "putty": "PuTTY",
    "jwk": "JWK",
    "xml": "XML RSAKeyValue",
    "age": "age",
}
_NOISE = re.compile(r"\\r\\n|\\[nrt]|[^A-Za-z0-9+/=]+")
"""What pasting adds between the lines of base64: white space, quote marks, escapes, HTML tags' brackets."""
_RUN = re.compile(r"[A-Za-z0-9+/]+")
_OPENSSH_MAGIC = b"openssh-key-v1\0"
_OPENSSH = "b3BlbnNzaC1rZXktdjE"
_PEM_IN_BASE64 = "LS0tLS1CRUdJTi"
_PBES = (bytes.fromhex("06092a864886f70d0105"), bytes.fromhex("060a2a864886f70d010c01"))
"""OIDs of PKCS#5 and PKCS#12 password encryption: an EncryptedPrivateKeyInfo begins with one of them (RFC 5958)."""
_KEY_STORES = (b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce")
"""Java key stores JKS and JCEKS."""


def find_private_key(given: bytes | str) -> PrivateKeyFound | None:
    """Return what private key is in `given`, or None. Never raises and keeps nothing of the key."""
    if isinstance(given, bytes):
        binary = _binary(given)
        if binary is not None:
            return binary
        text = given.replace(b"\0", b"").decode("latin-1")  # also UTF-16, whose every second octet is NUL
    else:
        text = given
    return _in_text(text, NESTED)


def _binary(given: bytes) -> PrivateKeyFound | None:
    if given.startswith(_KEY_STORES):
        return PrivateKeyFound("Java key store")
    if given.startswith(_OPENSSH_MAGIC):
        return PrivateKeyFound("OpenSSH", _openssh(given))
    return _from_der(given) if given[:1] == b"\x30" else None


def _in_text(text: str, depth: int) -> PrivateKeyFound | None:
    if len(text) < len("END PRIVATE KEY"):
        return None
    if "%" in text:
        text = unquote(text, errors="replace")
    marked = _marked(text)
    found = _in_base64(text, depth)
    return found if found and (found.spki_sha256 or marked is None) else marked


def _marked(text: str) -> PrivateKeyFound | None:
    """Return the kind that an armour line or a format's own words announce."""
    lowered = text.lower()
    if not any(hint in lowered for hint in _HINTS):
        return None
    armour = _ARMOUR.search(text)
    if armour:
        kind = " ".join((armour[1] or "").upper().replace("_", " ").replace("+", " ").split())
        return PrivateKeyFound(f"PEM {kind}".strip())
    for name in dict.fromkeys(str(mark.lastgroup) for mark in _MARKS.finditer(text)):
        secret = _SECRETS.get(name)
        if secret is None or secret.search(text):
            derive = _DERIVATIONS.get(name)
            return PrivateKeyFound(_KINDS[name], derive(text) if derive else None)
    return None


def _in_base64(text: str, depth: int) -> PrivateKeyFound | None:
    """Look at every place where base64 of a key's DER may begin; the armour may be damaged or gone."""
    squeezed = _NOISE.sub("", text)
    nested_until = 0
    for position in _starts(squeezed):
        head = _decoded(squeezed[position : position + 64])
        if head.startswith(b"-----"):
            if not depth or position < nested_until:  # the same run again: once is enough
                continue
            inner = _run(squeezed, position)
            nested_until = position + len(inner)
            found = _in_text(inner.decode("latin-1"), depth - 1)
        elif head.startswith(_OPENSSH_MAGIC):
            found = PrivateKeyFound("OpenSSH", _openssh(_run(squeezed, position)))
        else:
            found = _from_der(_run(squeezed, position)) if _kind(head) else None
        if found:
            return found
    return None


def _starts(squeezed: str) -> Iterator[int]:
    """Yield where the base64 of DER (0x30 gives M), of an OpenSSH key or of a PEM file in base64 may begin."""
    for mark in ("M", _OPENSSH, _PEM_IN_BASE64):
        position = squeezed.find(mark)
        while position >= 0:
            if mark != "M" or _plausible(squeezed, position):
                yield position
            position = squeezed.find(mark, position + 1)


def _plausible(squeezed: str, position: int) -> bool:
    """Is the octet after 0x30 a length that a key may have (under 0x80, 0x81 or 0x82)? Spares most decoding."""
    return squeezed[position + 1 : position + 2] in _SECOND and len(squeezed) - position >= _SHORTEST


_SECOND = frozenset("ABCDEFGHI")
_SHORTEST = 24


def _run(squeezed: str, position: int) -> bytes:
    match = _RUN.match(squeezed, position)
    return _decoded(match[0]) if match else b""


def _decoded(text: str) -> bytes:
    """Decode a run of base64 whose end may be cut off, without its padding."""
    if len(text) % 4 == 1:
        text = text[:-1]
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
    except binascii.Error:  # padding in the middle, or a cut that leaves one character
        return b""


def _kind(encoded: bytes) -> str:
    """Return which private-key structure `encoded`, perhaps cut off, begins with; empty for anything else."""
    body = encoded[_header(encoded) :] if encoded[:1] == b"\x30" else b""
    if body[:1] == b"\x30" and body[_header(body) :].startswith(_PBES):
        return "encrypted PKCS#8"
    if body[:5] in (b"\x02\x01\x03\x30\x80", b"\x02\x01\x03\x30\x81", b"\x02\x01\x03\x30\x82", b"\x02\x01\x03\x30\x83"):
        return "PKCS#12"
    if body[:3] not in (b"\x02\x01\x00", b"\x02\x01\x01"):
        return ""
    return _plain_kind(body[2], body[3:])


def _plain_kind(version: int, rest: bytes) -> str:
    """Tell PKCS#1, SEC 1 and PKCS#8 from the certificate or request that also begins with a small INTEGER."""
    if version == 0 and rest[:1] == b"\x02" and rest[1:2] > b"\x20":
        return "PKCS#1"
    if version == 1 and rest[:1] == b"\x04" and rest[1:2] in (b"\x20", b"\x30", b"\x42", b"\x1c", b"\x14", b"\x18"):
        return "SEC 1"
    if rest[:1] == b"\x30" and rest[2:3] == b"\x06":
        # a version 1 certificate has its issuer, a SEQUENCE, where PKCS#8 has the key, an OCTET STRING
        after = rest[2 + rest[1] :][:1] if rest[1] < 0x80 else b""
        return "PKCS#8" if after in (b"\x04", b"") else ""
    return ""


def _header(encoded: bytes) -> int:
    """Return the number of octets of tag and length."""
    return 2 + (encoded[1] & 0x7F if len(encoded) > 1 and encoded[1] >= 0x80 else 0)


def _from_der(encoded: bytes) -> PrivateKeyFound | None:
    kind = _kind(encoded[:64])
    if not kind:
        return None
    if kind in ("encrypted PKCS#8", "PKCS#12"):
        return PrivateKeyFound(kind)
    return PrivateKeyFound(kind, _hash_of_der(encoded) or _hash_of_beginning(encoded, kind))


def _hash_of_der(encoded: bytes) -> str | None:
    try:
        element = der.read(encoded)
        key = load_der_private_key(der.whole(encoded, element), None, unsafe_skip_rsa_key_validation=True)
        return spki_sha256(key.public_key())
    except UNREADABLE_KEY:
        return None


def _hash_of_beginning(encoded: bytes, kind: str) -> str | None:
    """Return the hash of an RSA key of which only the beginning is there: modulus and exponent come first."""
    position = encoded.find(b"\x02\x01\x00\x02")
    if kind == "PKCS#8":
        position = encoded.find(b"\x02\x01\x00\x02", position + 1 if position == _header(encoded) else 0)
    if position < 0:
        return None
    try:
        modulus = der.read(encoded, position + 3)
        exponent = der.read(encoded, modulus.end)
    except der.DerError:
        return None
    return _rsa(int.from_bytes(modulus.content, "big"), int.from_bytes(exponent.content, "big"))


def _rsa(modulus: int, exponent: int) -> str | None:
    try:
        return spki_sha256(rsa.RSAPublicNumbers(exponent, modulus).public_key())
    except UNREADABLE_KEY:
        return None


def spki_sha256(key: PublicKeyTypes) -> str:
    """Return the hex SHA-256 of the key's SubjectPublicKeyInfo in its canonical form (RFC 5280, section 4.1.2.7)."""
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def _ssh(blob: bytes) -> str | None:
    """Return the hash of a public key in SSH wire format (RFC 4253, section 6.6)."""
    name = blob[4 : 4 + int.from_bytes(blob[:4], "big")]
    try:
        return spki_sha256(load_ssh_public_key(name + b" " + base64.b64encode(blob)))
    except UNREADABLE_KEY:
        return None


def _openssh(encoded: bytes) -> str | None:
    """Return the hash from the public part of an OpenSSH key file, which is there even in an encrypted one."""
    position = len(_OPENSSH_MAGIC)
    for field in ("cipher", "kdf", "kdf options", "number of keys", "public key"):
        length = 0 if field == "number of keys" else int.from_bytes(encoded[position : position + 4], "big")
        content = encoded[position + 4 : position + 4 + length]
        position += 4 + length
    return _ssh(content)


def _putty(text: str) -> str | None:
    announced = re.search(r"Public-Lines:[ \t]*([0-9]{1,3})[ \t]*\r?\n", text)
    if announced is None:
        return None
    lines = text[announced.end() :].splitlines()[: int(announced[1])]
    return _ssh(_decoded(_NOISE.sub("", "".join(lines))))


def _jwk(text: str) -> str | None:
    members = dict(re.findall(r'"(n|e|x|y|crv)"\s*:\s*"([A-Za-z0-9_-]+)"', text))
    numbers = {name: int.from_bytes(_url_decoded(value), "big") for name, value in members.items() if name != "crv"}
    if "n" in numbers and "e" in numbers:
        return _rsa(numbers["n"], numbers["e"])
    curve = _CURVES.get(members.get("crv", ""))
    if curve is None or not {"x", "y"} <= numbers.keys():
        return None
    try:
        return spki_sha256(ec.EllipticCurvePublicNumbers(numbers["x"], numbers["y"], curve()).public_key())
    except UNREADABLE_KEY:
        return None


def _url_decoded(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        return b""


def _xml(text: str) -> str | None:
    values = (re.search(rf"<{tag}>([^<]*)</{tag}>", text) for tag in ("Modulus", "Exponent"))
    numbers = [int.from_bytes(_decoded(_NOISE.sub("", found[1])), "big") for found in values if found]
    return _rsa(numbers[0], numbers[1]) if len(numbers) == 2 else None


def _openssl_text(text: str) -> str | None:
    found = re.search(r"modulus:([0-9a-f:\s]{1,20000})publicExponent: ([0-9]{1,20}) ", text)
    return _rsa(int(re.sub(r"[:\s]", "", found[1]) or "0", 16), int(found[2])) if found else None


_CURVES: dict[str, type[ec.EllipticCurve]] = {"P-256": ec.SECP256R1, "P-384": ec.SECP384R1, "P-521": ec.SECP521R1}
_SECRETS = {"jwk": _JWK_SECRET, "xml": _XML_SECRET}
"""A JWK and an RSAKeyValue may also hold a public key: these members make it a private one (RFC 7518, section 6)."""
_DERIVATIONS: dict[str, Callable[[str], str | None]] = {
    "openssl_text": _openssl_text,
    "putty": _putty,
    "jwk": _jwk,
    "xml": _xml,
}
