"""Links in mails that are used, old, forged or somebody else's, and whatever fetches them before their reader does."""

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.models import User
from notifications import links
from notifications.models import OutboxMessage
from requests_app import tasks
from requests_app.models import ZoneAdministration
from requests_app.services import confirming
from requests_app.states import State
from tests import factories, requests
from tests.integration.faults.conftest import english

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    made = requests.Cast()
    english(made.applicant, made.administrator, made.registrar)
    return made


def mail_to(person):
    """Return the mail that asks `person` about a name, and the path of the link in it."""
    message = OutboxMessage.objects.get(kind="confirm_name", person_id=person.pk)
    return message, links.address_of(message).removeprefix(settings.PORTAL_URL)


def test_looking_at_a_link_changes_nothing(cast, browse, refuses):
    request = cast.request(State.CONFIRMING)
    message, link = mail_to(cast.administrator)
    for client in (browse(None), browse(cast.administrator), browse(factories.student())):
        for method in ("head", "get", "head", "options"):
            refuses(client, method, link, status=405 if method == "options" else 302)
    client = browse(cast.administrator)
    refuses(client, "head", f"/confirmations/{request.confirmations.get().pk}/", status=405)
    for address in (link, "/l/", message.path):
        assert client.get(address).status_code in {200, 302}
    request.refresh_from_db()
    assert request.state == State.CONFIRMING


def test_a_link_leads_its_addressee_to_the_question(cast, browse):
    cast.request(State.CONFIRMING)
    message, link = mail_to(cast.administrator)
    client = browse(cast.administrator)
    page = client.get(link, follow=True)
    assert page.redirect_chain[-1][0] == message.path
    assert page.status_code == 200


def test_a_link_that_was_used_shows_what_was_answered(cast, browse, refuses):
    cast.request(State.CONFIRMING)
    message, link = mail_to(cast.administrator)
    client = browse(cast.administrator)
    client.post(message.path, {"answer": "yes"})
    assert client.get(link, follow=True).status_code == 200
    refuses(client, "post", message.path, {"answer": "no", "reason": "x"}, status=302, sentence="already answered")


def test_a_link_that_does_not_open_says_why(cast, browse, refuses, settings):
    cast.request(State.CONFIRMING)
    message, link = mail_to(cast.administrator)
    client = browse(cast.administrator)
    token = link.removeprefix("/l/").rstrip("/")
    forged = [token[:-1], token[:-2] + "xx", token.upper(), "a", "a:b:c", "%00", "%FF%FE", "a" * 4000, token + "%0A"]
    for other in forged:
        refuses(client, "get", f"/l/{other}/", status=410, sentence="Copy the whole address")
    settings.MAIL_LINK_DAYS = -1
    refuses(client, "get", link, status=410, sentence="too old")
    settings.MAIL_LINK_DAYS = 30
    message.generation += 1
    message.save()
    refuses(client, "get", link, status=410, sentence="A newer mail")


def test_somebody_else_s_link_opens_nothing(cast, browse, refuses):
    cast.request(State.CONFIRMING)
    message, link = mail_to(cast.administrator)
    stranger = factories.faculty()
    english(stranger)
    client = browse(stranger)
    assert client.get(link).status_code == 302
    refuses(client, "get", "/l/", status=403, sentence="written to somebody else")
    refuses(client, "get", message.path, status=404)


def test_a_link_asks_for_a_sign_in_first(cast, browse, refuses):
    cast.request(State.CONFIRMING)
    _message, link = mail_to(cast.administrator)
    client = browse(None)
    assert client.get(link).headers["Location"] == "/l/"
    assert "/accounts/login/" in refuses(client, "get", "/l/", status=302).headers["Location"]


def test_somebody_who_left_the_zone_is_told_that_others_answer(cast, browse, refuses):
    request = cast.request(State.CONFIRMING)
    message, link = mail_to(cast.administrator)
    colleague = factories.zone_person()
    requests.zone("cs.uec.ac.jp", colleague)
    ZoneAdministration.objects.filter(person=cast.administrator).update(until_at=timezone.now())
    client = browse(cast.administrator)
    assert "You do not administer the zone cs.uec.ac.jp" in client.get(link, follow=True).content.decode()
    refuses(client, "post", message.path, {"answer": "yes"}, status=302, sentence="You do not administer the zone")
    tasks.ask_collected()
    mail_to(colleague)
    User.objects.filter(pk=cast.administrator.pk).update(is_active=False)
    refuses(browse(cast.administrator), "post", message.path, {"answer": "yes"}, status=302)
    assert not request.confirmations.get().answers.exists()


def test_a_link_to_what_somebody_else_answered_says_so(cast, browse, refuses):
    colleague = factories.zone_person()
    requests.zone("cs.uec.ac.jp", colleague)
    request = cast.request(State.CONFIRMING)
    _message, link = mail_to(cast.administrator)
    confirming.answer(request.confirmations.get().pk, is_yes=True, reason="", actor=factories.actor(colleague))
    page = browse(cast.administrator).get(link, follow=True).content.decode()
    assert "Contradict the answer" in page


def test_looking_at_the_pages_of_several_names_changes_nothing(cast, browse, refuses):
    cast.request(State.CONFIRMING, further_names=(requests.name(), requests.name()))
    message = OutboxMessage.objects.get(kind="confirm_names", person_id=cast.administrator.pk)
    link = links.address_of(message).removeprefix(settings.PORTAL_URL)
    client = browse(cast.administrator)
    for method in ("head", "get"):
        refuses(client, method, link, status=302)
        refuses(client, method, "/confirmations/", status=405 if method == "head" else 200)
        refuses(client, method, "/zones/", status=405 if method == "head" else 200)
