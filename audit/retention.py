"""The end of a payload's retention: personal data goes, the chain stays whole."""

from datetime import datetime

from django.db import transaction

from audit import recording
from audit.actors import Actor
from audit.models import Event

SUBJECT = "audit"
"""The chain of the audit trail's own events."""


@transaction.atomic
def erase_payloads(before: datetime, *, actor: Actor) -> int:
    """Set the payload of every event older than `before` to NULL and return how many there were.

    The erasure is itself an event. An erased payload can no longer be checked against its hash.
    """
    erased = Event.objects.filter(at__lt=before, payload__isnull=False).update(payload=None)
    if erased:
        recording.record(
            SUBJECT, "ERASE_PAYLOADS", actor=actor, payload={"before": before.isoformat(), "events": erased}
        )
    return erased
