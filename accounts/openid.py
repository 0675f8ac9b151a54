"""The OpenID Connect client: allauth's authorization code flow with PKCE, and what it leaves out.

Specification: OpenID Connect Core 1.0 (sections 3.1.3.7 id_token, 5.3.2 userinfo) and Discovery 1.0 (section 4.3).
"""

import secrets
from typing import Any, cast

import jwt
import requests
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from requests.auth import HTTPBasicAuth

from accounts.errors import ForeignIssuer, IdTokenInvalid, IdTokenMissing, ProviderMisconfigured, SubjectMismatch

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Signatures with a public key only: "none" and HMAC would let whoever knows the client secret, or nobody, sign."""

LEEWAY_SECONDS = 30
"""How far the provider's clock may be from ours."""

REQUIRED_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class PortalOAuth2Adapter(OpenIDConnectOAuth2Adapter):
    """Talks to the provider. Every method raises SignInRefused or requests.RequestException, nothing else."""

    @property
    def openid_config(self) -> dict[str, Any]:
        """The discovery document of the issuer in the settings, fetched once in a request."""
        if not hasattr(self, "_openid_config"):
            self._openid_config = self._discover()
        return self._openid_config

    def _discover(self) -> dict[str, Any]:
        if not is_acceptable_endpoint(settings.OIDC_ISSUER):
            raise ProviderMisconfigured
        config = _get_json(f"{settings.OIDC_ISSUER}/.well-known/openid-configuration")
        issuer = config.get("issuer")
        # The setting has no slash at its end; a few providers' issuers have one.
        if not isinstance(issuer, str) or issuer.rstrip("/") != settings.OIDC_ISSUER:
            raise ForeignIssuer
        optional = [name for name in ("userinfo_endpoint", "end_session_endpoint") if config.get(name) is not None]
        for name in (*REQUIRED_ENDPOINTS, *optional):
            if not is_acceptable_endpoint(config.get(name)):
                raise ProviderMisconfigured
        return config

    def get_access_token_data(
        self, request: HttpRequest, app: Any, client: Any, pkce_code_verifier: str | None = None
    ) -> dict[str, Any]:
        """Exchange the code for tokens. Raises IdTokenMissing without an id_token: userinfo alone proves nothing."""
        form = {
            "grant_type": "authorization_code",
            "code": request.GET.get("code", ""),
            "redirect_uri": self.get_callback_url(request, app),
            "code_verifier": pkce_code_verifier or "",
        }
        auth = HTTPBasicAuth(app.client_id, app.secret) if self.basic_auth else None
        if auth is None:
            form |= {"client_id": app.client_id, "client_secret": app.secret}
        with get_adapter().get_requests_session() as session:
            response = session.post(self.openid_config["token_endpoint"], data=form, auth=auth)
        if response.status_code >= requests.codes.server_error:
            response.raise_for_status()
        if response.status_code != requests.codes.ok:
            raise IdTokenInvalid
        answer = _json_of(response)
        if not isinstance(answer.get("id_token"), str):
            raise IdTokenMissing
        if not isinstance(answer.get("access_token"), str):
            raise ProviderMisconfigured
        self.did_fetch_access_token = True
        return answer

    def parse_token(self, data: dict[str, Any]) -> None:
        """The access token serves for userinfo in this request only and is never stored."""
        return

    def complete_login(self, request: HttpRequest, app: Any, token: None, **kwargs: Any) -> SocialLogin:
        """Verify the id_token, compare userinfo with it, and hand its claims to `pre_social_login`."""
        answer = kwargs["response"]
        payload = self._verify(answer["id_token"], client_id=app.client_id)
        if "userinfo_endpoint" in self.openid_config:
            self._compare_userinfo(answer["access_token"], sub=payload["sub"])
        account = SocialAccount(
            provider=self.provider_id,
            uid=payload["sub"],
            extra_data={
                "claims": payload,
                "sign_out_hint": answer["id_token"],
                "sign_out_address": self.openid_config.get("end_session_endpoint") or "",
            },
        )
        return SocialLogin(account=account, provider=self.get_provider())

    def _verify(self, id_token: str, *, client_id: str) -> dict[str, Any]:
        """The payload of a signed, unexpired token of the issuer for us. Raises IdTokenInvalid."""
        try:
            payload = jwt.decode(
                id_token,
                key=self._signing_key(id_token),
                algorithms=ALGORITHMS,
                issuer=self.openid_config["issuer"],
                audience=client_id,
                leeway=LEEWAY_SECONDS,
                options={"require": ["iss", "sub", "aud", "exp", "iat"]},
            )
        except (jwt.PyJWTError, ValueError) as fault:
            raise IdTokenInvalid from fault
        audiences = payload["aud"] if isinstance(payload["aud"], list) else [payload["aud"]]
        # Core 1.0, section 3.1.3.7, points 4 and 5: with several audiences the token must name us as the one it is for.
        if payload.get("azp", client_id if len(audiences) == 1 else None) != client_id:
            raise IdTokenInvalid
        return payload

    def _signing_key(self, id_token: str) -> jwt.PyJWK:
        """The provider's key that the token names; without a name, its only one. Raises PyJWTError, ValueError."""
        header = jwt.get_unverified_header(id_token)
        keys = jwt.PyJWKSet.from_dict(_get_json(self.openid_config["jwks_uri"])).keys
        named = [key for key in keys if key.key_id == header.get("kid")] if "kid" in header else keys
        if len(named) != 1:
            raise jwt.InvalidKeyError
        return named[0]

    def _compare_userinfo(self, access_token: str, *, sub: str) -> None:
        """Raise SubjectMismatch unless userinfo speaks of the same person: Core 1.0, section 5.3.2."""
        headers = {"Authorization": f"Bearer {access_token}"}
        if _get_json(self.openid_config["userinfo_endpoint"], headers=headers).get("sub") != sub:
            raise SubjectMismatch


class PortalProvider(OpenIDConnectProvider):
    """The one provider: fixed scopes, a nonce, and no process but sign-in."""

    oauth2_adapter_class = PortalOAuth2Adapter

    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        """What begins a sign-in. allauth would take scope, auth_params and process from the address: ours are fixed."""
        nonce = secrets.token_urlsafe(32)
        kwargs: dict[str, Any] = {
            "process": AuthProcess.LOGIN,
            "scope": self.get_scope(),
            # `hd` tells Google which accounts to offer; the answer is checked in the id_token.
            "auth_params": {"nonce": nonce, "hd": settings.OIDC_HOSTED_DOMAIN},
            # Stored in the session with the state, compared in `pre_social_login`.
            "nonce": nonce,
        }
        next_path = request.POST.get("next", "")
        if get_adapter().is_safe_next(next_path):
            kwargs["next_url"] = next_path
        return kwargs

    def redirect(self, request: HttpRequest, process: str, **kwargs: Any) -> HttpResponse:
        """Redirect to the provider, without any process but sign-in."""
        return cast(HttpResponse, super().redirect(request, AuthProcess.LOGIN, **kwargs))


def is_acceptable_endpoint(address: object) -> bool:
    """Whether the client may talk to it: https, or http in the demonstration only, where it is on loopback."""
    if not isinstance(address, str):
        return False
    return address.startswith("https://") or (settings.UPKI_DEMO and address.startswith("http://"))


def _get_json(address: str, *, headers: dict[str, str] | None = None) -> dict[str, Any]:
    with get_adapter().get_requests_session() as session:
        response = session.get(address, headers=headers)
    if response.status_code >= requests.codes.server_error:
        response.raise_for_status()
    if response.status_code != requests.codes.ok:
        raise ProviderMisconfigured
    return _json_of(response)


def _json_of(response: requests.Response) -> dict[str, Any]:
    """The object in the answer. Raises ProviderMisconfigured where there is none."""
    try:
        answer = response.json()
    except requests.JSONDecodeError as fault:
        raise ProviderMisconfigured from fault
    if not isinstance(answer, dict):
        raise ProviderMisconfigured
    return answer
