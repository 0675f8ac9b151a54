"""An answer by the link of a mail alone, where ITC allows that: one question, marked as weak, never a grant."""

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import Event
from notifications import links
from notifications.models import OutboxMessage
from requests_app import errors, evidence
from requests_app.models import Answer, ZoneAdministration
from requests_app.services import confirming
from requests_app.states import State
from tests import factories, requests

pytestmark = pytest.mark.django_db

PAGE = "/confirmations/by-link/"


@pytest.fixture(autouse=True)
def _allowed(settings):
    settings.ANSWER_BY_LINK = True


@pytest.fixture
def cast():
    return requests.Cast()


def link_of(person):
    message = OutboxMessage.objects.get(kind="confirm_name", person_id=person.pk)
    return links.address_of(message).removeprefix(django_settings.PORTAL_URL)


def by_link(cast):
    client = Client()
    assert client.get(link_of(cast.administrator)).headers["Location"] == PAGE
    return client


def test_it_moves_the_question_and_is_marked_everywhere(cast):
    request = cast.request(State.CONFIRMING)
    requests.observe(request.common_name)
    client = by_link(cast)
    assert request.common_name in client.get(PAGE).content.decode()
    assert Answer.objects.count() == 0, "looking answers nothing"
    assert client.post(PAGE, {"answer": "yes"}).status_code == 200
    request.refresh_from_db()
    assert (request.state, Answer.objects.get().by_link) == (State.REVIEWING, True)
    event = Event.objects.get(action="ANSWER_YES")
    assert (event.door, event.actor_person, event.payload["by_link"]) == ("MAIL_LINK", cast.administrator.pk, True)
    (name,) = evidence.of_request(request)
    assert name.warnings == ("BY_LINK",)
    with pytest.raises(errors.WarningsNeedReason):
        cast.approve(request)
    desk = Client()
    desk.force_login(cast.registrar, backend="accounts.backends.RoleBackend")
    page = desk.get(reverse("admin:requests_app_certificaterequest_change", args=[request.pk]))
    assert "メールのリンクだけで" in page.content.decode()
    assert [entry["verdict"].tone for entry in page.context["names"]] == ["warning"]


def test_it_answers_once_and_opens_nothing_else(cast):
    cast.request(State.CONFIRMING)
    client = by_link(cast)
    assert client.post(PAGE, {"answer": "no"}).status_code == 422
    assert client.post(PAGE, {"answer": "no", "reason": "知りません"}).status_code == 200
    assert client.post(PAGE, {"answer": "yes"}).status_code == 302, "the link is used up"
    for address in ("/confirmations/", "/requests/", "/zones/", link_of(cast.administrator)):
        assert client.get(address, follow=True).redirect_chain[-1][0].startswith("/accounts/login/")
    assert Answer.objects.count() == 1


@pytest.mark.parametrize("what", ["setting", "late", "left", "gone", "several", "signed in"])
def test_where_it_is_not_enough_somebody_signs_in(cast, settings, what, monkeypatch):
    further = (requests.name(),) if what == "several" else ()
    request = cast.request(State.CONFIRMING, further_names=further)
    kind = "confirm_names" if further else "confirm_name"
    message = OutboxMessage.objects.get(kind=kind, person_id=cast.administrator.pk)
    if what == "setting":
        settings.ANSWER_BY_LINK = False
    client = Client()
    if what == "signed in":
        client.force_login(factories.faculty(), backend="accounts.backends.RoleBackend")
    client.get(links.address_of(message).removeprefix(settings.PORTAL_URL))
    if what == "late":
        session = client.session
        session["came_by_mail"] |= {"at": timezone.now().timestamp() - 3601}
        session.save()
    if what == "left":
        User.objects.filter(pk=cast.administrator.pk).update(is_active=False)
    if what == "gone":
        ZoneAdministration.objects.filter(person=cast.administrator).update(until_at=timezone.now())
    for method in (client.get, client.post):
        assert method(PAGE, {"answer": "yes"}).status_code == 302
    assert not request.confirmations.exclude(state="ASKED").exists()
    assert Answer.objects.count() == 0


def test_the_verb_itself_asks_for_the_setting(cast, settings):
    request = cast.request(State.CONFIRMING)
    settings.ANSWER_BY_LINK = False
    with pytest.raises(errors.SignInNeeded):
        confirming.answer(
            request.confirmations.get().pk,
            is_yes=True,
            reason="",
            actor=factories.actor(cast.administrator),
            by_link=True,
        )
