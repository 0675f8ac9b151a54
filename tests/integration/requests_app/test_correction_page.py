"""After “ask for a correction”: what the registrar wants comes first, the same row again only second."""

import pytest
from django.test import Client
from django.urls import reverse

from requests_app.services import applying, preparing
from requests_app.states import State
from tests import factories, requests
from tests.requests import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def given_back():
    cast = Cast()
    request = cast.request(State.PREPARED)
    preparing.ask_for_correction(request.pk, actor=factories.actor(cast.registrar), reason="鍵を作り直してください")
    return cast, request


def pages(cast, request):
    cast.applicant.language = "en"
    cast.applicant.save()
    client = Client()
    client.force_login(cast.applicant, backend="accounts.backends.RoleBackend")
    addresses = (reverse("requests:csr", args=[request.pk]), request.get_absolute_url())
    return [client.get(address).content.decode() for address in addresses]


def test_the_correction_is_asked_for_first(given_back):
    csr, detail = pages(*given_back)
    for page in (csr, detail):
        assert "Correct what the registrar asks for" in page
        assert "Check the TSV row and send it" not in page
    assert "Send it unchanged" in csr
    assert reverse("requests:adjust", args=[given_back[1].pk]) in csr


def test_the_same_row_may_still_be_sent(given_back):
    cast, request = given_back
    digest = request.rows.get(superseded_at=None).digest
    state = preparing.send(request.pk, actor=factories.actor(cast.applicant), digest=digest)
    assert state == State.PREPARED


@pytest.mark.parametrize("change", ["csr", "software"])
def test_after_the_correction_the_row_is_sent_as_always(given_back, change):
    cast, request = given_back
    actor = factories.actor(cast.applicant)
    if change == "csr":
        preparing.upload(request.pk, requests.csr_pem(request.common_name), actor=actor)
    else:
        applying.adjust(request.pk, manager_ids=(), software="Apache 2.4", actor=actor)
    for page in pages(cast, request):
        assert "Check the TSV row and send it" in page
        assert "Send it unchanged" not in page


def test_an_address_in_the_application_or_a_reason_is_refused(given_back):
    cast, request = given_back
    pages(cast, request)
    client = Client()
    client.force_login(cast.applicant, backend="accounts.backends.RoleBackend")
    address = reverse("requests:adjust", args=[request.pk])
    refused = client.post(address, {"software": "https://drive.google.com/key", "managers": []})
    assert "An address cannot be given here" in refused.content.decode()
    withdrawing = reverse("requests:act", args=[request.pk, "WITHDRAW"])
    shown = client.post(withdrawing, {"reason": "鍵: https://example.org/key"}, follow=True)
    assert "An address cannot be given here" in " ".join(map(str, shown.context["messages"]))
    request.refresh_from_db()
    assert request.state == State.APPROVED
