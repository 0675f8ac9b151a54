"""A provider that misbehaves: a clear page with the right status, nobody signed in, never a 500."""

import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import Identity
from audit.models import Event
from demo.identity_provider import Misbehaviour
from notifications.models import OutboxMessage
from tests import factories
from tests.integration.accounts.conftest import Visitor

pytestmark = pytest.mark.django_db

REFUSED = [
    (Misbehaviour.OTHER_SUB_IN_USERINFO, 403, "sign_in.subject_mismatch"),
    (Misbehaviour.FOREIGN_ISSUER_IN_ID_TOKEN, 403, "sign_in.id_token_invalid"),
    (Misbehaviour.REDIRECTING_TOKEN, 502, "sign_in.provider_misconfigured"),
    (Misbehaviour.NO_ID_TOKEN, 502, "sign_in.id_token_missing"),
    (Misbehaviour.WRONG_AUDIENCE, 403, "sign_in.id_token_invalid"),
    (Misbehaviour.EXPIRED_ID_TOKEN, 403, "sign_in.id_token_invalid"),
    (Misbehaviour.BAD_SIGNATURE, 403, "sign_in.id_token_invalid"),
    (Misbehaviour.UNSIGNED_ID_TOKEN, 403, "sign_in.id_token_invalid"),
    (Misbehaviour.WRONG_NONCE, 403, "sign_in.nonce_mismatch"),
    (Misbehaviour.NO_NONCE, 403, "sign_in.nonce_mismatch"),
    (Misbehaviour.UNVERIFIED_MAIL, 403, "sign_in.address_unverified"),
    (Misbehaviour.MAIL_VERIFIED_AS_TEXT, 403, "sign_in.address_unverified"),
    (Misbehaviour.FOREIGN_HOSTED_DOMAIN, 403, "sign_in.foreign_domain"),
    (Misbehaviour.NO_HOSTED_DOMAIN, 403, "sign_in.foreign_domain"),
    (Misbehaviour.SERVER_ERROR_AT_TOKEN, 503, "sign_in.provider_unavailable"),
]
"""What the provider does between the click and the answer; it behaves when the sign-in begins."""

AT_BEGIN = [
    (Misbehaviour.FOREIGN_ISSUER_IN_DISCOVERY, 502, "sign_in.foreign_issuer"),
    (Misbehaviour.REDIRECTING_DISCOVERY, 502, "sign_in.provider_misconfigured"),
    (Misbehaviour.MALFORMED, 502, "sign_in.provider_misconfigured"),
    (Misbehaviour.HUGE, 502, "sign_in.provider_misconfigured"),
    (Misbehaviour.SERVER_ERROR, 503, "sign_in.provider_unavailable"),
]
"""What spoils the discovery document: seen at the first click, and again when it begins only then."""


def assert_refused(visitor: Visitor, response, *, status: int, code: str) -> None:
    assert response.status_code == status
    assert code in response.content.decode()
    assert visitor.person_id is None


def answer_of_misbehaving(visitor: Visitor, misbehaviour: Misbehaviour, *, account: str = "suzuki"):
    """Begin while the provider behaves; the misbehaviour begins before its answer is looked at."""
    begun = visitor.begin()
    visitor.provider.misbehaviour = {misbehaviour}
    return visitor.client.get(visitor.provider.callback_for(begun.headers["Location"], account))


@pytest.mark.parametrize(("misbehaviour", "status", "code"), REFUSED + AT_BEGIN)
def test_a_misbehaving_provider_signs_nobody_in(visitor: Visitor, misbehaviour: Misbehaviour, status: int, code: str):
    factories.faculty(account="suzuki")
    response = answer_of_misbehaving(visitor, misbehaviour)
    assert_refused(visitor, response, status=status, code=code)
    assert not Identity.objects.exists()


@pytest.mark.parametrize(("misbehaviour", "status", "code"), AT_BEGIN)
def test_a_spoiled_discovery_document_is_refused_at_the_first_click(
    visitor: Visitor, misbehaviour: Misbehaviour, status: int, code: str
):
    visitor.provider.misbehaviour = {misbehaviour}
    assert_refused(visitor, visitor.begin(), status=status, code=code)


def test_an_endpoint_elsewhere_never_gets_the_client_secret(visitor: Visitor):
    response = answer_of_misbehaving(visitor, Misbehaviour.FOREIGN_ENDPOINTS)
    assert_refused(visitor, response, status=502, code="sign_in.provider_misconfigured")
    assert "/token" not in visitor.provider.requests


def test_a_provider_that_is_down_gives_503_at_both_ends(visitor: Visitor):
    begun = visitor.begin()
    back = visitor.provider.callback_for(begun.headers["Location"], "suzuki")
    visitor.provider.stop()
    response = visitor.begin()
    assert_refused(visitor, response, status=503, code="sign_in.provider_unavailable")
    assert response.headers["Retry-After"]
    assert_refused(visitor, visitor.client.get(back), status=503, code="sign_in.provider_unavailable")


WAITING = [Misbehaviour.HANGING, Misbehaviour.DRIBBLING]
"""What holds the first answer already."""

WAITING_LATER = [
    Misbehaviour.HANGING_AT_TOKEN,
    Misbehaviour.HANGING_AT_KEYS,
    Misbehaviour.HANGING_AT_USERINFO,
    # Each answer comes in time, and the four of them do not.
    Misbehaviour.SLOW,
]


def assert_given_up(visitor: Visitor, ask: Callable[[], Any]) -> None:
    """The stand-in would hold a call for a minute: far below that is the bound, not how fast this machine is."""
    began_at = time.monotonic()
    response = ask()
    assert time.monotonic() - began_at < 20
    assert_refused(visitor, response, status=503, code="sign_in.provider_unavailable")


@pytest.mark.parametrize("misbehaviour", WAITING + WAITING_LATER)
def test_a_slow_provider_is_given_up_within_the_one_deadline(visitor: Visitor, settings, misbehaviour: Misbehaviour):
    factories.faculty(account="suzuki")
    back = visitor.provider.callback_for(visitor.begin().headers["Location"], "suzuki")
    settings.OIDC_TIMEOUT_SECONDS = 1
    visitor.provider.misbehaviour = {misbehaviour}
    assert_given_up(visitor, lambda: visitor.client.get(back))


@pytest.mark.parametrize("misbehaviour", WAITING)
def test_a_slow_provider_is_given_up_at_the_first_click(visitor: Visitor, settings, misbehaviour: Misbehaviour):
    settings.OIDC_TIMEOUT_SECONDS = 1
    visitor.provider.misbehaviour = {misbehaviour}
    assert_given_up(visitor, visitor.begin)


def test_a_hanging_look_up_of_the_providers_name_counts_against_the_deadline(visitor: Visitor, settings, monkeypatch):
    settings.OIDC_ISSUER, settings.OIDC_TIMEOUT_SECONDS = "http://provider.example", 1
    release = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: release.wait(60) and [])
    try:
        assert_given_up(visitor, visitor.begin)
    finally:
        release.set()


def test_a_second_identity_of_a_known_account_is_refused_and_goes_to_the_registrars(visitor: Visitor):
    person = factories.faculty(account="suzuki")
    registrar = factories.registrar()
    visitor.sign_in("suzuki")
    visitor.client.logout()
    response = answer_of_misbehaving(visitor, Misbehaviour.SECOND_IDENTITY)
    assert_refused(visitor, response, status=403, code="sign_in.identity_conflict")
    assert person.identities.count() == 1
    refusal = Event.objects.get(subject=f"person:{person.pk}", action="sign_in_refused")
    assert refusal.payload["code"] == "sign_in.identity_conflict"
    assert OutboxMessage.objects.get(kind="identity_conflict").person_id == registrar.pk


def test_repeated_conflicts_of_one_identity_send_one_mail_a_day(visitor: Visitor):
    factories.faculty(account="suzuki")
    factories.registrar()
    visitor.sign_in("suzuki")
    visitor.client.logout()
    for _ in range(3):
        visitor.provider.misbehaviour = set()
        answer_of_misbehaving(visitor, Misbehaviour.SECOND_IDENTITY)
    assert OutboxMessage.objects.filter(kind="identity_conflict").count() == 1
    assert Event.objects.filter(action="sign_in_refused").count() == 3


def test_a_known_identity_with_another_account_is_refused(visitor: Visitor):
    person = factories.staff(account="yamamoto")
    factories.faculty(account="suzuki")
    visitor.sign_in("yamamoto")
    visitor.client.logout()
    response = answer_of_misbehaving(visitor, Misbehaviour.OTHER_ACCOUNT, account="yamamoto")
    assert_refused(visitor, response, status=403, code="sign_in.identity_conflict")
    assert Event.objects.filter(subject=f"person:{person.pk}", action="sign_in_refused").exists()


@pytest.mark.parametrize("process", ["connect", "redirect", "x"])
def test_connecting_a_second_identity_is_refused(visitor: Visitor, process: str):
    visitor.sign_in("suzuki")
    address = reverse("openid_connect_login", kwargs={"provider_id": "uec"})
    for response in (visitor.client.post(f"{address}?process={process}"), visitor.begin(process=process)):
        assert response.status_code == 403
        assert "sign_in.connect_refused" in response.content.decode()


def test_a_sign_in_does_not_begin_by_get(visitor: Visitor):
    response = visitor.client.get(reverse("openid_connect_login", kwargs={"provider_id": "uec"}))
    assert_refused(visitor, response, status=405, code="sign_in.must_be_posted")
    assert not visitor.provider.requests


def test_a_sign_in_needs_the_csrf_token(provider, client):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    response = strict.post(reverse("openid_connect_login", kwargs={"provider_id": "uec"}))
    assert response.status_code == 403
    assert not provider.requests


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("", 400, "sign_in.state_unknown"),
        ("?code=x&state=unknown", 400, "sign_in.state_unknown"),
        ("?code=%01&state=%F0", 400, "sign_in.state_unknown"),
        ("?error=access_denied", 400, "sign_in.state_unknown"),
    ],
)
def test_an_answer_to_no_sign_in_of_this_browser_is_refused(visitor: Visitor, query: str, status: int, code: str):
    address = reverse("openid_connect_callback", kwargs={"provider_id": "uec"})
    assert_refused(visitor, visitor.client.get(address + query), status=status, code=code)


def test_cancelling_at_the_provider_gives_a_page(visitor: Visitor):
    state = visitor.begin().headers["Location"].partition("state=")[2].partition("&")[0]
    address = reverse("openid_connect_callback", kwargs={"provider_id": "uec"})
    response = visitor.client.get(f"{address}?error=access_denied&state={state}")
    assert_refused(visitor, response, status=403, code="sign_in.cancelled")


def test_an_answer_is_good_once(visitor: Visitor):
    factories.faculty(account="suzuki")
    back = visitor.provider.callback_for(visitor.begin().headers["Location"], "suzuki")
    assert visitor.client.get(back).status_code == 302
    visitor.client.logout()
    assert_refused(visitor, visitor.client.get(back), status=400, code="sign_in.state_unknown")


def test_an_unknown_provider_is_not_found(visitor: Visitor):
    assert visitor.client.post("/accounts/oidc/other/login/").status_code == 404
    assert visitor.client.get("/accounts/oidc/other/login/callback/").status_code == 404


def test_an_http_issuer_is_refused_outside_the_demonstration(visitor: Visitor, settings):
    settings.UPKI_DEMO = False
    assert_refused(visitor, visitor.begin(), status=502, code="sign_in.provider_misconfigured")
    assert not visitor.provider.requests


@pytest.mark.parametrize(
    "path", ["signup/", "password/reset/", "social/connections/", "email/", "3rdparty/", "social/signup/"]
)
def test_nothing_else_of_allauth_is_routed(client, path: str):
    assert client.get(f"/accounts/{path}").status_code in {404, 302}
    client.force_login(factories.faculty())
    assert client.get(f"/accounts/{path}").status_code == 404
