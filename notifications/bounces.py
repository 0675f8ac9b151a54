"""Addresses from which mail came back. Recording one stops mail to it; what is due is parked at its next attempt."""

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
