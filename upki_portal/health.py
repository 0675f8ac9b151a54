"""Is the portal well? For load balancers and operators: no names, no versions, no secrets."""

from datetime import timedelta

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from audit import queries as audit
from notifications.models import MessageState, OutboxMessage
from requests_app.models import NameLookup
from upki_portal import heartbeats
from upki_portal.heartbeats import Pulse

LATE = timedelta(minutes=30)
"""A mail or a name that is due for longer says that a worker or beat stands still; a mail that was tried is delayed."""


@login_not_required
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """Answer 200 when the database answers, 503 when not; the rest says what waits for an operator."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        pending = OutboxMessage.objects.filter(state=MessageState.PENDING)
        delayed = pending.filter(created_at__lt=timezone.now() - LATE).count()
        work_waits = work_is_late()
        parked = OutboxMessage.objects.filter(state=MessageState.PARKED).count()
        checkpoint = audit.newest_checkpoint()
    except DatabaseError:
        return JsonResponse({"database": "down"}, status=503)
    heard = heartbeats.standing()
    return JsonResponse(
        {
            "database": "ok",
            "cache": "ok" if heard.cache else "down",
            "background": Pulse.LATE if work_waits else heard.overall,
            "beat": heard.beat,
            "sweeps": heard.sweeps,
            "mails": {"delayed": delayed, "parked": parked},
            "checkpoint": checkpoint.at.isoformat() if checkpoint else None,
        }
    )


def stands_still() -> bool:
    """Tell whether the registrars should hear that mail and look-ups wait for an operator."""
    return work_is_late() or heartbeats.standing().overall is Pulse.LATE


def work_is_late() -> bool:
    """Tell whether a mail or a name is due for so long that nobody can be at work, whatever the heartbeats say."""
    due_before = timezone.now() - LATE
    mail = OutboxMessage.objects.filter(state=MessageState.PENDING, next_attempt_at__lt=due_before)
    return mail.exists() or NameLookup.objects.filter(next_at__lt=due_before).exists()
