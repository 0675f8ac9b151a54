"""Is the portal well? For load balancers and operators: no names, no versions, no secrets."""

from datetime import timedelta

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from audit import queries as audit
from notifications.models import MessageState, OutboxMessage

LATE = timedelta(minutes=30)
"""A mail that waits for longer, or a checkpoint older than that, says that the worker or beat stands still."""


@login_not_required
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """Answer 200 when the database answers, 503 when not; `background` says whether mail is moving."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        waiting = OutboxMessage.objects.filter(
            state=MessageState.PENDING, created_at__lt=timezone.now() - LATE
        ).exists()
        checkpoint = audit.newest_checkpoint()
    except DatabaseError:
        return JsonResponse({"database": "down"}, status=503)
    return JsonResponse(
        {
            "database": "ok",
            "background": "late" if waiting else "ok",
            "checkpoint": checkpoint.at.isoformat() if checkpoint else None,
        }
    )
