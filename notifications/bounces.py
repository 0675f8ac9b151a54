"""Addresses from which mail came back. Recording one stops mail to it; what is due is parked at its next attempt."""

from collections.abc import Iterable

from notifications.models import BouncedAddress


def record(address: str, *, note: str = "") -> None:
    """Stop mail to the address; a second time changes nothing."""
    BouncedAddress.objects.get_or_create(address=address.lower(), defaults={"note": note})


def forget(address: str) -> None:
    """Allow mail to the address again; parked mails wait for "send again"."""
    BouncedAddress.objects.filter(address=address.lower()).delete()


def has_bounced(address: str) -> bool:
    """Whether mail to the address is stopped."""
    return BouncedAddress.objects.filter(address=address.lower()).exists()


def among(addresses: Iterable[str]) -> set[str]:
    """Return those of the addresses to which mail is stopped, in lower case; one query."""
    lower = {address.lower() for address in addresses}
    return set(BouncedAddress.objects.filter(address__in=lower).values_list("address", flat=True))
