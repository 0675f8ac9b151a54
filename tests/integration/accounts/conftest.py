"""A real OpenID provider on loopback, and a browser that signs in at it."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from demo.identity_provider import IdentityProvider
from probes import guard

LOOPBACK_ONLY = guard.Policy((guard.Rule(guard.Purpose.OPENID, guard.LOOPBACK, guard.ANY_PORT),))


@pytest.fixture
def provider(settings) -> Iterator[IdentityProvider]:
    """The stand-in, named as issuer in the settings, and a gate that lets the portal reach loopback."""
    before = guard.install(LOOPBACK_ONLY)
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "sign-in"}}
    cache.clear()
    with IdentityProvider() as running:
        settings.OIDC_ISSUER = running.issuer
        yield running
    guard.install(before)


@dataclass
class Visitor:
    """A browser session that signs in by clicks, following redirects by hand."""

    client: Client
    provider: IdentityProvider

    def begin(self, **form: str):
        """Click on the sign-in button."""
        return self.client.post(reverse("openid_connect_login", kwargs={"provider_id": "uec"}), form)

    def sign_in(self, account: str = "suzuki", **form: str):
        """Click on the button, then on the account; returns the portal's answer to the provider's redirect."""
        begun = self.begin(**form)
        assert begun.status_code == 302, begun.content.decode()
        return self.client.get(self.provider.callback_for(begun.headers["Location"], account))

    @property
    def person_id(self) -> int | None:
        """Who is signed in, by the session; None for nobody."""
        value = self.client.session.get("_auth_user_id")
        return int(value) if value else None


@pytest.fixture
def visitor(provider: IdentityProvider, client: Client) -> Visitor:
    return Visitor(client, provider)
