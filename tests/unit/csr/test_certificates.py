"""Issued certificates: read in every form, the leaf found by its key, and only a pinned issuer's signature counts."""

import base64
import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs7
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from csr import certificates
from csr.policy import UEC
from csr.private_keys import spki_sha256
from csr.problems import RULES
from tests.unit.csr import building as b

START = datetime.datetime(2026, 7, 1, tzinfo=datetime.UTC)
CA_KEY = rsa.generate_private_key(65537, 2048)
OTHER_CA_KEY = rsa.generate_private_key(65537, 2048)
LEAF_KEY = rsa.generate_private_key(65537, 2048)
NAMES = (b.FQDN, "web.uec.ac.jp")
TYPES = (
    NameOID.COUNTRY_NAME,
    NameOID.STATE_OR_PROVINCE_NAME,
    NameOID.LOCALITY_NAME,
    NameOID.ORGANIZATION_NAME,
    NameOID.COMMON_NAME,
)


def dn(pairs):
    return x509.Name([x509.NameAttribute(kind, value) for kind, (_, value) in zip(TYPES, pairs, strict=True)])


CA_NAME = dn(b.subject("NII Open Domain CA - G8 RSA", O="National Institute of Informatics", L="Chiyoda-ku"))


def issue(
    subject=None, *, key=LEAF_KEY, signer=CA_KEY, issuer=CA_NAME, names=NAMES, ca=False, poison=False, serial=0x7082
):
    builder = (
        x509.CertificateBuilder(serial_number=serial)
        .subject_name(subject or dn(b.subject()))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .not_valid_before(START)
        .not_valid_after(START + datetime.timedelta(days=198))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if names:
        san = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        builder = builder.add_extension(san, critical=False)
    if poison:
        builder = builder.add_extension(x509.PrecertPoison(), critical=True)
    return builder.sign(signer, hashes.SHA256())


CA = issue(CA_NAME, key=CA_KEY, names=(), ca=True)
LEAF = issue()
SPKI = spki_sha256(LEAF_KEY.public_key())


def read_one(certificate):
    (read,) = certificates.read(certificate.public_bytes(Encoding.DER)).certificates
    return read


PINNED = (read_one(CA),)


def codes(certificate, *, spki=SPKI, names=NAMES):
    problems = certificates.check(read_one(certificate), spki_sha256=spki, names=names, policy=UEC, issuers=PINNED)
    return [problem.code for problem in problems]


def p7(encoding):
    return pkcs7.serialize_certificates([CA, LEAF], encoding)


def pem(certificate):
    return certificate.public_bytes(Encoding.PEM).decode()


FORMS = {
    "pem": pem(LEAF).encode(),
    "text": pem(LEAF),
    "crlf": pem(LEAF).replace("\n", "\r\n"),
    "text around": f"subject=CN\n{pem(LEAF)}thank you",
    "der": LEAF.public_bytes(Encoding.DER),
    "chain": pem(CA) + pem(LEAF) + pem(CA),
    "pkcs7 pem": p7(Encoding.PEM),
    "pkcs7 der": p7(Encoding.DER),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_leaf_is_found_by_its_key_in_every_form(form):
    read = certificates.read(form)
    assert read.problems == ()
    leaf = certificates.find_leaf(read.certificates, spki_sha256=SPKI)
    assert leaf is not None
    assert leaf.der == LEAF.public_bytes(Encoding.DER)


def test_certificate_value_says_what_the_certificate_says():
    leaf = read_one(LEAF)
    assert leaf.serial == 0x7082
    assert leaf.common_name == b.FQDN
    assert leaf.names == NAMES
    assert leaf.subject_dn == UEC.subject_dn(b.FQDN)
    assert (leaf.not_before, leaf.not_after) == (START, START + datetime.timedelta(days=198))
    assert leaf.fingerprint_sha256 == LEAF.fingerprint(hashes.SHA256()).hex()
    assert not leaf.is_ca


def test_leaf_of_another_key_is_not_found():
    read = certificates.read(p7(Encoding.DER))
    assert certificates.find_leaf(read.certificates, spki_sha256="00" * 32) is None


def test_issuer_of_the_right_name_and_another_key_does_not_pass():
    forged = issue(signer=OTHER_CA_KEY)
    assert certificates.find_issuer(read_one(forged), PINNED) is None
    assert codes(forged) == ["certificate.issuer_not_pinned"]


def test_self_signed_certificate_with_right_key_and_names_does_not_pass():
    assert codes(issue(signer=LEAF_KEY)) == ["certificate.issuer_not_pinned"]


def test_self_signed_certificate_of_the_issuers_own_key_kind_does_not_pass():
    key = ec.generate_private_key(ec.SECP384R1())
    assert "certificate.issuer_not_pinned" in codes(issue(key=key, signer=key))


def test_a_pinned_certificate_that_is_no_authority_issues_nothing():
    leaf = read_one(LEAF)
    child = issue(signer=LEAF_KEY, issuer=LEAF.subject)
    assert certificates.find_issuer(read_one(child), (leaf,)) is None


def test_issued_certificate_that_is_as_accepted_has_no_problem():
    assert codes(LEAF) == []
    assert certificates.find_issuer(read_one(LEAF), PINNED) == PINNED[0]


DIFFERENCES = {
    "certificate.issuer_not_pinned": {"certificate": issue(signer=OTHER_CA_KEY)},
    "certificate.other_key": {"certificate": LEAF, "spki": "00" * 32},
    "certificate.other_names": {"certificate": LEAF, "names": (b.FQDN,)},
    "certificate.other_subject": {"certificate": issue(dn(b.subject(L="Chofu")))},
    "certificate.precertificate": {"certificate": issue(poison=True)},
}


@pytest.mark.parametrize(("code", "case"), DIFFERENCES.items(), ids=DIFFERENCES.keys())
def test_each_difference_has_its_code(code, case):
    assert codes(**case) == [code]


UNREADABLE = {
    "certificate.none": "no certificate here",
    "certificate.unreadable": "-----BEGIN CERTIFICATE-----\nMIIBAAAA\n-----END CERTIFICATE-----\n",
    "input.too_large": b"M" * (certificates.MAX_BYTES + 1),
    "input.private_key": LEAF_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
}


@pytest.mark.parametrize(("code", "given"), UNREADABLE.items(), ids=UNREADABLE.keys())
def test_what_is_no_certificate_is_refused_by_name(code, given):
    read = certificates.read(given)
    assert (read.certificates, [problem.code for problem in read.problems]) == ((), [code])


def test_every_code_of_certificates_is_raised_here():
    raised = {*DIFFERENCES, *UNREADABLE}
    assert {code for code in RULES if code.startswith("certificate.")} <= raised


def test_pem_with_damaged_base64_is_refused():
    damaged = pem(LEAF).replace("A", "!", 3)
    assert [problem.code for problem in certificates.read(damaged).problems] in (
        ["certificate.unreadable"],
        ["certificate.none"],
    )


@given(st.one_of(st.binary(max_size=400), st.text(max_size=400)))
def test_anything_is_answered(content):
    read = certificates.read(content)
    assert read.certificates or read.problems


@given(st.integers(0, 1000), st.binary(min_size=1, max_size=3))
def test_damaged_certificate_is_answered(position, octets):
    encoded = bytearray(LEAF.public_bytes(Encoding.DER))
    encoded[position : position + len(octets)] = octets
    for read in (certificates.read(bytes(encoded)), certificates.read(base64.b64encode(bytes(encoded)))):
        for certificate in read.certificates:
            certificates.find_issuer(certificate, PINNED)
