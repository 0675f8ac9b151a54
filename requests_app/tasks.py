"""Sweeps over due rows: no arguments, one call for each row, harmless when run twice."""

from contextlib import suppress
from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from requests_app.errors import RequestGone
from requests_app.models import CertificateRequest, Confirmation
from requests_app.services import confirming, lapsing, observing
from requests_app.states import ConfirmationState, State

BATCH = 200
"""Rows in one run; the next run takes the next ones."""


@shared_task
def look_up_names() -> int:
    """Look up the names that are due in DNS."""
    return observing.look_up_due()


@shared_task
def remind_and_expire() -> int:
    """Remind those who were asked about a name, and expire what nobody answered."""
    now = timezone.now()
    unreminded = Q()
    for sent, after in enumerate(confirming.REMINDERS_AFTER):
        unreminded |= Q(reminders_sent=sent, asked_at__lt=now - after, request__state=State.CONFIRMING)
    asked = Confirmation.objects.filter(
        unreminded | Q(asked_at__lt=now - confirming.EXPIRES_AFTER), state=ConfirmationState.ASKED
    )
    due = list(asked.order_by("asked_at").values_list("pk", "asked_at")[:BATCH])
    for pk, asked_at in due:
        if asked_at < now - confirming.EXPIRES_AFTER:
            confirming.expire(pk)
        else:
            confirming.remind(pk)
    return len(due)


@shared_task
def lapse_untouched() -> int:
    """Warn of lapsing, and let lapse what was warned of."""
    limit = timezone.now() - timedelta(days=settings.LAPSE_DAYS) + lapsing.WARN_BEFORE
    states = [State(state).value for state in lapsing.LAPSING_STATES]
    # Who was warned a moment ago is not due, and must not keep the others out of the batch.
    warned_before = timezone.now() - lapsing.WARN_BEFORE
    untouched = CertificateRequest.objects.filter(state__in=states, touched_at__lt=limit).exclude(
        lapse_warned_at__gt=warned_before
    )
    due = list(untouched.order_by("touched_at").values_list("pk", flat=True)[:BATCH])
    for pk in due:
        # Somebody may delete a draft while the sweep comes to it.
        with suppress(RequestGone):
            lapsing.warn(pk)
            lapsing.lapse(pk)
    return len(due)
