"""Requests that nobody touches: told before, then lapsed, so that keys and names don't stay reserved for ever."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from audit.actors import SYSTEM
from inventory import keys
from requests_app import mails, transitions
from requests_app.states import Action, State
from requests_app.states.request import TABLE

WARN_BEFORE = timedelta(days=7)
"""How long before the lapse the people of the request are told."""

LAPSING_STATES = frozenset(TABLE.rules[Action.LAPSE].moves)


@transaction.atomic(durable=True)
def warn(request_id: int) -> None:
    """Tell the people of a request that it is about to lapse; once for each time it was touched. May run twice."""
    request = transitions.lock(request_id)
    limit = timezone.now() - timedelta(days=settings.LAPSE_DAYS) + WARN_BEFORE
    if State(request.state) not in LAPSING_STATES or request.touched_at > limit or request.lapse_warned_at:
        return
    request.lapse_warned_at = timezone.now()
    request.save(update_fields=["lapse_warned_at"])
    key = f"R{request.pk}/lapse/{request.touched_at:%Y%m%d%H%M%S}"
    for person in mails.applicant_and_managers(request):
        mails.send(
            "about_to_lapse", key=key, person=person, context=mails.facts(request), link=request.get_absolute_url()
        )


@transaction.atomic(durable=True)
def lapse(request_id: int) -> None:
    """Let a request lapse that was warned WARN_BEFORE ago and not touched since. May run twice."""
    request = transitions.lock(request_id)
    now = timezone.now()
    untouched = request.touched_at <= now - timedelta(days=settings.LAPSE_DAYS)
    warned = request.lapse_warned_at is not None and request.lapse_warned_at <= now - WARN_BEFORE
    if State(request.state) not in LAPSING_STATES or not (untouched and warned):
        return
    keys.release(owner=request.subject)
    transitions.move(request, Action.LAPSE, actor=SYSTEM)
