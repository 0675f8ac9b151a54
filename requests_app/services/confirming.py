"""Existence confirmation: answers, overrides, and what the portal does by itself when time passes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.choices import Role as Grant
from accounts.models import User
from audit.actors import SYSTEM, Actor
from audit.recording import record
from requests_app import errors, evidence, mails, queries, question_mails, relations, transitions
from requests_app.models import (
    Answer,
    CertificateRequest,
    Channel,
    Confirmation,
    ConfirmationKind,
    NameOverride,
    OverrideKind,
)
from requests_app.states import Action, ConfirmationAction, ConfirmationState, State
from requests_app.states.confirmation import ANSWERERS, LABELS
from requests_app.states.request import LABELS as REQUEST_LABELS
from requests_app.steps import asking, desk, granting, settling

EXPIRES_AFTER = timedelta(days=30)
"""An unanswered question expires; the registrars are told, the request stays (design: "Confirmation")."""


@transaction.atomic(durable=True)
def answer(
    confirmation_id: int,
    *,
    is_yes: bool,
    reason: str,
    actor: Actor,
    grant_until: date | None = None,
    by_link: bool = False,
) -> None:
    """Answer a question. The first answer moves it; a later contrary one is kept and blocks the approval.

    With `grant_until` the yes stands in advance for renewals until that Tokyo day. `by_link`: without a sign-in, which
    is marked. Raises SignInNeeded, NotAddressed, NotAsked, AlreadyAnswered, ReasonRequired, GrantRefused, GrantDays.
    """
    request, confirmation = transitions.lock_confirmation(confirmation_id)
    if by_link and not settings.ANSWER_BY_LINK:
        raise errors.SignInNeeded
    if not relations.confirmation_roles(actor, confirmation) & ANSWERERS:
        raise errors.NotAddressed(zone=confirmation.zone or confirmation.name)
    _demand_open(confirmation)
    if confirmation.answers.filter(person_id=actor.human_id).exists():
        raise errors.AlreadyAnswered
    action = ConfirmationAction.ANSWER_YES if is_yes else ConfirmationAction.ANSWER_NO
    given = Answer(confirmation=confirmation, person_id=actor.human_id, is_yes=is_yes, reason=reason, by_link=by_link)
    _take(request, given, action, actor=actor)
    if grant_until is not None:
        granting.give(given, grant_until, actor=actor)


@dataclass(frozen=True)
class Told:
    """What somebody who is asked said outside the portal: who, what, how and when."""

    person_id: int
    is_yes: bool
    reason: str
    channel: Channel
    said_at: datetime


@transaction.atomic(durable=True)
def record_answer(confirmation_id: int, told: Told, *, actor: Actor) -> None:
    """Write down an answer that was given to the registrar by telephone, in person or in writing; no override.

    It counts as if the person had given it, who hears of it by mail; the registrar does not approve the request then.
    Raises NotPermitted, Interested, NotAsked, OwnAnswer, MayNotAnswer, MomentOfAnswer, ReasonRequired.
    """
    request, confirmation = transitions.lock_confirmation(confirmation_id)
    actor = desk.demand(actor, Grant.REGISTRAR, action=RECORDING)
    desk.demand_disinterested(actor, request, action=RECORDING)
    _demand_open(confirmation)
    if told.person_id == actor.human_id:
        raise errors.OwnAnswer
    person = next(
        (one for one in who_may_be_recorded([confirmation])[confirmation_id] if one.pk == told.person_id), None
    )
    if person is None:
        raise errors.MayNotAnswer(person=User.objects.filter(pk=told.person_id).first() or told.person_id)
    # The form knows minutes only: a call in the minute of the question came after it.
    first = confirmation.asked_at.replace(second=0, microsecond=0)
    if not first <= told.said_at <= timezone.now():
        raise errors.MomentOfAnswer(asked=timezone.localtime(confirmation.asked_at).strftime("%Y-%m-%d %H:%M"))
    action = ConfirmationAction.RECORD_YES if told.is_yes else ConfirmationAction.RECORD_NO
    given = Answer(
        confirmation=confirmation,
        person=person,
        is_yes=told.is_yes,
        reason=told.reason,
        channel=told.channel,
        recorded_by_id=actor.human_id,
        said_at=told.said_at,
    )
    _take(request, given, action, actor=actor)
    question_mails.answer_recorded(given)


RECORDING = _("Record an answer that was given elsewhere")


def who_may_be_recorded(questions: Iterable[Confirmation]) -> dict[int, list[User]]:
    """Return, by question, whose answer may be written down: who may answer now and has not yet.

    Reads nothing for each question where its answers were prefetched.
    """
    asked = list(questions)
    answered = {one.pk: {answer.person_id for answer in one.answers.all()} for one in asked}
    return {
        pk: [person for person in people if person.pk not in answered[pk]]
        for pk, people in asking.answerers(asked).items()
    }


def _take(request: CertificateRequest, given: Answer, action: ConfirmationAction, *, actor: Actor) -> None:
    """Store an answer; the first one that suffices moves the question, a later one is kept apart."""
    confirmation = given.confirmation
    if not given.is_yes and not given.reason.strip():
        raise errors.ReasonRequired(action=LABELS[ConfirmationState.NO])
    given.by_interested = given.person_id in relations.interested_ids(request)
    suffices = not (given.by_interested and given.is_yes and _somebody_else_may_answer(request, confirmation))
    given.is_first = suffices and confirmation.state == ConfirmationState.ASKED
    given.save()
    details: dict[str, Any] = _recorded(given) if given.recorded_by_id else {}
    if given.by_link:
        details = {"by_link": True}
    if given.is_first:
        transitions.move_confirmation(confirmation, action, actor=actor, reason=given.reason, details=details)
        settling.settle(request)
    else:
        _record_later_answer(request, given, action=action, actor=actor, details=details)


def _recorded(given: Answer) -> dict[str, Any]:
    said_at = given.said_at.isoformat() if given.said_at else ""
    return {"person": given.person_id, "channel": given.channel, "said_at": said_at}


@transaction.atomic(durable=True)
def override(request_id: int, *, name: str, kind: OverrideKind, reason: str, digest: str, actor: Actor) -> None:
    """Decide one point about one name in writing. Raises VersionChanged, OverrideUnknown and move's refusals."""
    request = transitions.lock(request_id)
    transitions.check(request, Action.OVERRIDE, actor=actor, reason=reason)
    version = request.current_version
    if version is None or digest != version.digest:
        raise errors.VersionChanged
    found = next((item for item in evidence.of_request(request) if item.name == name), None)
    if found is None or not is_overridable(found, kind):
        raise errors.OverrideUnknown(name=name)
    fact = NameOverride.objects.create(
        request=request, version=version, name=name, kind=kind, reason=reason, person_id=actor.human_id
    )
    fact.versions.add(version)
    transitions.move(
        request,
        Action.OVERRIDE,
        actor=actor,
        target=State(request.state),
        reason=reason,
        details={"name": name, "kind": kind, "digest": digest},
    )
    settling.settle(request)


@transaction.atomic(durable=True)
def settle(request_id: int) -> None:
    """See whether a request can go on; the sweep calls it after observations were stored. May run twice."""
    settling.settle(transitions.lock(request_id))


@transaction.atomic(durable=True)
def look_up_again(request_id: int, *, actor: Actor) -> None:
    """Make the names of a request due for DNS now. Whoever may see the request may ask; nothing is decided.

    Raises TransitionNotAllowed where nothing rests on the answer: a draft may hold any text in place of a name.
    """
    request = transitions.lock(request_id)
    if request.state not in {State.CONFIRMING, State.REVIEWING}:
        raise errors.TransitionNotAllowed(action=_("Look up in DNS again"), state=REQUEST_LABELS[State(request.state)])
    asking.look_up(request.names)
    record(request.subject, "LOOK_UP_ASKED", actor=actor, payload={"names": list(request.names)})


@transaction.atomic(durable=True)
def expire(confirmation_id: int) -> None:
    """Expire a question that nobody answered and tell the registrars. May run twice."""
    request, confirmation = transitions.lock_confirmation(confirmation_id)
    if confirmation.state != ConfirmationState.ASKED or confirmation.asked_at > timezone.now() - EXPIRES_AFTER:
        return
    is_open = queries.open_questions().filter(pk=confirmation_id).exists()
    transitions.move_confirmation(confirmation, ConfirmationAction.EXPIRE, actor=SYSTEM)
    if is_open:
        asking.tell_registrars(
            request, names=[confirmation.name], key=f"{question_mails.round_of(confirmation)}/expired"
        )


@transaction.atomic(durable=True)
def count_again(confirmation_id: int) -> None:
    """Let the yes of an interested administrator count once nobody else administers the zone. May run twice."""
    request, confirmation = transitions.lock_confirmation(confirmation_id)
    if confirmation.state != ConfirmationState.ASKED or not queries.takes_answers(confirmation):
        return
    able = {person.pk for person in asking.may_answer(confirmation)}
    said = [one for one in confirmation.answers.filter(is_yes=True, by_interested=True) if one.person_id in able]
    if not said or _somebody_else_may_answer(request, confirmation):
        return
    said[0].is_first = True
    said[0].save(update_fields=["is_first"])
    details = {"person": said[0].person_id}
    transitions.move_confirmation(confirmation, ConfirmationAction.COUNT_YES, actor=SYSTEM, details=details)
    settling.settle(request)


def to_count_again() -> list[int]:
    """Return the open questions to which somebody interested said a yes that did not suffice."""
    said = Answer.objects.filter(is_yes=True, by_interested=True).values("confirmation_id")
    return list(queries.open_questions().filter(pk__in=said).order_by("pk").values_list("pk", flat=True))


@transaction.atomic(durable=True)
def follow_holders(request_id: int) -> None:
    """Ask the holders of certificates that came after the application, and go on where one stands in the way no more.

    May run twice.
    """
    request = transitions.lock(request_id)
    if request.state not in queries.ANSWERABLE_STATES:
        return
    for name in evidence.of_request(request):
        asking.ask_holders(request, name.name, name.unasked)
    settling.settle(request)


def _demand_open(confirmation: Confirmation) -> None:
    if not queries.takes_answers(confirmation):
        raise errors.NotAsked(state=LABELS[ConfirmationState(confirmation.state)])


def _somebody_else_may_answer(request: CertificateRequest, confirmation: Confirmation) -> bool:
    interested = relations.interested_ids(request)
    return any(person.pk not in interested for person in asking.may_answer(confirmation))


def _record_later_answer(
    request: CertificateRequest,
    given: Answer,
    *,
    action: ConfirmationAction,
    actor: Actor,
    details: Mapping[str, Any],
) -> None:
    confirmation, reason = given.confirmation, given.reason
    event = record(
        confirmation.subject,
        f"LATER_{action}",
        actor=actor,
        payload={"name": confirmation.name, "reason": reason, **details},
    )
    contrary = confirmation.state in {ConfirmationState.YES, ConfirmationState.NO} and not action.endswith(
        confirmation.state
    )
    if not contrary:
        return
    for registrar in mails.registrars():
        mails.send(
            "answers_contradict",
            key=f"C{confirmation.pk}/e{event.sequence}",
            person=registrar,
            context=mails.facts(request, reason=reason) | {"name": confirmation.name},
            link=mails.desk_address(request),
        )


def is_overridable(found: evidence.NameEvidence, kind: OverrideKind) -> bool:
    """Tell whether there is anything of this kind to override for a name."""
    if kind == OverrideKind.EXISTENCE:
        return not found.exists
    if kind == OverrideKind.ZONE:
        return not found.zone_said_yes or found.contradicts(ConfirmationKind.ZONE)
    return not found.holder_is_settled or found.contradicts(ConfirmationKind.HOLDER)
