"""What every page knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def portal(request: HttpRequest) -> dict[str, Any]:
    """Return the portal's name, contact and whether this is the demonstration."""
    return {"is_demo": settings.UPKI_DEMO, "contact_mail": settings.CONTACT_MAIL, "portal_url": settings.PORTAL_URL}
