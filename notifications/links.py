"""Links in mails: an address, not an authority. The page behind one asks for the addressee's sign-in.

The outbox holds `PLACEHOLDER`; delivery replaces it by an address signed over (row, generation). So database, backups,
admin and logs never hold a link that opens, and a new generation closes the links of the one before.
"""

from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.db import models
from django.utils.translation import gettext_lazy as _

from notifications.models import OutboxMessage

PLACEHOLDER = "[[portal-link]]"
"""Stands for the link in a stored text. Who writes it into a quoted text shows the addressee their own link."""

PREFIX = "/l/"
"""Path of the portal under which links begin; upki_portal/logs.py strikes out what follows it."""

_SALT = "notifications.link"
_SECONDS_PER_DAY = 86_400


class LinkFault(models.TextChoices):
    """Why a link does not open, in a sentence for its reader."""

    FORGED = "FORGED", _("This link is not complete. Copy the whole address from the mail, or sign in to the portal.")
    EXPIRED = "EXPIRED", _("This link is too old. Sign in to the portal: what waits for you is on your home page.")
    SUPERSEDED = "SUPERSEDED", _("A newer mail took the place of this one. Use the link of the newest mail.")


class LinkInvalid(Exception):
    """The link does not open; `code` is a LinkFault, its label the sentence to show."""

    def __init__(self, code: LinkFault) -> None:
        super().__init__(code.value)
        self.code = code


@dataclass(frozen=True)
class Link:
    """What a link stands for: the mail's row, its addressee, and the path in the portal."""

    message_id: int
    person_id: int | None
    path: str


def address_of(message: OutboxMessage) -> str:
    """Return the absolute address for the text of this generation; never store or log it."""
    token = signing.dumps([message.pk, message.generation], salt=_SALT)
    return f"{settings.PORTAL_URL}{PREFIX}{token}/"


def resolve(token: str) -> Link:
    """Return what the token stands for. Raises LinkInvalid. Reads only, so a mail scanner's GET changes nothing.

    The caller compares `person_id` with the one who signed in: a forwarded link opens nothing.
    """
    row_id, generation = _unsign(token)
    message = OutboxMessage.objects.filter(pk=row_id).only("person_id", "path", "generation").first()
    if message is None or message.generation != generation:
        raise LinkInvalid(LinkFault.SUPERSEDED)
    return Link(message.pk, message.person_id, message.path)


def _unsign(token: str) -> tuple[int, int]:
    try:
        row_id, generation = signing.loads(token, salt=_SALT, max_age=settings.MAIL_LINK_DAYS * _SECONDS_PER_DAY)
    except signing.SignatureExpired:
        raise LinkInvalid(LinkFault.EXPIRED) from None
    except signing.BadSignature:
        raise LinkInvalid(LinkFault.FORGED) from None
    return row_id, generation
