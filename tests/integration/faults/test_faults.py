"""Servers that are down or hang, and verbs that fail halfway: pages answer, nothing is lost, nothing half done."""

import threading
import time
from contextlib import contextmanager
from functools import partial

import pytest
from celery import current_app
from django.core.cache import cache, caches
from django.db import DatabaseError
from django.urls import reverse

from notifications import delivery
from notifications.models import DeliveryFault, MessageState, OutboxMessage
from requests_app.models import CertificateRequest, NameLookup, NameObservation
from requests_app.services import acting, applying, confirming, drafting, observing, preparing, reviewing, zones
from requests_app.states import Action, State
from requests_app.steps import freezing, zone_file
from tests import factories, requests
from tests.integration.faults import stored
from tests.mail_server import MailServer, ScriptedServer

pytestmark = pytest.mark.django_db

LONGEST_WAIT_SECONDS = 5
"""No request waits longer for a server that hangs; a limit of the product, not a measurement."""


def hang(_connection, _number):
    threading.Event().wait()


def hang_up(connection, _number):
    connection.close()


@contextmanager
def within(seconds):
    """Fail when the block takes longer."""
    begin = time.monotonic()
    yield
    assert time.monotonic() - begin < seconds


def closed_port():
    """Return a port of loopback that nobody listens on."""
    with ScriptedServer(hang) as server:
        return server.port


def apply_by_the_page(client, request):
    digest = freezing.digest(CertificateRequest.objects.get(pk=request.pk))
    return client.post(f"/requests/{request.pk}/check/", {"digest": digest})


# --- Mail ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("script", [hang, hang_up], ids=["hangs", "hangs up"])
def test_no_request_talks_to_the_mail_server(cast, browse, settings, script):
    with ScriptedServer(script) as server:
        settings.SMTP_PORT = server.port
        request = cast.request(State.DRAFT)
        with within(LONGEST_WAIT_SECONDS):
            assert apply_by_the_page(browse(cast.applicant), request).status_code == 302
        assert server.connections == 0
    assert OutboxMessage.objects.filter(state=MessageState.PENDING).count() == 2


def test_mail_that_nobody_took_waits_and_arrives_later(cast, browse, settings):
    settings.SMTP_PORT, settings.SMTP_TIMEOUT_SECONDS = closed_port(), 1
    apply_by_the_page(browse(cast.applicant), cast.request(State.DRAFT))
    waiting = OutboxMessage.objects.filter(state=MessageState.PENDING)
    assert delivery.deliver_pending() == 0
    assert waiting.count() == 2
    with ScriptedServer(hang) as server:
        settings.SMTP_PORT = server.port
        with within(LONGEST_WAIT_SECONDS):
            assert delivery.deliver_pending() == 0
    assert waiting.count() == 2
    assert set(waiting.values_list("last_fault", flat=True)) <= {DeliveryFault.UNREACHABLE, DeliveryFault.TIMED_OUT}
    OutboxMessage.objects.update(next_attempt_at="2026-01-01T00:00Z", lease_until=None, lease_token="")
    with MailServer() as server:
        settings.SMTP_PORT = server.port
        assert delivery.deliver_pending() == 2
        assert len(server.taken) == 2


# --- DNS -------------------------------------------------------------------------------------------------------------


def due(name):
    """As if the back-off had passed."""
    NameLookup.objects.filter(name=name).update(next_at="2026-01-01T00:00Z")


def test_name_servers_that_are_silent_cost_a_sweep_its_bound_and_the_request_nothing(cast, browse, name_servers):
    request = cast.request(State.CONFIRMING, further_names=tuple(requests.name() for _ in range(7)))
    for name in request.names:
        name_servers.fail(name, "SILENT")
    with within(3 * LONGEST_WAIT_SECONDS):
        assert observing.look_up_due() == 8
    assert set(NameObservation.objects.values_list("outcome", flat=True)) == {"TIMEOUT"}
    with within(LONGEST_WAIT_SECONDS):
        assert browse(cast.applicant).get(f"/requests/{request.pk}/").status_code == 200
        assert browse(cast.applicant).post(f"/requests/{request.pk}/look-up/").status_code == 302
    request.refresh_from_db()
    assert request.state == State.CONFIRMING
    assert NameLookup.objects.exclude(next_at=None).filter(lease_until=None).count() == 8


def test_a_name_server_that_is_down_is_asked_again_and_believed_when_it_is_back(cast, settings, name_servers):
    request = cast.request(State.CONFIRMING)
    views = settings.DNS_VIEWS
    settings.DNS_VIEWS = [{"name": view["name"], "resolvers": [f"127.0.0.1:{closed_port()}"]} for view in views]
    with within(3 * LONGEST_WAIT_SECONDS):
        observing.look_up_due()
    assert set(NameObservation.objects.values_list("outcome", flat=True)) <= {"UNREACHABLE", "TIMEOUT"}
    assert observing.look_up_due() == 0, "not before the back-off has passed"
    settings.DNS_VIEWS = views
    name_servers.add(request.common_name)
    due(request.common_name)
    assert observing.look_up_due() == 1
    confirming.answer(request.confirmations.get().pk, is_yes=True, reason="", actor=factories.actor(cast.administrator))
    request.refresh_from_db()
    assert request.state == State.REVIEWING


def test_no_request_looks_a_name_up_itself(cast, browse, name_servers):
    request = cast.request(State.DRAFT)
    client = browse(cast.applicant)
    apply_by_the_page(client, request)
    client.post(f"/requests/{request.pk}/look-up/")
    client.get(f"/requests/{request.pk}/")
    assert name_servers.outside.asked == name_servers.inside.asked == []


# --- Broker and cache ------------------------------------------------------------------------------------------------


def test_no_request_talks_to_the_broker(cast, browse, settings):
    before = current_app.conf.broker_url
    with ScriptedServer(hang) as server:
        current_app.conf.broker_url = f"redis://127.0.0.1:{server.port}/0"
        try:
            request = cast.request(State.DRAFT)
            client = browse(cast.applicant)
            with within(LONGEST_WAIT_SECONDS):
                assert apply_by_the_page(client, request).status_code == 302
                client.post(f"/requests/{request.pk}/look-up/")
                client.post("/accounts/me/employment-question/", {"note": ""})
            assert server.connections == 0
        finally:
            current_app.conf.broker_url = before


@pytest.mark.parametrize("script", [hang, hang_up, None], ids=["hangs", "hangs up", "is down"])
def test_without_the_cache_pages_still_answer(cast, browse, settings, script):
    """Redis keeps rate limits only; a request waits for it a moment, and goes on."""
    request = cast.request(State.APPROVED)
    client = browse(cast.applicant)
    pem = requests.csr_pem(request.common_name, key_number=4).decode()
    with ScriptedServer(script or hang) as server:
        port = closed_port() if script is None else server.port
        backend = "django.core.cache.backends.redis.RedisCache"
        options = settings.REDIS_OPTIONS
        settings.CACHES = {
            "default": {"BACKEND": backend, "LOCATION": f"redis://127.0.0.1:{port}/0", "OPTIONS": options}
        }
        assert caches["default"] is not cache
        for address in ("/requests/", f"/requests/{request.pk}/", "/accounts/login/", "/health/", "/l/none/"):
            with within(LONGEST_WAIT_SECONDS):
                assert client.get(address).status_code in {200, 302, 410}
        with within(LONGEST_WAIT_SECONDS):
            assert client.post(f"/requests/{request.pk}/csr/upload/", {"csr_text": pem}).status_code == 302
    assert request.csrs.count() == 1


# --- Half a verb -----------------------------------------------------------------------------------------------------


def verbs(cast):
    """Return a call of each verb that writes an event, by name, with its request ready for it."""
    applicant, registrar = factories.actor(cast.applicant), factories.actor(cast.registrar)
    draft, confirming_one = cast.request(State.DRAFT), cast.request(State.CONFIRMING)
    reviewing_one, approved = cast.request(State.REVIEWING), cast.request(State.APPROVED)
    pem = requests.csr_pem(approved.common_name, key_number=5)
    preparing.upload(approved.pk, pem, actor=applicant)
    row = approved.rows.get(superseded_at=None).digest
    requests.observe(confirming_one.common_name)
    question = confirming_one.confirmations.get()
    changed = requests.contents(common_name=approved.common_name, software="Apache 2.4")
    content = f"zone,account\nnew.uec.ac.jp,{cast.registrar.account}\n".encode()
    proposed = zones.propose(content, reason="", actor=registrar)
    other = requests.csr_pem(approved.common_name, key_number=6)
    return {
        "create": partial(drafting.create, requests.contents(), actor=applicant),
        "save": partial(drafting.save, draft.pk, requests.contents(), actor=applicant),
        "apply": partial(applying.apply, draft.pk, actor=applicant, digest=freezing.digest(draft)),
        "delete": partial(drafting.delete, draft.pk, actor=applicant),
        "answer": partial(
            confirming.answer, question.pk, is_yes=True, reason="", actor=factories.actor(cast.administrator)
        ),
        "approve": partial(
            reviewing.approve, reviewing_one.pk, actor=registrar, digest=reviewing_one.current_version.digest
        ),
        "reject": partial(acting.act, reviewing_one.pk, Action.REJECT, actor=registrar, reason="なぜなら"),
        "upload": partial(preparing.upload, approved.pk, other, actor=applicant),
        "send": partial(preparing.send, approved.pk, actor=applicant, digest=row),
        "amend": partial(applying.amend, approved.pk, changed, actor=applicant),
        "propose zones": partial(zones.propose, content, reason="", actor=registrar),
        "apply zones": partial(
            zones.apply, proposed, digest=zone_file.read(content).digest, actor=factories.actor(factories.registrar())
        ),
    }


@pytest.mark.parametrize("table", ["audit_event", "notifications_outboxmessage"])
def test_a_verb_that_fails_halfway_leaves_nothing_behind(cast, table):
    silent = {"save", "delete", "create", "upload"}
    calls = verbs(cast)
    before = stored.standing()
    for name, call in calls.items():
        if table == "notifications_outboxmessage" and name in silent:
            continue
        with stored.broken_table(table), pytest.raises(DatabaseError):
            call()
        assert unchanged(before), name


def unchanged(before):
    """Compare all tables; numbers that a sequence gave away and nobody used do not count."""
    after = stored.standing()
    return {t: rows for t, rows in after.items() if rows != before[t]}.keys() <= {"sqlite_sequence"}


def test_a_page_says_so_when_the_database_refuses(cast, browse):
    request = cast.request(State.REVIEWING)
    client = browse(cast.registrar)
    before = stored.standing()
    address = reverse("admin:requests_app_approve", args=[request.pk])
    with stored.broken_table("audit_event"):
        response = client.post(address, {"digest": request.current_version.digest})
    assert response.status_code == 500
    assert "Something went wrong on our side" in response.content.decode()
    assert "broken" not in response.content.decode()
    assert unchanged(before)
    assert client.post(address, {"digest": request.current_version.digest}).status_code == 302
    request.refresh_from_db()
    assert request.state == State.APPROVED
