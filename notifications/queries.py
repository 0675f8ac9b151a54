"""Reading the outbox."""

from datetime import datetime

from django.db.models import Q, QuerySet

from notifications.models import MessageState, OutboxMessage


def due(*, at: datetime) -> QuerySet[OutboxMessage]:
    """Return the mails that a worker may take now, the longest waiting first."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=at)
    return OutboxMessage.objects.filter(free, state=MessageState.PENDING, next_attempt_at__lte=at).order_by(
        "next_attempt_at", "id"
    )


def parked() -> QuerySet[OutboxMessage]:
    """Return the mails that could not be sent, newest first: the registrars look after them."""
    return OutboxMessage.objects.filter(state=MessageState.PARKED).order_by("-id")


def waiting_since() -> datetime | None:
    """Return when the oldest unsent mail entered the outbox; None when nothing waits (for `health`)."""
    waiting = OutboxMessage.objects.filter(state=MessageState.PENDING).order_by("created_at")
    return waiting.values_list("created_at", flat=True).first()
