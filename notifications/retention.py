"""The end of a mail's text: it goes, the fact of sending stays."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from notifications.models import MessageState, OutboxMessage

ROWS_AT_ONCE = 1000


def remove_old_bodies() -> int:
    """Remove the texts of mails sent, or parked and last tried, more than MAIL_BODY_DAYS ago; return how many.

    At most ROWS_AT_ONCE.
    """
    now = timezone.now()
    limit = now - timedelta(days=settings.MAIL_BODY_DAYS)
    old = Q(state=MessageState.SENT, sent_at__lt=limit) | Q(state=MessageState.PARKED, next_attempt_at__lt=limit)
    ids = OutboxMessage.objects.filter(old, body_removed_at__isnull=True).order_by("id").values_list("id", flat=True)
    # Again with the state: "send again" may have come between.
    chosen = OutboxMessage.objects.filter(old, id__in=list(ids[:ROWS_AT_ONCE]))
    return chosen.update(body="", body_removed_at=now)
