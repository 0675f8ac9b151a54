"""Tokens that are signed by the provider and still not for us."""

from typing import Any

import pytest

from demo import identity_provider
from demo.identity_provider import IdentityProvider
from tests import factories
from tests.integration.accounts.conftest import Visitor

pytestmark = pytest.mark.django_db


class ClaimingProvider(IdentityProvider):
    """Signs whatever claims a test wants; None removes one."""

    claims: dict[str, Any] = {}

    def _person_claims(self, account):
        return super()._person_claims(account) | {"extra": "x"}

    def _id_token(self, granted):
        honest = identity_provider.jwt.decode(super()._id_token(granted), identity_provider._signing_key()).claims
        changed = {name: value for name, value in (honest | self.claims).items() if value is not None}
        return identity_provider._signed(changed, ())


@pytest.fixture
def provider(settings, provider):
    with ClaimingProvider() as running:
        settings.OIDC_ISSUER = running.issuer
        yield running


@pytest.mark.parametrize(
    ("claims", "is_signed_in"),
    [
        ({}, True),
        ({"aud": ["upki-portal"]}, True),
        ({"aud": ["upki-portal", "other"], "azp": "upki-portal"}, True),
        ({"azp": "upki-portal"}, True),
        ({"aud": ["upki-portal", "other"]}, False),
        ({"aud": ["upki-portal", "other"], "azp": "other"}, False),
        ({"azp": "other"}, False),
        ({"azp": ["upki-portal"]}, False),
        ({"aud": []}, False),
        ({"aud": None}, False),
        ({"exp": None}, False),
        ({"exp": "never"}, False),
        ({"iat": None}, False),
        ({"iat": 99999999999}, False),
        ({"nbf": 99999999999}, False),
        ({"iss": None}, False),
        ({"iss": 5}, False),
        ({"sub": None}, False),
        ({"sub": 12345}, False),
        ({"sub": ""}, False),
        ({"nonce": None}, False),
        ({"nonce": 5}, False),
        ({"nonce": "ü"}, False),
        ({"email": 5}, False),
        ({"email": "suzuki@gl.cc.uec.ac.jp.example"}, False),
        ({"email": "suzuki"}, False),
        ({"email": "a b@gl.cc.uec.ac.jp"}, False),
        ({"hd": ["gl.cc.uec.ac.jp"]}, False),
        ({"email_verified": 1}, False),
        ({"amr": "pwd", "acr": 7, "auth_time": "x"}, True),
    ],
)
def test_claims_of_a_signed_token(visitor: Visitor, claims: dict[str, Any], is_signed_in: bool):
    factories.faculty(account="suzuki")
    visitor.provider.claims = claims
    response = visitor.sign_in("suzuki")
    assert (visitor.person_id is not None) is is_signed_in
    assert response.status_code == 302 if is_signed_in else response.status_code in {403, 502}
