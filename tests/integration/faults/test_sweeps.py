"""What the portal does by itself: DNS by a real name server, reminders, lapsing; and pages whose cost does not grow."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.models import Event
from inventory.models import Endpoint, TlsObservation
from notifications.models import OutboxMessage
from requests_app import tasks
from requests_app.models import CertificateRequest, Confirmation, NameLookup, NameObservation
from requests_app.services import confirming, lapsing, observing
from requests_app.states import State
from tests import factories, requests
from tests.integration.faults import stored
from tests.tls_server import TlsServer, self_signed

pytestmark = pytest.mark.django_db


def state_of(request):
    return CertificateRequest.objects.get(pk=request.pk).state


def say_yes(cast, request):
    for question in request.confirmations.filter(state="ASKED"):
        confirming.answer(question.pk, is_yes=True, reason="", actor=factories.actor(cast.administrator))


def back_off_is_over():
    NameLookup.objects.exclude(next_at=None).update(next_at=timezone.now() - timedelta(seconds=1))


def move_back(model, pk, **hours):
    """Move moments of a row into the past by so many hours."""
    row = model.objects.get(pk=pk)
    earlier = {name: getattr(row, name) - timedelta(hours=by) for name, by in hours.items()}
    model.objects.filter(pk=pk).update(**earlier)


def mails(kind, person):
    return OutboxMessage.objects.filter(kind=kind, person_id=person.pk)


# --- DNS -------------------------------------------------------------------------------------------------------------


def test_an_address_and_a_yes_lead_to_the_review(cast, name_servers):
    request = cast.request(State.CONFIRMING)
    name_servers.add(request.common_name)
    say_yes(cast, request)
    assert state_of(request) == State.CONFIRMING
    assert tasks.look_up_names() == 1
    assert state_of(request) == State.REVIEWING
    assert set(NameObservation.objects.values_list("view", "outcome")) == {
        ("outside", "ADDRESS"),
        ("inside", "ADDRESS"),
    }
    assert NameLookup.objects.get().next_at is None, "a name that exists is not asked about again"
    assert mails("ready_for_review", cast.registrar).count() == 1


def test_an_address_inside_only_is_enough_and_marked(cast, name_servers):
    request = cast.request(State.CONFIRMING)
    name_servers.inside.zone.add(f"{request.common_name}. 300 IN AAAA 2001:db8::1")
    say_yes(cast, request)
    tasks.look_up_names()
    assert state_of(request) == State.REVIEWING


def test_a_name_that_dns_does_not_know_is_returned_with_the_reason(cast, name_servers):
    request = cast.request(State.CONFIRMING, further_names=(requests.name(),))
    name_servers.add(request.common_name)
    missing = request.further_names[0]
    tasks.look_up_names()
    assert state_of(request) == State.RETURNED
    mail = mails("name_refused", cast.applicant).get()
    assert missing in mail.body
    assert "DNS" in mail.body
    event = Event.objects.get(subject=request.subject, action="REFUSE")
    assert missing in event.payload["reason"]
    assert event.door == "SYSTEM"


def test_a_failure_that_passes_is_asked_again_with_back_off(cast, name_servers):
    request = cast.request(State.CONFIRMING)
    say_yes(cast, request)
    name_servers.fail(request.common_name, "SERVFAIL")
    for attempt in range(1, 4):
        assert tasks.look_up_names() == 1
        lookup = NameLookup.objects.get()
        assert lookup.attempts == attempt
        wait = lookup.next_at - timezone.now()
        expected = timedelta(seconds=observing.BACK_OFF[attempt - 1])
        assert expected - timedelta(seconds=30) < wait <= expected
        assert state_of(request) == State.CONFIRMING
        assert tasks.look_up_names() == 0
        back_off_is_over()
    name_servers.heal(request.common_name)
    name_servers.add(request.common_name)
    assert tasks.look_up_names() == 1
    assert state_of(request) == State.REVIEWING


def test_after_so_many_hours_the_portal_gives_up(cast, name_servers, settings):
    settings.DNS_GIVE_UP_HOURS = 72
    request = cast.request(State.CONFIRMING)
    name_servers.fail(request.common_name, "SERVFAIL")
    tasks.look_up_names()
    assert state_of(request) == State.CONFIRMING
    move_back(CertificateRequest, request.pk, applied_at=73)
    move_back(NameLookup, NameLookup.objects.get().pk, asked_since_at=73)
    back_off_is_over()
    assert tasks.look_up_names() == 1
    assert state_of(request) == State.RETURNED
    assert mails("name_refused", cast.applicant).count() == 1
    assert NameLookup.objects.get().next_at is None


def test_a_sweep_takes_a_batch_and_leaves_the_rest_to_the_next(cast, name_servers):
    for _ in range(3):
        request = cast.request(State.CONFIRMING)
        name_servers.add(request.common_name)
    assert [observing.look_up_due(batch=2), observing.look_up_due(batch=2), observing.look_up_due(batch=2)] == [2, 1, 0]


def test_a_sweep_that_died_leaves_its_names_to_the_next(cast, name_servers):
    request = cast.request(State.CONFIRMING)
    name_servers.add(request.common_name)
    NameLookup.objects.update(lease_until=timezone.now() + observing.lease())
    assert tasks.look_up_names() == 0
    NameLookup.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert tasks.look_up_names() == 1


def test_a_sweep_that_died_before_its_requests_went_on_lets_the_next_one_do_it(cast, name_servers):
    request = cast.request(State.CONFIRMING)
    name_servers.add(request.common_name)
    say_yes(cast, request)
    with stored.broken_table("audit_event"), pytest.raises(DatabaseError):
        tasks.look_up_names()
    assert NameObservation.objects.exists()
    assert state_of(request) == State.CONFIRMING
    assert tasks.look_up_names() == 0
    back_off_is_over()
    assert tasks.look_up_names() == 1
    assert state_of(request) == State.REVIEWING
    assert NameLookup.objects.get().next_at is None


# --- Questions -------------------------------------------------------------------------------------------------------


def test_a_question_is_reminded_of_twice_and_expires(cast):
    request = cast.request(State.CONFIRMING)
    question = request.confirmations.get()
    reminders = mails("confirm_name_reminder", cast.administrator)
    told = mails("confirmation_unanswered", cast.registrar)
    for days, expected in ((2, (0, 0)), (1, (1, 0)), (3, (1, 0)), (1, (2, 1)), (22, (2, 1))):
        move_back(Confirmation, question.pk, asked_at=24 * days)
        for _again in range(2):
            tasks.remind_and_expire()
        assert (reminders.count(), told.count()) == expected, days
    move_back(Confirmation, question.pk, asked_at=24 * 2)
    for _again in range(2):
        tasks.remind_and_expire()
    question.refresh_from_db()
    assert question.state == "EXPIRED"
    assert state_of(request) == State.CONFIRMING
    assert told.count() == 2
    assert Event.objects.filter(subject=question.subject, action="EXPIRE").count() == 1


def test_nobody_is_reminded_of_a_request_that_was_withdrawn(cast):
    request = cast.request(State.WITHDRAWN)
    for question in request.confirmations.all():
        move_back(Confirmation, question.pk, asked_at=24 * 8)
    tasks.remind_and_expire()
    assert not OutboxMessage.objects.filter(kind="confirm_name_reminder").exists()


def test_old_questions_do_not_keep_new_ones_from_their_reminder(cast, monkeypatch):
    monkeypatch.setattr(tasks, "BATCH", 2)
    pending = [cast.request(State.CONFIRMING) for _ in range(4)]
    for request, days in zip(pending, (20, 19, 18, 4), strict=True):
        move_back(Confirmation, request.confirmations.get().pk, asked_at=24 * days)
    for _run in range(4):
        tasks.remind_and_expire()
    for request in pending:
        assert request.confirmations.get().reminders_sent > 0


# --- Lapsing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [State.DRAFT, State.RETURNED, State.APPROVED, State.PREPARED])
def test_what_nobody_touches_lapses_after_a_warning(cast, settings, state):
    request = cast.request(state)
    warnings, lapsed = mails("about_to_lapse", cast.applicant), mails("request_lapsed", cast.applicant)
    move_back(CertificateRequest, request.pk, touched_at=24 * (settings.LAPSE_DAYS - 8))
    tasks.lapse_untouched()
    assert (warnings.count(), state_of(request)) == (0, state)
    move_back(CertificateRequest, request.pk, touched_at=24 * 2)
    for _again in range(2):
        tasks.lapse_untouched()
    assert (warnings.count(), state_of(request)) == (1, state)
    move_back(CertificateRequest, request.pk, touched_at=24 * 30)
    tasks.lapse_untouched()
    assert state_of(request) == state, "not before the people had the days that the warning gave them"
    move_back(CertificateRequest, request.pk, lapse_warned_at=24 * 8)
    for _again in range(2):
        tasks.lapse_untouched()
    assert (state_of(request), lapsed.count()) == (State.LAPSED, 1)
    assert Event.objects.filter(subject=request.subject, action="LAPSE").count() == 1


@pytest.mark.parametrize("state", [State.CONFIRMING, State.REVIEWING, State.QUEUED, State.REJECTED])
def test_what_waits_for_others_never_lapses(cast, state):
    request = cast.request(state)
    move_back(CertificateRequest, request.pk, touched_at=24 * 1000)
    CertificateRequest.objects.filter(pk=request.pk).update(lapse_warned_at=timezone.now() - timedelta(days=900))
    tasks.lapse_untouched()
    assert state_of(request) == state


def test_whoever_touches_a_request_starts_the_days_anew(cast, settings):
    request = cast.request(State.APPROVED)
    move_back(CertificateRequest, request.pk, touched_at=24 * settings.LAPSE_DAYS)
    lapsing.warn(request.pk)
    cast.upload(request)
    CertificateRequest.objects.filter(pk=request.pk).update(touched_at=timezone.now() - timedelta(days=59))
    lapsing.lapse(request.pk)
    assert state_of(request) == State.APPROVED
    lapsing.warn(request.pk)
    assert mails("about_to_lapse", cast.applicant).count() == 2


# --- What a page costs -----------------------------------------------------------------------------------------------


def queries_of(client, address):
    """Return how many statements the second visit takes; the first one notes that the person was seen."""
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


LISTS = {
    "/requests/": "applicant",
    "/requests/?state=CONFIRMING": "applicant",
    "/confirmations/": "administrator",
    "/admin/": "registrar",
    "/admin/requests_app/certificaterequest/": "registrar",
    "/admin/requests_app/confirmation/": "registrar",
    "/admin/requests_app/decision/": "registrar",
    "/admin/requests_app/submission/queue/": "registrar",
    "/admin/audit/event/": "registrar",
    "/admin/notifications/outboxmessage/": "registrar",
}


def test_lists_cost_the_same_with_more_requests(cast, browse):
    def more():
        for state in (State.DRAFT, State.CONFIRMING, State.REVIEWING, State.RETURNED, State.APPROVED):
            cast.request(state)

    more()
    clients = {address: browse(getattr(cast, who)) for address, who in LISTS.items()}
    before = {address: queries_of(client, address) for address, client in clients.items()}
    more()
    more()
    after = {address: queries_of(client, address) for address, client in clients.items()}
    assert after == before
    assert max(after.values()) <= 40


PAGES = {
    "/requests/{0}/": "applicant",
    "/requests/{0}/check/": "applicant",
    "/requests/{0}/edit/": "applicant",
    "/requests/{0}/csr/": "applicant",
    "/admin/requests_app/certificaterequest/{0}/change/": "registrar",
}


@pytest.mark.parametrize("address", PAGES)
def test_a_page_costs_the_same_with_more_names(cast, browse, address):
    state = State.RETURNED if "check" in address or "edit" in address else State.REVIEWING
    client = browse(getattr(cast, PAGES[address]))
    counts = []
    for further in (1, 7):
        request = cast.request(state, further_names=tuple(requests.name() for _ in range(further)))
        counts.append(queries_of(client, address.format(request.pk)))
    assert counts[0] == counts[1]
    assert counts[1] <= 60


def test_the_servers_of_certificates_are_looked_at_at_every_address(cast, name_servers, tmp_path):
    certificate = cast.request(State.ISSUED).certificate
    for server in (name_servers.outside, name_servers.inside):
        for address in ("127.0.0.1", "127.0.0.2"):
            server.zone.add(f"{certificate.common_name}. 300 IN A {address}")
    with TlsServer(self_signed(certificate.common_name), tmp_path) as running:
        Endpoint.objects.create(name=certificate.common_name, port=running.port, next_at=timezone.now())
        assert [tasks.look_at_servers(), tasks.look_at_servers()] == [1, 0]
    seen = TlsObservation.objects.order_by("address")
    assert [(one.address, one.outcome) for one in seen] == [("127.0.0.1", "SERVED"), ("127.0.0.2", "REFUSED")]
    assert seen[0].certificate.provenance == "SEEN"
    assert len({one.observed_at for one in seen}) == 1
