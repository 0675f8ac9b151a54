"""A certificate comes back: matched by its key, compared with what was accepted, and never taken for another."""

import dataclasses
import io
import zipfile
from datetime import timedelta

import pytest
from django.utils import timezone

from csr import archives, certificates
from demo.nii.authority import Fault
from inventory.models import Certificate, Provenance, PublicKey
from notifications.models import OutboxMessage
from requests_app import errors, tasks
from requests_app.models import CertificateRequest, Incident, IncidentKind, Mode, Revocation
from requests_app.services import incidents, issuing
from requests_app.states import State
from requests_app.steps.issuing import Placing
from tests import authority, factories
from tests.requests import Cast, certificate_pem, private_key_pem

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return Cast()


@pytest.fixture
def submitted(cast):
    return cast.request(State.SUBMITTED)


def kinds(request: CertificateRequest) -> list[str]:
    return list(Incident.objects.filter(request=request).values_list("kind", flat=True))


def test_the_right_certificate_issues_the_request(cast, submitted):
    placed = cast.issue(submitted)
    submitted.refresh_from_db()
    assert placed.placing is Placing.ISSUED
    assert submitted.state == State.ISSUED
    assert submitted.certificate.provenance == Provenance.ISSUED
    assert submitted.certificate.issuer_spki_sha256 == authority.pinned().spki_sha256
    assert set(submitted.certificate.holdings.values_list("person", flat=True)) == {cast.applicant.pk}
    assert submitted.issued_at
    assert OutboxMessage.objects.filter(kind="certificate_here").count() == 1
    assert not Incident.objects.exists()


def test_the_same_certificate_again_changes_nothing(cast, submitted):
    found = authority.pinned().issue_for(submitted)
    issuing.record(submitted.pk, found, actor=factories.actor(cast.applicant))
    assert issuing.record_at_desk(found[0], actor=factories.actor(cast.registrar)).placing is Placing.KNOWN
    with pytest.raises(errors.TransitionNotAllowed):
        issuing.record(submitted.pk, found, actor=factories.actor(cast.applicant))
    assert Certificate.objects.count() == 1


def test_a_held_request_goes_on_when_its_certificate_comes_after_all(cast):
    held = cast.request(State.HELD)
    cast.issue(held)
    held.refresh_from_db()
    assert held.state == State.ISSUED


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault.OTHER_NAME, "certificate.other_names"),
        (Fault.OTHER_SUBJECT, "certificate.other_subject"),
        (Fault.OTHER_KEY, "certificate.other_key"),
    ],
)
def test_a_wrong_certificate_is_an_incident_and_holds_the_request(cast, submitted, fault, code):
    placed = cast.issue(submitted, fault=fault)
    submitted.refresh_from_db()
    assert placed.placing is Placing.MISMATCH
    assert submitted.state == State.HELD
    assert submitted.certificate is None
    assert kinds(submitted) == [IncidentKind.MISMATCH]
    assert code in [finding["code"] for finding in Incident.objects.get().findings]
    assert Certificate.objects.get().provenance == Provenance.LISTED
    assert OutboxMessage.objects.filter(kind="incident_opened").count() == 1
    assert not OutboxMessage.objects.filter(kind="certificate_here").exists()


def test_a_certificate_of_an_unknown_ca_is_refused_and_not_kept(cast, submitted, settings):
    settings.ISSUERS_FILE = ""
    with pytest.raises(errors.IssuerNotPinned):
        cast.issue(submitted)
    assert not Certificate.objects.exists()
    submitted.refresh_from_db()
    assert submitted.state == State.SUBMITTED


def test_somebody_elses_certificate_is_the_wrong_file_and_no_incident(cast, submitted):
    other = cast.request(State.SUBMITTED)
    with pytest.raises(errors.OtherCertificate):
        issuing.record(submitted.pk, authority.pinned().issue_for(other), actor=factories.actor(cast.applicant))
    assert not Certificate.objects.exists()
    assert not Incident.objects.exists()


def test_a_chain_may_come_with_it(cast, submitted):
    chain = (
        *certificates.read(authority.pinned().path.read_bytes()).certificates,
        *authority.pinned().issue_for(submitted),
    )
    assert issuing.record(submitted.pk, chain, actor=factories.actor(cast.applicant)).placing is Placing.ISSUED


def test_the_desk_finds_the_request_by_the_key(cast, submitted):
    (found,) = authority.pinned().issue_for(submitted)
    placed = issuing.record_at_desk(found, actor=factories.actor(cast.registrar))
    assert placed.request == submitted
    assert placed.placing is Placing.ISSUED


def test_an_interested_registrar_does_not_record_it_at_the_desk(cast, submitted):
    factories.grant_role(cast.applicant, "REGISTRAR")
    (found,) = authority.pinned().issue_for(submitted)
    with pytest.raises(errors.Interested):
        issuing.record_at_desk(found, actor=factories.actor(cast.applicant))


@pytest.mark.parametrize(("go_live", "opens"), [(-1, True), (1, False)])
def test_what_nobody_asked_for_is_an_incident_after_the_go_live(cast, submitted, settings, go_live, opens):
    settings.GO_LIVE_ON = timezone.localdate() + timedelta(days=go_live)
    (found,) = authority.pinned().issue_for(submitted, fault=Fault.OTHER_KEY)
    placed = issuing.record_at_desk(found, actor=factories.actor(cast.registrar))
    assert placed.placing is Placing.LISTED
    assert Incident.objects.filter(kind=IncidentKind.UNEXPECTED).exists() == opens


def test_a_second_certificate_for_an_issued_request_is_late(cast):
    issued = cast.request(State.ISSUED)
    (again,) = authority.pinned().issue_for(issued)
    placed = issuing.record_at_desk(again, actor=factories.actor(cast.registrar))
    assert placed.placing is Placing.LATE
    assert kinds(issued) == [IncidentKind.LATE]
    issued.refresh_from_db()
    assert issued.certificate != placed.certificate


def test_strangers_and_students_without_a_part_may_not(cast, submitted):
    for person in (factories.faculty(), factories.student(), factories.auditor()):
        with pytest.raises(errors.NotPermitted):
            issuing.record(submitted.pk, authority.pinned().issue_for(submitted), actor=factories.actor(person))


def test_an_unauthorised_row_is_revoked_as_soon_as_its_certificate_comes(cast, submitted):
    incidents.report_unauthorised(submitted.pk, reason="別の申請の行でした", actor=factories.actor(cast.registrar))
    cast.issue(submitted)
    revocation = Revocation.objects.get()
    assert revocation.request == submitted
    assert revocation.asked_by == cast.registrar
    assert revocation.state == "REQUESTED"
    assert kinds(submitted) == [IncidentKind.UNAUTHORISED]


def test_the_answer_may_come_after_the_certificate(cast):
    request = cast.request(State.QUEUED)
    submission = cast.upload_file(cast.file(request), mode=Mode.ABORT_ALL)
    cast.issue(request)
    assert cast.answer(submission, None).taken == 1
    request.refresh_from_db()
    assert request.state == State.ISSUED


def test_a_key_stays_used_after_its_certificate_came(cast):
    issued = cast.request(State.ISSUED)
    assert PublicKey.objects.get(spki_sha256=issued.certificate.spki_sha256).taken_by == issued.subject


def test_reminders_come_once_each(cast, submitted):
    issued = cast.request(State.ISSUED)
    line = submitted.submission_rows.get()
    cast.answer(line.submission, None)
    for days, reports, fetches, nothing in ((6, 0, 0, 0), (7, 1, 1, 0), (8, 1, 1, 0), (21, 2, 2, 1), (40, 2, 2, 1)):
        moment = timezone.now() - timedelta(days=days)
        CertificateRequest.objects.filter(pk=issued.pk).update(issued_at=moment)
        type(line.submission).objects.filter(pk=line.submission_id).update(answered_at=moment)
        for _again in range(2):
            tasks.remind_after_nii()
        sent = [OutboxMessage.objects.filter(kind=k).count() for k in ("report_installation", "fetch_certificate")]
        assert [*sent, OutboxMessage.objects.filter(kind="nothing_came").count()] == [reports, fetches, nothing]


def zipped(**files: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, given in files.items():
            archive.writestr(name, given)
    return content.getvalue()


def test_an_archive_gives_its_certificates():
    pem = certificate_pem("a.cs.uec.ac.jp")[0].encode()
    opened = archives.open_file(zipped(one=pem, readme=b"read me", two=certificate_pem("b.cs.uec.ac.jp")[0].encode()))
    assert {one.common_name for one in opened.certificates} == {"a.cs.uec.ac.jp", "b.cs.uec.ac.jp"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "certificate.none"),
        (b"PK\x03\x04 broken", "archive.unreadable"),
        (zipped(**{f"f{n}": b"x" for n in range(201)}), "archive.too_many"),
        (zipped(bomb=b"\0" * (9 * 1024 * 1024)), "archive.too_large"),
        (zipped(empty=b""), "certificate.none"),
        (b"\x30\x82garbage", "certificate.unreadable"),
    ],
)
def test_what_cannot_be_read_gets_its_code(content, code):
    opened = archives.open_file(content)
    assert not opened.certificates
    assert [problem.code for problem in opened.problems] == [code]


def test_a_private_key_in_an_archive_is_refused_with_the_hash_of_its_public_half():
    pem = certificate_pem("a.cs.uec.ac.jp")[0].encode()
    opened = archives.open_file(zipped(cert=pem, key=private_key_pem(1)))
    assert not opened.certificates
    assert [problem.code for problem in opened.problems] == ["input.private_key"]
    assert len(opened.shown_keys) == 1


def test_der_and_pem_are_the_same_certificate(cast, submitted):
    (found,) = authority.pinned().issue_for(submitted)
    assert archives.open_file(found.der).certificates == (found,)


def test_a_second_certificate_with_the_serial_number_is_refused(cast, submitted):
    (found,) = authority.pinned().issue_for(submitted)
    issuing.record(submitted.pk, (found,), actor=factories.actor(cast.applicant))
    other = cast.request(State.SUBMITTED)
    (twin,) = authority.pinned().issue_for(other, serial=found.serial)
    with pytest.raises(errors.SerialTwice):
        issuing.record(other.pk, (twin,), actor=factories.actor(cast.applicant))
    other.refresh_from_db()
    assert other.state == State.SUBMITTED


def test_a_precertificate_is_refused(cast, submitted):
    (found,) = authority.pinned().issue_for(submitted)
    poisoned = dataclasses.replace(found, is_precertificate=True)
    with pytest.raises(errors.FileRefused):
        issuing.record(submitted.pk, (poisoned,), actor=factories.actor(cast.applicant))
    assert not Certificate.objects.exists()


def test_an_archive_with_another_compression_is_unreadable():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.pem", certificate_pem("a.cs.uec.ac.jp")[0])
    assert [problem.code for problem in archives.open_file(content.getvalue()).problems] == ["archive.unreadable"]
