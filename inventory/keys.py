"""Which public keys are taken. Steps for other verbs: they open no transaction and run under the caller's locks.

A key counts as used when a row with it was sent, when its CSR came with an application, or when it is in a known
certificate; refused uploads count nothing (design: "Keys"). The unique constraint decides between two at once.
"""

from django.db import IntegrityError, transaction
from django.utils import timezone

from inventory.models import Certificate, Provenance, PublicKey


class KeyTaken(Exception):
    """The key belongs to another request or certificate, or was blocked. Never says whose."""


def is_free(spki_sha256: str, *, owner: str) -> bool:
    """Tell whether `owner` (an audit subject) could claim the key now."""
    key = PublicKey.objects.filter(spki_sha256=spki_sha256).first()
    if key and (key.blocked_at or key.taken_by not in {"", owner}):
        return False
    # A certificate that a server merely showed proves nothing: whoever runs it may have copied the key.
    return not Certificate.objects.filter(spki_sha256=spki_sha256).exclude(provenance=Provenance.SEEN).exists()


def claim(spki_sha256: str, *, owner: str) -> None:
    """Take the key for `owner`; again for the same owner changes nothing. Raises KeyTaken."""
    if not is_free(spki_sha256, owner=owner):
        raise KeyTaken
    now = timezone.now()
    if PublicKey.objects.filter(spki_sha256=spki_sha256, taken_by=owner).exists():
        return
    if PublicKey.objects.filter(spki_sha256=spki_sha256, taken_by="", blocked_at=None).update(
        taken_by=owner, taken_at=now
    ):
        return
    try:
        with transaction.atomic():
            PublicKey.objects.create(spki_sha256=spki_sha256, taken_by=owner, taken_at=now)
    except IntegrityError as error:
        raise KeyTaken from error


def release(*, owner: str) -> None:
    """Free every key of a request that closed before anything was uploaded; blocked ones stay blocked."""
    PublicKey.objects.filter(taken_by=owner).update(taken_by="", taken_at=None)


def release_all_but(spki_sha256: str, *, owner: str) -> None:
    """Free the keys that a request no longer uses after a correction."""
    PublicKey.objects.filter(taken_by=owner).exclude(spki_sha256=spki_sha256).update(taken_by="", taken_at=None)


def block(spki_sha256: str) -> PublicKey:
    """Block a key whose private half was shown; idempotent. Returns the row, locked; `taken_by` names its user."""
    now = timezone.now()
    PublicKey.objects.get_or_create(spki_sha256=spki_sha256, defaults={"blocked_at": now})
    key = PublicKey.objects.select_for_update().get(spki_sha256=spki_sha256)
    if not key.blocked_at:
        key.blocked_at = now
        key.save(update_fields=["blocked_at"])
    return key
