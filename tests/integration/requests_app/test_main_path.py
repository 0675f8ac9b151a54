"""The main job through the verbs: draft → CONFIRMING → REVIEWING → APPROVED → QUEUED, and what turns it back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.actors import SYSTEM
from inventory import recording
from notifications.models import OutboxMessage
from requests_app import errors
from requests_app.models import CertificateRequest, Confirmation
from requests_app.services import acting, applying, confirming, drafting, preparing, reviewing
from requests_app.states import Action, State
from requests_app.steps import freezing
from tests import factories, requests

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> requests.Cast:
    return requests.Cast()


def test_clean_request_goes_from_draft_to_queue(cast):
    request = cast.request(State.QUEUED)
    row = request.rows.get(superseded_at=None)
    cells = bytes(row.content).decode("shift_jis").rstrip("\r\n").split("\t")
    assert len(cells) == 13
    assert cells[0] == f"CN={request.common_name},O=The University of Electro-Communications,L=chofu,ST=tokyo,C=JP"
    assert cells[1] == "3"
    assert cells[9] == cast.applicant.mail_address
    assert cells[10] == request.common_name
    assert cells[12] == ""


def test_without_a_fresh_list_the_registrar_decides_the_kind(cast):
    request = cast.request(State.PREPARED)
    row = request.rows.get(superseded_at=None)
    assert row.kind_reason == "list_too_old"
    with pytest.raises(errors.KindUndecided):
        preparing.accept(request.pk, actor=factories.actor(cast.registrar), digest=row.digest)
    preparing.decide_kind(
        request.pk, kind="ISSUE", serial="", reason="NIIの一覧で確認", actor=factories.actor(cast.registrar)
    )
    row = request.rows.get(superseded_at=None)
    preparing.accept(request.pk, actor=factories.actor(cast.registrar), digest=row.digest)
    request.refresh_from_db()
    assert request.state == State.QUEUED


def test_csr_with_the_application_is_queued_by_the_approval(cast):
    requests.list_is_fresh()
    request = cast.request(State.DRAFT, csr=True)
    cast.apply(request)
    cast.confirm(request)
    cast.approve(request)
    request.refresh_from_db()
    assert request.state == State.QUEUED


def test_a_no_of_the_zone_returns_the_request_with_its_reason(cast):
    request = cast.request(State.CONFIRMING)
    requests.observe(request.common_name)
    question = request.confirmations.get()
    confirming.answer(
        question.pk, is_yes=False, reason="この名前は知りません", actor=factories.actor(cast.administrator)
    )
    request.refresh_from_db()
    assert request.state == State.RETURNED
    mail = OutboxMessage.objects.get(kind="name_refused", person_id=cast.applicant.pk)
    assert "この名前は知りません" in mail.body


def test_nxdomain_in_every_view_returns_the_request(cast):
    request = cast.request(State.CONFIRMING)
    requests.observe(request.common_name, outcome="NXDOMAIN", caa="")
    confirming.settle(request.pk)
    request.refresh_from_db()
    assert request.state == State.RETURNED


def test_returned_request_is_edited_and_applied_for_again(cast):
    request = cast.request(State.RETURNED)
    drafting.save(
        request.pk,
        requests.contents(common_name=request.common_name, software="Apache 2.4"),
        actor=factories.actor(cast.applicant),
    )
    cast.apply(request)
    request.refresh_from_db()
    assert request.state == State.REVIEWING, "DNS and the zone's answer still stand"
    assert request.current_version.number == 2
    standing = Confirmation.objects.get(request=request)
    assert standing.state == "YES"
    assert standing.versions.count() == 2


def test_amendment_asks_only_about_what_is_new(cast):
    request = cast.request(State.APPROVED)
    other = requests.name()
    applying.amend(
        request.pk,
        requests.contents(common_name=request.common_name, further_names=(other,)),
        actor=factories.actor(cast.applicant),
    )
    request.refresh_from_db()
    assert request.state == State.CONFIRMING
    assert {(c.name, c.state) for c in request.confirmations.all()} == {
        (request.common_name, "YES"),
        (other, "ASKED"),
    }
    assert not request.decisions.filter(void_at=None).exists()


def test_dropping_a_manager_carries_the_approval_over(cast):
    manager = factories.faculty()
    request = cast.request(State.APPROVED, manager_accounts=(manager.account,))
    before = request.current_version.digest
    applying.adjust(request.pk, manager_ids=(), software=request.software, actor=factories.actor(cast.applicant))
    request.refresh_from_db()
    assert request.state == State.APPROVED
    carried = request.decisions.get(digest=request.current_version.digest)
    assert carried.carried_from == before


def test_decision_on_another_digest_is_refused(cast):
    request = cast.request(State.REVIEWING)
    with pytest.raises(errors.VersionChanged):
        reviewing.approve(request.pk, actor=factories.actor(cast.registrar), digest="0" * 64, reason="")
    request.refresh_from_db()
    assert request.state == State.REVIEWING


def test_registrar_who_is_the_applicant_may_not_decide(cast):
    request = cast.request(State.REVIEWING)
    factories.grant_role(cast.applicant, "REGISTRAR")
    with pytest.raises(errors.Interested):
        reviewing.approve(
            request.pk, actor=factories.actor(cast.applicant), digest=request.current_version.digest, reason=""
        )


def test_who_confirmed_a_name_does_not_approve(cast):
    request = cast.request(State.REVIEWING)
    factories.grant_role(cast.administrator, "REGISTRAR")
    with pytest.raises(errors.WitnessMayNotApprove):
        reviewing.approve(
            request.pk, actor=factories.actor(cast.administrator), digest=request.current_version.digest, reason=""
        )


def test_key_of_another_request_is_refused_without_saying_whose(cast):
    requests.list_is_fresh()
    first = cast.request(State.APPROVED)
    pem = requests.csr_pem(first.common_name, key_number=1)
    preparing.upload(first.pk, pem, actor=factories.actor(cast.applicant))
    preparing.send(first.pk, actor=factories.actor(cast.applicant), digest=first.rows.get().digest)
    second = cast.request(State.APPROVED)
    with pytest.raises(errors.CsrRefused) as refused:
        preparing.upload(
            second.pk,
            requests.csr_pem(second.common_name, key_number=1, ou="x"),
            actor=factories.actor(cast.applicant),
        )
    assert refused.value.key_used
    assert any(problem.is_error for problem in refused.value.problems), "the OU is told together with the key"
    acting.act(first.pk, Action.WITHDRAW, actor=factories.actor(cast.applicant))
    preparing.upload(
        second.pk, requests.csr_pem(second.common_name, key_number=1), actor=factories.actor(cast.applicant)
    )


def test_student_manager_may_upload_but_not_send(cast):
    student = factories.student()
    request = cast.request(State.APPROVED, purpose="STUDENT_ACTIVITY", manager_accounts=(student.account,))
    preparing.upload(request.pk, requests.csr_pem(request.common_name), actor=factories.actor(student))
    digest = request.rows.get().digest
    with pytest.raises(errors.NotFullTime):
        preparing.send(request.pk, actor=factories.actor(student), digest=digest)


def test_renewal_names_the_serial_of_the_certificate_replaced(cast):
    host = requests.name()
    now = timezone.now()
    certificate = recording.add_certificate(
        recording.Facts(
            serial="2523387705629275603",
            subject_dn=f"CN={host},O=The University of Electro-Communications,L=chofu,ST=tokyo,C=JP",
            common_name=host,
            names=(host,),
            not_before=now - timedelta(days=100),
            not_after=now + timedelta(days=98),
            nii_application_id="A1",
        ),
        provenance="LISTED",
        holder_ids=[cast.applicant.pk],
        actor=SYSTEM,
    )
    request = cast.request(State.APPROVED, common_name=host, replaced_ids=(certificate.pk,))
    digest = cast.upload(request)
    assert preparing.send(request.pk, actor=factories.actor(cast.applicant), digest=digest) == State.QUEUED
    cells = bytes(request.rows.get().content).decode("shift_jis").split("\t")
    assert cells[3] == "2523387705629275603"


def test_name_in_anothers_certificate_waits_for_its_holder(cast):
    holder = factories.faculty()
    host = requests.name()
    now = timezone.now()
    recording.add_certificate(
        recording.Facts(
            serial="77",
            subject_dn=f"CN={host},O=The University of Electro-Communications,L=chofu,ST=tokyo,C=JP",
            common_name=host,
            names=(host,),
            not_before=now - timedelta(days=1),
            not_after=now + timedelta(days=98),
            nii_application_id="A2",
        ),
        provenance="LISTED",
        holder_ids=[holder.pk],
        actor=SYSTEM,
    )
    request = cast.request(State.CONFIRMING, common_name=host)
    requests.observe(host)
    zone_question = request.confirmations.get(kind="ZONE")
    confirming.answer(zone_question.pk, is_yes=True, reason="", actor=factories.actor(cast.administrator))
    request.refresh_from_db()
    assert request.state == State.CONFIRMING
    confirming.answer(
        request.confirmations.get(kind="HOLDER").pk, is_yes=True, reason="", actor=factories.actor(holder)
    )
    request.refresh_from_db()
    assert request.state == State.REVIEWING


def test_apply_with_contact_who_has_not_agreed_is_refused(cast):
    manager = factories.faculty()
    request = cast.request(State.DRAFT, manager_accounts=(manager.account,), contact_account=manager.account)
    with pytest.raises(errors.NotReady) as refused:
        cast.apply(request)
    assert [error.code for error in refused.value.errors] == ["rule.contact_not_agreed"]
    drafting.agree_to_be_contact(request.pk, actor=factories.actor(manager))
    cast.apply(request)


def test_application_by_part_time_person_is_refused_with_every_reason():
    applicant = factories.part_time()
    pk = drafting.create(requests.contents(common_name="*.cs.uec.ac.jp", software=""), actor=factories.actor(applicant))

    request = CertificateRequest.objects.get(pk=pk)
    with pytest.raises(errors.NotReady) as refused:
        applying.apply(pk, actor=factories.actor(applicant), digest=freezing.digest(request))
    codes = {error.code for error in refused.value.errors}
    assert {"rule.applicant_not_full_time", "rule.name_refused", "rule.software_missing"} <= codes


def test_new_contact_does_not_get_the_former_contacts_spelling(cast):
    manager = factories.faculty(name_ja="調布 花子")
    request = cast.request(State.DRAFT, manager_accounts=(manager.account,))
    shown = {"contact_name": request.contact_name, "contact_affiliation": request.contact_affiliation}
    drafting.save(
        request.pk,
        requests.contents(
            common_name=request.common_name,
            manager_accounts=(manager.account,),
            contact_account=manager.account,
            **shown,
        ),
        actor=factories.actor(cast.applicant),
    )
    request.refresh_from_db()
    assert request.contact_name == "調布 花子"


def test_name_that_is_too_long_is_refused_not_cut(cast):
    request = cast.request(State.DRAFT, common_name=f"{'a' * 60}.cs.uec.ac.jp")
    assert request.common_name == f"{'a' * 60}.cs.uec.ac.jp"
    with pytest.raises(errors.NotReady) as refused:
        cast.apply(request)
    assert "rule.name_refused" in {error.code for error in refused.value.errors}


def test_amendment_ends_a_hold(cast):
    request = cast.request(State.QUEUED)
    acting.act(request.pk, Action.HOLD, actor=factories.actor(cast.registrar), reason="連絡待ち")
    applying.amend(
        request.pk,
        requests.contents(common_name=request.common_name, software="Apache 2.4"),
        actor=factories.actor(cast.applicant),
    )
    request.refresh_from_db()
    assert request.held_at is None


def test_file_of_a_withdrawn_request_is_gone(cast, client):
    request = cast.request(State.QUEUED)
    client.force_login(cast.applicant)
    address = f"/requests/{request.pk}/tsv/"
    assert client.get(address).status_code == 200
    acting.act(request.pk, Action.WITHDRAW, actor=factories.actor(cast.applicant))
    assert client.get(address).status_code == 404


def test_serial_number_known_only_as_hexadecimal_is_asked_about(cast):
    now = timezone.now()
    recording.add_certificate(
        recording.Facts(
            serial=str(int("1234567890", 16)),
            subject_dn="CN=old.cs.uec.ac.jp,O=The University of Electro-Communications,L=chofu,ST=tokyo,C=JP",
            common_name="old.cs.uec.ac.jp",
            names=("old.cs.uec.ac.jp",),
            not_before=now - timedelta(days=10),
            not_after=now + timedelta(days=98),
            nii_application_id="A9",
        ),
        provenance="LISTED",
        holder_ids=[],
        actor=SYSTEM,
    )
    request = cast.request(State.PREPARED)

    def decide(serial: str) -> str:
        preparing.decide_kind(
            request.pk, kind="RENEW", serial=serial, reason="一覧で確認", actor=factories.actor(cast.registrar)
        )
        return request.rows.get(superseded_at=None).serial

    with pytest.raises(errors.SerialDoubtful):
        decide("1234567890")
    assert decide("0x1234567890") == str(int("1234567890", 16))
    assert decide("999") == "999", "known neither way: as NII reads it"


def test_serial_number_is_read_from_a_pasted_certificate(cast):
    request = cast.request(State.PREPARED)
    actor = factories.actor(cast.registrar)
    pem, serial = requests.certificate_pem(request.common_name)
    preparing.decide_kind(request.pk, kind="RENEW", serial=pem, reason="旧証明書で確認", actor=actor)
    assert request.rows.get(superseded_at=None).serial == str(serial)
    with pytest.raises(errors.CertificateUnreadable):
        preparing.decide_kind(request.pk, kind="RENEW", serial=pem[:200], reason="旧証明書で確認", actor=actor)
