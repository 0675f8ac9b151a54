"""Delivery: a worker claims a due row, talks to the mail server outside any transaction, and settles the row.

A claim is one compare-and-set UPDATE with a lease. A worker that dies leaves its lease to run out; the next one sends
the mail again with the same Message-ID. That is the only way to a second copy besides a server that took the mail and
broke off before it said so; both are counted in `uncertain_attempts`.
"""

import contextlib
import logging
import secrets
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from notifications import composing, outbox, queries
from notifications.models import DeliveryFault, MessageState, OutboxMessage
from notifications.transport import Conversation, DeliveryFailed

logger = logging.getLogger("notifications.delivery")

BACK_OFF = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(hours=24),
    timedelta(hours=24),
)
"""Waits after the first, second, … failed attempt; together 69 hours, more than a weekend. Then the row is parked,
unless the fault is the server's: the last wait then repeats."""

MAX_ATTEMPTS = len(BACK_OFF) + 1


def deliver_pending(limit: int = 100, *, seconds: float = 50) -> int:
    """Send what is due, at most `limit` mails, taking no new one after `seconds`; return how many the server took.

    A fault of the server ends the sweep, so that one row's attempt is spent and not everybody's. Raises RuntimeError
    inside a transaction.
    """
    end = time.monotonic() + seconds
    sent = 0
    for candidate in list(queries.due(at=timezone.now())[:limit]):
        if time.monotonic() > end:
            break
        claimed = _claim(candidate)
        if not claimed:
            continue
        try:
            sent += _deliver(candidate)
        except DeliveryFailed as failure:
            _postpone(candidate, failure)
            if failure.concerns_server:
                break
    return sent


def _claim(message: OutboxMessage) -> bool:
    """Make the row ours as it was read; False when somebody else changed it since, or when it was parked."""
    now = timezone.now()
    was_left_behind = bool(message.lease_token)
    before = (message.lease_token, message.attempts)
    message.lease_token = secrets.token_hex(16)
    message.lease_until = now + _lease()
    message.attempts += 1
    changes = {
        "lease_token": message.lease_token,
        "lease_until": message.lease_until,
        "attempts": message.attempts,
        "uncertain_attempts": F("uncertain_attempts") + int(was_left_behind),
    }
    if was_left_behind:
        changes["last_fault"] = DeliveryFault.WORKER_LOST
        if message.attempts > MAX_ATTEMPTS:
            changes |= {"state": MessageState.PARKED, "attempts": before[1], **_NO_LEASE}
    # durable: refused inside a transaction, which would stay open during the conversation.
    with transaction.atomic(durable=True):
        same = queries.due(at=now).filter(
            pk=message.pk, generation=message.generation, lease_token=before[0], attempts=before[1]
        )
        return same.order_by().update(**changes) == 1 and "state" not in changes


def _deliver(message: OutboxMessage) -> int:
    """Send a claimed mail and settle it; return 1 when the server took it. Raises DeliveryFailed."""
    fault = outbox.address_fault(message.address)
    if fault:
        _settle(message, state=MessageState.PARKED, last_fault=fault)
        return 0
    with contextlib.closing(Conversation()) as conversation:
        conversation.send(composing.compose(message), recipient=message.address)
        # Before the conversation ends: until the row knows, a crash means a second copy.
        _settle(message, state=MessageState.SENT, sent_at=timezone.now(), last_fault="", last_reply_code=None)
    logger.info("mail %d sent: %s", message.pk, message.kind)
    return 1


def _postpone(message: OutboxMessage, failure: DeliveryFailed) -> None:
    """Note a failed attempt: again after the back-off, or parked."""
    # A server that is away, or refuses us, says nothing about the mail: it waits until somebody has mended that.
    is_last = failure.is_permanent or (message.attempts >= MAX_ATTEMPTS and not failure.concerns_server)
    changes: dict[str, object] = (
        {"state": MessageState.PARKED} if is_last else {"next_attempt_at": _next_attempt(message)}
    )
    _settle(
        message,
        last_fault=failure.fault,
        last_reply_code=failure.reply_code,
        uncertain_attempts=F("uncertain_attempts") + int(failure.is_uncertain),
        **changes,
    )
    logger.warning(
        "mail %d not sent: %s at %s, reply %s, attempt %d%s",
        message.pk,
        failure.fault.value,
        failure.stage.name,
        failure.reply_code,
        message.attempts,
        ", parked" if is_last else "",
    )


_NO_LEASE = {"lease_token": "", "lease_until": None}


def _settle(message: OutboxMessage, **changes: object) -> None:
    """Write the outcome and end the lease, if it is still ours."""
    own = OutboxMessage.objects.filter(pk=message.pk, lease_token=message.lease_token)
    if not own.update(**_NO_LEASE, **changes):
        logger.warning("mail %d: the lease ran out before the outcome was recorded", message.pk)


def _lease() -> timedelta:
    """Return how long a claim lasts: well beyond one whole conversation, whatever the settings say."""
    return timedelta(seconds=max(settings.MAIL_LEASE_SECONDS, 3 * settings.SMTP_TIMEOUT_SECONDS))


def _next_attempt(message: OutboxMessage) -> datetime:
    return timezone.now() + BACK_OFF[min(message.attempts, len(BACK_OFF)) - 1]
