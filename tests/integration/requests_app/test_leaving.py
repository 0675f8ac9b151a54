"""Ends of employment: 60 and 14 days ahead, once each, to the person and the registrars."""

from datetime import date, timedelta

import pytest
from django.db import transaction

from accounts.choices import EmploymentKind, EmploymentSource
from accounts.models import Employment
from accounts.services import roster
from audit.actors import SYSTEM
from notifications.models import OutboxMessage
from requests_app import tasks
from requests_app.models import CertificateRequest
from requests_app.services import leaving
from requests_app.states import State
from tests import factories
from tests.requests import Cast
from tests.revocations import certificate

pytestmark = pytest.mark.django_db

LAST_DAY = date(2027, 3, 31)


@pytest.fixture
def person(clock):
    clock.set(LAST_DAY - timedelta(days=90))
    made = factories.faculty(employed_until=LAST_DAY, language="ja")
    certificate(made, days=300)
    return made


def mails(*people):
    found = OutboxMessage.objects.filter(kind="employment_ends").order_by("pk")
    return found.filter(person_id__in=[one.pk for one in people]) if people else found


def sweep_on(clock, *days_before):
    for days in days_before:
        clock.set(LAST_DAY - timedelta(days=days))
        tasks.tell_of_leaving()
        tasks.tell_of_leaving()


def test_people_who_hold_nothing_keep_nobody_from_being_told(clock, person, monkeypatch):
    monkeypatch.setattr(tasks, "BATCH", 2)
    for _ in range(4):
        factories.faculty(employed_until=LAST_DAY - timedelta(days=1))
    sweep_on(clock, 60)
    assert mails(person).count() == 1


def test_of_whoever_is_gone_already_the_registrars_hear(clock, person):
    registrar = factories.registrar()
    clock.set(LAST_DAY - timedelta(days=70))
    with transaction.atomic():
        roster._end(person.pk, actor=SYSTEM)
    for _again in range(2):
        tasks.tell_of_leaving()
    assert [mail.person_id for mail in mails()] == [registrar.pk]


@pytest.mark.parametrize(
    ("swept", "stages"),
    [
        ((61,), []),
        ((60,), ["60"]),
        (range(70, 0, -1), ["60", "14"]),
        ((40,), ["60"]),  # an outage of twenty days
        ((14,), ["14"]),
        ((3, 2), ["14"]),  # both had passed: one mail
        ((-14,), ["14"]),
        ((-15,), []),
    ],
)
def test_each_stage_is_told_once(clock, person, swept, stages):
    sweep_on(clock, *swept)
    assert [mail.key.split("/")[3] for mail in mails(person)] == stages


def test_the_registrars_hear_the_same_day_and_where_to_look(clock, person):
    registrar = factories.registrar(language="ja")
    sweep_on(clock, 60)
    (mine,), (theirs,) = mails(person), mails(registrar)
    assert mine.path == "/certificates/"
    assert theirs.path == f"/admin/accounts/user/{person.pk}/change/"
    assert "引継ぎを依頼する" in mine.body
    assert person.name_ja in theirs.body
    assert "2027-03-31" in mine.subject


def test_requests_count_and_drafts_do_not(clock):
    cast = Cast()
    request = cast.request(State.REVIEWING)
    Employment.objects.filter(person=cast.applicant).update(until_on=LAST_DAY)
    clock.set(LAST_DAY - timedelta(days=60))
    factories.registrar()
    CertificateRequest.objects.filter(pk=request.pk).update(state=State.DRAFT)
    assert tasks.tell_of_leaving() == 0
    CertificateRequest.objects.filter(pk=request.pk).update(state=State.REVIEWING)
    assert tasks.tell_of_leaving() >= 2
    assert request.reference in mails(cast.applicant).get().body
    assert mails(cast.applicant).get().path == "/requests/"


def test_who_holds_nothing_hears_nothing(clock):
    clock.set(LAST_DAY - timedelta(days=60))
    factories.faculty(employed_until=LAST_DAY)
    assert tasks.tell_of_leaving() == 0


def follow(person, *, from_on, until_on=None, kind=EmploymentKind.FULL_TIME_STAFF):
    Employment.objects.create(
        person=person, kind=kind, from_on=from_on, until_on=until_on, source=EmploymentSource.ROSTER
    )


@pytest.mark.parametrize(
    ("following", "told"),
    [
        ({"from_on": date(2027, 4, 1)}, False),
        ({"from_on": date(2026, 4, 1)}, False),
        ({"from_on": date(2027, 4, 1), "until_on": date(2028, 3, 31)}, False),
        ({"from_on": date(2027, 4, 2)}, True),
        ({"from_on": date(2026, 4, 1), "until_on": LAST_DAY - timedelta(days=1)}, True),
        ({"from_on": date(2027, 4, 1), "kind": EmploymentKind.PART_TIME}, True),
    ],
)
def test_an_employment_that_goes_on_without_a_gap_is_no_end(clock, person, following, told):
    follow(person, **following)
    sweep_on(clock, 60)
    assert mails(person).exists() is told


def test_two_rows_that_end_together_are_told_once_each_at_most(clock, person):
    follow(person, from_on=date(2026, 4, 1), until_on=LAST_DAY)
    sweep_on(clock, 60)
    assert mails(person).count() == 1


def test_a_new_last_day_is_a_new_end(clock, person):
    sweep_on(clock, 60)
    Employment.objects.filter(person=person).update(until_on=LAST_DAY + timedelta(days=20))
    sweep_on(clock, 39, 30)
    assert mails(person).count() == 2


def test_whoever_left_already_hears_nothing(clock, person):
    type(person).objects.filter(pk=person.pk).update(is_active=False)
    sweep_on(clock, 60)
    assert not mails().exists()


def test_two_sweeps_that_saw_the_same_end_send_one_mail(clock, person):
    clock.set(LAST_DAY - timedelta(days=60))
    (due,) = leaving.due()
    assert [leaving.tell(due), leaving.tell(due)] == [1, 0]
