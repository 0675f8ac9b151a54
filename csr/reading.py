"""From what was pasted or uploaded to the DER of exactly one certification request, or the reason why not.

What mail programs and forms do to a request (indentation, quote marks, one long line, a byte order mark) is undone:
nothing can be forged by it, since the request signs itself. What could hide something (a second block, a private key,
bytes after the end) is refused by name.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_der_public_key

from csr import der, requested
from csr.policy import Policy
from csr.private_keys import UNREADABLE_KEY, PrivateKeyFound, find_private_key
from csr.problems import Problem

__all__ = ["PrivateKeyFound", "ReadRequest", "Refused", "decode_block", "find_private_key", "read_request", "text_of"]

REQUEST_LABELS = ("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST")
"""Both spellings of RFC 7468, section 7: OpenSSL writes the first, keytool, GnuTLS, NSS and IIS the second."""

_BEGIN = re.compile(r"-{3,6} ?BEGIN ([A-Z0-9 #]{1,40}?) ?-{3,6}")
_END = re.compile(r"-{3,6} ?END ([A-Z0-9 #]{1,40}?) ?-{3,6}")
_DASHES = re.compile(r"[\u2010-\u2015\u2212\uff0d\u30fc]+ ?(?:BEGIN|END) [A-Z ]+")
_ARMOUR_WORDS = re.compile(r"(?:BEGIN|END) (?:NEW )?CERTIFICATE REQUEST")
_ESCAPED_LINE = re.compile(r"\\[rn]")
_FILLING = re.compile(r"[\s>|\ufeff\u200b\u00a0]+")
"""White space, and the quote marks that mail programs put before a line."""

_PKCS7_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_BLOCKS = {
    "CERTIFICATE": "input.certificate",
    "X509 CERTIFICATE": "input.certificate",
    "TRUSTED CERTIFICATE": "input.certificate",
    "PUBLIC KEY": "input.public_key",
    "RSA PUBLIC KEY": "input.public_key",
    "SSH2 PUBLIC KEY": "input.public_key",
    "PKCS7": "input.pkcs7",
    "PKCS #7 SIGNED DATA": "input.pkcs7",
    "CMS": "input.pkcs7",
}


class Refused(Exception):
    """The input holds no readable request; `problem` says why."""

    def __init__(self, code: str, **params: str | int) -> None:
        self.problem = Problem.of(code, **params)
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """A request that is well-formed DER, and what was remarkable about its wrapping."""

    encoded: bytes
    request: x509.CertificateSigningRequest
    problems: tuple[Problem, ...] = ()


def read_request(given: bytes | str, policy: Policy) -> ReadRequest:
    """Return the one request in `given`: PEM, DER or bare base64. Raises Refused."""
    if len(given) > policy.max_input_bytes:
        raise Refused("input.too_large", found=len(given), allowed=policy.max_input_bytes)
    if find_private_key(given) is not None:
        raise Refused("input.private_key")
    if isinstance(given, bytes) and given[:1] == b"\x30":
        return _from_der(given, ())
    text = text_of(given)
    if not text.strip("\ufeff \t\r\n\f\v"):
        raise Refused("input.empty")
    if "\0" in text:
        raise Refused("input.nul")
    encoded, problems = _from_text(text)
    return _from_der(encoded, problems)


def text_of(given: bytes | str) -> str:
    """Return `given` as text without its byte order mark; octets that are not UTF-8 stay visible as replacements."""
    if isinstance(given, bytes):
        utf16 = given.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))  # PowerShell's and Notepad's "Unicode"
        given = given.decode("utf-16" if utf16 else "utf-8", errors="replace")
    return given.removeprefix("\ufeff")


def _from_text(text: str) -> tuple[bytes, tuple[Problem, ...]]:
    begins = list(_BEGIN.finditer(text))
    if not begins:
        return _without_armour(text)
    labels = [begin[1] for begin in begins]
    if len(labels) > 1:
        raise Refused("input.several_blocks", found=len(labels), labels=", ".join(labels))
    block = text[begins[0].end() :]
    end = _END.search(block)
    if end is None:
        raise Refused("input.no_end")
    encoded = decode_block(block[: end.start()])
    if labels[0] not in REQUEST_LABELS or end[1] not in REQUEST_LABELS:
        raise _other_block(labels[0], end[1], encoded)
    return encoded, ()


def _other_block(label: str, end_label: str, encoded: bytes) -> Refused:
    """Name what is in a block whose lines do not say (both of them) that it is a request."""
    try:
        x509.load_der_x509_csr(encoded)
    except (ValueError, x509.InvalidVersion):
        code = _BLOCKS.get(label, "input.other_block")
        return Refused(code, label=label) if code == "input.other_block" else Refused(code)
    return Refused("input.wrong_header", label=label if label not in REQUEST_LABELS else end_label)


def _without_armour(text: str) -> tuple[bytes, tuple[Problem, ...]]:
    if _DASHES.search(text) or _ARMOUR_WORDS.search(text) or _END.search(text):
        raise Refused("input.armour_damaged")
    squeezed = _FILLING.sub("", text)
    if not squeezed.startswith("MI") or not re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", squeezed):
        raise Refused("input.no_request")
    return decode_block(text), (Problem.of("input.no_armour"),)


def decode_block(block: str) -> bytes:
    """Return the octets of a block's base64 without its BEGIN and END lines. Raises Refused."""
    if _ESCAPED_LINE.search(block):
        raise Refused("input.escaped_newlines")
    try:
        return base64.b64decode(_FILLING.sub("", block).encode("ascii"), validate=True)
    except UnicodeEncodeError:
        raise Refused("input.bad_base64") from None
    except binascii.Error:
        raise Refused("input.bad_base64") from None


def _from_der(encoded: bytes, problems: tuple[Problem, ...]) -> ReadRequest:
    try:
        outer = der.read(encoded)
    except der.Truncated:
        raise Refused("input.truncated") from None
    except der.DerError:
        raise Refused("input.not_der") from None
    if outer.tag != der.SEQUENCE:
        raise Refused("input.not_a_request")
    if outer.end < len(encoded):
        raise Refused("input.trailing_bytes", found=len(encoded) - outer.end)
    try:
        return ReadRequest(encoded, x509.load_der_x509_csr(encoded), problems)
    except x509.InvalidVersion:
        raise Refused("input.version") from None
    except ValueError:
        raise Refused(_what_else(encoded)) from None


def _what_else(encoded: bytes) -> str:
    """Return the code for well-framed DER that is not a request `cryptography` can read."""
    if encoded[2:24].find(_PKCS7_SIGNED_DATA) in (0, 1, 2):
        return "input.pkcs7"
    if _is_certificate(encoded):
        return "input.certificate"
    if _is_public_key(encoded):
        return "input.public_key"
    try:
        return _damage(encoded)
    except der.DerError:
        return "input.not_der"


def _is_certificate(encoded: bytes) -> bool:
    try:
        x509.load_der_x509_certificate(encoded)
    except (ValueError, x509.InvalidVersion):
        return False
    return True


def _is_public_key(encoded: bytes) -> bool:
    try:
        load_der_public_key(encoded)
    except UNREADABLE_KEY:
        return False
    return True


def _damage(encoded: bytes) -> str:
    """Return why something that has a request's outline is not one: old producers leave the attributes out."""
    parts = [part.tag for part in der.children(der.read(encoded).content)]
    if parts != [der.SEQUENCE, der.SEQUENCE, der.BIT_STRING]:
        return "input.not_a_request"
    content = der.read(encoded).content
    encoded_info = der.whole(content, der.read(content))
    fields = [field.tag for field in der.children(der.read(encoded_info).content)]
    if fields == [der.INTEGER, der.SEQUENCE, der.SEQUENCE]:
        return "input.no_attributes"
    if fields == [der.INTEGER, der.SEQUENCE, der.SEQUENCE, der.CONTEXT_0]:
        return requested.damage(encoded_info) or "subject.unreadable"
    return "input.not_a_request"
