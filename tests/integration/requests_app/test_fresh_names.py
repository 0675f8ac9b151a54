"""DNS is demanded fresh when a file for NII is made, and looked up anew before it is too old."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from requests_app import errors, evidence, tasks
from requests_app.evidence import Presence
from requests_app.models import CertificateRequest, NameLookup, NameObservation, NameOverride, OverrideKind, RowKind
from requests_app.services import submitting
from requests_app.states import State
from tests import factories, requests
from tests.integration.requests_app.test_submission_pages import desk
from tests.requests import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return Cast()


def build(cast: Cast, *waiting: CertificateRequest) -> submitting.Built:
    shown = {request.rows.get(superseded_at=None).digest for request in waiting}
    return submitting.build(RowKind.ISSUE, shown=shown, actor=factories.actor(cast.registrar))


def grow_old(request: CertificateRequest, *, hours: float = 25) -> None:
    """The observations of the request's names were made so many hours ago, and nothing is due."""
    before = timezone.now() - timedelta(hours=hours)
    NameObservation.objects.filter(name__in=request.names).update(observed_at=before)
    NameLookup.objects.filter(name__in=request.names).update(next_at=None)


def is_due(request: CertificateRequest) -> bool:
    return NameLookup.objects.filter(name__in=request.names, next_at__lte=timezone.now()).count() == len(request.names)


def test_a_row_with_an_old_look_up_stays_out_and_is_looked_up_now(cast):
    old, fresh = cast.request(State.QUEUED), cast.request(State.QUEUED)
    grow_old(old)
    page = desk(cast.registrar).get(reverse("admin:requests_app_queue"))
    marks = {
        entry["row"].request_id: str(entry["presence"]) for kind in page.context["kinds"] for entry in kind["rows"]
    }
    assert marks == {old.pk: "waits for a look-up in DNS", fresh.pk: ""}
    built = build(cast, old, fresh)
    assert (built.unobserved, built.gone) == (1, 0)
    assert [line.request for line in fresh.submission_rows.all()] == [fresh]
    assert not old.submission_rows.exists()
    assert is_due(old)
    requests.observe(old.common_name)
    assert build(cast, old).unobserved == 0
    assert old.submission_rows.exists()


def test_a_file_of_nothing_but_old_look_ups_is_none(cast):
    old = cast.request(State.QUEUED)
    grow_old(old)
    built = build(cast, old)
    assert (built.submission_id, built.unobserved) == (None, 1)
    old.refresh_from_db()
    assert old.state == State.QUEUED
    answer = desk(cast.registrar).post(
        reverse("admin:requests_app_build", args=["ISSUE"]), {"row": [old.rows.get().digest]}, follow=True
    )
    assert "make its file in a minute" in answer.content.decode()


def test_a_name_that_vanished_stays_out_until_it_is_back_or_overridden(cast):
    gone, overridden = cast.request(State.QUEUED), cast.request(State.QUEUED)
    for request in (gone, overridden):
        requests.observe(request.common_name, outcome="NXDOMAIN", caa="")
    fact = NameOverride.objects.create(
        request=overridden,
        version=overridden.current_version,
        name=overridden.common_name,
        kind=OverrideKind.EXISTENCE,
        reason="内部のみ",
        person=cast.registrar,
    )
    fact.versions.add(overridden.current_version)
    built = build(cast, gone, overridden)
    assert (built.missing, built.unobserved) == (1, 0)
    assert overridden.submission_rows.exists()
    assert not gone.submission_rows.exists()
    requests.observe(gone.common_name)
    assert build(cast, gone).missing == 0


def test_one_view_that_was_not_asked_is_not_fresh(cast):
    request = cast.request(State.QUEUED)
    NameObservation.objects.filter(name=request.common_name, view="inside").delete()
    assert evidence.presence([request]) == {request.pk: Presence.UNOBSERVED}


def test_rows_that_do_not_wait_make_no_file_whatever_their_names(cast):
    request = cast.request(State.QUEUED)
    cast.file(request)
    grow_old(request)
    with pytest.raises(errors.NothingToFile):
        build(cast, request)


def test_presence_costs_the_same_for_one_and_for_many(cast):
    many = [cast.request(State.QUEUED) for _ in range(4)]
    costs = []
    for asked in (many[:1], many):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            evidence.presence(asked)
        costs.append(len(captured))
    assert costs == [2, 2]


@pytest.mark.parametrize(
    ("state", "hours", "is_looked_up"),
    [
        (State.QUEUED, 13, True),
        (State.REVIEWING, 13, True),
        (State.QUEUED, 11, False),
        (State.APPROVED, 13, False),
    ],
)
def test_what_may_be_decided_soon_is_looked_up_before_it_is_too_old(cast, state, hours, is_looked_up):
    request = cast.request(state)
    grow_old(request, hours=hours)

    assert tasks.keep_names_fresh() == int(is_looked_up)
    assert is_due(request) is is_looked_up
    assert tasks.keep_names_fresh() == 0
