"""What the hashes of the audit trail cover. Each format name is part of what is hashed."""

from collections.abc import Iterable
from datetime import UTC, datetime

from audit import canonical
from audit.models import Checkpoint, Event

EVENT_FORMAT = "upki-event/1"
HEADS_FORMAT = "upki-heads/1"
CHECKPOINT_FORMAT = "upki-checkpoint/1"

Head = tuple[str, int, str]
"""Subject, sequence and hash of a subject's newest event."""


def event_hash(event: Event) -> str:
    """Return the hash over everything but the payload, which is covered by its own hash and so can be erased."""
    return canonical.digest(
        {
            "format": EVENT_FORMAT,
            "subject": event.subject,
            "sequence": event.sequence,
            "action": event.action,
            "actor_person": event.actor_person,
            "actor_role": event.actor_role,
            "door": event.door,
            "at": _moment(event.at),
            "payload_hash": event.payload_hash,
            "previous_hash": event.previous_hash,
        }
    )


def heads_hash(heads: Iterable[Head]) -> str:
    """Return the hash over the heads that a checkpoint fixes, in the order of their subjects."""
    return canonical.digest({"format": HEADS_FORMAT, "heads": sorted(heads)})


def checkpoint_hash(checkpoint: Checkpoint) -> str:
    """Return the hash over a checkpoint, its heads and every checkpoint before it."""
    return canonical.digest(
        {
            "format": CHECKPOINT_FORMAT,
            "number": checkpoint.number,
            "at": _moment(checkpoint.at),
            "heads_hash": checkpoint.heads_hash,
            "previous_hash": checkpoint.previous_hash,
        }
    )


def _moment(at: datetime) -> str:
    """Return the moment in UTC with microseconds, what both databases keep."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
