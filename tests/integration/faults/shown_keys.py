"""Private keys in every shape in which people paste and upload them, and what would show that one was kept."""

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

FRAGMENT = 24
"""Characters or octets that show a key: nothing of that length is in two places by chance."""


@dataclass(frozen=True)
class Shown:
    """One key in one shape. `hash_is_found` says whether the public half can be derived from this shape."""

    shape: str
    key: PrivateKeyTypes
    given: str | bytes
    hash_is_found: bool = True

    def fragments(self) -> Iterator[bytes]:
        """Yield pieces of what was given and of the secret number, in the spellings in which they could be kept."""
        text = self.given if isinstance(self.given, str) else base64.b64encode(self.given).decode()
        for run in re.findall(rf"[A-Za-z0-9+/_-]{{{FRAGMENT},}}", text.replace("-----", " ")):
            for start in range(0, len(run) - FRAGMENT + 1, FRAGMENT):
                yield run[start : start + FRAGMENT].encode()
        secret = _secret(self.key)
        for octets in (secret, self.given if isinstance(self.given, bytes) else b""):
            for start in range(0, len(octets) - FRAGMENT, FRAGMENT):
                piece = octets[start : start + FRAGMENT]
                yield from (piece, piece.hex().encode(), piece.hex().upper().encode())
        yield str(int.from_bytes(secret, "big")).encode()


def shapes(key: rsa.RSAPrivateKey, elliptic: ec.EllipticCurvePrivateKey) -> list[Shown]:
    """Return both keys in every shape."""
    pkcs8 = _pem(key, PrivateFormat.PKCS8)
    lines = pkcs8.splitlines()
    return [
        Shown("PKCS#8", key, pkcs8),
        Shown("PKCS#1", key, _pem(key, PrivateFormat.TraditionalOpenSSL)),
        Shown("SEC 1", elliptic, _pem(elliptic, PrivateFormat.TraditionalOpenSSL)),
        Shown("OpenSSH", key, _pem(key, PrivateFormat.OpenSSH)),
        Shown("encrypted", key, _pem(key, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")), False),
        Shown("damaged armour", key, "\n".join(["----BEGIN PRIVAT KEY", *lines[1:-1]])),
        Shown("no armour", key, "".join(lines[1:-1])),
        Shown("among words", key, f"お願いします。\n鍵はこれです:\n\n> {pkcs8.replace(chr(10), chr(10) + '> ')}\n以上"),
        Shown("cut off", key, "\n".join(lines[:14])),
        Shown("JWK", elliptic, _jwk(elliptic)),
        Shown("base64 of PEM", key, base64.b64encode(pkcs8.encode()).decode()),
    ]


def uploads(key: rsa.RSAPrivateKey, elliptic: ec.EllipticCurvePrivateKey) -> list[Shown]:
    """Return the keys as files that are not text, beside the texts of `shapes`."""
    return [
        Shown("DER PKCS#8", key, _der(key, PrivateFormat.PKCS8)),
        Shown("DER PKCS#1", key, _der(key, PrivateFormat.TraditionalOpenSSL)),
        Shown("DER SEC 1", elliptic, _der(elliptic, PrivateFormat.TraditionalOpenSSL)),
        Shown("DER encrypted", key, _der(key, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")), False),
        Shown("UTF-16", key, _pem(key, PrivateFormat.PKCS8).encode("utf-16")),
    ]


def _pem(key: PrivateKeyTypes, form: PrivateFormat, encryption: object = None) -> str:
    return key.private_bytes(Encoding.PEM, form, encryption or NoEncryption()).decode()


def _der(key: PrivateKeyTypes, form: PrivateFormat, encryption: object = None) -> bytes:
    return key.private_bytes(Encoding.DER, form, encryption or NoEncryption())


def _secret(key: PrivateKeyTypes) -> bytes:
    numbers = key.private_numbers()
    secret = numbers.d if isinstance(key, rsa.RSAPrivateKey) else numbers.private_value
    return secret.to_bytes((secret.bit_length() + 7) // 8, "big")


def _jwk(key: ec.EllipticCurvePrivateKey) -> str:
    public = key.public_key().public_numbers()
    numbers = {"x": public.x, "y": public.y, "d": key.private_numbers().private_value}
    spelled = {
        name: base64.urlsafe_b64encode(number.to_bytes(32, "big")).decode().rstrip("=")
        for name, number in numbers.items()
    }
    return json.dumps({"kty": "EC", "crv": "P-256"} | spelled)
