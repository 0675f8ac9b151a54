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

LATE = timedelta(minutes=30)
"""A mail or a name that is due for longer says that a worker or beat stands still; a mail that was tried is delayed."""


@login_not_required
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """Answer 200 when the database answers, 503 when not; the rest says what waits for an operator."""
    due_before = timezone.now() - LATE
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        pending = OutboxMessage.objects.filter(state=MessageState.PENDING)
        late_mail = pending.filter(next_attempt_at__lt=due_before).exists()
        delayed = pending.filter(created_at__lt=due_before).count()
        late_names = NameLookup.objects.filter(next_at__lt=due_before).exists()
        parked = OutboxMessage.objects.filter(state=MessageState.PARKED).count()
        checkpoint = audit.newest_checkpoint()
    except DatabaseError:
        return JsonResponse({"database": "down"}, status=503)
    return JsonResponse(
        {
            "database": "ok",
            "background": "late" if late_mail or late_names else "ok",
            "mails": {"delayed": delayed, "parked": parked},
            "checkpoint": checkpoint.at.isoformat() if checkpoint else None,
        }
    )
