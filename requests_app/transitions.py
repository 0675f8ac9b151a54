"""lock() and move(): the only writer of a state. One engine for all tables.

A verb locks, then checks; `move` compares source state, policy and reason under that lock and writes state, event and
outbox rows in the same transaction. On SQLite the lock is the database's own (IMMEDIATE), on PostgreSQL the row's.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import timezone

from audit import recording
from audit.actors import Actor
from audit.models import Event
from inventory.models import Certificate
from requests_app import errors, mails, policies, queries, relations
from requests_app.models import (
    CertificateRequest,
    Confirmation,
    HandOver,
    Revocation,
    RevocationReason,
    Submission,
    SubmissionRow,
)
from requests_app.states import (
    Action,
    ConfirmationAction,
    ConfirmationState,
    HandOverAction,
    HandOverState,
    RevocationAction,
    RevocationState,
    Role,
    State,
    SubmissionAction,
    SubmissionRowAction,
    SubmissionRowState,
    SubmissionState,
)
from requests_app.states import confirmation as confirmation_states
from requests_app.states import handover as hand_over_states
from requests_app.states import request as request_states
from requests_app.states import revocation as revocation_states
from requests_app.states import submission as submission_states


def lock(request_id: int) -> CertificateRequest:
    """Return the request, locked until the transaction ends. Raises RequestGone: a draft can be deleted meanwhile."""
    # no_key: whoever only refers to the request (an incident about its key) need not wait, so cannot lock crosswise.
    locked = CertificateRequest.objects.select_for_update(of=("self",), no_key=True)
    request = locked.select_related("current_version").filter(pk=request_id).first()
    if request is None:
        raise errors.RequestGone
    return request


def lock_confirmation(confirmation_id: int) -> tuple[CertificateRequest, Confirmation]:
    """Return a question and its request, both locked, the request first (house: order of locks)."""
    request_id = Confirmation.objects.values_list("request_id", flat=True).get(pk=confirmation_id)
    request = lock(request_id)
    return request, Confirmation.objects.select_for_update().get(pk=confirmation_id)


def lock_all(request_ids: Iterable[int]) -> list[CertificateRequest]:
    """Return the requests, locked in ascending order (house: order of locks)."""
    locked = CertificateRequest.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=request_ids)
    return list(locked.select_related("applicant", "current_version", "subscriber_contact").order_by("pk"))


def lock_submission(submission_id: int) -> tuple[Submission, dict[int, CertificateRequest], dict[int, Revocation]]:
    """Return a file for NII with the requests and the revocations of its rows by id, all locked, the file first."""
    submission = Submission.objects.select_for_update(of=("self",), no_key=True).get(pk=submission_id)
    requests = lock_all(submission.rows.exclude(request=None).values_list("request_id", flat=True))
    revocations = lock_revocations(submission.rows.exclude(revocation=None).values_list("revocation_id", flat=True))
    return submission, {request.pk: request for request in requests}, {one.pk: one for one in revocations}


def lock_revocations(revocation_ids: Iterable[int]) -> list[Revocation]:
    """Return the revocations with their certificates, the revocations locked in ascending order."""
    locked = Revocation.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=revocation_ids)
    return list(locked.select_related("certificate", "request", "asked_by").order_by("pk"))


def lock_revocation(revocation_id: int) -> Revocation:
    """Return a revocation, its request (if there is one) and itself locked, the request first."""
    request_id = Revocation.objects.values_list("request_id", flat=True).get(pk=revocation_id)
    request = lock(request_id) if request_id else None
    (revocation,) = lock_revocations([revocation_id])
    revocation.request = request
    return revocation


def lock_hand_over(hand_over_id: int) -> HandOver:
    """Return a hand-over locked, after what it is about: its request or its certificate."""
    about = HandOver.objects.get(pk=hand_over_id)
    request = lock(about.request_id) if about.request_id else None
    certificate = lock_certificate(about.certificate_id) if about.certificate_id else None
    locked = HandOver.objects.select_for_update(of=("self",), no_key=True).select_related("successor", "asked_by")
    hand_over = locked.get(pk=hand_over_id)
    hand_over.request, hand_over.certificate = request, certificate
    return hand_over


def lock_certificate(certificate_id: int) -> Certificate:
    """Return a certificate, locked; the last in the order of locks."""
    return Certificate.objects.select_for_update(no_key=True).get(pk=certificate_id)


def check(request: CertificateRequest, action: Action, *, actor: Actor, reason: str = "") -> frozenset[Role]:
    """Raise what forbids `action` now: NotPermitted and its kin, TransitionNotAllowed, InLiveFile,
    ReasonRequired.

    Returns the roles of the actor. Verbs call it right after their lock, before they look at anything else.
    """
    rule = request_states.TABLE.rules[action]
    roles = relations.roles(actor, request)
    refusal = policies.refusal(roles, action)
    if refusal:
        raise refusal(action=rule.label)
    state = State(request.state)
    if not request_states.TABLE.targets(action, state):
        raise errors.TransitionNotAllowed(action=rule.label, state=request_states.LABELS[state])
    in_file = queries.live_row(request) if state == State.QUEUED and action is not Action.SUBMIT else None
    if in_file:
        raise errors.InLiveFile(action=rule.label, file=in_file.submission.reference)
    if rule.needs_reason and not reason.strip():
        raise errors.ReasonRequired(action=rule.label)
    return roles


def move(
    request: CertificateRequest,
    action: Action,
    *,
    actor: Actor,
    target: State | None = None,
    reason: str = "",
    details: Mapping[str, Any] | None = None,
) -> Event:
    """Write the new state, its event and its mails. `target` chooses where the table allows more than one."""
    roles = check(request, action, actor=actor, reason=reason)
    source = State(request.state)
    allowed = request_states.TABLE.targets(action, source)
    if target is None:
        (target,) = allowed
    elif target not in allowed:
        raise errors.TransitionNotAllowed(
            action=request_states.TABLE.rules[action].label, state=request_states.LABELS[source]
        )
    request.state = target
    request.touched_at = timezone.now()
    request.lapse_warned_at = None
    request.save()
    event = recording.record(
        request.subject,
        action,
        actor=dataclasses.replace(actor, role=policies.acting_role(roles, request_states.TABLE.rules[action])),
        payload={"from": source, "to": target, "reason": reason, **(details or {})},
    )
    mails.tell(request, action, event=event, reason=reason)
    return event


def move_confirmation(
    confirmation: Confirmation,
    action: ConfirmationAction,
    *,
    actor: Actor,
    reason: str = "",
    details: Mapping[str, Any] | None = None,
) -> Event:
    """Write a question's new state and its event. Raises NotAddressed, NotAsked, ReasonRequired."""
    rule = confirmation_states.TABLE.rules[action]
    roles = relations.confirmation_roles(actor, confirmation)
    if not roles & rule.roles:
        raise errors.NotAddressed(zone=confirmation.zone or confirmation.name)
    source = ConfirmationState(confirmation.state)
    targets = confirmation_states.TABLE.targets(action, source)
    if not targets:
        raise errors.NotAsked(state=confirmation_states.LABELS[source])
    if rule.needs_reason and not reason.strip():
        raise errors.ReasonRequired(action=rule.label)
    confirmation.state = targets[0]
    confirmation.settled_at = timezone.now()
    confirmation.save(update_fields=["state", "settled_at"])
    return recording.record(
        confirmation.subject,
        action,
        actor=dataclasses.replace(actor, role=next(role for role in Role if role in roles & rule.roles)),
        payload={"from": source, "to": targets[0], "reason": reason, "name": confirmation.name, **(details or {})},
    )


def check_revocation(
    revocation: Revocation, action: RevocationAction, *, actor: Actor, reason: str = ""
) -> frozenset[Role]:
    """Raise what forbids `action` now: what `why_not_revocation` returns, or ReasonRequired. Returns the roles."""
    rule = revocation_states.TABLE.rules[action]
    roles = relations.revocation_roles(actor, revocation)
    broken = why_not_revocation(revocation, action, roles=roles)
    if broken:
        raise broken
    if rule.needs_reason and not reason.strip():
        raise errors.ReasonRequired(action=rule.label)
    return roles


def why_not_revocation(
    revocation: Revocation, action: RevocationAction, *, roles: frozenset[Role]
) -> errors.RequestError | None:
    """Return what forbids `action` now: NotPermitted and its kin, RevocationMoved, CompromiseStands, InLiveFile."""
    rule = revocation_states.TABLE.rules[action]
    refusal = policies.refusal_of_revocation(roles, action)
    if refusal:
        return refusal(action=rule.label)
    state = RevocationState(revocation.state)
    if not revocation_states.TABLE.targets(action, state):
        return errors.RevocationMoved(action=rule.label, state=revocation_states.LABELS[state])
    if action is RevocationAction.CANCEL_REVOCATION:
        # A leaked key stays revoked, and what a registrar asked for on behalf is not the holder's to take back.
        if revocation.reason == RevocationReason.KEY_COMPROMISE:
            return errors.CompromiseStands()
        if revocation.on_behalf and Role.ASKER not in roles:
            return errors.NotPermitted(action=rule.label)
    in_file = queries.live_revocation_row(revocation) if action in _NOT_IN_A_FILE else None
    return errors.InLiveFile(action=rule.label, file=in_file.submission.reference) if in_file else None


_NOT_IN_A_FILE = frozenset(
    {
        RevocationAction.CANCEL_REVOCATION,
        RevocationAction.FILE_REVOCATION,
        RevocationAction.SUBMIT_WITH_NIIS_FILE,
        RevocationAction.OVERRIDE_SERVED,
        RevocationAction.NOTE_NOT_REVOKED,
    }
)
"""What people may not do while the revocation is in a file for NII that was made and not answered."""


def move_revocation(
    revocation: Revocation,
    action: RevocationAction,
    *,
    actor: Actor,
    reason: str = "",
    details: Mapping[str, Any] | None = None,
) -> Event:
    """Write a revocation's new state and its event; the caller sends the mails."""
    roles = check_revocation(revocation, action, actor=actor, reason=reason)
    rule = revocation_states.TABLE.rules[action]
    source = RevocationState(revocation.state)
    (target,) = rule.moves[source]
    revocation.state = target
    if target in revocation_states.TABLE.final:
        revocation.settled_at = timezone.now()
    revocation.save()
    return recording.record(
        revocation.subject,
        action,
        actor=dataclasses.replace(actor, role=policies.acting_role(roles, rule)),
        payload={"from": source, "to": target, "reason": reason, **(details or {})},
    )


def check_hand_over(hand_over: HandOver, action: HandOverAction, *, actor: Actor, reason: str = "") -> frozenset[Role]:
    """Raise what forbids `action` now: NotPermitted, HandOverMoved, ReasonRequired. Returns the actor's roles."""
    rule = hand_over_states.TABLE.rules[action]
    roles = relations.hand_over_roles(actor, hand_over)
    refusal = policies.refusal_of_hand_over(roles, action)
    if refusal:
        raise refusal(action=rule.label)
    state = HandOverState(hand_over.state)
    if state not in rule.moves:
        raise errors.HandOverMoved(action=rule.label, state=hand_over_states.LABELS[state])
    if rule.needs_reason and not reason.strip():
        raise errors.ReasonRequired(action=rule.label)
    return roles


def move_hand_over(hand_over: HandOver, action: HandOverAction, *, actor: Actor, reason: str = "") -> Event:
    """Write a hand-over's new state and its event. Raises NotPermitted, HandOverMoved, ReasonRequired."""
    roles = check_hand_over(hand_over, action, actor=actor, reason=reason)
    rule = hand_over_states.TABLE.rules[action]
    source = HandOverState(hand_over.state)
    (hand_over.state,) = rule.moves[source]
    hand_over.settled_at = timezone.now()
    hand_over.save(update_fields=["state", "settled_at"])
    return recording.record(
        hand_over.subject,
        action,
        actor=dataclasses.replace(actor, role=policies.acting_role(roles, rule)),
        payload={"from": source, "to": hand_over.state, "reason": reason},
    )


def check_submission(submission: Submission, action: SubmissionAction, *, actor: Actor) -> frozenset[Role]:
    """Raise what forbids `action` now: NotPermitted, Interested, SubmissionMoved. Returns the roles of the actor."""
    rule = submission_states.SUBMISSION_TABLE.rules[action]
    roles = relations.submission_roles(actor, submission)
    refusal = policies.refusal_of_file(roles, action)
    if refusal:
        raise refusal(action=rule.label)
    state = SubmissionState(submission.state)
    if not submission_states.SUBMISSION_TABLE.targets(action, state):
        raise errors.SubmissionMoved(action=rule.label, state=submission_states.SUBMISSION_LABELS[state])
    return roles


def move_submission(
    submission: Submission, action: SubmissionAction, *, actor: Actor, details: Mapping[str, Any] | None = None
) -> Event:
    """Write the new state of a file for NII and its event; its rows are moved by `move_row`."""
    roles = check_submission(submission, action, actor=actor)
    rule = submission_states.SUBMISSION_TABLE.rules[action]
    source = SubmissionState(submission.state)
    (target,) = rule.moves[source]
    submission.state = target
    submission.save()
    return recording.record(
        submission.subject,
        action,
        actor=dataclasses.replace(actor, role=policies.acting_role(roles, rule)),
        payload={"from": source, "to": target, **(details or {})},
    )


def move_row(row: SubmissionRow, action: SubmissionRowAction) -> None:
    """Write the new state of a file's row. The file's event names all of them; raises SubmissionMoved."""
    rule = submission_states.ROW_TABLE.rules[action]
    source = SubmissionRowState(row.state)
    if source not in rule.moves:
        raise errors.SubmissionMoved(action=rule.label, state=submission_states.SUBMISSION_ROW_LABELS[source])
    (row.state,) = rule.moves[source]
    row.save(update_fields=["state", "replies"])
