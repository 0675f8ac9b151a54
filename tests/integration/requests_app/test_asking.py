"""Who is asked about a name by mail, when, and in how many mails."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts import days
from accounts.models import User
from inventory.models import Certificate
from notifications.models import OutboxMessage
from requests_app import tasks, zone_people
from requests_app.models import Absence, Asking, AskingPace, Confirmation, Zone, ZoneAdministration
from requests_app.services import acting, confirming, questioning
from requests_app.states import Action, State
from requests_app.zone_people import Administrator
from tests import factories, requests

pytestmark = pytest.mark.django_db

ASKING = ("confirm_name", "confirm_names", "confirm_name_reminder")


@pytest.fixture(autouse=True)
def _collects_for_an_hour(settings):
    settings.ASKING_COLLECT_MINUTES = 60


@pytest.fixture
def cast() -> requests.Cast:
    return requests.Cast()


def mails(person):
    """Return the kinds of the mails that asked `person`, in their order."""
    found = OutboxMessage.objects.filter(kind__in=ASKING, person_id=person.pk)
    return list(found.order_by("pk").values_list("kind", flat=True))


def an_hour_passes():
    for pace in AskingPace.objects.all():
        pace.last_mail_at -= timedelta(minutes=60)
        pace.save()


def last_mail(person):
    return OutboxMessage.objects.filter(kind__in=ASKING, person_id=person.pk).order_by("-pk").first()


# --- Collecting ------------------------------------------------------------------------------------------------------


def test_the_first_mail_goes_at_once_and_the_rest_after_an_hour_in_one(cast):
    made = [cast.request(State.CONFIRMING) for _ in range(3)]
    assert mails(cast.administrator) == ["confirm_name"]
    for _again in range(2):
        tasks.ask_collected()
    assert mails(cast.administrator) == ["confirm_name"]
    an_hour_passes()
    assert [tasks.ask_collected(), tasks.ask_collected()] == [1, 0]
    assert mails(cast.administrator) == ["confirm_name", "confirm_names"]
    together = last_mail(cast.administrator)
    assert together.path == "/confirmations/"
    assert [request.common_name in together.body for request in made] == [False, True, True]
    assert not Asking.objects.filter(mailed_at=None).exists()


def test_one_question_that_was_collected_is_a_mail_about_it(cast):
    cast.request(State.CONFIRMING)
    second = cast.request(State.CONFIRMING)
    an_hour_passes()
    tasks.ask_collected()
    assert mails(cast.administrator) == ["confirm_name"] * 2
    assert last_mail(cast.administrator).path == f"/confirmations/{second.confirmations.get().pk}/"


def test_all_names_of_one_application_are_one_mail_to_each_person(cast):
    other = factories.zone_person()
    requests.zone("cs.uec.ac.jp", other)
    manager = factories.faculty(name_ja="鍵山 守")
    request = cast.request(
        State.CONFIRMING,
        further_names=tuple(requests.name() for _ in range(7)),
        manager_accounts=(manager.account,),
    )
    for person in (cast.administrator, other):
        assert mails(person) == ["confirm_names"]
        for part in (*request.names, request.applicant.name_ja, manager.name_ja, "研究・教育", "情報基盤センター"):
            assert part in last_mail(person).body


def test_eight_names_in_eight_zones_are_one_mail_to_each_of_their_administrators():
    people = [factories.zone_person() for _ in range(3)]
    cast = requests.Cast()
    for number in range(8):
        requests.zone(f"z{number}.uec.ac.jp", people[number % 3], people[(number + 1) % 3])
    names = [f"www.z{number}.uec.ac.jp" for number in range(8)]
    request = cast.request(State.CONFIRMING, common_name=names[0], further_names=tuple(names[1:]))
    assert [mails(person) for person in people] == [["confirm_names"]] * 3
    assert mails(cast.administrator) == []
    asked = Asking.objects.filter(confirmation__request=request)
    assert asked.count() == 16
    assert not asked.filter(mailed_at=None).exists()


@pytest.mark.parametrize("what", ["answered", "withdrawn", "returned", "left", "out of office", "zone changed"])
def test_what_needs_no_answer_any_more_is_not_mailed(cast, what):
    other = factories.zone_person()
    requests.zone("cs.uec.ac.jp", other)
    cast.request(State.CONFIRMING)
    request = cast.request(State.CONFIRMING)
    question = request.confirmations.get()
    registrar = factories.actor(cast.registrar)
    if what == "answered":
        confirming.answer(question.pk, is_yes=True, reason="", actor=factories.actor(other))
    if what == "withdrawn":
        acting.act(request.pk, Action.WITHDRAW, actor=factories.actor(cast.applicant))
    if what == "returned":
        acting.act(request.pk, Action.RETURN, actor=registrar, reason="なぜなら")
    if what == "left":
        User.objects.filter(pk=cast.administrator.pk).update(is_active=False)
    if what == "out of office":
        ZoneAdministration.objects.filter(person=cast.administrator).update(until_at=timezone.now())
    if what == "zone changed":
        Confirmation.objects.filter(pk=question.pk).update(state="VOID")
    an_hour_passes()
    tasks.ask_collected()
    assert mails(cast.administrator) == ["confirm_name"]


def test_what_comes_back_is_mailed_then(cast):
    cast.request(State.CONFIRMING)
    request = cast.request(State.CONFIRMING)
    acting.act(request.pk, Action.RETURN, actor=factories.actor(cast.registrar), reason="なぜなら")
    an_hour_passes()
    tasks.ask_collected()
    cast.apply(request)
    assert mails(cast.administrator) == ["confirm_name"] * 2
    assert request.confirmations.count() == 1


def test_an_application_after_the_hour_takes_along_what_was_collected(cast):
    for _ in range(2):
        cast.request(State.CONFIRMING)
    an_hour_passes()
    cast.request(State.CONFIRMING)
    assert mails(cast.administrator) == ["confirm_name", "confirm_names"]
    assert not Asking.objects.filter(mailed_at=None).exists()


def test_a_mail_lists_a_bounded_number_of_names(cast, monkeypatch):
    monkeypatch.setattr("requests_app.question_mails.LISTED_QUESTIONS", 2)
    cast.request(State.CONFIRMING, further_names=tuple(requests.name() for _ in range(4)))
    assert "ほかに 3 件" in last_mail(cast.administrator).body
    assert Asking.objects.filter(mailed_at=None).count() == 0


# --- Who is asked ----------------------------------------------------------------------------------------------------

P1, P2, D1, D2 = Administrator(1, None), Administrator(2, None), Administrator(3, 1), Administrator(4, 9)


@pytest.mark.parametrize(
    ("people", "away", "interested", "asked"),
    [
        ([P1, P2], set(), set(), {1, 2}),
        ([P1, P2, D1], set(), set(), {1, 2}),
        ([P1, P2], {1}, set(), {2}),
        ([P1, P2, D1], {1}, set(), {2, 3}),
        ([P1, D1], {1}, set(), {3}),
        ([P1, D1], {1, 3}, set(), {1, 3}),
        ([P1, P2], {1, 2}, set(), {1, 2}),
        ([P1, D2], set(), set(), {1, 4}),
        ([D1], set(), set(), {3}),
        ([P1, D1], set(), {1}, {1, 3}),
        ([P1, P2], set(), {1}, {1, 2}),
        ([P1], set(), {1}, {1}),
        ([], set(), set(), set()),
    ],
)
def test_who_gets_the_first_mail(people, away, interested, asked):
    assert zone_people.to_mail(people, away, interested=interested) == asked


@pytest.mark.parametrize(
    ("people", "away", "reminded"),
    [
        ([P1, P2, D1], set(), {1, 2, 3}),
        ([P1, P2, D1], {1}, {2, 3}),
        ([P1, D1], {1, 3}, {1, 3}),
    ],
)
def test_who_is_reminded(people, away, reminded):
    assert zone_people.to_remind(people, away) == reminded


def test_when_whoever_was_asked_has_left_the_others_are_asked(cast):
    request = cast.request(State.CONFIRMING)
    successor = factories.zone_person()
    ZoneAdministration.objects.create(zone=Zone.objects.get(name="cs.uec.ac.jp"), person=successor)
    tasks.ask_collected()
    assert mails(successor) == [], "somebody who was asked is there"
    ZoneAdministration.objects.filter(person=cast.administrator).update(until_at=timezone.now())
    for _again in range(2):
        tasks.ask_collected()
    assert mails(successor) == ["confirm_name"]
    request.refresh_from_db()
    assert request.state == State.CONFIRMING


def test_whoever_has_a_part_in_the_request_is_nobody_who_looks_after_it(cast):
    """Their yes does not suffice: when the other one goes away, the deputy is asked at once."""
    zone = Zone.objects.get(name="cs.uec.ac.jp")
    ZoneAdministration.objects.create(zone=zone, person=cast.applicant)
    deputy = factories.zone_person()
    ZoneAdministration.objects.create(zone=zone, person=deputy, deputy_of=cast.administrator)
    cast.request(State.CONFIRMING)
    assert (mails(cast.administrator), mails(cast.applicant), mails(deputy)) == (["confirm_name"], ["confirm_name"], [])
    Absence.objects.create(person=cast.administrator, from_on=days.today(), until_on=days.today())
    for _again in range(2):
        tasks.ask_collected()
    assert mails(deputy) == ["confirm_name"]
    assert questioning.unattended() == []


@pytest.mark.parametrize("role", ["applicant", "manager"])
def test_an_only_administrator_with_a_part_in_the_request_is_followed_by_a_new_one(role):
    cast, asked = requests.Cast(), factories.faculty()
    requests.zone("own.uec.ac.jp", cast.applicant if role == "applicant" else asked)
    managers = () if role == "applicant" else (asked.account,)
    cast.request(State.CONFIRMING, common_name="www.own.uec.ac.jp", manager_accounts=managers)
    tasks.ask_collected()
    assert questioning.unattended() == [], "there is nobody else"
    successor = factories.zone_person()
    requests.zone("own.uec.ac.jp", successor)
    for _again in range(2):
        tasks.ask_collected()
    assert mails(successor) == ["confirm_name"]
    assert questioning.unattended() == []


# --- Reminders -------------------------------------------------------------------------------------------------------


def ask_at(moment, *requests_asked):
    for request in requests_asked:
        request.confirmations.update(asked_at=moment)


def test_the_names_of_a_person_are_reminded_of_in_one_mail(cast):
    made = cast.request(State.CONFIRMING, further_names=tuple(requests.name() for _ in range(7)))
    other = cast.request(State.CONFIRMING)
    ask_at(timezone.now() - timedelta(days=3), made, other)
    for _again in range(2):
        tasks.remind_and_expire()
    assert mails(cast.administrator) == ["confirm_names"] * 2
    reminder = last_mail(cast.administrator)
    assert "【再送】9 件" in reminder.subject
    ask_at(timezone.now() - timedelta(days=7), made, other)
    for _again in range(2):
        tasks.remind_and_expire()
    assert len(mails(cast.administrator)) == 3
    told = OutboxMessage.objects.filter(kind="confirmation_unanswered", person_id=cast.registrar.pk)
    assert told.count() == 2, "one for each request, with all its names"
    assert all(name in told.order_by("pk").first().body for name in made.names)


FRIDAY = datetime(2027, 6, 4, 3, 0, tzinfo=UTC)
"""Friday noon in Tokyo."""


@pytest.mark.parametrize(
    ("hours", "ends_in_days", "reminders"),
    [
        (71, 10, 0),
        (73, 10, 1),
        (95, 10, 1),
        (97, 10, 2),
        (71, 60, 0),
        (73, 60, 1),
        (97, 60, 1),
        (169, 60, 2),
    ],
)
def test_a_renewal_of_what_ends_soon_is_reminded_of_by_working_days(
    cast, monkeypatch, settings, hours, ends_in_days, reminders
):
    settings.CLOSED_DAYS = ()
    request = cast.request(State.CONFIRMING)
    old = cast.old_certificate(request.common_name)
    request.replaced.add(old)
    ask_at(FRIDAY, request)
    now = FRIDAY + timedelta(hours=hours)
    Certificate.objects.filter(pk=old.pk).update(not_after=now + timedelta(days=ends_in_days))
    monkeypatch.setattr(timezone, "now", lambda: now)
    question = request.confirmations.get()
    assert questioning.reminders_due(question, is_urgent=questioning.is_urgent(request)) == reminders
    assert questioning.due_for_reminder() == ([question.pk] if reminders else [])


def test_a_deputy_hears_of_a_question_with_the_first_reminder(cast):
    deputy = factories.zone_person()
    zone = Zone.objects.get(name="cs.uec.ac.jp")
    ZoneAdministration.objects.create(zone=zone, person=deputy, deputy_of=cast.administrator)
    request = cast.request(State.CONFIRMING)
    assert (mails(cast.administrator), mails(deputy)) == (["confirm_name"], [])
    ask_at(timezone.now() - timedelta(days=3), request)
    tasks.remind_and_expire()
    assert (mails(cast.administrator), mails(deputy)) == (
        ["confirm_name", "confirm_name_reminder"],
        ["confirm_name_reminder"],
    )
