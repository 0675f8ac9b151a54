"""What every page knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import User
from requests_app import queries


def portal(request: HttpRequest) -> dict[str, Any]:
    """Return contact, demonstration mark, and what the navigation shows (asked only where it is shown)."""
    user = getattr(request, "user", None)
    person = user if isinstance(user, User) else None
    return {
        "is_demo": settings.UPKI_DEMO,
        "contact_mail": settings.CONTACT_MAIL,
        "confirmations_waiting": SimpleLazyObject(lambda: queries.waiting_for(person).count() if person else 0),
        "is_zone_administrator": SimpleLazyObject(
            lambda: bool(person and queries.active_administrations().filter(person=person).exists())
        ),
    }
