"""The emergency address: for a holder of a role, once, ten minutes, told to every registrar."""

from datetime import timedelta
from io import StringIO

import pytest
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from accounts import days, sessions, signing
from accounts.choices import Role
from accounts.models import EmergencyLink
from accounts.services import emergency
from audit.models import Event
from notifications.models import OutboxMessage
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_cache(settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "emergency"}}


def printed(account: str) -> str:
    out = StringIO()
    call_command("emergency_login", account, stdout=out)
    return out.getvalue().strip()


def test_the_address_signs_in_once_with_the_persons_rights_only(client):
    auditor = factories.auditor(account="ito")
    address = printed("ito")
    assert address.startswith(f"{settings.PORTAL_URL}/accounts/emergency/")
    path = address.removeprefix(settings.PORTAL_URL)
    assert client.get(path).status_code == 200
    assert SESSION_KEY not in client.session, "whatever fetches addresses uses nothing up"
    assert client.post(path).status_code == 302
    assert client.session[SESSION_KEY] == str(auditor.pk)
    assert client.session[sessions.STRENGTH] == signing.EMERGENCY
    assert client.get(reverse("role_list")).status_code == 200
    assert client.post(reverse("offer_role"), {}).status_code == 403
    client.logout()
    assert client.post(path).status_code == 403
    assert client.get(path).status_code == 403
    assert SESSION_KEY not in client.session


def test_every_registrar_is_told_and_both_events_are_written(client):
    registrars = {factories.registrar().pk, factories.registrar().pk}
    person = factories.auditor(account="ito")
    path = printed("ito").removeprefix(settings.PORTAL_URL)
    mails = OutboxMessage.objects.filter(kind="emergency_login")
    assert set(mails.values_list("person_id", flat=True)) == registrars
    assert not any(path.split("/")[3] in mail.body for mail in mails)
    client.post(path)
    actions = Event.objects.filter(subject=f"person:{person.pk}").values_list("action", flat=True)
    assert list(actions.order_by("sequence")) == ["emergency_link_made", "emergency_signed_in"]


def test_the_token_is_stored_as_a_hash_only():
    factories.auditor(account="ito")
    token = printed("ito").rstrip("/").rpartition("/")[2]
    assert not EmergencyLink.objects.filter(token_sha256=token).exists()
    assert emergency.link_is_open(token)


def test_an_expired_address_is_refused(client):
    factories.auditor(account="ito")
    path = printed("ito").removeprefix(settings.PORTAL_URL)
    EmergencyLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.post(path).status_code == 403
    assert SESSION_KEY not in client.session


def test_a_role_that_ended_meanwhile_closes_the_address(client):
    person = factories.auditor(account="ito")
    path = printed("ito").removeprefix(settings.PORTAL_URL)
    person.role_grants.update(ended_at=timezone.now(), ended_by=factories.person())
    assert client.post(path).status_code == 403


def test_a_second_address_closes_the_first(client):
    factories.auditor(account="ito")
    first = printed("ito").removeprefix(settings.PORTAL_URL)
    printed("ito")
    assert client.post(first).status_code == 403


@pytest.mark.parametrize("account", ["suzuki", "nobody", "a@elsewhere.example", ""])
def test_whoever_holds_no_role_gets_no_address(account: str):
    factories.faculty(account="suzuki")
    with pytest.raises(CommandError):
        printed(account)
    assert not EmergencyLink.objects.exists()


def test_grant_role_makes_the_first_two_registrars_and_then_refuses():
    people = [factories.staff(account=name) for name in ("tanaka", "watanabe", "ito")]
    until = (days.today() + timedelta(days=300)).isoformat()
    with pytest.raises(CommandError):
        call_command("grant_role", "tanaka", "AUDITOR", "--until", until)
    for name in ("tanaka", "watanabe"):
        call_command("grant_role", name, "REGISTRAR", "--until", until, stdout=StringIO())
    with pytest.raises(CommandError):
        call_command("grant_role", "ito", "REGISTRAR", "--until", until)
    assert [person.is_staff for person in people] == [True, True, False]
    assert people[0].role_grants.get().role == Role.REGISTRAR


@pytest.mark.parametrize(
    ("account", "role", "lifetime_days"),
    [
        ("tanaka", "REGISTRAR", 400),
        ("tanaka", "REGISTRAR", -1),
        ("nobody", "REGISTRAR", 10),
        ("tanaka", "KING", 10),
    ],
)
def test_grant_role_refuses(account: str, role: str, lifetime_days: int):
    person = factories.staff(account="tanaka")
    with pytest.raises(CommandError):
        call_command("grant_role", account, role, "--until", (days.today() + timedelta(days=lifetime_days)).isoformat())
    assert not person.role_grants.exists()
