"""The network address of a client, as far as it can be known."""

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The address of the connection, or what our own reverse proxy says; a client's own header is never read."""
    if settings.TRUSTED_PROXY:
        # The proxy appends what it saw: only the last value is its own.
        forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        if forwarded:
            return forwarded[:64]
    return str(request.META.get("REMOTE_ADDR", ""))
