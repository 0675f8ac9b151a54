"""From the file to the certificate, its renewal and its revocation, and what the list and the mails say meanwhile."""

import email
import json
import threading
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from csr import certificates
from csr.policy import UEC
from csr.private_keys import spki_sha256
from demo.mail_sink import MailFault
from demo.nii.authority import VALID_DAYS, Fault
from demo.nii.columns import Kind
from demo.nii.messages import numbers
from demo.nii.records import State
from demo.nii.system import LinkClosed
from tests.unit.demo import nii
from tests.unit.demo.nii import CN, SKIP, dn, issue_row, key, renew_row, request_body, revoke_row
from tsv import fields, listing, reading, writing
from tsv.records import IssueRecord, RenewRecord, RevokeRecord

NAMES = (CN, "www2.cs.uec.ac.jp")


def attachment(mail):
    (part,) = [part for part in email.message_from_bytes(mail.content).walk() if part.get_filename()]
    return part.get_filename(), part.get_payload(decode=True)


def entries(place):
    found = listing.read(place.system.server_all())
    assert found.problems == ()
    assert len(found.header.names) == 46
    return found.entries


def problems(place, pem, *, own_key, names=NAMES):
    """What the portal finds in a certificate."""
    (issuer,) = certificates.read(place.system.authority.issuer_pem).certificates
    (read,) = certificates.read(pem).certificates
    spki = spki_sha256(own_key.public_key())
    found = certificates.check(read, spki_sha256=spki, names=names, policy=UEC, issuers=(issuer,))
    return [problem.code for problem in found]


def issue(place, **options):
    row = issue_row(c7=request_body(signing_key=key(5)), c13=f"dNSName={CN},dNSName=WWW2.cs.uec.ac.jp")
    assert place.upload(Kind.ISSUE, row, **options).text == ""
    return place.system.pick_up(place.token())


def test_the_certificate_is_for_exactly_that_key_and_those_names(place):
    name, pem = issue(place)
    assert name == CN
    assert problems(place, pem, own_key=key(5)) == []
    leaf = x509.load_pem_x509_certificate(pem.encode())
    assert leaf.not_valid_before_utc == nii.START
    assert leaf.not_valid_after_utc == nii.START + timedelta(days=VALID_DAYS)
    assert [each.rfc4514_attribute_name for each in leaf.subject] == ["C", "ST", "L", "O", "CN"]
    usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == list(NAMES)
    root = x509.load_pem_x509_certificate(place.system.authority.root_pem)
    x509.load_pem_x509_certificate(place.system.authority.issuer_pem).verify_directly_issued_by(root)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault.OTHER_NAME, "certificate.other_names"),
        (Fault.OTHER_KEY, "certificate.other_key"),
        (Fault.OTHER_SUBJECT, "certificate.other_subject"),
    ],
)
def test_a_wrong_certificate_is_wrong_in_one_way_and_can_be_revoked(place, fault, expected):
    _, pem = issue(place, fault=fault)
    assert problems(place, pem, own_key=key(5)) == [expected]
    (one,) = place.system.applications
    for subject in (one.issued_subject, dn()):
        result = place.upload(Kind.REVOKE, revoke_row(one.serial, c1=subject), mode=SKIP)
    assert numbers(result.messages) == [923]
    assert place.system.applications[0].state is State.REVOKED


def test_an_elliptic_curve_key_is_certified_with_its_profile(place):
    own = nii.ec_key()
    place.upload(Kind.ISSUE, issue_row(c2="11", c7=request_body(signing_key=own)))
    _, pem = place.system.pick_up(place.token())
    found = x509.load_pem_x509_certificate(pem.encode()).public_key()
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert found.public_bytes(*form) == own.public_key().public_bytes(*form)


def test_the_link_goes_once_to_the_contact_in_the_encoding_of_nii(place):
    place.upload(Kind.ISSUE, issue_row(c8="鈴木　ｽｽﾞｷ〜"))
    place.system.send_due()
    (mail,) = place.sink.messages
    assert mail.recipients == (nii.CONTACT,)
    assert mail.subject == "[UPKI] サーバ証明書発行受付通知"
    assert str(mail.message["From"]) == "CAサポートセンター <ca-support@ml.secom-sts.co.jp>"
    assert 'charset="iso-2022-jp"' in mail.message["Content-Type"]
    assert "2026-12-02 10:30:00" in mail.text
    assert CN in mail.text
    assert place.system.applications[0].serial is not None
    assert str(place.system.applications[0].serial) not in mail.text


def test_a_link_opens_once(place):
    place.upload(Kind.ISSUE, issue_row())
    token = place.token()
    opened, refused = [], []

    def open_it():
        try:
            opened.append(place.system.pick_up(token))
        except LinkClosed:
            refused.append(True)

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(opened), len(refused)) == (1, 3)


@pytest.mark.parametrize(("days", "opens"), [(30, True), (30.01, False)])
def test_a_link_opens_for_thirty_days(place, days, opens):
    place.upload(Kind.ISSUE, issue_row())
    place.clock.pass_days(days)
    if opens:
        place.system.pick_up(place.token())
    else:
        with pytest.raises(LinkClosed):
            place.system.pick_up(place.token())


@pytest.mark.parametrize("token", ["", "x"])
def test_no_other_address_opens_anything(place, token):
    place.issue()
    with pytest.raises(LinkClosed):
        place.system.pick_up(token)


def test_the_list_says_whether_the_mail_left_and_whether_it_was_picked_up(place):
    place.sink.faults.add(MailFault.REFUSE)
    place.upload(Kind.ISSUE, issue_row())
    assert [one.state for one in entries(place)] == [3]
    place.sink.faults.clear()
    place.clock.pass_days(1)
    place.system.send_due()
    assert [one.state for one in entries(place)] == [4]
    place.system.pick_up(place.token())
    assert [one.state for one in entries(place)] == [5]
    assert len(place.mails("発行受付通知")) == 1


def test_the_list_tells_the_portal_everything(place):
    issue(place)
    (entry,) = entries(place)
    (one,) = place.system.applications
    (certificate,) = certificates.read(entry.certificate).certificates
    assert (entry.application_id, entry.subject, entry.common_name) == (one.application_id, dn(), CN)
    assert entry.serial == certificate.serial == one.serial
    assert (entry.not_before, entry.not_after) == (certificate.not_before, certificate.not_after)
    assert entry.dns_names == NAMES
    assert (entry.contact_name, entry.contact_mail) == ("鈴木　遥", nii.CONTACT)
    assert (entry.fqdn, entry.software, entry.profile) == (CN, "nginx 1.24", 3)
    assert entry.applied_at == entry.updated_at == nii.START
    assert entry.link_expires_at == nii.START + timedelta(days=30)
    assert (entry.error_code, entry.old_serial, entry.revoked_at) == ("", None, None)
    assert (entry.state, entry.csr) == (State.ISSUED, one.csr)


def test_a_name_that_the_ca_refuses_shows_in_the_list_only_and_its_row_may_come_again(place):
    place.system.fail(["WWW.cs.uec.ac.jp", ""])
    row = issue_row()
    result = place.upload(Kind.ISSUE, row)
    assert (result.text, len(result.taken)) == ("", 1)
    assert place.sink.messages == ()
    (entry,) = entries(place)
    assert (entry.state, entry.error_code, entry.serial, entry.certificate) == (-2, "338", None, "")
    place.system.fail([])
    assert place.upload(Kind.ISSUE, row).text == ""
    assert [one.state for one in entries(place)] == [-2, 4]


def test_a_renewal_from_the_file_to_the_end_of_the_old_certificate(place):
    old = place.issue()
    place.clock.pass_days(170)
    assert place.upload(Kind.RENEW, renew_row(old.serial)).text == ""
    assert [(one.state, one.old_serial) for one in entries(place)] == [(5, None), (4, old.serial)]
    place.system.pick_up(place.token())
    assert [one.state for one in entries(place)] == [5, 8]

    told = place.mails("取得通知")[-1]
    assert told.recipients == (nii.REGISTRAR,)
    name, content = attachment(told)
    read = reading.read(content, fields.Kind.REVOKE)
    assert list(read.records) == [RevokeRecord(subject=dn(), serial=old.serial, reason=4)]

    assert place.system.upload(Kind.REVOKE, nii.ABORT, name, content).text == ""
    first, second = entries(place)
    assert (first.state, first.revocation_reason, first.revoked_at) == (7, 4, place.clock.now)
    assert second.state == 6
    assert {mail.recipients for mail in place.mails("失効完了通知")} == {(nii.CONTACT,), (nii.REGISTRAR,)}
    assert str(old.serial) in place.mails("失効完了通知")[0].text


def test_a_first_certificate_brings_no_revocation_file(place):
    place.issue()
    (told,) = place.mails("取得通知")
    assert told.message.get_content_type() == "text/plain"


def test_an_expired_certificate_is_renewed_without_anything_to_revoke(place):
    old = place.issue()
    place.clock.pass_days(VALID_DAYS + 1)
    place.upload(Kind.RENEW, renew_row(old.serial))
    place.system.pick_up(place.token())
    assert [one.state for one in entries(place)] == [5, 6]
    assert place.mails("取得通知")[-1].message.get_content_type() == "text/plain"


def test_two_weeks_later_the_registrar_is_reminded_once(place):
    old = place.issue()
    place.upload(Kind.RENEW, renew_row(old.serial))
    place.system.pick_up(place.token())
    place.clock.pass_days(13.9)
    place.system.send_due()
    assert place.mails("再通知") == []
    place.clock.pass_days(0.2)
    place.system.send_due()
    place.system.send_due()
    (reminder,) = place.mails("再通知")
    assert attachment(reminder) == attachment(place.mails("取得通知")[-1])


def test_reason_and_comment_of_a_revocation_are_listed_and_a_new_address_is_told(place):
    serial = place.issue().serial
    row = revoke_row(serial, c5="0", c6="研究室の廃止", c10="takahashi@gl.cc.uec.ac.jp")
    assert place.upload(Kind.REVOKE, row).text == ""
    (entry,) = entries(place)
    assert (entry.revocation_reason, entry.revocation_comment) == (0, "研究室の廃止")
    assert [mail.recipients[0] for mail in place.mails("失効完了通知")] == ["takahashi@gl.cc.uec.ac.jp", nii.REGISTRAR]


def test_the_revocation_list_is_signed_and_names_what_was_revoked(place):
    first, second = place.issue(), place.issue("git.cs.uec.ac.jp")
    place.upload(Kind.REVOKE, revoke_row(first.serial, c5="1"))
    found = x509.load_der_x509_crl(place.system.revocation_list())
    issuer = x509.load_pem_x509_certificate(place.system.authority.issuer_pem)
    assert found.is_signature_valid(issuer.public_key())
    entry = found.get_revoked_certificate_by_serial_number(first.serial)
    reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    assert (entry.revocation_date_utc, reason) == (nii.START, x509.ReasonFlags.key_compromise)
    assert found.get_revoked_certificate_by_serial_number(second.serial) is None


def test_a_restart_keeps_everything(place):
    first = place.issue()
    place.sink.faults.add(MailFault.REFUSE)
    place.upload(Kind.REVOKE, revoke_row(first.serial))
    place.upload(Kind.ISSUE, issue_row("git.cs.uec.ac.jp"))
    place.system.fail(["gpu.cs.uec.ac.jp"])
    before, applications, issuer = (
        place.system.server_all(),
        place.system.applications,
        place.system.authority.issuer_pem,
    )
    uploads = [place.system.result(one.operation_id) for one in applications]

    place.start(failing_names=["other.uec.ac.jp"])
    assert place.system.server_all() == before
    assert place.system.applications == applications
    assert [place.system.result(one.operation_id) for one in applications] == uploads
    assert place.system.authority.issuer_pem == issuer
    assert place.system.failing_names == ("gpu.cs.uec.ac.jp",)
    assert [one.state for one in entries(place)] == [10, 3]
    place.sink.faults.clear()
    place.system.send_due()
    place.system.pick_up(place.token())
    assert [one.state for one in entries(place)] == [7, 5]


def test_what_is_kept_is_never_half_written_and_private(place):
    place.issue()
    assert json.loads((place.folder / "state.json").read_text(encoding="utf-8"))["applications"]
    kept = [path for path in place.folder.rglob("*") if path.is_file()]
    assert all(path.stat().st_mode & 0o077 == 0 for path in kept)
    assert not [path for path in kept if path.suffix == ".draft"]


def test_the_past_is_made_without_mails(place):
    at = nii.START - timedelta(days=178)
    place.upload(Kind.ISSUE, issue_row(), history_at=at)
    place.system.send_due()
    (entry,) = entries(place)
    assert (entry.state, entry.not_before, entry.updated_at) == (5, at, at)
    assert place.sink.messages == ()
    place.upload(Kind.REVOKE, revoke_row(entry.serial), history_at=at + timedelta(days=1))
    assert [one.state for one in entries(place)] == [7]
    assert place.sink.messages == ()


def test_of_two_at_once_for_one_name_one_is_taken(place):
    rows = [issue_row() for _ in range(2)]
    results = []
    threads = [threading.Thread(target=lambda row=row: results.append(place.upload(Kind.ISSUE, row))) for row in rows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers(result.messages) for result in results) == [[], [212]]
    assert len(place.mails("発行受付通知")) == 1


def test_files_by_the_portals_writer_are_taken(place):
    def common(cn):
        return {
            "subject": dn(cn),
            "profile": 3,
            "csr": request_body(cn),
            "contact_name": "鈴木　遥",
            "contact_affiliation": "情報理工学研究科",
            "contact_mail": nii.CONTACT,
            "fqdn": cn,
            "software": "Apache 2.4（第2号機）",
        }

    names = [f"h{number}.cs.uec.ac.jp" for number in range(3)]
    (content,) = writing.files([IssueRecord(**common(cn), dns_names=(cn, f"www.{cn}")) for cn in names])
    assert place.system.upload(Kind.ISSUE, nii.ABORT, "issue.tsv", content).text == ""
    assert place.system.applications[1].names == [names[1], f"www.{names[1]}"]
    serials = [one.serial for one in place.system.applications]

    (content,) = writing.files([RenewRecord(**common(names[0]), old_serial=serials[0])])
    assert place.system.upload(Kind.RENEW, nii.ABORT, "renew.tsv", content).text == ""

    revocations = [
        RevokeRecord(subject=dn(names[0]), serial=serials[0], reason=4),
        RevokeRecord(subject=dn(names[1]), serial=serials[1], reason=0, comment="廃止〜", contact_mail=nii.CONTACT),
    ]
    (content,) = writing.files(revocations)
    assert place.system.upload(Kind.REVOKE, nii.ABORT, "revoke.tsv", content).text == ""
    assert [one.state for one in entries(place)] == [7, 7, 4, 4]
