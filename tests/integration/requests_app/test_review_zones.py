"""The import of zones: dates, people who come and go, and what becomes of questions under way."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from notifications.models import OutboxMessage
from requests_app import errors, queries
from requests_app.models import Zone, ZoneAdministration
from requests_app.services import acting, confirming, zones
from requests_app.states import Action, State
from requests_app.steps import zone_file
from tests import factories, requests

pytestmark = pytest.mark.django_db(transaction=True)

ZONE = "cs.uec.ac.jp"


@pytest.fixture
def cast() -> requests.Cast:
    return requests.Cast()


def day(days: int) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def take(cast, *lines):
    """Import lines of (zone, person, until, from)."""
    rows = [f"{zone},{person.account},,{begin},{until}" for zone, person, begin, until in lines]
    content = "\n".join(["zone,account,deputy_of,from,until", *rows]).encode()
    try:
        pk = zones.propose(content, reason="", actor=factories.actor(cast.registrar))
    except errors.NothingToChange:
        return zone_file.Difference((), (), ())
    digest = zone_file.read(content).digest
    return zones.apply(pk, digest=digest, actor=factories.actor(factories.registrar()))


def administrators(name=ZONE):
    return set(queries.administrators_of(Zone.objects.get(name=name)))


def test_administrator_with_an_end_is_ended_when_the_file_leaves_them_out(cast):
    deputy = factories.staff()
    take(cast, (ZONE, cast.administrator, "", ""), (ZONE, deputy, "", day(90)))
    assert administrators() == {cast.administrator, deputy}
    take(cast, (ZONE, cast.administrator, "", ""))
    assert administrators() == {cast.administrator}


def test_another_end_is_taken_over(cast):
    difference = take(cast, (ZONE, cast.administrator, "", day(30)))
    assert difference.added
    last = ZoneAdministration.objects.filter(person=cast.administrator).order_by("-pk").first()
    assert timezone.localdate(last.until_at).isoformat() == day(30)
    assert administrators() == {cast.administrator}
    assert not take(cast, (ZONE, cast.administrator, "", day(30))).added


def test_the_same_file_twice_changes_nothing(cast):
    coming, left = factories.staff(), factories.staff()
    left.is_active = False
    left.save()
    lines = (ZONE, cast.administrator, "", ""), (ZONE, coming, day(10), ""), (ZONE, left, "", "")
    take(cast, *lines)
    again = take(cast, *lines)
    assert again.is_empty
    assert administrators() == {cast.administrator}


def test_who_comes_later_can_be_left_out_again(cast):
    coming = factories.staff()
    take(cast, (ZONE, cast.administrator, "", ""), (ZONE, coming, day(10), ""))
    assert [one.key for one in take(cast, (ZONE, cast.administrator, "", "")).ended] == [(ZONE, coming.pk)]
    assert take(cast, (ZONE, cast.administrator, "", "")).is_empty


def test_the_same_person_twice_in_a_zone_is_refused(cast):
    with pytest.raises(errors.ImportRefused) as refused:
        take(cast, (ZONE, cast.administrator, "", ""), (ZONE, cast.administrator, "", day(3)))
    assert len(refused.value.problems) == 1


def test_new_administrator_is_asked_about_names_under_way(cast):
    cast.request(State.CONFIRMING)
    new = factories.staff()
    take(cast, (ZONE, new, "", ""))
    assert OutboxMessage.objects.filter(kind="confirm_name", person_id=new.pk).count() == 1


def test_request_closed_meanwhile_is_not_asked_about(cast):
    request = cast.request(State.CONFIRMING)
    acting.act(request.pk, Action.WITHDRAW, actor=factories.actor(cast.applicant))
    with transaction.atomic():
        zones._ask_again(request.pk)
    assert request.confirmations.count() == 1


@pytest.mark.parametrize("state", [State.CONFIRMING, State.REVIEWING])
def test_yes_of_a_zone_that_has_the_name_no_more_is_void(cast, state):
    request = cast.request(state, further_names=(requests.name(),))
    if state == State.CONFIRMING:
        question = request.confirmations.get(name=request.common_name)
        confirming.answer(question.pk, is_yes=True, reason="", actor=factories.actor(cast.administrator))
    new = factories.staff()
    take(cast, (request.common_name, new, "", ""))
    old, asked = request.confirmations.filter(name=request.common_name).order_by("pk")
    assert (old.state, asked.state) == ("VOID", "ASKED")
    other = request.confirmations.exclude(name=request.common_name).get()
    assert other.state == ("ASKED" if state == State.CONFIRMING else "YES")
    if state == State.REVIEWING:
        with pytest.raises(errors.NotConfirmed):
            cast.approve(request)
        confirming.answer(asked.pk, is_yes=True, reason="", actor=factories.actor(new))
        cast.approve(request)


@pytest.mark.parametrize("zone", ["a" * 200_000, f"{'a' * 250}.uec.ac.jp"])
def test_what_no_zone_can_be_is_refused(cast, zone):
    with pytest.raises(errors.ImportRefused):
        take(cast, (zone, cast.administrator, "", ""))
