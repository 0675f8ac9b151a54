"""A private key is found in whatever people paste, its public half is hashed, and nothing of it is kept."""

import base64
import json
import shutil
import subprocess
import urllib.parse

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from hypothesis import given
from hypothesis import strategies as st

from csr.private_keys import spki_sha256
from csr.reading import find_private_key
from tests.unit.csr import vectors

KEYS = {
    "rsa": rsa.generate_private_key(65537, 2048),
    "p256": ec.generate_private_key(ec.SECP256R1()),
    "p384": ec.generate_private_key(ec.SECP384R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate(),
}
PLAIN = [
    (name, form)
    for name in KEYS
    for form in (PrivateFormat.TraditionalOpenSSL, PrivateFormat.PKCS8, PrivateFormat.OpenSSH)
    if not (name == "ed25519" and form is PrivateFormat.TraditionalOpenSSL)
]


def pem_of(name, form=PrivateFormat.PKCS8):
    return KEYS[name].private_bytes(Encoding.PEM, form, NoEncryption()).decode()


def body(pem):
    return pem.splitlines()[1:-1]


DISGUISES = {
    "whole": lambda pem: pem,
    "octets": str.encode,
    "crlf": lambda pem: pem.replace("\n", "\r\n"),
    "quoted": lambda pem: "On Monday he wrote:\n> " + pem.replace("\n", "\n> "),
    "indented": lambda pem: pem.replace("\n", "\n    "),
    "json": lambda pem: json.dumps({"key": pem}),
    "javascript": lambda pem: ",\n".join(f'"{line}"' for line in pem.splitlines()),
    "body on one line": lambda pem: "".join(body(pem)),
    "body on many lines": lambda pem: "\n".join(body(pem)),
    "first line lost": lambda pem: "Mail from MIMI: my Key\n" + "\n".join(pem.splitlines()[1:]),
    "last line lost": lambda pem: "\n".join(pem.splitlines()[:-1]),
    "dashes": lambda pem: pem.replace("-----", "—"),
    "spaces for lines": lambda pem: pem.replace("\n", " "),
    "utf-16": lambda pem: pem.encode("utf-16"),
    "url": urllib.parse.quote,
    "base64 of the file": lambda pem: base64.b64encode(pem.encode()).decode(),
    "after text": lambda pem: "This is my certificate request, please sign it.\n\n" + pem,
}


@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES.keys())
@pytest.mark.parametrize(("name", "form"), PLAIN, ids=lambda value: getattr(value, "name", value))
def test_unencrypted_key_is_found_with_the_hash_of_its_public_half(name, form, disguise):
    found = find_private_key(disguise(pem_of(name, form)))
    assert found is not None
    assert found.spki_sha256 == spki_sha256(KEYS[name].public_key())


@pytest.mark.parametrize("form", [PrivateFormat.TraditionalOpenSSL, PrivateFormat.PKCS8])
@pytest.mark.parametrize("name", ["rsa", "p256", "p384"])
def test_der_upload_is_found(name, form):
    found = find_private_key(KEYS[name].private_bytes(Encoding.DER, form, NoEncryption()))
    assert found is not None
    assert found.spki_sha256 == spki_sha256(KEYS[name].public_key())


@pytest.mark.parametrize("form", [PrivateFormat.TraditionalOpenSSL, PrivateFormat.PKCS8])
def test_the_first_third_of_an_rsa_key_is_enough_for_the_hash(form):
    lines = body(pem_of("rsa", form))
    found = find_private_key("\n".join(lines[:9]))
    assert found is not None
    assert found.spki_sha256 == spki_sha256(KEYS["rsa"].public_key())


@pytest.mark.parametrize("form", [PrivateFormat.TraditionalOpenSSL, PrivateFormat.PKCS8])
def test_the_first_line_alone_is_a_key_without_hash(form):
    found = find_private_key(body(pem_of("rsa", form))[0])
    assert found is not None
    assert found.spki_sha256 is None


@pytest.mark.parametrize("form", [PrivateFormat.TraditionalOpenSSL, PrivateFormat.PKCS8])
def test_encrypted_key_is_found_by_kind(form):
    encrypted = KEYS["rsa"].private_bytes(Encoding.PEM, form, BestAvailableEncryption(b"secret"))
    found = find_private_key(encrypted)
    assert found is not None
    assert found.spki_sha256 is None


@pytest.mark.parametrize("name", ["rsa", "p256", "p384", "ed25519"])
def test_body_of_an_encrypted_key_is_found(name):
    pem = KEYS[name].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")).decode()
    found = find_private_key("\n".join(body(pem)))
    assert found is not None
    assert found.kind == "encrypted PKCS#8"


def test_pkcs12_is_found():
    store = pkcs12.serialize_key_and_certificates(b"www", KEYS["rsa"], None, None, BestAvailableEncryption(b"secret"))
    assert find_private_key(store).kind == "PKCS#12"
    assert find_private_key(base64.b64encode(store)).kind == "PKCS#12"


def number(value):
    return base64.urlsafe_b64encode(value.to_bytes((value.bit_length() + 7) // 8, "big")).decode().rstrip("=")


def test_jwk_is_found_when_it_has_the_private_part():
    numbers = KEYS["rsa"].private_numbers()
    public = {"kty": "RSA", "n": number(numbers.public_numbers.n), "e": number(numbers.public_numbers.e)}
    assert find_private_key(json.dumps(public)) is None
    found = find_private_key(json.dumps(public | {"d": number(numbers.d)}))
    assert (found.kind, found.spki_sha256) == ("JWK", spki_sha256(KEYS["rsa"].public_key()))


def test_jwk_of_a_curve_is_found():
    numbers = KEYS["p256"].private_numbers()
    point = numbers.public_numbers
    jwk = {"kty": "EC", "crv": "P-256", "x": number(point.x), "y": number(point.y), "d": number(numbers.private_value)}
    assert find_private_key(json.dumps(jwk)).spki_sha256 == spki_sha256(KEYS["p256"].public_key())


def test_putty_key_is_found_with_its_hash():
    public = KEYS["rsa"].public_key().public_numbers()

    def field(content):
        return len(content).to_bytes(4, "big") + content

    def mpint(value):
        return field(value.to_bytes(value.bit_length() // 8 + 1, "big"))

    blob = base64.b64encode(field(b"ssh-rsa") + mpint(public.e) + mpint(public.n)).decode()
    lines = [blob[i : i + 64] for i in range(0, len(blob), 64)]
    head = f"PuTTY-User-Key-File-3: ssh-rsa\nEncryption: aes256-cbc\nComment: x\nPublic-Lines: {len(lines)}\n"
    file = head + "\n".join(lines) + "\nKey-Derivation: Argon2id\nPrivate-Lines: 1\nAAAA\nPrivate-MAC: 00\n"
    found = find_private_key(file)
    assert (found.kind, found.spki_sha256) == ("PuTTY", spki_sha256(KEYS["rsa"].public_key()))


def test_xml_key_of_windows_is_found():
    numbers = KEYS["rsa"].private_numbers()

    def plain(value):
        return base64.b64encode(value.to_bytes((value.bit_length() + 7) // 8, "big")).decode()

    public = f"<Modulus>{plain(numbers.public_numbers.n)}</Modulus><Exponent>AQAB</Exponent>"
    assert find_private_key(f"<RSAKeyValue>{public}</RSAKeyValue>") is None
    found = find_private_key(f"<RSAKeyValue>{public}<D>{plain(numbers.d)}</D></RSAKeyValue>")
    assert found.spki_sha256 == spki_sha256(KEYS["rsa"].public_key())


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_text_output_of_openssl_is_found():
    command = ["openssl", "pkey", "-noout", "-text"]
    output = subprocess.run(command, input=pem_of("rsa").encode(), capture_output=True, check=True).stdout
    assert find_private_key(output).spki_sha256 == spki_sha256(KEYS["rsa"].public_key())


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\n…",
        "-----BEGIN RSA PRIVATE KEY-----",
        "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----",
        "-----BEGIN PGP PRIVATE KEY BLOCK-----",
        "BEGIN+EC+PRIVATE+KEY",
        "AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQQQ",
    ],
)
def test_header_alone_counts_as_a_key(text):
    assert find_private_key(text) is not None


@pytest.mark.parametrize("content", [b"\xfe\xed\xfe\xed\0\0\0\2", b"\xce\xce\xce\xce\0\0\0\2"])
def test_java_key_store_is_found(content):
    assert find_private_key(content).kind == "Java key store"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "M",
        "The private key was lost; we begin again with a new key.",
        "秘密鍵(private key)は送らないでください。",
        "Mozilla/5.0 MIIE MIMI MHcCAQEE",
        "-----BEGIN PUBLIC KEY-----",
        "Miyazaki " * 2000,
    ],
)
def test_ordinary_text_is_no_key(text):
    assert find_private_key(text) is None
    assert find_private_key(text.encode()) is None


@pytest.mark.parametrize("vector", vectors.all_vectors(), ids=lambda vector: vector.name)
def test_no_request_or_certificate_is_taken_for_a_key(vector):
    expected = "input.private_key" in vector.codes
    assert (find_private_key(vector.given) is not None) == expected


def test_what_is_returned_holds_nothing_of_the_key():
    found = find_private_key(pem_of("rsa"))
    assert set(found.__slots__) == {"kind", "spki_sha256"}
    assert body(pem_of("rsa"))[3] not in repr(found)


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300)))
def test_anything_is_answered(content):
    find_private_key(content)


@given(st.integers(0, 1200), st.binary(min_size=1, max_size=4))
def test_damaged_der_is_answered(position, octets):
    encoded = bytearray(KEYS["rsa"].private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
    encoded[position : position + len(octets)] = octets
    find_private_key(bytes(encoded))
    find_private_key(base64.b64encode(bytes(encoded)))
