"""Mutated requests: always an answer, never an exception, and never accepted with another meaning."""

import base64
import random

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from csr import certificates, check, reading
from csr.policy import UEC
from tests.unit.csr import building as b
from tests.unit.csr import vectors

SEED = 20261123
SAMPLE = 2_000
SOAK = 100_000
ACCEPTED = [vector for vector in vectors.all_vectors() if vector.accepted and vector.policy is UEC]


def mutated(chance, encoded):
    """Return `encoded` with one to three changes: octets replaced, removed, doubled, inserted, or a length bent."""
    changed = bytearray(encoded)
    for _ in range(chance.randint(1, 3)):
        position = chance.randrange(len(changed))
        kind = chance.randrange(5)
        if kind == 0:
            changed[position] = chance.randrange(256)
        elif kind == 1:
            del changed[position : position + chance.randint(1, 8)]
        elif kind == 2:
            changed[position:position] = changed[position : position + chance.randint(1, 40)]
        elif kind == 3:
            changed[position:position] = chance.randbytes(chance.randint(1, 6))
        else:
            changed[position] ^= 1 << chance.randrange(8)
        if not changed:
            return b""
    return bytes(changed)


def resigned(chance, key):
    """Return a request whose signed part was mutated before a valid signature was made over it."""
    info = b.info(b.subject(), key.spki(), [b.dns_request(b.FQDN)])
    changed = mutated(chance, info)
    algorithm = b.seq(b.oid(b.RSA_SIGNATURES["sha256"]), b.NULL)
    return b.seq(changed, algorithm, b.bits(key.sign(changed, "sha256")))


def run(number):
    chance = random.Random(SEED)
    key = b.rsa_key()
    originals = [reading.read_request(vector.given, UEC).encoded for vector in ACCEPTED]
    for index in range(number):
        if index % 3 == 0:
            given = resigned(chance, key)
        elif index % 3 == 1:
            given = mutated(chance, chance.choice(originals))
        else:
            given = mutated(chance, chance.choice(ACCEPTED).given)
        result = check(given, UEC)
        assert result.problems or result.accepted
        if result.accepted:
            check_meaning(result)


def check_meaning(result):
    """What is accepted has the institution's subject, one name below its domain, and its own canonical octets."""
    assert dict(result.subject) | {"CN": ""} == dict(UEC.attributes()) | {"CN": ""}
    assert len(result.subject) == 5
    assert result.common_name.endswith("uec.ac.jp")
    assert all(name.endswith("uec.ac.jp") for name in result.dns_names)
    assert base64.b64decode(result.body) == result.der
    assert check(result.der, UEC).spki_sha256 == result.spki_sha256


def test_mutated_requests_are_answered():
    run(SAMPLE)


@pytest.mark.soak
def test_100_000_mutated_requests_are_answered():
    run(SOAK)


def secrets():
    """Private keys of every kind as PEM, DER and OpenSSH files."""
    made = (ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP384R1()))
    for key in (*made, ed25519.Ed25519PrivateKey.generate()):
        yield key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        yield key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        yield key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())


def run_others(number):
    """A wrong length of an Ed25519 key and a compressed point in SSH's format once got through as exceptions."""
    chance = random.Random(SEED)
    keys = list(secrets())
    issued = vectors.load(vectors.FOLDER / "input-certificate.vector").given
    for _ in range(number):
        reading.find_private_key(mutated(chance, chance.choice(keys)))
        for certificate in certificates.read(mutated(chance, issued)).certificates:
            certificates.find_issuer(certificate, (certificate,))


def test_mutated_private_keys_and_certificates_are_answered():
    run_others(SAMPLE)


@pytest.mark.soak
def test_100_000_mutated_private_keys_and_certificates_are_answered():
    run_others(SOAK)
