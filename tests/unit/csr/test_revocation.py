"""CRLs and OCSP responses by a CA made on the spot: what counts, and what is refused with which code."""

from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from csr import certificates, revocation, texts
from csr.revocation import Source
from demo.nii.authority import ISSUING_CA, Authority

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SERIAL = 7082414538221694988


@cache
def key(name):
    return ec.generate_private_key(ec.SECP384R1()) if name == "ec" else rsa.generate_private_key(65537, 2048)


def named(cn):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, cn)])


@cache
def made(cn, *, by="ca", signer="ca", is_ca=False, usage=None, ended=False, serial=SERIAL):
    """A certificate for `cn` with the key of that name; `signer` names the key that signs, `by` the issuer."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(cn))
        .issuer_name(named(by))
        .public_key(key(cn).public_key())
        .serial_number(serial)
        .not_valid_before(NOW - 30 * DAY)
        .not_valid_after(NOW - DAY if ended else NOW + 60 * DAY)
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
    )
    if usage:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    return builder.sign(key(signer), hashes.SHA256())


@cache
def authority(name="ca"):
    return made(name, by=name, signer=name, is_ca=True, serial=1)


def pinned(name="ca"):
    return certificates.read(authority(name).public_bytes(Encoding.DER)).certificates


def crl(
    *entries,
    name="ca",
    signer="ca",
    begins=NOW - DAY,
    ends=NOW + DAY,
    reason=x509.ReasonFlags.superseded,
    encoding=Encoding.DER,
    extensions=(),
):
    builder = x509.CertificateRevocationListBuilder().issuer_name(named(name)).last_update(begins).next_update(ends)
    for serial in entries:
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(NOW - 2 * DAY)
        if reason:
            entry = entry.add_extension(x509.CRLReason(reason), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    for extension in extensions:
        builder = builder.add_extension(extension, critical=True)
    return builder.sign(key(signer), hashes.SHA256()).public_bytes(encoding)


def response(
    *,
    name="ca",
    signer="ca",
    responder=None,
    status=ocsp.OCSPCertStatus.REVOKED,
    begins=NOW - DAY,
    ends=NOW + DAY,
    serial=SERIAL,
    certid=hashes.SHA1,
):
    is_revoked = status is ocsp.OCSPCertStatus.REVOKED
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=made("host", serial=serial),
        issuer=authority(name),
        algorithm=certid(),  # CertID, not the signature
        cert_status=status,
        this_update=begins,
        next_update=ends,
        revocation_time=NOW - 2 * DAY if is_revoked else None,
        revocation_reason=x509.ReasonFlags.key_compromise if is_revoked else None,
    )
    signing = responder or authority(signer)
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, signing)
    if responder:
        builder = builder.certificates([responder])
    return builder.sign(key(signer), hashes.SHA256()).public_bytes(Encoding.DER)


def read(given, *, serial=SERIAL, issuers=None, now=NOW):
    return revocation.read(given, serial=serial, issuers=pinned() if issuers is None else issuers, now=now)


def codes(given, **options):
    found = read(given, **options)
    assert (found.status is None) == bool(found.problems)
    for problem in found.problems:
        assert "{" not in texts.text(problem, "ja") + texts.text(problem, "en")
    return [problem.code for problem in found.problems]


@pytest.mark.parametrize("encoding", [Encoding.DER, Encoding.PEM])
def test_a_list_says_when_and_why(encoding):
    found = read(crl(5, SERIAL, encoding=encoding))
    assert not found.problems
    assert (found.status.source, found.status.revoked_at) == (Source.CRL, NOW - 2 * DAY)
    assert found.status.reason == "superseded"


@pytest.mark.parametrize(
    "given",
    [crl(5), crl(), crl(SERIAL, reason=x509.ReasonFlags.remove_from_crl)],
    ids=["others", "empty", "taken off again"],
)
def test_what_is_not_in_the_list_is_not_revoked(given):
    found = read(given)
    assert found.status.revoked_at is None
    assert found.status.this_update == NOW - DAY


def test_an_entry_without_a_reason():
    assert read(crl(SERIAL, reason=None)).status.reason == ""


def test_the_list_of_a_ca_with_an_elliptic_key():
    assert read(crl(SERIAL, name="ec", signer="ec"), issuers=pinned("ec")).status.revoked_at


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (crl(SERIAL, signer="other"), "revocation.not_by_issuer"),
        (crl(SERIAL, name="other", signer="other"), "revocation.not_by_issuer"),
        (crl(SERIAL, name="other", signer="ca"), "revocation.not_by_issuer"),
        (crl(SERIAL, begins=NOW - 3 * DAY, ends=NOW - DAY), "revocation.out_of_date"),
        (crl(SERIAL, begins=NOW + DAY, ends=NOW + 2 * DAY), "revocation.not_yet_valid"),
        (crl(SERIAL, extensions=(x509.DeltaCRLIndicator(3),)), "revocation.partial"),
        (b"", "revocation.unreadable"),
        (b"garbage", "revocation.unreadable"),
        (b"\x30\x82", "revocation.unreadable"),
        (crl(SERIAL)[:-20], "revocation.unreadable"),
        (b"-----BEGIN X509 CRL-----\n!!!\n-----END X509 CRL-----", "revocation.unreadable"),
        (b"\x30" * (revocation.MAX_BYTES + 1), "revocation.too_large"),
    ],
)
def test_a_list_that_proves_nothing_is_refused(given, code):
    assert codes(given) == [code]


def test_a_changed_byte_breaks_the_signature():
    whole = bytearray(crl(SERIAL))
    at = bytes(whole).index(SERIAL.to_bytes(8, "big"))
    whole[at + 7] ^= 1
    assert codes(bytes(whole), serial=SERIAL ^ 1) == ["revocation.not_by_issuer"]


def test_without_a_pinned_ca_nothing_is_believed():
    assert codes(crl(SERIAL), issuers=()) == ["revocation.not_by_issuer"]


@pytest.mark.parametrize("certid", [hashes.SHA1, hashes.SHA256])
def test_a_response_says_when_and_why(certid):
    found = read(response(certid=certid)).status
    assert (found.source, found.revoked_at, found.reason) == (Source.OCSP, NOW - 2 * DAY, "key_compromise")


def test_a_good_response_says_not_revoked():
    assert read(response(status=ocsp.OCSPCertStatus.GOOD)).status.revoked_at is None


def test_a_delegated_responder_counts():
    delegate = made("responder", usage=ExtendedKeyUsageOID.OCSP_SIGNING, serial=9)
    assert read(response(signer="responder", responder=delegate)).status.revoked_at


@pytest.mark.parametrize(
    "responder",
    [
        made("responder", serial=10),
        made("responder", usage=ExtendedKeyUsageOID.SERVER_AUTH, serial=11),
        made("responder", usage=ExtendedKeyUsageOID.OCSP_SIGNING, signer="other", serial=12),
        made("responder", usage=ExtendedKeyUsageOID.OCSP_SIGNING, ended=True, serial=13),
    ],
    ids=["no usage", "other usage", "another CA's", "ended"],
)
def test_not_every_certificate_of_the_ca_may_answer(responder):
    assert codes(response(signer="responder", responder=responder)) == ["revocation.not_by_issuer"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (response(signer="other"), "revocation.not_by_issuer"),
        (response(serial=5), "revocation.other_certificate"),
        (response(name="other", signer="other"), "revocation.other_certificate"),
        (response(begins=NOW - 3 * DAY, ends=NOW - DAY), "revocation.out_of_date"),
        (response(begins=NOW + DAY, ends=NOW + 2 * DAY), "revocation.not_yet_valid"),
        (response(ends=None), "revocation.out_of_date"),
        (response(status=ocsp.OCSPCertStatus.UNKNOWN), "revocation.unknown_certificate"),
        (
            ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER).public_bytes(Encoding.DER),
            "revocation.not_successful",
        ),
    ],
)
def test_a_response_that_proves_nothing_is_refused(given, code):
    assert codes(given) == [code]


def test_the_list_of_the_stand_in(tmp_path):
    demonstration = Authority(tmp_path, now=NOW, address="http://127.0.0.1:8003")
    issuers = certificates.read((tmp_path / ISSUING_CA).read_bytes()).certificates
    given = demonstration.revocation_list([(SERIAL, NOW - DAY, 4)], now=NOW)
    assert read(given, issuers=issuers).status.reason == "superseded"
    assert read(given, issuers=issuers, serial=3).status.revoked_at is None
