"""Who may do what: people who prepared, managed or left, registrars with an interest, and drafts that vanish."""

import pytest

from accounts.choices import Role as Grant
from inventory.models import PublicKey
from notifications.models import OutboxMessage
from requests_app import errors, relations
from requests_app.models import CertificateRequest, Incident, RevocationReason
from requests_app.services import applying, confirming, drafting, incidents, preparing, zones
from requests_app.states import Role, State
from requests_app.steps import zone_file
from tests import factories, requests, revocations

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> requests.Cast:
    return requests.Cast()


def prepared_for(cast, author, **changes):
    pk = drafting.create(
        requests.contents(applicant_account=cast.applicant.account, **changes), actor=factories.actor(author)
    )
    return CertificateRequest.objects.get(pk=pk)


def test_preparer_who_is_no_manager_uploads_nothing_after_the_approval(cast):
    helper = factories.part_time()
    request = prepared_for(cast, helper)
    cast.advance(request, State.APPROVED)
    with pytest.raises(errors.NotPermitted):
        preparing.upload(request.pk, requests.csr_pem(request.common_name), actor=factories.actor(helper))


def test_preparer_who_is_a_manager_still_uploads(cast):
    helper = factories.staff()
    request = prepared_for(cast, helper, manager_accounts=(helper.account,))
    cast.advance(request, State.APPROVED)
    preparing.upload(request.pk, requests.csr_pem(request.common_name), actor=factories.actor(helper))
    assert request.csrs.exists()


def test_preparer_who_is_no_manager_edits_nothing_after_the_application(cast):
    helper = factories.part_time()
    request = prepared_for(cast, helper)
    cast.advance(request, State.RETURNED)
    with pytest.raises(errors.NotPermitted):
        drafting.save(request.pk, requests.contents(), actor=factories.actor(helper))


@pytest.mark.parametrize("state", [State.RETURNED, State.APPROVED])
def test_applicant_of_a_request_that_was_applied_for_stays(cast, state):
    helper = factories.staff()
    request = prepared_for(cast, helper, manager_accounts=(helper.account,))
    cast.advance(request, state)
    contents = requests.contents(common_name=request.common_name, applicant_account=factories.faculty().account)
    verb, who = (drafting.save, helper) if state == State.RETURNED else (applying.amend, cast.applicant)
    with pytest.raises(errors.NotReady) as refused:
        verb(request.pk, contents, actor=factories.actor(who))
    assert [error.code for error in refused.value.errors] == ["rule.applicant_fixed"]
    request.refresh_from_db()
    assert request.applicant == cast.applicant


def test_registrar_dropped_as_manager_after_the_application_stays_interested(cast):
    manager = factories.registrar()
    request = cast.request(State.PREPARED, manager_accounts=(manager.account,))
    applying.adjust(request.pk, manager_ids=(), software=request.software, actor=factories.actor(cast.applicant))
    assert Role.INTERESTED in relations.roles(factories.actor(manager), request)
    with pytest.raises(errors.Interested):
        preparing.ask_for_correction(request.pk, reason="直してください", actor=factories.actor(manager))


def test_registrar_gets_no_file_with_a_row_of_their_own(cast):
    own, other = cast.request(State.QUEUED), cast.request(State.QUEUED)
    requester = cast.applicant
    factories.grant_role(requester, Grant.REGISTRAR)
    other_cast = requests.Cast.__new__(requests.Cast)
    other_cast.applicant, other_cast.administrator, other_cast.registrar = (
        factories.faculty(),
        cast.administrator,
        cast.registrar,
    )
    strangers = other_cast.request(State.QUEUED)
    built = cast.build_all(requester)
    assert strangers.submission_rows.get().submission_id == built.submission_id
    for request in (own, other):
        assert not request.submission_rows.exists()
    assert built.interested == 2


def test_file_of_nobody_but_oneself_is_refused(cast):
    cast.request(State.QUEUED)
    factories.grant_role(cast.applicant, Grant.REGISTRAR)
    built = cast.build_all(cast.applicant)
    assert (built.submission_id, built.interested) == (None, 1)


def test_zones_are_changed_by_registrars_and_settings_administrators_alone(cast):
    content = f"zone,account\nnew.uec.ac.jp,{cast.administrator.account}\n".encode()
    for person in (cast.applicant, cast.administrator, factories.auditor()):
        with pytest.raises(errors.NotPermitted):
            zones.propose(content, reason="", actor=factories.actor(person))
    pk = zones.propose(content, reason="", actor=factories.actor(cast.registrar))
    digest = zone_file.read(content).digest
    for person in (cast.applicant, cast.administrator, factories.auditor()):
        with pytest.raises(errors.NotPermitted):
            zones.apply(pk, digest=digest, actor=factories.actor(person))
        with pytest.raises(errors.NotPermitted):
            zones.discard(pk, reason="x", actor=factories.actor(person))
    zones.apply(pk, digest=digest, actor=factories.actor(factories.settings_administrator()))


def shown_key(cast, request):
    spki = request.csrs.get(superseded_at=None).spki_sha256
    return incidents.report_shown_key(spki, actor=factories.actor(cast.applicant))


def test_incident_is_closed_by_a_disinterested_registrar_alone(cast):
    incident = shown_key(cast, cast.request(State.DRAFT, csr=True))
    with pytest.raises(errors.NotPermitted):
        incidents.resolve(incident.pk, resolution="確認済み", actor=factories.actor(factories.auditor()))
    factories.grant_role(cast.applicant, Grant.REGISTRAR)
    with pytest.raises(errors.Interested):
        incidents.resolve(incident.pk, resolution="確認済み", actor=factories.actor(cast.applicant))
    incidents.resolve(incident.pk, resolution="確認済み", actor=factories.actor(cast.registrar))
    incident.refresh_from_db()
    assert incident.resolved_by == cast.registrar


def test_who_holds_the_certificate_of_an_incident_does_not_close_it(cast):
    certificate = revocations.certificate(cast.registrar)
    revocations.ask(certificate, cast.registrar, reason=RevocationReason.KEY_COMPROMISE)
    incident = Incident.objects.get()
    assert incident.request is None
    with pytest.raises(errors.Interested):
        incidents.resolve(incident.pk, resolution="確認済み", actor=factories.actor(cast.registrar))
    incidents.resolve(incident.pk, resolution="確認済み", actor=factories.actor(factories.registrar()))


def test_the_free_text_of_a_draft_reaches_no_mail_about_its_key(cast):
    request = cast.request(State.DRAFT, csr=True)
    type(request).objects.filter(pk=request.pk).update(common_name="至急 http://evil.example をご覧ください")
    shown_key(cast, request)
    mail = OutboxMessage.objects.get(kind="key_compromise")
    assert request.reference in mail.body
    assert "evil" not in mail.subject + mail.body


def test_draft_with_an_incident_is_kept(cast):
    request = cast.request(State.DRAFT, csr=True)
    shown_key(cast, request)
    with pytest.raises(errors.IncidentAttached):
        drafting.delete(request.pk, actor=factories.actor(cast.applicant))
    assert Incident.objects.get().request == request


def test_verbs_on_a_deleted_draft_say_so(cast):
    request = cast.request(State.DRAFT)
    drafting.delete(request.pk, actor=factories.actor(cast.applicant))
    actor = factories.actor(cast.applicant)
    for late in (
        lambda: drafting.save(request.pk, requests.contents(), actor=actor),
        lambda: drafting.delete(request.pk, actor=actor),
        lambda: applying.apply(request.pk, actor=actor, digest="0" * 64),
        lambda: preparing.upload(request.pk, b"", actor=actor),
        lambda: confirming.look_up_again(request.pk, actor=actor),
    ):
        with pytest.raises(errors.RequestGone):
            late()
    assert not PublicKey.objects.exists()
