"""A holder says that a certificate is not needed any more, and takes it back: the verbs and the pages."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from audit.models import Event
from inventory.models import Certificate, ExpiryGate, NotNeeded
from inventory.serving import Serving
from notifications.models import OutboxMessage
from requests_app import errors
from requests_app.services import needing
from tests import factories, observations
from tests.integration.requests_app.test_submission_pages import desk
from tests.revocations import certificate

pytestmark = pytest.mark.django_db

WHY = "The server was switched off."


@pytest.fixture
def holder():
    return factories.faculty()


def say(held, person, reason=WHY):
    needing.say_not_needed(held.pk, reason=reason, actor=factories.actor(person))


def events(held):
    found = Event.objects.filter(subject=held.subject, action__startswith="NOT_NEEDED").order_by("sequence")
    return list(found.values_list("action", "actor_role"))


def test_a_holder_says_it_and_another_takes_it_back(holder):
    other = factories.faculty()
    held = certificate(holder, other)
    say(held, holder)
    (mail,) = OutboxMessage.objects.filter(kind="certificate_not_needed")
    assert mail.person_id == other.pk
    assert f"> {WHY}" in mail.body
    assert mail.path == reverse("requests:certificate", args=[held.pk])
    needing.take_back(held.pk, actor=factories.actor(other))
    assert events(held) == [("NOT_NEEDED_SAID", "HOLDER"), ("NOT_NEEDED_TAKEN_BACK", "HOLDER")]
    said = NotNeeded.objects.get()
    assert (said.person, said.taken_back_by, said.reason) == (holder, other, WHY)
    say(held, other)
    assert NotNeeded.objects.filter(taken_back_at=None).count() == 1


def test_a_registrar_speaks_only_where_no_full_time_holder_can(holder):
    registrar, student = factories.registrar(), factories.student()
    held, orphan = certificate(holder), certificate(student)
    with pytest.raises(errors.NotPermitted):
        say(held, registrar)
    say(orphan, registrar)
    assert events(orphan) == [("NOT_NEEDED_SAID", "REGISTRAR")]


@pytest.mark.parametrize("who", [factories.faculty, factories.auditor, factories.settings_administrator])
def test_nobody_else_may(holder, who):
    held = certificate(holder)
    with pytest.raises(errors.NotPermitted):
        say(held, who())
    say(held, holder)
    with pytest.raises(errors.NotPermitted):
        needing.take_back(held.pk, actor=factories.actor(who()))
    assert NotNeeded.objects.filter(taken_back_at=None).exists()


def test_whoever_has_left_may_not(holder):
    held = certificate(holder)
    type(holder).objects.filter(pk=holder.pk).update(is_active=False)
    with pytest.raises(errors.NotPermitted):
        say(held, holder)


@pytest.mark.parametrize(
    "changes",
    [
        {"not_after": timezone.now() - timedelta(minutes=1)},
        {"not_after": None},
        {"revoked_at": timezone.now(), "revocation_source": "LIST"},
    ],
)
def test_of_what_nobody_is_reminded_nothing_is_said(holder, changes):
    held = certificate(holder)
    Certificate.objects.filter(pk=held.pk).update(**changes)
    with pytest.raises(errors.NothingToRemindOf):
        say(held, holder)
    assert not events(held)


def test_twice_is_refused_and_so_is_a_word_without_a_reason(holder):
    held = certificate(holder)
    with pytest.raises(errors.ReasonRequired):
        say(held, holder, reason=" \n")
    with pytest.raises(errors.NotNeededNotSaid):
        needing.take_back(held.pk, actor=factories.actor(holder))
    say(held, holder)
    with pytest.raises(errors.NotNeededStands):
        say(held, holder)
    assert NotNeeded.objects.count() == 1


def test_the_pages(holder):
    held = certificate(holder, days=20)
    client, page = desk(holder), reverse("requests:certificate", args=[held.pk])
    form = reverse("requests:not_needed", args=[held.pk])
    assert form in client.get(page).content.decode()
    assert client.get(form).status_code == 200
    assert client.post(form, {"reason": ""}).status_code == 422
    assert client.post(form, {"reason": WHY}).status_code == 302
    shown = client.get(page).content.decode()
    assert WHY in shown
    assert form not in shown
    assert client.get(reverse("requests:list")).context["to_renew"] == []
    (row,) = client.get(reverse("requests:certificates")).context["rows"]
    assert row["waits"] == ["Not needed any more"]
    assert client.post(reverse("requests:needed", args=[held.pk])).status_code == 302
    assert form in client.get(page).content.decode()


def test_the_page_shows_the_reminders(holder):
    held = certificate(holder, days=20)
    shown = desk(holder).get(reverse("requests:certificate", args=[held.pk])).content.decode()
    assert "14 days before" in shown
    assert "had passed when the certificate became known" in shown
    assert "The day after" in shown
    assert "begin once the registrars" in shown
    ExpiryGate.objects.create(opened_by=holder)
    observations.show({certificate(holder, days=200).pk: Serving.EVERYWHERE})
    shown = desk(holder).get(reverse("requests:certificate", args=[held.pk])).content.decode()
    assert "begin once the registrars" not in shown
    assert "No further reminder is sent" in shown


def test_strangers_and_readers_are_shown_no_button(holder):
    held = certificate(holder)
    form = reverse("requests:not_needed", args=[held.pk])
    assert desk(factories.faculty()).get(form).status_code == 404
    client = desk(factories.auditor())
    assert form not in client.get(reverse("requests:certificate", args=[held.pk])).content.decode()
    assert client.get(form).status_code == 302
    assert client.post(form, {"reason": WHY}).status_code == 302
    assert not NotNeeded.objects.exists()
