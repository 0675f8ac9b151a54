"""Checkpoints: the heads of all subjects that moved, chained, and their hash sent off the machine.

A chain alone can be written anew by whoever may write to the database. A hash that left the machine cannot.
"""

import logging

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from audit import hashing, queries
from audit.models import Checkpoint, CheckpointHead, Event

logger = logging.getLogger("audit.checkpoint")
"""Send this logger's lines to another machine (syslog, a log collector): they are what verification relies on."""


def unfixed_heads() -> QuerySet[Event]:
    """Return the newest event of each subject that moved since its last checkpoint.

    It compares rows instead of remembering a highest id: a transaction may commit a lower id after a checkpoint.
    """
    later = Event.objects.filter(subject=OuterRef("subject"), sequence__gt=OuterRef("sequence"))
    fixed = CheckpointHead.objects.filter(subject=OuterRef("subject"), sequence__gte=OuterRef("sequence"))
    return Event.objects.filter(~Exists(fixed), ~Exists(later)).only("subject", "sequence", "hash").order_by("subject")


def make() -> Checkpoint | None:
    """Fix the heads that moved; None when none did, or when another worker fixed them at this moment."""
    try:
        with transaction.atomic(durable=True):
            return _fix(list(unfixed_heads()))
    except IntegrityError:
        # The number is unique: the other worker's checkpoint stands, and what it missed is next in turn.
        return None


def deliver() -> Checkpoint | None:
    """Write the newest checkpoint as one log line and return it; None before the first.

    Every sweep repeats the newest line: so none has to be remembered as sent, and silence in the outside log shows
    that the sweep stopped.
    """
    newest = queries.newest_checkpoint()
    if newest is not None:
        logger.info("checkpoint %s", line(newest))
    return newest


def line(checkpoint: Checkpoint) -> str:
    """Return "NUMBER:HASH", the form that `manage.py verify_audit --checkpoint` takes."""
    return f"{checkpoint.number}:{checkpoint.hash}"


def _fix(events: list[Event]) -> Checkpoint | None:
    if not events:
        return None
    previous = queries.newest_checkpoint()
    checkpoint = Checkpoint(
        number=previous.number + 1 if previous else 1,
        at=timezone.now(),
        heads_hash=hashing.heads_hash((event.subject, event.sequence, event.hash) for event in events),
        previous_hash=previous.hash if previous else "",
    )
    checkpoint.hash = hashing.checkpoint_hash(checkpoint)
    checkpoint.save(force_insert=True)
    CheckpointHead.objects.bulk_create(
        [
            CheckpointHead(checkpoint=checkpoint, subject=event.subject, sequence=event.sequence, hash=event.hash)
            for event in events
        ],
        batch_size=500,
    )
    return checkpoint
