"""The public key of a request: its kind, its size, and whether it is known or computed to be weak."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import badkeys
import badkeys.checks
import badkeys.utils
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from csr import der, private_keys
from csr.policy import EC_PROFILE, RSA_PROFILE, Policy
from csr.problems import Problem

RSA_ENCRYPTION = "1.2.840.113549.1.1.1"
"""rsaEncryption, RFC 3279. An RSASSA-PSS key has another identifier although it loads as RSA."""

EC_PUBLIC_KEY = "1.2.840.10045.2.1"
"""id-ecPublicKey, RFC 5480."""

ALGORITHMS = {
    RSA_ENCRYPTION: "RSA",
    EC_PUBLIC_KEY: "EC",
    "1.2.840.113549.1.1.10": "RSASSA-PSS",
    "1.2.840.10040.4.1": "DSA",
    "1.3.101.112": "Ed25519",
    "1.3.101.113": "Ed448",
}

WEAK_KEY_CHECKS = (
    *("fermat", "pattern", "roca", "rsabias", "rsainvalid"),
    *("rsapoly", "sharedprimes", "smalld", "smallfactors"),
)
"""Checks of badkeys, always given by name: its default set ends the process where its block list is not installed."""

BLOCK_LIST = "blocklist"
"""badkeys' check against lists of compromised keys (Debian 2008 and others); needs two files in its cache folder."""

MAX_CHECKED_BITS = 8192
"""RSA moduli above are refused by size and not examined: Fermat's 100 rounds grow with the square of the length."""

MAX_EXPONENT = 2**256
"""Baseline Requirements 2.2.6, section 6.1.6: SHOULD be in the range 2^16+1 to 2^256-1."""


@dataclass(frozen=True, slots=True)
class Key:
    """A public key as people name it. `bits` is the modulus of RSA or the field of a curve, 0 where unknown."""

    algorithm: str
    bits: int
    spki_sha256: str
    curve: str = ""

    def as_json(self) -> dict[str, str | int]:
        curve = {"curve": self.curve} if self.curve else {}
        return {"algorithm": self.algorithm, "bits": self.bits, "spki_sha256": self.spki_sha256, **curve}


def check_request_key(
    request: x509.CertificateSigningRequest, policy: Policy
) -> tuple[Key | None, tuple[Problem, ...]]:
    """Return the request's key and every rule that it breaks; no key where it cannot be read."""
    try:
        written, algorithm = _written(request)
    except (ValueError, IndexError):  # IndexError: an identifier without content
        return None, (Problem.of("key.unreadable"),)
    try:
        public_key = request.public_key()
        sha256 = private_keys.spki_sha256(public_key)
    except UnsupportedAlgorithm:
        return None, (Problem.of("key.algorithm", found=algorithm, expected=_offered(policy)),)
    except private_keys.UNREADABLE_KEY:
        return None, (Problem.of("key.unreadable"),)
    key = _describe(public_key, algorithm, sha256)
    problems = list(check_public_key(public_key, key, policy))
    if not problems and written != public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo):
        problems.append(Problem.of("key.encoding"))
    return key, (*problems, *check_weakness(public_key))


def _written(request: x509.CertificateSigningRequest) -> tuple[bytes, str]:
    """Return the key as it stands in the request, and its algorithm: a PSS key loads as RSA. Raises ValueError.

    A key that isn't written in the one usual way is refused, else two requests with one key could differ in their
    hash; this also tells explicit curve parameters (RFC 5480 forbids them), which load as the named curve.
    """
    info = der.read(request.tbs_certrequest_bytes).content
    encoded = der.whole(info, list(der.children(info))[2])
    identifier = der.read(der.read(der.read(encoded).content).content)
    oid = der.dotted(identifier.content)
    return encoded, ALGORITHMS.get(oid, oid)


def _describe(public_key: CertificatePublicKeyTypes, algorithm: str, sha256: str) -> Key:
    if isinstance(public_key, rsa.RSAPublicKey):
        return Key(algorithm, public_key.key_size, sha256)
    if isinstance(public_key, ec.EllipticCurvePublicKey):
        return Key(algorithm, public_key.curve.key_size, sha256, public_key.curve.name)
    return Key(algorithm, 0, sha256)


def check_public_key(public_key: CertificatePublicKeyTypes, key: Key, policy: Policy) -> Iterator[Problem]:
    """Yield every rule of `policy` that the kind and the size of the key break."""
    if key.algorithm == "RSA" and isinstance(public_key, rsa.RSAPublicKey):
        if RSA_PROFILE not in policy.profiles:
            yield Problem.of("key.algorithm", found="RSA", expected=_offered(policy))
        if key.bits != policy.rsa_bits:
            yield Problem.of("key.rsa_bits", found=key.bits, expected=policy.rsa_bits)
        exponent = public_key.public_numbers().e
        if not policy.min_exponent <= exponent < MAX_EXPONENT or exponent % 2 == 0:
            yield Problem.of("key.exponent", found=str(exponent), smallest=policy.min_exponent)
    elif key.algorithm == "EC" and isinstance(public_key, ec.EllipticCurvePublicKey):
        if EC_PROFILE not in policy.profiles:
            yield Problem.of("key.ec_not_offered", expected=policy.rsa_bits)
        elif key.curve != ec.SECP384R1.name:
            yield Problem.of("key.curve", found=key.curve)
    else:
        yield Problem.of("key.algorithm", found=key.algorithm, expected=_offered(policy))


def _offered(policy: Policy) -> str:
    kinds = {RSA_PROFILE: f"RSA {policy.rsa_bits}", EC_PROFILE: "ECDSA secp384r1"}
    return " / ".join(kinds[profile] for profile in policy.profiles if profile in kinds)


def check_weakness(public_key: CertificatePublicKeyTypes) -> tuple[Problem, ...]:
    """Return the weaknesses that badkeys finds, and whether its lists of compromised keys were there to compare."""
    listed = has_block_list()
    missing = () if listed else (Problem.of("key.lists_missing"),)
    checks = [BLOCK_LIST] if listed else []
    if isinstance(public_key, rsa.RSAPublicKey) and public_key.key_size <= MAX_CHECKED_BITS:
        numbers = public_key.public_numbers()
        found = badkeys.checkrsa(numbers.n, e=numbers.e, checks=[*WEAK_KEY_CHECKS, *checks])
    elif isinstance(public_key, ec.EllipticCurvePublicKey):
        found = badkeys.checks.checkall(public_key.public_numbers().x, checks=checks)
    else:
        found = {}
    known = (Problem.of("key.known_compromised"),) if found.pop(BLOCK_LIST, None) else ()
    weak = tuple(Problem.of("key.weak", check=check) for check in sorted(found))
    return (*known, *weak, *missing)


def has_block_list() -> bool:
    """Are badkeys' lists of compromised keys installed (`badkeys --update-bl`, an operator's step)?"""
    folder = badkeys.utils._cachedir()  # not public, but where badkeys itself will look: it ends the process else
    return all(os.path.isfile(os.path.join(folder, name)) for name in ("badkeysdata.json", "blocklist.dat"))
