"""The plain actions: return, reject, withdraw, hold, release. Only they share one verb and one address."""

from django.db import transaction
from django.utils import timezone

from audit.actors import Actor
from inventory import keys
from requests_app import errors, queries, transitions
from requests_app.states import Action, State
from requests_app.states.request import LABELS, TABLE
from requests_app.steps import rows

PLAIN = frozenset(action for action, rule in TABLE.rules.items() if rule.plain)
"""What `act` takes; everything else has a verb of its own with checks of its own."""


@transaction.atomic(durable=True)
def act(request_id: int, action: Action, *, actor: Actor, reason: str = "") -> None:
    """Take a plain action. Raises NotPermitted, Interested, TransitionNotAllowed, InLiveFile, ReasonRequired."""
    if action not in PLAIN:
        raise errors.NotPermitted(action=TABLE.rules[action].label)
    request = transitions.lock(request_id)
    transitions.check(request, action, actor=actor, reason=reason)
    if action in {Action.HOLD, Action.UNHOLD}:
        if (request.held_at is None) == (action is Action.UNHOLD):
            raise errors.TransitionNotAllowed(action=TABLE.rules[action].label, state=LABELS[State(request.state)])
        request.held_at = timezone.now() if action is Action.HOLD else None
        request.held_by_id = actor.person_id if action is Action.HOLD else None
    else:
        request.held_at = request.held_by_id = None
    if action is Action.HOLD_AT_NII and (row := queries.live_row(request)):
        # NII's answer to the file says what became of the row; its word comes after that.
        raise errors.InLiveFile(action=TABLE.rules[action].label, file=row.submission.reference)
    if action in {Action.WITHDRAW, Action.REJECT} and not rows.was_uploaded(request):
        keys.release(owner=request.subject)
    if action is Action.RETURN and request.state == State.HELD:
        rows.void_everything(request)
    transitions.move(request, action, actor=actor, reason=reason)
