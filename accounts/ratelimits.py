"""How often one person or address may ask for what is dear: sign-in, links, CSR checks, DNS."""

import logging
import time
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Concatenate, ParamSpec

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from redis.exceptions import RedisError

from accounts.addresses import client_address

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

logger = logging.getLogger(__name__)


def rate_limited(name: str, limit: int, window_seconds: int) -> Callable[[View[P]], View[P]]:
    """Answer 429 to whoever calls the view more than `limit` times in a window of `window_seconds`.

    People are counted by their number, others by address; views with the same `name` share one count.
    """

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def limited(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if is_over(name, limit, window_seconds=window_seconds, who=_who(request)):
                response = render(
                    request, "429.html", {"retry_after_seconds": window_seconds}, status=HTTPStatus.TOO_MANY_REQUESTS
                )
                response.headers["Retry-After"] = str(window_seconds)
                return response
            return view(request, *args, **kwargs)

        return limited

    return decorate


def is_over(name: str, limit: int, *, window_seconds: int, who: str) -> bool:
    """Count one call of `who` and tell whether it is beyond `limit`.

    A cache that is down limits nobody: a sign-in matters more than its limit.
    """
    key = f"rate:{name}:{who}:{int(time.time() // window_seconds)}"
    try:
        if cache.add(key, 1, timeout=window_seconds):
            return limit < 1
        count = cache.incr(key)
        # The database's cache falls back to its default time-out when it counts.
        cache.touch(key, timeout=window_seconds)
    except ValueError:
        # The key ran out between two calls: a new window has begun.
        return False
    except RedisError:
        logger.warning("The cache is down; the rate limit “%s” isn't kept.", name)
        return False
    return count > limit


def _who(request: HttpRequest) -> str:
    return f"p{request.user.pk}" if request.user.is_authenticated else f"a{client_address(request)}"
