"""The page of zone administrators, and the days on which they are away."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import days
from audit.models import Event
from notifications.models import OutboxMessage
from requests_app import errors, tasks, zone_overview, zone_people
from requests_app.models import Absence, Zone, ZoneAdministration
from requests_app.services import absences, confirming
from requests_app.states import State
from tests import factories, requests

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> requests.Cast:
    made = requests.Cast()
    made.administrator.language = "en"
    made.administrator.save()
    return made


def in_days(number):
    return days.today() + timedelta(days=number)


def deputy_of(person, zone="cs.uec.ac.jp"):
    deputy = factories.zone_person()
    ZoneAdministration.objects.create(zone=Zone.objects.get(name=zone), person=deputy, deputy_of=person)
    return deputy


def asked(person):
    return OutboxMessage.objects.filter(kind__in=("confirm_name", "confirm_names"), person_id=person.pk).count()


# --- Absence ---------------------------------------------------------------------------------------------------------


def test_an_absence_is_entered_once_and_taken_back(cast):
    actor = factories.actor(cast.administrator)
    pk = absences.enter(in_days(0), in_days(3), actor=actor)
    assert zone_people.absent() == {cast.administrator.pk}
    with pytest.raises(errors.AbsenceOverlaps):
        absences.enter(in_days(3), in_days(5), actor=actor)
    absences.cancel(pk, actor=actor)
    assert zone_people.absent() == frozenset()
    with pytest.raises(errors.AbsenceOver):
        absences.cancel(pk, actor=actor)
    events = Event.objects.filter(subject=f"person:{cast.administrator.pk}").order_by("sequence")
    assert list(events.values_list("action", flat=True)) == ["ABSENCE_ENTERED", "ABSENCE_CANCELLED"]


@pytest.mark.parametrize(("first", "last"), [(-1, 3), (3, 2), (0, 367), (-5, -2)])
def test_days_that_make_no_absence_are_refused(cast, first, last):
    with pytest.raises(errors.AbsenceDays):
        absences.enter(in_days(first), in_days(last), actor=factories.actor(cast.administrator))
    assert not Absence.objects.exists()


def test_somebody_has_a_bounded_number_of_absences(cast, client):
    actor = factories.actor(cast.administrator)
    made = [absences.enter(in_days(2 * number), in_days(2 * number), actor=actor) for number in range(absences.MOST)]
    with pytest.raises(errors.TooManyAbsences):
        absences.enter(in_days(50), in_days(50), actor=actor)
    client.force_login(cast.administrator)
    refused = client.post("/zones/absences/", {"from_on": in_days(50), "until_on": in_days(50)})
    assert (refused.status_code, "that are not over" in refused.content.decode()) == (422, True)
    absences.cancel(made[0], actor=actor)
    absences.enter(in_days(50), in_days(50), actor=actor)


def test_only_somebody_who_administers_a_zone_is_away(cast):
    with pytest.raises(errors.NotPermitted):
        absences.enter(in_days(0), in_days(1), actor=factories.actor(cast.applicant))
    other = factories.zone_person()
    requests.zone("ee.uec.ac.jp", other)
    pk = absences.enter(in_days(0), in_days(1), actor=factories.actor(cast.administrator))
    with pytest.raises(errors.AbsenceOver):
        absences.cancel(pk, actor=factories.actor(other))


def test_who_is_away_gets_no_first_mail_and_their_deputy_does(cast):
    deputy = deputy_of(cast.administrator)
    absences.enter(in_days(0), in_days(0), actor=factories.actor(cast.administrator))
    request = cast.request(State.CONFIRMING)
    assert (asked(cast.administrator), asked(deputy)) == (0, 1)
    question = request.confirmations.get()
    confirming.answer(question.pk, is_yes=True, reason="", actor=factories.actor(cast.administrator))
    question.refresh_from_db()
    assert question.state == "YES", "who may answer does not change"


def test_the_only_administrator_is_asked_although_away(cast):
    absences.enter(in_days(0), in_days(0), actor=factories.actor(cast.administrator))
    cast.request(State.CONFIRMING)
    assert asked(cast.administrator) == 1


def test_open_questions_of_somebody_who_becomes_absent_go_to_the_others(cast):
    deputy = deputy_of(cast.administrator)
    cast.request(State.CONFIRMING)
    tasks.ask_collected()
    assert (asked(cast.administrator), asked(deputy)) == (1, 0)
    absences.enter(in_days(0), in_days(2), actor=factories.actor(cast.administrator))
    for _again in range(2):
        tasks.ask_collected()
    assert (asked(cast.administrator), asked(deputy)) == (1, 1)


# --- The page --------------------------------------------------------------------------------------------------------


def test_the_page_shows_what_there_is_in_the_zone_and_not_below_a_longer_one(cast, client):
    deputy = deputy_of(cast.administrator)
    Zone.objects.create(name="deep.cs.uec.ac.jp")
    here = cast.request(State.CONFIRMING)
    below = cast.request(State.CONFIRMING, common_name="www.deep.cs.uec.ac.jp")
    issued = cast.old_certificate("old.cs.uec.ac.jp")
    cast.old_certificate("old.deep.cs.uec.ac.jp")
    confirming.answer(
        cast.request(State.CONFIRMING).confirmations.get().pk,
        is_yes=True,
        reason="",
        actor=factories.actor(cast.administrator),
    )
    absences.enter(in_days(2), in_days(3), actor=factories.actor(cast.administrator))
    client.force_login(cast.administrator)
    page = client.get("/zones/").content.decode()
    for part in (
        here.common_name,
        issued.common_name,
        cast.applicant.name_en,
        f"deputy of {cast.administrator.name_en}",
    ):
        assert part in page
    for part in (deputy.name_en, in_days(3).isoformat(), "What you answered"):
        assert part in page
    for part in (below.common_name, "old.deep.cs.uec.ac.jp"):
        assert part not in page
    shown = zone_overview.zones_of(cast.administrator)
    assert [(one.zone.name, one.certified_count, one.requested_count) for one in shown] == [("cs.uec.ac.jp", 1, 2)]
    assert [question.name for question in shown[0].waiting] == [here.common_name]


def test_what_is_listed_is_bounded_and_counted(cast, client, monkeypatch):
    monkeypatch.setattr(zone_overview, "LISTED", 2)
    for number in range(3):
        cast.old_certificate(f"old{number}.cs.uec.ac.jp")
    client.force_login(cast.administrator)
    page = client.get("/zones/").content.decode()
    assert "old1.cs.uec.ac.jp" in page
    assert "old2.cs.uec.ac.jp" not in page
    assert "The first 2 are listed." in page


def test_the_page_costs_the_same_with_more_in_the_zone(cast, client):
    def cost():
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/zones/").status_code == 200
        return len(captured)

    def more():
        deputy_of(cast.administrator)
        cast.old_certificate(requests.name())
        request = cast.request(State.CONFIRMING)
        question = cast.request(State.CONFIRMING).confirmations.get()
        confirming.answer(question.pk, is_yes=True, reason="", actor=factories.actor(cast.administrator))
        return request

    client.force_login(cast.administrator)
    client.get("/zones/")
    more()
    before = cost()
    more()
    more()
    assert cost() == before
    assert before <= 30


def test_an_absence_is_entered_and_taken_back_on_the_page(cast, client):
    client.force_login(cast.administrator)
    for days_given in ({"from_on": "x", "until_on": ""}, {"from_on": in_days(-1), "until_on": in_days(1)}):
        assert client.post("/zones/absences/", days_given).status_code == 422
    posted = {"from_on": in_days(0), "until_on": in_days(1)}
    assert client.post("/zones/absences/", posted, follow=True).status_code == 200
    absence = Absence.objects.get()
    stranger = factories.zone_person()
    requests.zone("ee.uec.ac.jp", stranger)
    client.force_login(stranger)
    assert client.post(f"/zones/absences/{absence.pk}/cancel/").status_code == 404
    client.force_login(cast.administrator)
    page = client.post(f"/zones/absences/{absence.pk}/cancel/", follow=True)
    assert "Your absence was taken back." in page.content.decode()
    absence.refresh_from_db()
    assert absence.cancelled_at is not None


def test_who_administers_nothing_any_more_has_no_such_page(cast, client):
    client.force_login(cast.administrator)
    assert b'href="/zones/"' in client.get("/requests/").content
    ZoneAdministration.objects.filter(person=cast.administrator).update(until_at=timezone.now())
    assert client.get("/zones/").status_code == 404
    assert client.post("/zones/absences/", {"from_on": in_days(0), "until_on": in_days(1)}).status_code == 404
    assert b'href="/zones/"' not in client.get("/requests/").content
