"""What the monitoring host reads."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from notifications.models import MessageState, OutboxMessage
from requests_app.models import NameLookup
from requests_app.states import State
from tests import requests

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


def test_a_portal_at_rest_is_well():
    assert health() == {
        "database": "ok",
        "background": "ok",
        "mails": {"delayed": 0, "parked": 0},
        "checkpoint": None,
    }


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
