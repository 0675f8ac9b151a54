"""Build certification requests octet by octet, also those that no library would sign. Keys live for one run only."""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import gmpy2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

FQDN = "www.cs.uec.ac.jp"
DIGEST_INFO = {
    "md5": "3020300c06082a864886f70d020505000410",
    "sha1": "3021300906052b0e03021a05000414",
    "sha224": "302d300d06096086480165030402040500041c",
    "sha256": "3031300d060960864801650304020105000420",
    "sha384": "3041300d060960864801650304020205000430",
    "sha512": "3051300d060960864801650304020305000440",
}
RSA_SIGNATURES = {
    "md5": "1.2.840.113549.1.1.4",
    "sha1": "1.2.840.113549.1.1.5",
    "sha224": "1.2.840.113549.1.1.14",
    "sha256": "1.2.840.113549.1.1.11",
    "sha384": "1.2.840.113549.1.1.12",
    "sha512": "1.2.840.113549.1.1.13",
}
OIDS = {
    "C": "2.5.4.6",
    "ST": "2.5.4.8",
    "L": "2.5.4.7",
    "O": "2.5.4.10",
    "OU": "2.5.4.11",
    "CN": "2.5.4.3",
    "emailAddress": "1.2.840.113549.1.9.1",
    "serialNumber": "2.5.4.5",
    "DC": "0.9.2342.19200300.100.1.25",
    "businessCategory": "2.5.4.15",
}
EXTENSION_REQUEST = "1.2.840.113549.1.9.14"
CHALLENGE_PASSWORD = "1.2.840.113549.1.9.7"
NULL = b"\x05\x00"
UTF8, PRINTABLE, IA5, TELETEX, BMP = 0x0C, 0x13, 0x16, 0x14, 0x1E


def tlv(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    if len(content) < 0x80:
        return bytes((tag, len(content))) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def seq(*parts: bytes) -> bytes:
    return tlv(0x30, *parts)


def integer(value: int) -> bytes:
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def oid(dotted: str) -> bytes:
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    content = b""
    for arc in (40 * first + second, *rest):
        octets = [arc & 0x7F]
        while arc := arc >> 7:
            octets.insert(0, 0x80 | arc & 0x7F)
        content += bytes(octets)
    return tlv(0x06, content)


def bits(content: bytes) -> bytes:
    return tlv(0x03, b"\0", content)


@dataclass(frozen=True)
class RsaKey:
    """Numbers of an RSA key, to be used as they are: also with primes that no library would take."""

    p: int
    q: int
    e: int = 65537

    @property
    def n(self) -> int:
        return self.p * self.q

    def spki(self, parameters: bytes = NULL, algorithm: str = "1.2.840.113549.1.1.1") -> bytes:
        return seq(seq(oid(algorithm), parameters), bits(seq(integer(self.n), integer(self.e))))

    def sign(self, signed: bytes, digest: str) -> bytes:
        """PKCS#1 v1.5 (RFC 8017, section 9.2)."""
        octets = (self.n.bit_length() + 7) // 8
        info = bytes.fromhex(DIGEST_INFO[digest]) + hashlib.new(digest, signed).digest()
        padded = b"\0\1" + b"\xff" * (octets - len(info) - 3) + b"\0" + info
        d = int(gmpy2.invert(self.e, (self.p - 1) * (self.q - 1)))
        return int(gmpy2.powmod(int.from_bytes(padded, "big"), d, self.n)).to_bytes(octets, "big")


@functools.cache
def rsa_key(key_bits: int = 2048, e: int = 65537, number: int = 0) -> RsaKey:
    """One key for each size, exponent and number in a run."""
    numbers = rsa.generate_private_key(e, key_bits).private_numbers()
    return RsaKey(numbers.p, numbers.q, e)


def string(text: str, kind: int = UTF8) -> bytes:
    encoding = {BMP: "utf-16-be", TELETEX: "latin-1"}.get(kind, "utf-8")
    return tlv(kind, text.encode(encoding))


Subject = Sequence[tuple[str, str]]
UEC_SUBJECT: Subject = (
    ("C", "JP"),
    ("ST", "tokyo"),
    ("L", "chofu"),
    ("O", "The University of Electro-Communications"),
)


def subject(cn: str | None = FQDN, *, extra: Subject = (), **changed: str | None) -> list[tuple[str, str]]:
    """UEC's subject with the changed values; None leaves an attribute out, `extra` comes before the CN."""
    pairs = [(name, changed.get(name, value)) for name, value in UEC_SUBJECT]
    return [(name, value) for name, value in (*pairs, *extra, ("CN", cn)) if value is not None]


def attribute_value(name: str, value: str, kind: int = UTF8) -> bytes:
    return seq(oid(OIDS.get(name, name)), string(value, PRINTABLE if name == "C" else kind))


def name(pairs: Subject, kind: int = UTF8) -> bytes:
    return seq(*(tlv(0x31, attribute_value(attribute, value, kind)) for attribute, value in pairs))


def attribute(dotted: str, *values: bytes) -> bytes:
    return seq(oid(dotted), tlv(0x31, *values))


def extension(dotted: str, value: bytes, *, critical: bool = False) -> bytes:
    return seq(oid(dotted), b"\x01\x01\xff" if critical else b"", tlv(0x04, value))


def extensions(*values: bytes) -> bytes:
    return attribute(EXTENSION_REQUEST, seq(*values))


def alternative_names(*values: bytes) -> bytes:
    return extension("2.5.29.17", seq(*values))


def dns(value: str) -> bytes:
    return tlv(0x82, value.encode())


def dns_request(*values: str) -> bytes:
    return extensions(alternative_names(*(dns(value) for value in values)))


def info(pairs: Subject | bytes, spki: bytes, attributes: Sequence[bytes] | None = (), *, version: int = 0) -> bytes:
    encoded = pairs if isinstance(pairs, bytes) else name(pairs)
    fields = tlv(0xA0, *sorted(attributes)) if attributes is not None else b""
    return seq(integer(version), encoded, spki, fields)


def request(
    pairs: Subject | bytes | None = None,
    attributes: Sequence[bytes] | None = (),
    *,
    key: RsaKey | ec.EllipticCurvePrivateKey | None = None,
    spki: bytes | None = None,
    digest: str = "sha256",
    version: int = 0,
    signature: bytes | None = None,
    algorithm: bytes | None = None,
) -> bytes:
    """Return the DER of a signed request; every part can be replaced by a wrong one."""
    key = key or rsa_key()
    signed = info(subject() if pairs is None else pairs, spki or _spki(key), attributes, version=version)
    if isinstance(key, RsaKey):
        algorithm = algorithm or seq(oid(RSA_SIGNATURES[digest]), NULL)
        signature = signature or key.sign(signed, digest)
    else:
        algorithm = algorithm or seq(oid("1.2.840.10045.4.3.3"))
        signature = signature or key.sign(signed, ec.ECDSA(hashes.SHA384()))
    return seq(signed, algorithm, bits(signature))


def _spki(key: RsaKey | ec.EllipticCurvePrivateKey) -> bytes:
    if isinstance(key, RsaKey):
        return key.spki()
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def pem(encoded: bytes, label: str = "CERTIFICATE REQUEST") -> str:
    body = base64.encodebytes(encoded).decode().replace("\n", "")
    lines = [body[i : i + 64] for i in range(0, len(body), 64)]
    return "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""))


def prime(key_bits: int, seed: int) -> int:
    """A prime with its two highest bits set, found from the seed."""
    start = int.from_bytes(hashlib.shake_256(str(seed).encode()).digest(key_bits // 8), "big")
    return int(gmpy2.next_prime(start | 3 << (key_bits - 2)))


def close_primes_key() -> RsaKey:
    p = prime(1024, 1)
    return RsaKey(p, int(gmpy2.next_prime(p)))


def small_factor_key() -> RsaKey:
    return RsaKey(65521, prime(2032, 2))


def roca_key() -> RsaKey:
    """Primes of the form k·M + 65537^a mod M (Nemec and others, 2017); M is the product badkeys looks at."""
    modulus = 0x924CBA6AE99DFA084537FACC54948DF0C23DA044D8CABE0EDD75BC6

    def special(seed: int) -> int:
        k = prime(1024, seed) // modulus
        while True:
            candidate = k * modulus + int(gmpy2.powmod(65537, seed, modulus))
            if gmpy2.is_prime(candidate) and candidate.bit_length() == 1024:
                return candidate
            k += 1

    return RsaKey(special(3), special(4))
