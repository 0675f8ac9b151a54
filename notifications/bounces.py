"""Addresses from which mail came back. Recording one stops mail to it; what is due is parked at its next attempt."""

import re
from collections.abc import Iterable

from notifications.models import BouncedAddress, OutboxMessage

_OWN = re.compile(r"<\d{1,12}\.\d{6}\.(?P<row>\d{1,15})\.(?P<generation>\d{1,9})@[^<>@\s]{1,255}>", re.ASCII)
"""OutboxMessage.message_id."""


def record(address: str, *, note: str = "") -> BouncedAddress | None:
    """Stop mail to the address and return its row; None, and nothing happens, when it is stopped already."""
    row, is_new = BouncedAddress.objects.get_or_create(address=address.lower(), defaults={"note": note})
    return row if is_new else None


def forget(address: str) -> None:
    """Allow mail to the address again; parked mails wait for "send again"."""
    BouncedAddress.objects.filter(address=address.lower()).delete()


def find_mail(message_id: str) -> OutboxMessage | None:
    """Return the mail of which this is the Message-ID, of this generation or an earlier one; None for a foreign one."""
    found = _OWN.fullmatch(message_id)
    message = OutboxMessage.objects.filter(pk=int(found["row"])).first() if found else None
    if found is None or message is None or not 1 <= int(found["generation"]) <= message.generation:
        return None
    message.generation = int(found["generation"])
    return message if message.message_id == message_id else None


def has_bounced(address: str) -> bool:
    """Whether mail to the address is stopped."""
    return BouncedAddress.objects.filter(address=address.lower()).exists()


def among(addresses: Iterable[str]) -> set[str]:
    """Return those of the addresses to which mail is stopped, in lower case; one query."""
    lower = {address.lower() for address in addresses}
    return set(BouncedAddress.objects.filter(address__in=lower).values_list("address", flat=True))
