"""The registrars' morning digest: once on each working day, from eight o'clock, only when something waits."""

from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.days import TOKYO
from accounts.models import EmploymentQuestion, RoleGrant
from audit.models import Event
from inventory.models import Certificate
from notifications import bounces
from notifications.models import OutboxMessage
from requests_app import tasks
from requests_app.models import CertificateRequest, NameLookup, NameObservation
from requests_app.states import State
from requests_app.steps import digest
from tests import factories
from tests.integration.requests_app.test_submission_pages import desk
from tests.requests import Cast
from tests.revocations import certificate

pytestmark = pytest.mark.django_db

THURSDAY = date(2026, 11, 26)


def digests():
    return OutboxMessage.objects.filter(kind="morning_digest").order_by("pk")


def waiting(state, *, since):
    """A request that has waited in `state` since noon of the day; it was made at the real present."""
    request = Cast().request(state)
    RoleGrant.objects.all().delete()
    moment = datetime.combine(since, time(12), tzinfo=TOKYO)
    CertificateRequest.objects.filter(pk=request.pk).update(touched_at=moment)
    NameLookup.objects.update(asked_since_at=moment)
    return request


@pytest.mark.parametrize(
    ("day", "at", "sent"),
    [
        (THURSDAY, time(7, 59), 0),
        (THURSDAY, time(8), 1),
        (THURSDAY, time(23, 50), 1),  # after an outage
        (date(2026, 11, 28), time(9), 0),  # Saturday
        (date(2026, 11, 23), time(9), 0),  # a public holiday
        (date(2026, 12, 28), time(9), 0),  # closed
    ],
)
def test_when_it_is_due(clock, settings, day, at, sent):
    settings.CLOSED_DAYS = [(date(2026, 12, 28), date(2027, 1, 4))]
    clock.set(day, at)
    EmploymentQuestion.objects.create(person=factories.person())
    factories.registrar()
    assert tasks.send_digest() == sent


def test_every_registrar_hears_once_a_day(clock):
    request = waiting(State.REVIEWING, since=THURSDAY - timedelta(days=1))
    clock.set(THURSDAY, time(8, 5))
    first, second = factories.registrar(), factories.registrar()
    assert [tasks.send_digest() for _ in range(3)] == [2, 0, 0]
    assert {mail.person_id for mail in digests()} == {first.pk, second.pk}
    assert digests()[0].key == f"digest/2026-11-26/morning_digest/u{first.pk}"
    assert digests()[0].path == reverse("admin:index")
    assert "審査待ち: 1 件" in digests()[0].body
    assert request.reference not in digests()[0].body, "it does not wait for long"
    clock.set(THURSDAY + timedelta(days=1), time(8, 5))
    assert tasks.send_digest() == 2


def test_a_quiet_morning_stays_quiet_for_the_day(clock):
    factories.registrar()
    clock.set(THURSDAY, time(8))
    assert tasks.send_digest() == 0
    assert Event.objects.get(subject="digest:2026-11-26").payload["told"] == 0
    EmploymentQuestion.objects.create(person=factories.person())
    clock.set(THURSDAY, time(9))
    assert tasks.send_digest() == 0


def test_what_zones_answer_waits_for_nobody_here(clock):
    waiting(State.CONFIRMING, since=THURSDAY - timedelta(days=1))
    NameLookup.objects.all().delete()
    clock.set(THURSDAY, time(8))
    factories.registrar()
    assert tasks.send_digest() == 0


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_count_has_its_line(language):
    counts = digest.facts()["counts"].keys() - digest._NOT_FOR_A_REGISTRAR
    text = Path(django_settings.BASE_DIR, "templates/notifications/morning_digest", f"{language}.txt").read_text()
    assert {name for name in counts if f"counts.{name} " not in text} == set()


def test_what_is_late(clock):
    request = waiting(State.REVIEWING, since=date(2026, 11, 18))
    clock.set(date(2026, 11, 24), time(9))  # 18, 19, 20 and, after a holiday, 24
    assert digest.facts()["late"] == []
    clock.set(date(2026, 11, 25), time(9))
    assert [one["reference"] for one in digest.facts()["late"]] == [request.reference]
    assert digest.facts()["late"][0]["since"] == "2026-11-18"


def test_names_without_an_address_for_long(clock):
    request = waiting(State.CONFIRMING, since=THURSDAY)
    clock.set(THURSDAY)
    assert digest.facts()["names"] == []
    clock.set(THURSDAY + timedelta(days=1))
    assert digest.facts()["names"] == [request.common_name]
    NameObservation.objects.create(
        name=request.common_name,
        view="inside",
        outcome="ADDRESS",
        exists=True,
        temporary=False,
        answer={},
        observed_at=timezone.now(),
    )
    assert digest.facts()["names"] == []


def test_parked_mails_and_addresses_that_bounce(clock):
    clock.set(THURSDAY, time(9))
    person = factories.person()
    bounces.record(person.mail_address)
    OutboxMessage.objects.create(key="a", kind="x", subject="s", state="PARKED", created_at=timezone.now())
    counts = digest.facts()["counts"]
    assert (counts["parked"], counts["bounced"]) == (1, 1)
    clock.set(THURSDAY + timedelta(days=20))
    assert digest.facts()["counts"]["parked"] == 0


def at(held, day):
    ends = datetime.combine(day, time(12), tzinfo=TOKYO)
    Certificate.objects.filter(pk=held.pk).update(not_after=ends)
    return held


def test_what_ends_is_in_the_digest_and_on_the_desks_first_page(clock, settings):
    settings.CLOSED_DAYS = [(date(2026, 12, 28), date(2027, 1, 4)), (date(2027, 8, 12), date(2027, 8, 16))]
    clock.set(date(2026, 12, 1), time(9))
    registrar, holder = factories.registrar(), factories.faculty()
    soon = at(certificate(holder, name="soon.cs.uec.ac.jp"), date(2026, 12, 8))
    at(certificate(holder, name="later.cs.uec.ac.jp"), date(2026, 12, 9))
    closed = [
        at(certificate(holder, name=f"closed{n}.cs.uec.ac.jp"), day)
        for n, day in enumerate([date(2026, 12, 28), date(2027, 1, 4)])
    ]
    at(certificate(holder, name="after.cs.uec.ac.jp"), date(2027, 1, 5))
    at(certificate(holder, name="summer.cs.uec.ac.jp"), date(2027, 8, 12))
    facts = digest.facts()
    assert [one["name"] for one in facts["soon"]] == [soon.common_name]
    assert [one["name"] for one in facts["closed"]] == [one.common_name for one in closed]
    tasks.send_digest()
    assert closed[1].common_name in digests().get().body
    client = desk(registrar)
    first_page = client.get(reverse("admin:index")).content.decode()
    assert "Certificates that end within a week" in first_page
    assert "End while the office is closed" in first_page
    listed = reverse("admin:inventory_certificate_changelist")
    assert set(client.get(listed, {"ends": "closed"}).context["cl"].queryset) == set(closed)
    assert set(client.get(listed, {"ends": "week"}).context["cl"].queryset) == {soon}


def test_the_digest_costs_no_more_for_more(clock):
    clock.set(date(2026, 12, 1), time(9))
    holder = factories.faculty()

    def cost():
        with CaptureQueriesContext(connection) as captured:
            digest.facts()
        return len(captured)

    certificate(holder, name="a.cs.uec.ac.jp", days=3)
    few = cost()
    for number in range(10):
        certificate(holder, name=f"b{number}.cs.uec.ac.jp", days=3)
    assert cost() == few
    assert not CertificateRequest.objects.exists()
