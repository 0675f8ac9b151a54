"""What the check page and the evidence say: each thing once, and nobody is asked for their own consent."""

import pytest
from django.urls import reverse

from notifications.models import OutboxMessage
from requests_app.models import ConfirmationKind, ContactConsent
from requests_app.services import confirming, drafting
from requests_app.states import State
from requests_app.steps import rules
from tests import factories, requests, revocations

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast() -> requests.Cast:
    return requests.Cast()


@pytest.mark.parametrize("name", ["*.cs.uec.ac.jp", "www.example.com", "192.0.2.1", "https://www.cs.uec.ac.jp/"])
def test_what_is_wrong_with_a_name_is_said_once(cast, name):
    request = cast.request(State.DRAFT)
    request.common_name = name
    assert len(rules.broken_by_names(request)) == 1


def test_applicant_who_is_named_manager_is_not_asked_for_consent(cast):
    request = cast.request(State.DRAFT)
    contents = requests.contents(
        common_name=request.common_name, manager_accounts=(cast.applicant.account, factories.faculty().account)
    )
    drafting.save(request.pk, contents, actor=factories.actor(cast.applicant))
    request.refresh_from_db()
    assert request.subscriber_contact == cast.applicant
    assert not ContactConsent.objects.exists()
    assert not OutboxMessage.objects.filter(kind="contact_asked").exists()


def test_pages_about_a_holder_name_it_once_and_ask_what_the_mail_asks(cast, client):
    holder, host = factories.faculty(), requests.name()
    revocations.certificate(holder, name=host)
    request = cast.request(State.CONFIRMING, common_name=host)
    question = request.confirmations.get(kind=ConfirmationKind.HOLDER)
    client.force_login(holder)
    page = client.get(reverse("requests:confirmation", args=[question.pk])).content.decode()
    assert "有効な証明書の保持者: 依頼済み" in page
    assert "はい。この名前の証明書を持ってかまいません" in page
    assert "責任を負っています" not in page


def test_question_of_a_returned_request_is_not_listed_as_asked(cast, client):
    request = cast.request(State.CONFIRMING)
    requests.observe(request.common_name, outcome="NXDOMAIN", caa="")
    confirming.settle(request.pk)
    client.force_login(cast.administrator)
    page = client.get(reverse("requests:confirmations")).content.decode()
    assert request.common_name in page
    assert "回答は不要になりました" in page
