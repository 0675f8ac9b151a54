"""The session of a signed-in person: begun after a sign-in, ended here and at the provider."""

import time
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import login, logout
from django.http import HttpRequest
from django.urls import reverse

from accounts import sessions
from accounts.claims import Claims
from accounts.models import User

BACKEND = "accounts.backends.RoleBackend"
EMERGENCY = "emergency address"
"""What stands in place of the provider's word about the strength of a sign-in by `manage.py emergency_login`."""


def start_clock(sender: type[User], request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Note in a new session when it began; called by Django for every sign-in, whichever way."""
    now = int(time.time())
    request.session[sessions.SIGNED_IN_AT] = now
    request.session[sessions.SEEN_AT] = now
    for name in (
        sessions.ISSUER,
        sessions.SUB,
        sessions.STRENGTH,
        sessions.SIGN_OUT_HINT,
        sessions.SIGN_OUT_ADDRESS,
    ):
        request.session.pop(name, None)


def begin_session(
    request: HttpRequest, person_id: int, *, said: Claims, sign_out_hint: str, sign_out_address: str
) -> None:
    """Sign the person in with a fresh session key and keep what the audit trail and the sign-out need."""
    login(request, User.objects.get(pk=person_id), backend=BACKEND)
    request.session[sessions.ISSUER] = said.issuer
    request.session[sessions.SUB] = said.sub
    request.session[sessions.STRENGTH] = said.strength
    request.session[sessions.SIGN_OUT_HINT] = sign_out_hint
    request.session[sessions.SIGN_OUT_ADDRESS] = sign_out_address


def begin_emergency_session(request: HttpRequest, person_id: int) -> None:
    """Sign the person in without the provider; every event of the session says so."""
    login(request, User.objects.get(pk=person_id), backend=BACKEND)
    request.session[sessions.STRENGTH] = EMERGENCY


def end_session(request: HttpRequest) -> str:
    """Sign out here and return where to go: the provider's sign-out, else our own page.

    OpenID Connect RP-Initiated Logout 1.0, section 2. A provider without that endpoint (Google) stays signed in,
    which our page says.
    """
    hint = request.session.get(sessions.SIGN_OUT_HINT, "")
    address = request.session.get(sessions.SIGN_OUT_ADDRESS, "")
    logout(request)
    if not hint or not address:
        return reverse("signed_out")
    query = {
        "id_token_hint": hint,
        "client_id": settings.OIDC_CLIENT_ID,
        "post_logout_redirect_uri": f"{settings.PORTAL_URL}{reverse('signed_out')}",
    }
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"
