"""Drafts: whoever prepares one may save it at any time; rules are asked when it is applied for."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.actors import Actor
from audit.recording import record
from inventory import keys
from requests_app import errors, queries, relations, transitions
from requests_app.states import Action, Role, State
from requests_app.states.request import LABELS
from requests_app.steps import drafts
from requests_app.steps.contents import Contents, write


@transaction.atomic(durable=True)
def create(contents: Contents, *, actor: Actor) -> int:
    """Make a draft and return its id. Raises TooManyDrafts and NotReady (people who are not on the roster)."""
    return drafts.make(contents, actor=actor).pk


@transaction.atomic(durable=True)
def save(request_id: int, contents: Contents, *, actor: Actor) -> bool:
    """Replace what the draft says. Raises NotReady for people who are not on the roster, and move's refusals.

    Returns whether the CSR was put aside because it does not fit the names any more.
    """
    request = transitions.lock(request_id)
    transitions.check(request, Action.SAVE, actor=actor)
    dropped = write(request, contents)
    transitions.move(request, Action.SAVE, actor=actor, target=State(request.state))
    return dropped


@transaction.atomic(durable=True)
def delete(request_id: int, *, actor: Actor) -> None:
    """Delete a draft that was never applied for; its events stay. Raises NotADraft, IncidentAttached, NotPermitted."""
    request = transitions.lock(request_id)
    if not relations.roles(actor, request) & {Role.APPLICANT, Role.PREPARER}:
        raise errors.NotPermitted(action=_("Delete the draft"))
    if request.state != State.DRAFT or request.current_version_id:
        raise errors.NotADraft(state=LABELS[State(request.state)])
    if request.incidents.exists():
        raise errors.IncidentAttached
    record(request.subject, "DELETE", actor=actor, payload={"common_name": request.common_name})
    keys.release(owner=request.subject)
    request.delete()


@transaction.atomic(durable=True)
def agree_to_be_contact(request_id: int, *, actor: Actor) -> None:
    """Record that the signed-in person agrees to be the subscriber contact of this request."""
    request = transitions.lock(request_id)
    consent = queries.consent_asked_of(actor, request)
    if consent is None:
        raise errors.NotPermitted(action=_("I agree to be the subscriber contact"))
    if consent.agreed_at is None:
        consent.agreed_at = timezone.now()
        consent.save(update_fields=["agreed_at"])
        record(request.subject, "CONTACT_AGREED", actor=actor, payload={})
