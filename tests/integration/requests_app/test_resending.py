"""Parked mails: a registrar has them sent again, to the address on record today."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import MailAddress
from audit.models import Event
from notifications.models import DeliveryFault, MessageState, OutboxMessage
from requests_app import errors
from requests_app.services import resending
from tests import factories

pytestmark = pytest.mark.django_db


def parked(person, **changes):
    given = {
        "key": "R1/x",
        "kind": "request_approved",
        "person_id": person.pk,
        "address": "",
        "subject": "件名",
        "body": "本文",
        "state": MessageState.PARKED,
        "last_fault": DeliveryFault.NO_ADDRESS,
    }
    return OutboxMessage.objects.create(**(given | changes))


def test_it_goes_to_the_address_of_today_once():
    person, registrar = factories.faculty(), factories.registrar()
    mail = parked(person)
    resending.send_again(mail.pk, actor=factories.actor(registrar))
    mail.refresh_from_db()
    assert (mail.state, mail.address, mail.generation) == (MessageState.PENDING, person.mail_address, 2)
    event = Event.objects.get(action="MAIL_SENT_AGAIN")
    assert (event.subject, event.actor_person) == (f"mail:{mail.pk}", registrar.pk)
    with pytest.raises(errors.MailNotParked):
        resending.send_again(mail.pk, actor=factories.actor(registrar))


def test_without_an_address_it_stays_parked():
    person = factories.faculty()
    MailAddress.objects.all().delete()
    mail = parked(person)
    with pytest.raises(errors.MailNotParked):
        resending.send_again(mail.pk, actor=factories.actor(factories.registrar()))
    mail.refresh_from_db()
    assert mail.state == MessageState.PARKED


def test_whoever_left_gets_it_at_no_old_address():
    person = factories.faculty(is_active=False)
    mail = parked(person, address="old@example.ac.jp", last_fault=DeliveryFault.DEFERRED)
    with pytest.raises(errors.MailNotParked):
        resending.send_again(mail.pk, actor=factories.actor(factories.registrar()))


def test_several_are_sent_again_together_each_for_itself():
    client = Client()
    client.force_login(factories.registrar(), backend="accounts.backends.RoleBackend")
    good, bad = (
        parked(factories.faculty()),
        parked(factories.faculty(), key="R2/x", body="", body_removed_at=timezone.now()),
    )
    page = reverse("admin:notifications_outboxmessage_changelist")
    assert "send_selected_again" in client.get(page).content.decode()
    chosen = {"action": "send_selected_again", "_selected_action": [good.pk, bad.pk]}
    said = client.post(page, chosen, follow=True).context["messages"]
    assert [message.level_tag for message in said] == ["success", "error"]
    assert [OutboxMessage.objects.get(pk=one.pk).state for one in (good, bad)] == ["PENDING", "PARKED"]
    reader = Client()
    reader.force_login(factories.auditor(), backend="accounts.backends.RoleBackend")
    assert "send_selected_again" not in reader.get(page).content.decode()


def test_only_a_registrar_may():
    mail = parked(factories.faculty())
    with pytest.raises(errors.NotPermitted):
        resending.send_again(mail.pk, actor=factories.actor(factories.faculty()))


def test_the_button_stands_on_a_parked_mails_page_only():
    registrar = factories.registrar()
    client = Client()
    client.force_login(registrar, backend="accounts.backends.RoleBackend")
    mail = parked(factories.faculty())
    page = reverse("admin:notifications_outboxmessage_change", args=[mail.pk])
    address = reverse("admin:notifications_outboxmessage_send_again", args=[mail.pk])
    assert address in client.get(page).content.decode()
    assert client.get(address).status_code == 405
    assert client.post(address).status_code == 302
    mail.refresh_from_db()
    assert mail.state == MessageState.PENDING
    assert address not in client.get(page).content.decode()
    said = client.post(address, follow=True)
    assert said.status_code == 200
    assert [message.level_tag for message in said.context["messages"]] == ["error"]
