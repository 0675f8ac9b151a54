"""What the monitoring host reads."""

import socket
import time
from datetime import timedelta

import pytest
from celery import current_app
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.signing import BACKEND
from notifications.models import MessageState, OutboxMessage
from requests_app.models import NameLookup
from requests_app.states import State
from tests import factories, requests
from upki_portal import heartbeats

pytestmark = pytest.mark.django_db


def health() -> dict[str, object]:
    answer = Client().get(reverse("health"))
    assert answer.status_code == 200
    return answer.json()


@pytest.fixture
def waiting() -> OutboxMessage:
    """A mail and a name that wait, since now."""
    requests.Cast().request(State.CONFIRMING)
    return OutboxMessage.objects.filter(state=MessageState.PENDING).first()


SCHEDULE = settings.CELERY_BEAT_SCHEDULE


@pytest.fixture(autouse=True)
def everybody_was_heard(db: None) -> None:
    """Beat and every sweep left a heartbeat just now."""
    cache.clear()
    heartbeats.note_published()
    for entry in SCHEDULE.values():
        heartbeats.note_run(entry["task"], succeeded=True)


def age(key: str, seconds: float, *, ran: float | None = None) -> None:
    """Make a heartbeat so many seconds older; of a sweep, `ran` says how long ago it raised."""
    now = time.time()
    noted = cache.get(key)
    if isinstance(noted, dict):
        noted = {"done": now - seconds, "ran": now - (seconds if ran is None else ran)}
    else:
        noted = now - seconds
    cache.set(key, noted, timeout=None)


def began(seconds_ago: float) -> None:
    cache.set("heartbeat:begun", time.time() - seconds_ago, timeout=None)


def test_a_portal_at_rest_is_well():
    assert health() == {
        "database": "ok",
        "cache": "ok",
        "background": "ok",
        "beat": "ok",
        "sweeps": dict.fromkeys(SCHEDULE, "ok"),
        "mails": {"delayed": 0, "parked": 0},
        "checkpoint": None,
    }


def test_after_a_start_nobody_was_heard_yet_and_that_is_no_alarm():
    cache.clear()
    said = health()
    assert (said["background"], said["beat"]) == ("starting", "starting")
    assert set(said["sweeps"].values()) == {"starting"}


def test_a_sweep_that_comes_once_an_hour_is_not_waited_for_after_a_start():
    cache.delete("heartbeat:requests_app.tasks.lapse_untouched")
    said = health()
    assert (said["background"], said["sweeps"]["lapse"]) == ("ok", "starting")


def test_a_start_that_nothing_follows_is_late():
    cache.clear()
    began(24 * 3600)
    said = health()
    assert (said["background"], said["beat"]) == ("late", "late")
    assert set(said["sweeps"].values()) == {"late"}


@pytest.mark.parametrize("name", sorted(SCHEDULE))
def test_a_sweep_that_missed_three_of_its_moments_is_late(name):
    interval, key = SCHEDULE[name]["schedule"], f"heartbeat:{SCHEDULE[name]['task']}"
    began(24 * 3600)
    age(key, 3 * interval + 100)
    assert health()["background"] == "ok"
    age(key, 3 * interval + 130)
    said = health()
    assert said["background"] == "late"
    assert [sweep for sweep, pulse in said["sweeps"].items() if pulse != "ok"] == [name]


def test_a_sweep_that_raises_each_time_is_failing():
    began(24 * 3600)
    age("heartbeat:notifications.tasks.deliver_pending", 3600, ran=1)
    said = health()
    assert (said["background"], said["sweeps"]["mail"]) == ("late", "failing")


def test_beat_that_publishes_no_more_is_late():
    began(24 * 3600)
    age("heartbeat:beat", 3600)
    said = health()
    assert (said["background"], said["beat"]) == ("late", "late")


def test_beat_started_after_a_long_pause_is_starting_and_started_again_and_again_it_is_late():
    cache.clear()
    began(24 * 3600)
    heartbeats.note_start()
    assert health()["background"] == "starting"
    began(1800)
    heartbeats.note_start()
    assert health()["background"] == "late"


def test_signals_of_celery_leave_the_heartbeats():
    @current_app.task(name="tests.sweep")
    def sweep(fails: bool) -> None:
        if fails:
            raise ValueError

    before = time.time()
    sweep.apply(args=(False,))
    done = cache.get("heartbeat:tests.sweep")
    assert before <= done["done"] == done["ran"]
    sweep.apply(args=(True,))
    failed = cache.get("heartbeat:tests.sweep")
    assert failed["done"] == done["done"] < failed["ran"]
    del current_app.tasks["tests.sweep"]


def test_a_cache_that_is_down_is_said_and_is_no_500(settings):
    backend = "django.core.cache.backends.redis.RedisCache"
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": address, "OPTIONS": settings.REDIS_OPTIONS}}
    said = health()
    assert (said["database"], said["cache"], said["background"]) == ("ok", "down", "late")
    heartbeats.note_start()
    heartbeats.note_run("audit.tasks.make_checkpoint", succeeded=False)
    heartbeats.note_published()


@pytest.mark.parametrize(
    ("language", "sentence"), [("ja", "バックグラウンド処理が止まっています"), ("en", "Background work stands still")]
)
def test_the_desk_says_when_background_work_stands_still(language, sentence):
    client = Client()
    client.force_login(factories.registrar(language=language), backend=BACKEND)
    assert sentence not in client.get(reverse("admin:index")).content.decode()
    began(24 * 3600)
    age("heartbeat:beat", 3600)
    assert sentence in client.get(reverse("admin:index")).content.decode()


def test_what_has_just_come_is_not_late(waiting):
    assert health()["background"] == "ok"


def test_a_mail_that_nobody_takes_up_is_late(waiting):
    hour_ago = timezone.now() - timedelta(hours=1)
    OutboxMessage.objects.filter(pk=waiting.pk).update(created_at=hour_ago, next_attempt_at=hour_ago)
    assert health()["background"] == "late"


def test_a_mail_that_the_server_put_off_is_delayed_but_the_workers_are_well(waiting):
    now = timezone.now()
    OutboxMessage.objects.filter(pk=waiting.pk).update(
        created_at=now - timedelta(hours=1), next_attempt_at=now + timedelta(hours=1)
    )
    said = health()
    assert said["background"] == "ok"
    assert said["mails"]["delayed"] == 1


def test_a_name_that_nobody_looks_up_is_late(waiting):
    assert NameLookup.objects.update(next_at=timezone.now() - timedelta(hours=1))
    assert health()["background"] == "late"


def test_health_needs_nobody_and_names_nobody(waiting):
    text = Client().get(reverse("health")).content.decode()
    assert "@" not in text
    assert "ac.jp" not in text


def test_a_database_that_is_down_answers_503():
    def down(*args: object) -> None:
        raise DatabaseError

    with connection.execute_wrapper(down):
        answer = Client().get(reverse("health"))
    assert answer.status_code == 503
    assert answer.json() == {"database": "down"}
