"""Mail that comes back: by a registrar's word or a server's notification; it is stopped, told, and used again."""

import io
import sys

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from audit.models import Event
from notifications import outbox
from notifications.models import BouncedAddress, DeliveryFault, MessageState, OutboxMessage
from requests_app import errors
from requests_app.services import bouncing
from tests import factories
from tests.integration.requests_app.test_submission_pages import desk
from tests.unit.notifications.test_reports import DELAYED, FAILED, MESSAGE_ID, report

pytestmark = pytest.mark.django_db


@pytest.fixture
def registrar():
    return factories.registrar()


def mail(address: str = "taro@example.ac.jp") -> OutboxMessage:
    return OutboxMessage.objects.create(key="R1/x", kind="request_approved", address=address, subject="x", body="x")


def returned(message: OutboxMessage, *, recipients: str = FAILED, message_id: str = "") -> bytes:
    return report(recipients=recipients).replace(MESSAGE_ID.encode(), (message_id or message.message_id).encode())


def pipe(content: bytes, monkeypatch) -> str:
    """Run the command as an alias does; return what it says."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    out = io.StringIO()
    call_command("record_bounce", stdout=out)
    return out.getvalue()


def test_a_registrar_stops_an_address_and_the_others_hear_of_it(registrar):
    person, other = factories.faculty(), factories.registrar()
    address = person.mail_address
    stopped = bouncing.stop(address.upper(), note="退職した様子。", actor=factories.actor(registrar))
    assert outbox.address_fault(address) is DeliveryFault.BOUNCED_ADDRESS
    told = OutboxMessage.objects.filter(kind="address_bounced")
    assert {registrar.pk, other.pk} == set(told.values_list("person_id", flat=True))
    assert all(
        person.name_ja in one.body and person.public_id in one.body and "> 退職した様子。" in one.body for one in told
    )
    assert address not in "".join(told.values_list("subject", flat=True))
    event = Event.objects.get(action="ADDRESS_STOPPED")
    assert (event.subject, event.actor_person) == (f"bounced-address:{stopped}", registrar.pk)
    with pytest.raises(errors.AddressStopped):
        bouncing.stop(address, actor=factories.actor(registrar))
    assert told.count() == 2


def test_it_is_used_again(registrar):
    stopped = bouncing.stop("taro@example.ac.jp", actor=factories.actor(registrar))
    bouncing.use_again(stopped, actor=factories.actor(registrar))
    assert outbox.address_fault("taro@example.ac.jp") is None
    with pytest.raises(errors.AddressInUse):
        bouncing.use_again(stopped, actor=factories.actor(registrar))


@pytest.mark.parametrize("who", [factories.faculty, factories.auditor, factories.settings_administrator])
def test_only_registrars_may(who):
    with pytest.raises(errors.NotPermitted):
        bouncing.stop("taro@example.ac.jp", actor=factories.actor(who()))
    with pytest.raises(errors.NotPermitted):
        bouncing.use_again(1, actor=factories.actor(who()))


@pytest.mark.parametrize("address", ["taro", "taro@", "電通@example.ac.jp", "a@b c", "x" * 250 + "@a.jp"])
def test_what_is_no_address_is_said_at_the_field(registrar, address):
    page = desk(registrar).post(reverse("admin:notifications_bouncedaddress_stop"), {"address": address})
    assert page.status_code == 422
    assert page.context["form"].errors["address"]
    assert not BouncedAddress.objects.exists()


def test_the_pages_stop_and_use_again(registrar):
    client = desk(registrar)
    page = client.post(reverse("admin:notifications_bouncedaddress_stop"), {"address": "a@example.jp"}, follow=True)
    assert b"Use the address again" in page.content
    stopped = BouncedAddress.objects.get()
    client.post(reverse("admin:notifications_bouncedaddress_use_again", args=[stopped.pk]))
    assert not BouncedAddress.objects.exists()


def test_a_notification_stops_the_address_once(registrar, monkeypatch):
    message = mail()
    assert "is stopped" in pipe(returned(message), monkeypatch)
    assert BouncedAddress.objects.get().note == f"5.1.1 {message.message_id}"
    assert "nothing was changed" in pipe(returned(message), monkeypatch)
    assert OutboxMessage.objects.filter(kind="address_bounced").count() == 1
    assert Event.objects.get(action="ADDRESS_STOPPED").actor_person is None


def test_a_notification_about_an_earlier_generation_counts(monkeypatch):
    message = mail()
    first = message.message_id
    OutboxMessage.objects.filter(pk=message.pk).update(generation=3, state=MessageState.PENDING)
    pipe(returned(message, message_id=first), monkeypatch)
    assert BouncedAddress.objects.exists()


@pytest.mark.parametrize("recipients", [DELAYED, FAILED.replace("Taro@", "hanako@").replace("taro@", "hanako@")])
def test_delays_and_other_peoples_addresses_change_nothing(recipients, monkeypatch):
    assert "nothing was changed" in pipe(returned(mail(), recipients=recipients), monkeypatch)
    assert not BouncedAddress.objects.exists()


def test_a_mail_that_was_passed_on_stops_the_address_to_which_it_was_sent(monkeypatch):
    passed_on = FAILED.replace("Taro@example.ac.jp", "taro@gl.example.com")
    assert "taro@example.ac.jp is stopped" in pipe(returned(mail(), recipients=passed_on), monkeypatch)
    assert BouncedAddress.objects.get().address == "taro@example.ac.jp"


def test_a_foreign_or_forged_message_id_changes_nothing(monkeypatch):
    message = mail()
    stamp, _dot, rest = message.message_id.partition(".")
    forged = (
        MESSAGE_ID,
        "<x@y>",
        "<>",
        f"{stamp}.{rest}".replace(f".{message.pk}.1@", f".{message.pk}.2@"),
        f"{stamp}.{rest}".replace(f".{message.pk}.1@", f".{message.pk + 1}.1@"),
        message.message_id.replace("@", "@evil."),
        f"<{'9' * 400}.000000.1.1@a>",
    )
    for message_id in forged:
        assert "no mail that this portal sent" in pipe(returned(message, message_id=message_id), monkeypatch)
    assert not BouncedAddress.objects.exists()


def test_what_is_no_notification_is_a_fault_of_the_alias(monkeypatch):
    with pytest.raises(CommandError) as refused:
        pipe(b"Subject: I am away\n\nBack on Monday.", monkeypatch)
    assert refused.value.returncode == 65
