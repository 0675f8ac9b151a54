"""Keys, CSRs and rows in their corners: blocked keys, changes back and forth, CSRs that fit no more, bad rows."""

import pytest

from accounts.models import MailAddress
from inventory import keys
from notifications.models import OutboxMessage
from requests_app import errors
from requests_app.models import ContactConsent, RowKind
from requests_app.services import acting, applying, drafting, incidents, preparing
from requests_app.states import Action, State
from requests_app.steps import freezing
from tests import factories, requests

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast() -> requests.Cast:
    return requests.Cast()


def show_key(cast, request):
    spki = request.csrs.get(superseded_at=None).spki_sha256
    incidents.report_shown_key(spki, actor=factories.actor(cast.applicant))


def codes(raised):
    return [error.code for error in raised.value.errors]


def test_key_shown_after_the_application_is_not_approved(cast):
    requests.list_is_fresh()
    request = cast.request(State.DRAFT, csr=True)
    cast.apply(request)
    cast.confirm(request)
    show_key(cast, request)
    with pytest.raises(errors.NotReady) as refused:
        cast.approve(request)
    assert codes(refused) == ["rule.csr_key_used"]


def test_key_shown_after_it_was_sent_is_not_accepted(cast):
    request = cast.request(State.PREPARED)
    actor = factories.actor(cast.registrar)
    preparing.decide_kind(request.pk, kind=RowKind.ISSUE, serial="", reason="一覧で確認", actor=actor)
    show_key(cast, request)
    row = request.rows.get(superseded_at=None)
    with pytest.raises(errors.NotReady) as refused:
        preparing.accept(request.pk, actor=actor, digest=row.digest)
    assert codes(refused) == ["rule.csr_key_used"]


def test_key_shown_in_the_queue_gets_into_no_file(cast):
    request = cast.request(State.QUEUED)
    show_key(cast, request)
    assert cast.build_all(cast.registrar).submission_id is None
    request.refresh_from_db()
    assert request.state == State.PREPARED


def test_row_that_nii_would_refuse_does_not_stop_the_file(cast):
    good = cast.request(State.QUEUED)
    other = requests.Cast.__new__(requests.Cast)
    other.applicant, other.administrator, other.registrar = factories.faculty(), cast.administrator, cast.registrar
    bad = other.request(State.QUEUED)
    MailAddress.objects.filter(person=other.applicant).update(address=f"{'a' * 200}@uec.example")
    built = cast.build_all(cast.registrar)
    assert good.submission_rows.get().submission_id == built.submission_id
    assert built.changed == 1
    bad.refresh_from_db()
    assert bad.state == State.PREPARED


def adjust(cast, request, software, managers=()):
    applying.adjust(
        request.pk,
        manager_ids=tuple(manager.pk for manager in managers),
        software=software,
        actor=factories.actor(cast.applicant),
    )
    request.refresh_from_db()


def test_software_changed_and_changed_back_keeps_the_approval(cast):
    request = cast.request(State.APPROVED)
    before = request.current_version.digest
    adjust(cast, request, "Apache 2.4")
    adjust(cast, request, "nginx 1.24")
    assert request.current_version.digest == before
    assert request.decisions.filter(kind="APPROVAL", digest=before, void_at=None).count() == 1


def test_adjusted_row_names_who_sent_it(cast):
    request = cast.request(State.QUEUED)
    adjust(cast, request, "Apache 2.4")
    assert request.state == State.PREPARED
    row = request.rows.get(superseded_at=None)
    assert row.sent_by == cast.applicant


def test_dropping_a_manager_in_the_queue_leaves_the_same_bytes_there(cast):
    manager = factories.faculty()
    request = cast.request(State.QUEUED, manager_accounts=(manager.account,))
    digest = request.rows.get(superseded_at=None).digest
    adjust(cast, request, request.software)
    assert request.state == State.QUEUED
    row = request.rows.get(superseded_at=None)
    assert (row.digest, row.version) == (digest, request.current_version)


def test_dropping_a_manager_keeps_the_acceptance_of_the_same_bytes(cast):
    manager = factories.faculty()
    request = cast.request(State.PREPARED, manager_accounts=(manager.account,))
    actor = factories.actor(cast.registrar)
    preparing.decide_kind(request.pk, kind=RowKind.ISSUE, serial="", reason="一覧で確認", actor=actor)
    digest = request.rows.get(superseded_at=None).digest
    preparing.accept(request.pk, actor=actor, digest=digest)
    adjust(cast, request, request.software)
    assert request.state == State.QUEUED
    assert request.decisions.filter(kind="ACCEPTANCE", digest=digest, void_at=None).count() == 1


def test_amendment_of_the_name_puts_the_csr_aside(cast):
    request = cast.request(State.QUEUED)
    key = request.csrs.get().spki_sha256
    applying.amend(request.pk, requests.contents(), actor=factories.actor(cast.applicant))
    request.refresh_from_db()
    assert request.state == State.CONFIRMING
    assert freezing.current_csr(request) is None
    other = cast.request(State.APPROVED)
    assert keys.is_free(key, owner=other.subject)


def test_draft_with_another_name_can_be_applied_for_without_a_csr(cast):
    request = cast.request(State.DRAFT, csr=True)
    dropped = drafting.save(request.pk, requests.contents(), actor=factories.actor(cast.applicant))
    assert dropped
    cast.apply(request)
    request.refresh_from_db()
    assert request.state == State.CONFIRMING


def test_csr_that_still_fits_stays_with_the_draft(cast):
    request = cast.request(State.DRAFT, csr=True)
    dropped = drafting.save(
        request.pk,
        requests.contents(common_name=request.common_name, software="Apache 2.4"),
        actor=factories.actor(cast.applicant),
    )
    assert not dropped
    assert freezing.current_csr(request) is not None


def test_amendment_asks_a_new_contact_before_it_is_possible(cast):
    manager = factories.faculty()
    request = cast.request(State.APPROVED)
    contents = requests.contents(
        common_name=request.common_name, manager_accounts=(manager.account,), contact_account=manager.account
    )
    actor = factories.actor(cast.applicant)
    with pytest.raises(errors.NotReady) as refused:
        applying.amend(request.pk, contents, actor=actor)
    assert codes(refused) == ["rule.contact_not_agreed"]
    applying.ask_contact(request.pk, account=manager.account, actor=actor)
    assert OutboxMessage.objects.filter(kind="contact_asked", person_id=manager.pk).count() == 1
    drafting.agree_to_be_contact(request.pk, actor=factories.actor(manager))
    applying.amend(request.pk, contents, actor=actor)
    request.refresh_from_db()
    assert request.subscriber_contact == manager


def test_only_full_time_people_are_asked_to_be_the_contact_and_by_the_applicant(cast):
    request = cast.request(State.APPROVED)
    student, colleague = factories.student(), factories.faculty()
    with pytest.raises(errors.ContactNotEligible):
        applying.ask_contact(request.pk, account=student.account, actor=factories.actor(cast.applicant))
    with pytest.raises(errors.NotPermitted):
        applying.ask_contact(request.pk, account=colleague.account, actor=factories.actor(colleague))
    assert not ContactConsent.objects.exists()


def test_contact_asked_in_an_amendment_sees_the_request_and_agrees(cast, client):
    manager = factories.faculty()
    request = cast.request(State.APPROVED)
    client.force_login(cast.applicant)
    posted = {
        "purpose": "RESEARCH_EDUCATION",
        "common_name": request.common_name,
        "managers": manager.account,
        "contact": manager.account,
        "software": "nginx 1.24",
    }
    assert client.post(f"/requests/{request.pk}/amend/", posted).status_code == 422
    client.force_login(manager)
    assert client.get(f"/requests/{request.pk}/contact/").status_code == 200
    assert client.post(f"/requests/{request.pk}/contact/").status_code == 302
    assert ContactConsent.objects.get().agreed_at is not None
    client.force_login(cast.applicant)
    assert client.post(f"/requests/{request.pk}/amend/", posted).status_code == 302
    request.refresh_from_db()
    assert request.state == State.CONFIRMING


def test_subject_of_a_mail_holds_no_text_that_is_no_name(cast):
    request = cast.request(State.RETURNED)
    drafting.save(
        request.pk, requests.contents(common_name="you won a prize, call 0120"), actor=factories.actor(cast.applicant)
    )
    acting.act(request.pk, Action.WITHDRAW, actor=factories.actor(cast.applicant))
    mail = OutboxMessage.objects.get(kind="request_withdrawn", person_id=cast.applicant.pk)
    assert "prize" not in mail.subject
