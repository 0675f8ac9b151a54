"""What each request asks about its session and its person: still valid, and in which language."""

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from accounts import sessions

SEEN_EVERY_SECONDS = 60
"""Last-seen is written at most so often: saving the session on every request costs a third on SQLite (stack.md)."""

Next = Callable[[HttpRequest], HttpResponse]


class SessionLimitsMiddleware:
    """Ends a session that is idle or old, or whose person has left or signed out everywhere.

    The person is read from the database on every request; Django compares the session's hash, in which the person's
    `session_epoch` is.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if SESSION_KEY in request.session:
            if not request.user.is_authenticated or _is_over(request):
                logout(request)
            else:
                _note_seen(request)
        return self.get_response(request)


def _is_over(request: HttpRequest) -> bool:
    now = time.time()
    signed_in_at = request.session.get(sessions.SIGNED_IN_AT, 0)
    seen_at = request.session.get(sessions.SEEN_AT, 0)
    # Last-seen is exact to a minute, so the idle limit gives that minute away.
    idle_seconds = settings.SESSION_IDLE_MINUTES * 60 + SEEN_EVERY_SECONDS
    return bool(now - signed_in_at > settings.SESSION_ABSOLUTE_HOURS * 3600 or now - seen_at > idle_seconds)


def _note_seen(request: HttpRequest) -> None:
    now = int(time.time())
    if now - request.session.get(sessions.SEEN_AT, 0) >= SEEN_EVERY_SECONDS:
        request.session[sessions.SEEN_AT] = now


class PersonLocaleMiddleware:
    """Activates the person's language, else the cookie's, else Japanese. Accept-Language is not read."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = language_of(request)
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", translation.get_language() or language)
        return response


def language_of(request: HttpRequest) -> str:
    """The code of a language that the portal has."""
    known = {code for code, _name in settings.LANGUAGES}
    chosen = getattr(request.user, "language", "")
    if chosen in known:
        return str(chosen)
    in_cookie = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return in_cookie if in_cookie in known else settings.LANGUAGE_CODE
