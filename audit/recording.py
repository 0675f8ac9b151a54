"""The only writer of events."""

import secrets
from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from audit import canonical, hashing
from audit.actors import Actor
from audit.models import RESERVED_MEMBERS, Event

SALT_BYTES = 16
"""128 bits: without them an erased payload with few possible values could be guessed from the hash that stays."""


def lock(subject: str) -> None:
    """Hold the chain of a subject that has no row of its own ("zones", "downloads") until the transaction ends.

    Raises TransactionManagementError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("A lock is held in the transaction of what it protects.")
    # On SQLite the transaction, which is IMMEDIATE, holds everything already.
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [subject])


def record(subject: str, action: str, *, actor: Actor, payload: Mapping[str, Any]) -> Event:
    """Append one event to the chain of `subject` and return it.

    The caller is in a transaction and holds the lock of the subject's row (or `lock`); if it does not, two events with
    the same sequence meet the constraint and one transaction fails with IntegrityError. `payload` holds JSON values
    only (no floats; dates as ISO 8601 text), none of them a secret. Raises TransactionManagementError outside a
    transaction, canonical.NotCanonical and ValueError for a payload that cannot be kept.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("An event is recorded in the transaction of what it tells about.")
    if not subject or not action:
        raise ValueError("An event has a subject and an action.")
    previous = Event.objects.filter(subject=subject).order_by("-sequence").only("sequence", "hash").first()
    event = _event(subject, action, actor=actor, payload=payload, previous=previous)
    event.save(force_insert=True)
    return event


def record_first(action: str, payloads: Mapping[str, Mapping[str, Any]], *, actor: Actor) -> None:
    """Append the first event of each of these subjects, all made in this very transaction, with one statement.

    A subject that has an event already meets the constraint: IntegrityError, as in `record`.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("An event is recorded in the transaction of what it tells about.")
    if not action or not all(payloads):
        raise ValueError("An event has a subject and an action.")
    Event.objects.bulk_create(
        _event(subject, action, actor=actor, payload=payload, previous=None) for subject, payload in payloads.items()
    )


def _event(subject: str, action: str, *, actor: Actor, payload: Mapping[str, Any], previous: Event | None) -> Event:
    """Return the event after `previous`, not written yet."""
    kept = _complete(payload, actor=actor)
    event = Event(
        subject=subject,
        sequence=previous.sequence + 1 if previous else 1,
        action=action,
        actor_person=actor.person_id,
        actor_role=actor.role,
        door=actor.door.value,
        at=timezone.now(),
        payload=kept,
        payload_hash=canonical.digest(kept),
        previous_hash=previous.hash if previous else "",
    )
    event.hash = hashing.event_hash(event)
    return event


def _complete(payload: Mapping[str, Any], *, actor: Actor) -> dict[str, Any]:
    taken = RESERVED_MEMBERS & payload.keys()
    if taken:
        raise ValueError(f"The payload's {', '.join(sorted(taken))} is written by the audit trail itself.")
    completed = {**payload, "actor": actor.as_payload(), "salt": secrets.token_hex(SALT_BYTES)}
    normalized: dict[str, Any] = canonical.normalize(completed)
    return normalized
