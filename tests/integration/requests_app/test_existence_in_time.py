"""Existence confirmation while people, zones, certificates and requests come and go: nobody waits for nothing."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import days
from inventory.models import Certificate, Holding
from notifications.models import OutboxMessage
from probes import dns
from requests_app import conflicts, errors, evidence, tasks
from requests_app.models import (
    Absence,
    AskingPace,
    ConfirmationKind,
    NameLookup,
    OverrideKind,
    Zone,
    ZoneAdministration,
)
from requests_app.services import acting, applying, confirming, observing, submitting, zones
from requests_app.states import Action, State
from requests_app.steps import asking, collecting
from tests import factories, requests
from tests.integration.requests_app.test_review_existence import answer, certificate, grow_old, looked_up

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> requests.Cast:
    return requests.Cast()


def mails(kind, person):
    return OutboxMessage.objects.filter(kind=kind, person_id=person.pk).count()


def state(request):
    request.refresh_from_db()
    return request.state


def of(request):
    (found,) = evidence.of_request(request)
    return found


# --- Answers ---------------------------------------------------------------------------------------------------------


def test_a_no_after_the_yes_of_the_only_administrator_who_is_the_applicant_blocks_the_approval():
    cast = requests.Cast()
    requests.zone("own.uec.ac.jp", cast.applicant)
    request = cast.request(State.CONFIRMING, common_name="www.own.uec.ac.jp")
    requests.observe(request.common_name)
    answer(cast, request.confirmations.get(), cast.applicant, is_yes=True)
    assert state(request) == State.REVIEWING
    other = factories.zone_person()
    requests.zone("own.uec.ac.jp", other)
    answer(cast, request.confirmations.get(), other, is_yes=False, reason="知りません")
    with pytest.raises(errors.ContradictingAnswer):
        cast.approve(request)
    assert confirming.is_overridable(of(request), OverrideKind.ZONE)


def test_the_no_of_an_administrator_who_is_a_manager_blocks_the_approval(cast):
    manager = factories.faculty()
    requests.zone("cs.uec.ac.jp", manager)
    request = cast.request(State.REVIEWING, manager_accounts=(manager.account,))
    answer(cast, request.confirmations.get(), manager, is_yes=False, reason="頼まれていません")
    with pytest.raises(errors.ContradictingAnswer):
        cast.approve(request)


def test_a_yes_that_did_not_suffice_counts_when_nobody_else_administers_the_zone(cast):
    requests.zone("cs.uec.ac.jp", cast.applicant)
    request = cast.request(State.CONFIRMING)
    requests.observe(request.common_name)
    client = Client()
    client.force_login(cast.applicant, backend="accounts.backends.RoleBackend")
    question = request.confirmations.get()
    said = client.post(reverse("requests:confirmation", args=[question.pk]), {"answer": "yes"}, follow=True)
    assert "別のドメイン管理者" in said.content.decode()
    tasks.ask_collected()
    assert state(request) == State.CONFIRMING
    ZoneAdministration.objects.filter(person=cast.administrator).update(until_at=timezone.now())
    for _again in range(2):
        tasks.ask_collected()
    assert state(request) == State.REVIEWING
    cast.approve(request)


def test_the_yes_that_stands_is_taken_and_not_the_question_that_nobody_answered(cast):
    first, second, third = (factories.faculty() for _ in range(3))
    request = cast.request(State.CONFIRMING, manager_accounts=(first.account, second.account))
    acting.act(request.pk, Action.RETURN, actor=factories.actor(cast.registrar), reason="管理者を確かめてください")
    request.managements.filter(person=second).update(person=third)
    cast.apply(request)
    requests.observe(request.common_name)
    request.refresh_from_db()
    answer(cast, request.confirmations.get(versions=request.current_version), cast.administrator, is_yes=True)
    assert state(request) == State.REVIEWING
    applying.amend(
        request.pk,
        requests.contents(common_name=request.common_name, manager_accounts=(first.account,)),
        actor=factories.actor(cast.applicant),
    )
    assert state(request) == State.REVIEWING


# --- Mails -----------------------------------------------------------------------------------------------------------


def test_the_only_one_whose_yes_suffices_is_mailed_although_away(cast):
    requests.zone("cs.uec.ac.jp", cast.applicant)
    Absence.objects.create(person=cast.administrator, from_on=days.today(), until_on=days.today())
    request = cast.request(State.CONFIRMING)
    assert mails("confirm_name", cast.administrator) == 1
    request.confirmations.update(asked_at=timezone.now() - timedelta(days=3))
    tasks.remind_and_expire()
    assert mails("confirm_name_reminder", cast.administrator) == 1


def test_a_question_that_comes_back_is_mailed_and_reminded_of_anew(cast):
    holder = factories.faculty()
    name = requests.name()
    certificate(name, holder)
    request = cast.request(State.CONFIRMING, common_name=name)
    for after in (3, 7):
        request.confirmations.update(asked_at=timezone.now() - timedelta(days=after))
        tasks.remind_and_expire()
    acting.act(request.pk, Action.RETURN, actor=factories.actor(cast.registrar), reason="なぜなら")
    AskingPace.objects.all().delete()
    cast.apply(request)
    assert request.confirmations.count() == 2
    assert (mails("confirm_name", cast.administrator), mails("may_use_name", holder)) == (2, 2)
    request.confirmations.update(asked_at=timezone.now() - timedelta(days=3))
    tasks.remind_and_expire()
    assert (mails("confirm_name_reminder", cast.administrator), mails("confirm_name_reminder", holder)) == (3, 3)


def test_a_question_under_review_is_reminded_of_and_expires_with_a_word_to_the_registrars(cast):
    request = cast.request(State.REVIEWING)
    question = request.confirmations.get()
    successor = factories.zone_person()
    requests.zone(request.common_name, successor)
    question.state = "VOID"
    question.save()
    with transaction.atomic():
        collecting.mail_waiting(asking.ask_about_names(request))
    asked = request.confirmations.get(state="ASKED")
    for after in (3, 7):
        request.confirmations.filter(pk=asked.pk).update(asked_at=timezone.now() - timedelta(days=after))
        tasks.remind_and_expire()
    assert mails("confirm_name_reminder", successor) == 2
    told = mails("confirmation_unanswered", cast.registrar)
    request.confirmations.filter(pk=asked.pk).update(asked_at=timezone.now() - timedelta(days=31))
    tasks.remind_and_expire()
    assert mails("confirmation_unanswered", cast.registrar) == told + 1


def test_names_that_lose_their_zone_later_are_told_too(cast):
    lost = requests.name()
    request = cast.request(State.CONFIRMING, common_name="www.nobody.uec.ac.jp", further_names=(lost,))
    assert mails("confirmation_unanswered", cast.registrar) == 1
    Zone.objects.create(name=lost)
    with transaction.atomic():
        zones._ask_again(request.pk)
    assert mails("confirmation_unanswered", cast.registrar) == 2


def test_under_review_only_the_names_that_lost_their_yes_are_asked_about(cast):
    lost = requests.name()
    request = cast.request(State.REVIEWING, further_names=(lost,))
    successor = factories.zone_person()
    requests.zone(lost, successor)
    NameLookup.objects.update(next_at=None)
    request.confirmations.filter(name=request.common_name).update(state="EXPIRED")
    with transaction.atomic():
        zones._ask_again(request.pk)
    assert [one.name for one in request.confirmations.filter(state="ASKED")] == [lost]
    assert not NameLookup.objects.filter(name=request.common_name).exclude(next_at=None).exists()


# --- Holders ---------------------------------------------------------------------------------------------------------


def test_a_certificate_that_comes_after_the_application_is_asked_about_before_the_approval(cast):
    first, second = factories.faculty(), factories.faculty()
    name = requests.name()
    certificate(name, first)
    request = cast.request(State.CONFIRMING, common_name=name)
    answer(cast, request.confirmations.get(kind=ConfirmationKind.HOLDER), first, is_yes=True)
    cast.confirm(request)
    assert state(request) == State.REVIEWING
    certificate(name, second)
    with pytest.raises(errors.NotConfirmed):
        cast.approve(request)
    assert [one.pk for one in conflicts.to_follow_holders()] == [request.pk]
    for _again in range(2):
        tasks.ask_collected()
    assert mails("may_use_name", second) == 1
    answer(cast, request.confirmations.get(kind=ConfirmationKind.HOLDER, state="ASKED"), second, is_yes=True)
    cast.approve(request)


def test_a_registrars_word_about_holders_is_about_the_certificates_that_there_were(cast):
    name, later = requests.name(), factories.faculty()
    certificate(name, factories.faculty())
    request = cast.request(State.CONFIRMING, common_name=name)
    confirming.override(
        request.pk,
        name=name,
        kind=OverrideKind.HOLDER,
        reason="電話で確認した。",
        digest=request.current_version.digest,
        actor=factories.actor(factories.registrar()),
    )
    requests.observe(name)
    answer(cast, request.confirmations.get(kind=ConfirmationKind.ZONE), cast.administrator, is_yes=True)
    assert state(request) == State.REVIEWING
    certificate(name, later)
    tasks.ask_collected()
    with pytest.raises(errors.NotConfirmed):
        cast.approve(request)
    request.confirmations.filter(kind=ConfirmationKind.HOLDER).update(asked_at=timezone.now() - timedelta(days=3))
    tasks.remind_and_expire()
    assert mails("confirm_name_reminder", later) == 1
    assert OutboxMessage.objects.filter(kind="confirm_name_reminder").count() == 1, "the other is decided"
    asked = request.confirmations.get(kind=ConfirmationKind.HOLDER, certificate__holdings__person=later)
    answer(cast, asked, later, is_yes=True)
    cast.approve(request)


def test_every_holder_of_each_certificate_is_asked(cast):
    a, b, c = (factories.faculty() for _ in range(3))
    name = requests.name()
    certificate(name, a, b)
    certificate(name, b, c)
    request = cast.request(State.CONFIRMING, common_name=name)
    assert request.confirmations.filter(kind=ConfirmationKind.HOLDER).count() == 2
    assert [mails("may_use_name", person) for person in (a, b, c)] == [1, 2, 1]


def test_a_row_whose_name_somebody_else_got_a_certificate_for_meanwhile_stays_out(cast):
    request = cast.request(State.QUEUED)
    row = request.rows.get(superseded_at=None)
    certificate(request.common_name, factories.faculty())
    built = submitting.build(row.kind, shown={row.digest}, actor=factories.actor(cast.registrar))
    assert (built.submission_id, state(request)) == (None, State.PREPARED)


@pytest.mark.parametrize("what", ["revoked", "ended", "handed to the applicant"])
def test_a_question_to_a_holder_does_not_outlive_its_reason(cast, what):
    name = requests.name()
    foreign = certificate(name, factories.faculty())
    request = cast.request(State.CONFIRMING, common_name=name)
    cast.administrator.refresh_from_db()
    requests.observe(name)
    answer(cast, request.confirmations.get(kind=ConfirmationKind.ZONE), cast.administrator, is_yes=True)
    tasks.ask_collected()
    assert state(request) == State.CONFIRMING
    if what == "revoked":
        Certificate.objects.filter(pk=foreign.pk).update(revoked_at=timezone.now(), revocation_source="LIST")
    if what == "ended":
        Certificate.objects.filter(pk=foreign.pk).update(not_after=timezone.now())
    if what == "handed to the applicant":
        Holding.objects.filter(certificate=foreign).update(until_at=timezone.now())
        Holding.objects.create(certificate=foreign, person=cast.applicant)
    for _again in range(2):
        tasks.ask_collected()
    assert state(request) == State.REVIEWING


# --- DNS -------------------------------------------------------------------------------------------------------------


def test_one_failed_look_up_long_after_the_application_returns_nothing(cast, settings):
    """The name was there on the first day; the administrator answers on the fourth, and a server fails just then."""
    request = cast.request(State.CONFIRMING)
    requests.observe(request.common_name)
    looked_up(request)
    request.applied_at -= timedelta(hours=settings.DNS_GIVE_UP_HOURS + 24)
    request.save()
    NameLookup.objects.update(asked_since_at=request.applied_at)
    grow_old(days=4)
    answer(cast, request.confirmations.get(), cast.administrator, is_yes=True)
    requests.observe(request.common_name, outcome="SERVFAIL", caa="")
    confirming.settle(request.pk)
    assert state(request) == State.CONFIRMING
    NameLookup.objects.update(asked_since_at=timezone.now() - timedelta(hours=settings.DNS_GIVE_UP_HOURS + 1))
    confirming.settle(request.pk)
    assert state(request) == State.RETURNED


def test_a_look_up_that_was_under_way_before_the_application_decides_nothing(cast):
    name = requests.name()
    began_at = timezone.now()
    NameLookup.objects.create(name=name, next_at=began_at, asked_since_at=began_at)
    request = cast.request(State.CONFIRMING, common_name=name)
    seen = [
        dns.Observation(
            name=name,
            view=view,
            outcome=dns.Outcome.NXDOMAIN,
            addresses=(),
            cname_chain=(),
            caa=None,
            resolver="127.0.0.1:53",
            started_at=began_at,
            duration_ms=10,
        )
        for view in evidence.view_names()
    ]
    due_again_at, _next = observing.store(name, seen, began_at=began_at)
    confirming.settle(request.pk)
    assert due_again_at is None
    assert state(request) == State.CONFIRMING
    assert NameLookup.objects.get(name=name).next_at > began_at


# --- Odd addresses ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["9" * 19, "9" * 25, "9" * 5000])
def test_a_question_with_a_number_that_no_row_has_is_not_found(cast, number):
    client = Client()
    client.force_login(cast.administrator, backend="accounts.backends.RoleBackend")
    assert client.get(f"/confirmations/{number}/").status_code == 404
