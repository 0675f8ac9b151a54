"""allauth's hooks: its own sign-in, sign-up and connecting end here, and the portal's rules take over."""

import hmac
from typing import Any

import requests
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base.constants import AuthError, AuthProcess
from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import redirect, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import claims, refusals, signing
from accounts.addresses import client_address
from accounts.errors import (
    ConnectRefused,
    NonceMismatch,
    ProviderMisconfigured,
    ProviderUnavailable,
    SignInCancelled,
    SignInRefused,
    StateUnknown,
)
from accounts.services import signing_in
from probes.guard import Deadline, OutsideGuard
from probes.http import guarded_session


def refusal_of(fault: Exception | None) -> SignInRefused:
    """The refusal to show for what went wrong between us and the provider."""
    if isinstance(fault, SignInRefused):
        return fault
    if isinstance(fault, OutsideGuard):
        return ProviderMisconfigured()
    if isinstance(fault, requests.RequestException):
        return ProviderUnavailable()
    return SignInRefused()


def is_local_path(address: str) -> bool:
    """Whether a redirect to `address` stays in this portal: a path, never another host or scheme."""
    return (
        address.startswith("/")
        and address.isprintable()
        and url_has_allowed_host_and_scheme(address, allowed_hosts=None)
    )


class AccountAdapter(DefaultAccountAdapter):
    """No sign-up, no passwords, and only local paths after a sign-in."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up: people come from the roster or from their first verified sign-in."""
        return False

    def is_safe_url(self, url: str | None) -> bool:
        """Only paths of this portal."""
        return is_local_path(url or "")

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address as the portal knows it."""
        return client_address(request)


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Decides who is signed in; nothing of a sign-in reaches allauth's own tables."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Nobody signs up."""
        return False

    def is_safe_next(self, address: str) -> bool:
        """Whether a sign-in may lead there."""
        return is_local_path(address)

    def get_requests_session(self) -> requests.Session:
        """A session through the one gate; all calls of a request to the provider share one deadline."""
        request = context.request
        deadline = getattr(request, "openid_deadline", None) or Deadline(settings.OIDC_TIMEOUT_SECONDS)
        if request is not None:
            request.openid_deadline = deadline
        return guarded_session(timeout=deadline)

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: AuthError = AuthError.UNKNOWN,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """Answer with our page in place of allauth's, which shows the library's message."""
        if exception is None and error == AuthError.CANCELLED:
            refusal: SignInRefused = SignInCancelled()
        elif exception is None and "state" not in (extra_context or {}):
            refusal = StateUnknown()
        else:
            refusal = refusal_of(exception)
        raise ImmediateHttpResponse(refusals.page(request, refusal)) from exception

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Sign in or refuse; always raises ImmediateHttpResponse, so that allauth's own sign-in never runs."""
        try:
            next_path = self._sign_in(request, sociallogin)
        except SignInRefused as refusal:
            raise ImmediateHttpResponse(refusals.page(request, refusal)) from refusal
        raise ImmediateHttpResponse(redirect(next_path))

    def _sign_in(self, request: HttpRequest, sociallogin: SocialLogin) -> str:
        if sociallogin.state.get("process") != AuthProcess.LOGIN:
            raise ConnectRefused
        verified = sociallogin.account.extra_data
        said = claims.read(
            verified["claims"], issuer=settings.OIDC_ISSUER, affiliation_claim=settings.OIDC_AFFILIATION_CLAIM
        )
        if not hmac.compare_digest(said.nonce.encode(), sociallogin.state["nonce"].encode()):
            raise NonceMismatch
        person_id = signing_in.sign_in(
            said, address=client_address(request), request_id=request.META.get("UPKI_REQUEST_ID", "")
        )
        signing.begin_session(
            request,
            person_id,
            said=said,
            sign_out_hint=verified["sign_out_hint"],
            sign_out_address=verified["sign_out_address"],
        )
        next_path = sociallogin.state.get("next", "")
        return next_path if is_local_path(next_path) else resolve_url(settings.LOGIN_REDIRECT_URL)
