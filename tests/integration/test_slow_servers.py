"""Servers that hang or are down, beside a page that somebody opens: the page comes, and decides what it can decide."""

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from notifications.models import MessageState, OutboxMessage
from requests_app.models import NameLookup
from requests_app.states import State
from tests import requests
from tests.unit.probes.name_server import TcpServer

pytestmark = pytest.mark.django_db

LONGEST_SECONDS = 5
"""What a page may take while others hang."""


def hang(taken: socket.socket) -> None:
    """Take a connection and say nothing."""
    threading.Event().wait(60)


@pytest.fixture
def hanging() -> Iterator[TcpServer]:
    with TcpServer(hang) as server:
        yield server


@pytest.fixture(params=["hangs", "is down"])
def redis_without_answer(request, settings) -> Iterator[TcpServer]:
    """The cache is a Redis that hangs, or one that nobody listens for."""
    with TcpServer(hang) as server:
        settings.CACHES = {
            "default": {
                "BACKEND": "django.core.cache.backends.redis.RedisCache",
                "LOCATION": f"redis://127.0.0.1:{server.port}/0",
                "OPTIONS": settings.REDIS_OPTIONS,
            }
        }
        if request.param == "is down":
            server.__exit__()
        yield server
    # The next test's cache is another one.
    cache.close()


@pytest.fixture
def cast() -> requests.Cast:
    return requests.Cast()


def of_person(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def front(cast: requests.Cast) -> tuple[Client, str, str, dict]:
    return Client(), "get", reverse("home"), {}


def sign_in_page(cast: requests.Cast) -> tuple[Client, str, str, dict]:
    return Client(), "get", reverse("login"), {}


def health(cast: requests.Cast) -> tuple[Client, str, str, dict]:
    return Client(), "get", "/health/", {}


def own_requests(cast: requests.Cast) -> tuple[Client, str, str, dict]:
    return of_person(cast.applicant), "get", reverse("requests:list"), {}


def desk(cast: requests.Cast) -> tuple[Client, str, str, dict]:
    return of_person(cast.registrar), "get", reverse("admin:index"), {}


def look_up_again(cast: requests.Cast) -> tuple[Client, str, str, dict]:
    """Counted, and what it asks for is the workers' to do."""
    pk = cast.request(State.CONFIRMING).pk
    return of_person(cast.applicant), "post", reverse("requests:look_up", args=[pk]), {}


def csr_check(cast: requests.Cast) -> tuple[Client, str, str, dict]:
    """Counted, too."""
    pk = cast.request(State.APPROVED).pk
    return of_person(cast.applicant), "post", reverse("requests:upload", args=[pk]), {"pem": "no CSR"}


@pytest.mark.parametrize("arrange", [front, sign_in_page, health, own_requests, desk, look_up_again, csr_check])
def test_a_page_comes_though_redis_does_not_answer(
    redis_without_answer: TcpServer, cast: requests.Cast, arrange: Callable
):
    client, method, address, form = arrange(cast)
    began_at = time.monotonic()
    answer = getattr(client, method)(address, form)
    assert time.monotonic() - began_at < LONGEST_SECONDS
    assert answer.status_code in {200, 302, 422}


def test_nobody_is_limited_while_redis_does_not_answer(redis_without_answer: TcpServer, caplog):
    """A sign-in matters more than its limit; the log says that it isn't kept."""
    address = reverse("openid_connect_login", kwargs={"provider_id": "uec"})
    with caplog.at_level(logging.WARNING, "accounts.ratelimits"):
        answer = Client().get(address)
    # By GET no sign-in begins: the answer of the view itself, behind the limit.
    assert answer.status_code == 405
    assert "sign-in" in caplog.text


def test_a_session_outlives_redis(cast: requests.Cast, settings):
    client = of_person(cast.applicant)
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }
    assert client.get(reverse("requests:list")).status_code == 200


def test_no_page_waits_for_the_mail_server_or_for_dns(cast: requests.Cast, hanging: TcpServer, settings):
    """What needs them is a row that the workers take up."""
    settings.SMTP_HOST, settings.SMTP_PORT = "127.0.0.1", hanging.port
    settings.DNS_VIEWS = [{"name": "outside", "resolvers": [f"127.0.0.1:{hanging.port}"]}]
    request = cast.request()
    client = of_person(cast.applicant)
    began_at = time.monotonic()
    address = reverse("requests:check", args=[request.pk])
    answer = client.post(address, {"digest": client.get(address).context["digest"]})
    assert time.monotonic() - began_at < LONGEST_SECONDS
    assert answer.status_code == 302
    request.refresh_from_db()
    assert request.state == State.CONFIRMING
    assert OutboxMessage.objects.filter(state=MessageState.PENDING).exists()
    assert NameLookup.objects.exclude(next_at=None).exists()
    assert hanging.connections == 0


def test_nothing_of_a_request_leaves_a_transaction_open(cast: requests.Cast, redis_without_answer: TcpServer, caplog):
    """The limits are counted before a verb begins: a cache that hangs holds no lock."""
    open_blocks: list[int] = []

    class Watching(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            open_blocks.append(sum(not block._from_testcase for block in connection.atomic_blocks))

    watching, logger = Watching(), logging.getLogger("accounts.ratelimits")
    logger.addHandler(watching)
    try:
        client, method, address, form = look_up_again(cast)
        getattr(client, method)(address, form)
    finally:
        logger.removeHandler(watching)
    assert open_blocks == [0]
