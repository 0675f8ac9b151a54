"""Standing grants: withdrawing one, and asking again what it had answered."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.actors import SYSTEM, Actor
from audit.recording import record
from requests_app import errors, queries, transitions
from requests_app.models import Confirmation, StandingGrant
from requests_app.states import ConfirmationAction, ConfirmationState
from requests_app.steps import asking, collecting

WITHDRAWING = _("Withdraw the standing grant")


@transaction.atomic(durable=True)
def withdraw(grant_id: int, *, actor: Actor) -> None:
    """Withdraw a grant: later renewals ask again, and requests under way by the next sweep (`to_ask_again`).

    Whoever gave it may, and whoever administers its zone now. Raises NotPermitted, GrantWithdrawn.
    """
    # Only the grant: a request that uses it meanwhile rests on a withdrawn grant then, and the sweep finds it.
    grant = StandingGrant.objects.select_for_update(of=("self",), no_key=True).get(pk=grant_id)
    administers = queries.administrators_of(grant.zone).filter(pk=actor.human_id).exists()
    if actor.human_id != grant.grantor_id and not administers:
        raise errors.NotPermitted(action=WITHDRAWING)
    if grant.withdrawn_at:
        raise errors.GrantWithdrawn
    grant.withdrawn_at, grant.withdrawn_by_id = timezone.now(), actor.human_id
    grant.save(update_fields=["withdrawn_at", "withdrawn_by"])
    record(grant.subject, "GRANT_WITHDRAWN", actor=actor, payload={"name": grant.name, "zone": grant.zone.name})


@transaction.atomic(durable=True)
def ask_again(request_id: int) -> None:
    """Void what a withdrawn grant answered for a request that is not decided yet, and ask. May run twice."""
    request = transitions.lock(request_id)
    if request.state not in queries.ANSWERABLE_STATES:
        return
    rested = request.confirmations.select_for_update(of=("self",)).filter(
        versions=request.current_version, state=ConfirmationState.YES, grant__withdrawn_at__isnull=False
    )
    lost = list(rested.order_by("pk"))
    for question in lost:
        transitions.move_confirmation(question, ConfirmationAction.LOSE_GRANT, actor=SYSTEM)
    if lost:
        collecting.mail_waiting(asking.ask_about_names(request, [question.name for question in lost]))


def to_ask_again() -> list[int]:
    """Return the requests that a withdrawn grant still answers for and that are not decided yet."""
    rested = Confirmation.objects.filter(
        state=ConfirmationState.YES,
        grant__withdrawn_at__isnull=False,
        request__state__in=queries.ANSWERABLE_STATES,
    )
    current = queries.of_current_version(rested)
    return sorted(set(current.values_list("request_id", flat=True)))
