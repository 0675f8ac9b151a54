"""Hand-overs by verbs and pages: who asks, who takes over, and what becomes of the request or the certificate."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Employment
from audit.models import Event
from inventory import queries as inventory
from notifications.models import OutboxMessage
from requests_app import errors, queries, relations, tasks
from requests_app.models import CertificateRequest, HandOver
from requests_app.services import acting, handing_over
from requests_app.states import Action, HandOverState, State
from requests_app.states.request import TABLE
from requests_app.steps import freezing
from tests import factories
from tests.integration.requests_app.test_submission_pages import desk, post, said
from tests.requests import Cast
from tests.revocations import certificate

pytestmark = pytest.mark.django_db

MOVES = TABLE.rules[Action.HAND_OVER].moves
BEFORE_NII = sorted(set(MOVES) - {State.RETURNED, State.SUBMITTED, State.HELD})


@pytest.fixture
def cast():
    return Cast()


@pytest.fixture
def successor():
    return factories.faculty()


def leave(person):
    Employment.objects.filter(person=person).update(until_on=timezone.localdate() - timedelta(days=1))


def ask(thing, by, to, reason=""):
    verb = handing_over.ask_for_request if isinstance(thing, CertificateRequest) else handing_over.ask_for_certificate
    pk = verb(thing.pk, account=to.account, reason=reason, actor=factories.actor(by))
    return HandOver.objects.get(pk=pk)


def take(hand_over):
    request = hand_over.request and CertificateRequest.objects.get(pk=hand_over.request_id)
    digest = freezing.digest(request) if request else ""
    handing_over.take_over(hand_over.pk, digest=digest, actor=factories.actor(hand_over.successor))
    hand_over.refresh_from_db()


def mails(kind):
    return set(OutboxMessage.objects.filter(kind=kind).values_list("person_id", flat=True))


@pytest.mark.parametrize("state", BEFORE_NII)
def test_before_nii_it_is_an_amendment_by_the_successor(state, cast, successor):
    request = cast.request(state)
    versions = request.versions.count()
    hand_over = ask(request, cast.applicant, successor)
    assert mails("hand_over_asked") == {successor.pk}
    take(hand_over)
    request.refresh_from_db()
    assert hand_over.state == HandOverState.TAKEN_OVER
    assert request.state == State.CONFIRMING
    assert request.applicant == request.subscriber_contact == successor
    assert request.contact_name == freezing.contents(request)["subscriber_contact"]["name"] != ""
    assert request.versions.count() == versions + 1
    assert not request.decisions.filter(void_at=None).exists()
    assert not request.rows.filter(superseded_at=None).exists()
    assert request.confirmations.filter(applicant=successor, state="ASKED").exists()
    assert mails("hand_over_accepted") == {cast.applicant.pk, successor.pk}


def test_what_was_returned_stays_returned(cast, successor):
    request = cast.request(State.RETURNED)
    take(ask(request, cast.applicant, successor))
    request.refresh_from_db()
    assert (request.state, request.applicant) == (State.RETURNED, successor)


@pytest.mark.parametrize("state", [State.SUBMITTED, State.HELD])
def test_with_nii_only_the_holder_changes(state, cast, successor):
    request = cast.request(state)
    take(ask(request, cast.applicant, successor))
    request.refresh_from_db()
    assert (request.state, request.applicant) == (state, cast.applicant)
    assert relations.holder_ids(request) == {successor.pk}
    assert successor.pk in relations.interested_ids(request)


@pytest.mark.parametrize(
    "state", sorted({*State} - {*MOVES, State.ISSUED, State.INSTALLED, State.COMPLETED, State.LAPSED})
)
def test_other_states_are_not_handed_over(state, cast, successor):
    request = cast.request(state)
    with pytest.raises(errors.TransitionNotAllowed):
        ask(request, cast.applicant, successor)


def test_an_issued_request_is_handed_over_by_its_certificate(cast, successor):
    request = cast.request(State.SUBMITTED)
    held = certificate(cast.applicant, name=request.common_name)
    CertificateRequest.objects.filter(pk=request.pk).update(certificate=held)
    with pytest.raises(errors.HandOverOfCertificate):
        ask(request, cast.applicant, successor)
    page = reverse("requests:certificate", args=[held.pk])
    assert page in desk(cast.applicant).get(request.get_absolute_url()).content.decode()
    take(ask(held, cast.applicant, successor))
    assert inventory.holder_ids([held.pk]) == {successor.pk}
    assert page not in desk(cast.applicant).get(request.get_absolute_url()).content.decode()
    assert page in desk(successor).get(request.get_absolute_url()).content.decode()


def test_what_nii_gave_back_can_be_taken_over_once_more(cast, successor):
    request = cast.request(State.HELD)
    take(ask(request, cast.applicant, successor))
    with pytest.raises(errors.SuccessorHasIt):
        ask(request, cast.applicant, successor)
    acting.act(request.pk, Action.RETURN, actor=factories.actor(cast.registrar), reason="なぜなら")
    take(ask(request, cast.applicant, successor))
    request.refresh_from_db()
    assert (request.state, request.applicant) == (State.RETURNED, successor)


def test_the_desk_leads_to_the_hand_over_when_the_applicant_has_left(cast):
    request = cast.request(State.REVIEWING)
    client = desk(cast.registrar)
    page = reverse("admin:requests_app_certificaterequest_change", args=[request.pk])
    link = reverse("requests:hand_over_request", args=[request.pk])
    assert link not in client.get(page).content.decode()
    leave(cast.applicant)
    assert link in client.get(page).content.decode()
    assert client.get(link).status_code == 200


def test_the_former_applicant_never_decides_about_it(cast, successor):
    request = cast.request(State.REVIEWING)
    take(ask(request, cast.applicant, successor))
    request.refresh_from_db()
    assert {cast.applicant.pk, successor.pk} <= relations.interested_ids(request)


def test_a_manager_who_takes_over_is_manager_no_more(cast):
    manager, other = factories.faculty(), factories.faculty()
    request = cast.request(State.REVIEWING, manager_accounts=(manager.account, other.account))
    take(ask(request, other, manager))
    request.refresh_from_db()
    assert request.applicant == manager
    assert queries.managers_of(request) == [other]


@pytest.mark.parametrize("who", ["stranger", "part-time manager", "registrar while the applicant is here"])
def test_others_do_not_ask(who, cast, successor):
    helper = factories.student()
    request = cast.request(State.REVIEWING, purpose="STUDENT_ACTIVITY", manager_accounts=(helper.account,))
    asker = {"stranger": factories.faculty(), "part-time manager": helper}.get(who, cast.registrar)
    with pytest.raises(errors.NotPermitted):
        ask(request, asker, successor)


def test_a_registrar_asks_with_a_reason_when_the_applicant_has_left(cast, successor):
    request = cast.request(State.RETURNED)
    leave(cast.applicant)
    with pytest.raises(errors.ReasonRequired):
        ask(request, cast.registrar, successor)
    take(ask(request, cast.registrar, successor, "退職のため"))
    request.refresh_from_db()
    assert request.applicant == successor


def test_who_cannot_be_successor(cast):
    request = cast.request(State.REVIEWING)
    for account, error in (
        ("nobody-here", errors.SuccessorRefused),
        (factories.part_time().account, errors.SuccessorRefused),
        (factories.faculty(is_active=False).account, errors.SuccessorRefused),
        (cast.applicant.account, errors.SuccessorHasIt),
    ):
        with pytest.raises(error):
            handing_over.ask_for_request(request.pk, account=account, actor=factories.actor(cast.applicant))
    assert not HandOver.objects.exists()


def test_nobody_names_themselves(cast):
    manager = factories.faculty()
    request = cast.request(State.REVIEWING, manager_accounts=(manager.account,))
    with pytest.raises(errors.SuccessorIsAsker):
        ask(request, manager, manager)


def test_one_open_question_at_a_time(cast, successor):
    request = cast.request(State.REVIEWING)
    first = ask(request, cast.applicant, successor)
    with pytest.raises(errors.HandOverOpen):
        ask(request, cast.applicant, factories.faculty())
    handing_over.cancel(first.pk, actor=factories.actor(cast.applicant))
    ask(request, cast.applicant, factories.faculty())


def test_what_changed_meanwhile_is_read_again(cast, successor):
    request = cast.request(State.REVIEWING)
    hand_over = ask(request, cast.applicant, successor)
    with pytest.raises(errors.VersionChanged):
        handing_over.take_over(hand_over.pk, digest="0" * 64, actor=factories.actor(successor))
    request.refresh_from_db()
    assert request.applicant == cast.applicant


def test_a_certificate_replaced_is_taken_over_first(cast, successor):
    old = certificate(cast.applicant)
    request = cast.request(State.REVIEWING, replaced_ids=(old.pk,))
    hand_over = ask(request, cast.applicant, successor)
    with pytest.raises(errors.NotReady) as refused:
        take(hand_over)
    assert isinstance(refused.value.errors[0], errors.TakeReplacedFirst)
    take(ask(old, cast.applicant, successor))
    take(hand_over)
    request.refresh_from_db()
    assert request.applicant == successor


def test_the_rules_hold_for_the_successor(cast, successor):
    request = cast.request(State.REVIEWING)
    hand_over = ask(request, cast.applicant, successor)
    leave(successor)
    with pytest.raises(errors.SuccessorRefused):
        take(hand_over)


def test_the_question_of_somebody_dropped_since_is_void(cast, successor):
    manager = factories.faculty()
    request = cast.request(State.REVIEWING, manager_accounts=(manager.account,))
    hand_over = ask(request, manager, successor)
    request.managements.update(until_at=timezone.now())
    with pytest.raises(errors.HandOverAskerGone):
        take(hand_over)


def test_what_was_withdrawn_is_not_taken_over(cast, successor):
    request = cast.request(State.REVIEWING)
    hand_over = ask(request, cast.applicant, successor)
    acting.act(request.pk, Action.WITHDRAW, actor=factories.actor(cast.applicant))
    with pytest.raises(errors.TransitionNotAllowed):
        take(hand_over)
    assert not queries.asked_to_take_over(successor).exists()


def test_declining_needs_a_reason_and_tells_the_asker(cast, successor):
    hand_over = ask(cast.request(State.REVIEWING), cast.applicant, successor)
    with pytest.raises(errors.ReasonRequired):
        handing_over.decline(hand_over.pk, reason="", actor=factories.actor(successor))
    handing_over.decline(hand_over.pk, reason="担当外です", actor=factories.actor(successor))
    assert mails("hand_over_declined") == {cast.applicant.pk}


@pytest.mark.parametrize("final", sorted({*HandOverState} - {HandOverState.ASKED}))
def test_an_answered_question_takes_nothing_more(final, successor):
    holder = factories.faculty()
    hand_over = ask(certificate(holder), holder, successor)
    HandOver.objects.filter(pk=hand_over.pk).update(state=final, settled_at=timezone.now())
    for verb in (
        lambda: take(hand_over),
        lambda: handing_over.decline(hand_over.pk, reason="x", actor=factories.actor(successor)),
        lambda: handing_over.cancel(hand_over.pk, actor=factories.actor(holder)),
    ):
        with pytest.raises(errors.HandOverMoved):
            verb()
    handing_over.expire(hand_over.pk)
    assert HandOver.objects.get().state == final


def test_only_the_one_asked_answers_and_only_the_asker_cancels(successor):
    holder = factories.faculty()
    hand_over = ask(certificate(holder), holder, successor)
    for verb, who in ((handing_over.take_over, holder), (handing_over.cancel, successor)):
        with pytest.raises(errors.NotPermitted):
            verb(hand_over.pk, actor=factories.actor(who))


def test_nobody_answered_for_thirty_days(successor):
    holder = factories.faculty()
    hand_over = ask(certificate(holder), holder, successor)
    tasks.expire_hand_overs()
    assert HandOver.objects.get().state == HandOverState.ASKED
    HandOver.objects.update(asked_at=timezone.now() - timedelta(days=30, minutes=1))
    assert tasks.expire_hand_overs() == 1
    assert tasks.expire_hand_overs() == 0
    hand_over.refresh_from_db()
    assert hand_over.state == HandOverState.EXPIRED
    assert mails("hand_over_expired") == {holder.pk}


def test_a_certificate_passes_to_the_successor(successor):
    holder, manager = factories.faculty(), factories.faculty()
    held = certificate(holder, manager)
    take(ask(held, holder, successor))
    assert inventory.holder_ids([held.pk]) == {manager.pk, successor.pk}
    assert Event.objects.filter(subject=held.subject, action="CERTIFICATE_HANDED_OVER").count() == 1
    # Asked by another holder, it is who answers for it whose holding ends.
    third = factories.faculty()
    take(ask(held, manager, third))
    assert inventory.holder_ids([held.pk]) == {manager.pk, third.pk}


def test_a_registrar_asks_for_a_certificate_whose_holders_have_left(successor):
    registrar, holder, student = factories.registrar(), factories.faculty(), factories.student()
    held = certificate(holder, student)
    with pytest.raises(errors.NotPermitted):
        ask(held, registrar, successor, "退職")
    leave(holder)
    with pytest.raises(errors.ReasonRequired):
        ask(held, registrar, successor)
    with pytest.raises(errors.NotPermitted):
        ask(held, student, successor)
    take(ask(held, registrar, successor, "退職"))
    assert inventory.holder_ids([held.pk]) == {successor.pk}


def test_asked_and_taken_over_by_pages(cast, successor):
    request = cast.request(State.REVIEWING)
    url = reverse("requests:hand_over_request", args=[request.pk])
    client = desk(cast.applicant)
    assert url in client.get(request.get_absolute_url()).content.decode()
    refused = client.post(url, {"account": "nobody-here"})
    assert refused.status_code == 422
    assert "account" in refused.context["form"].errors
    asked = post(client, client.get(url), "/hand-over/", account=successor.account)
    hand_over = HandOver.objects.get()
    assert "asked by mail" in said(asked)
    theirs = desk(successor)
    page = reverse("requests:hand_over", args=[hand_over.pk])
    assert page in theirs.get(reverse("requests:list")).content.decode()
    shown = theirs.get(page)
    assert request.common_name in shown.content.decode()
    unreasoned = theirs.post(page, {"decline": "1"})
    assert unreasoned.status_code == 422
    taken = theirs.post(page, {"take": "1", "digest": shown.context["digest"]}, follow=True)
    assert "took it over" in said(taken)
    request.refresh_from_db()
    assert request.applicant == successor
    assert desk(factories.faculty()).get(page).status_code == 404


def test_a_certificate_by_pages_and_cancelled(successor):
    holder = factories.faculty()
    held = certificate(holder)
    client = desk(holder)
    url = reverse("requests:hand_over_certificate", args=[held.pk])
    asked = post(client, client.get(url), "/hand-over/", account=successor.account, reason="異動")
    assert held.serial in asked.content.decode()
    assert desk(successor).get(reverse("requests:certificate", args=[held.pk])).status_code == 200
    page = reverse("requests:hand_over", args=[HandOver.objects.get().pk])
    cancelled = client.post(page, {"cancel": "1"}, follow=True)
    assert "Nothing changed" in said(cancelled)
    assert desk(successor).get(reverse("requests:certificate", args=[held.pk])).status_code == 404
