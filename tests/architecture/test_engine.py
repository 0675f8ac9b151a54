"""Every action, in every state, by everybody: through the engine, and at every door that takes an action's name."""

import itertools
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.choices import EmploymentKind
from accounts.models import Employment, User
from audit.actors import SYSTEM, Actor
from requests_app import errors, transitions
from requests_app.errors import SubmissionMoved
from requests_app.models import CertificateRequest, Confirmation, HandOver, Submission, SubmissionRow
from requests_app.services import acting
from requests_app.states import (
    Action,
    ConfirmationAction,
    ConfirmationState,
    Role,
    State,
    SubmissionRowState,
    SubmissionState,
)
from requests_app.states.confirmation import TABLE as CONFIRMATION
from requests_app.states.request import TABLE
from requests_app.states.submission import ROW_TABLE, SUBMISSION_TABLE
from requests_app.steps import freezing
from tests import factories
from tests.architecture.stage import Kind, Stage, rolled_back

pytestmark = pytest.mark.django_db

REASON = "なぜなら"
DESK = frozenset(
    {
        Action.OVERRIDE,
        Action.APPROVE,
        Action.RETURN,
        Action.REJECT,
        Action.DECIDE_KIND,
        Action.ACCEPT,
        Action.CORRECT,
        Action.HOLD,
        Action.UNHOLD,
        Action.FILE,
        Action.UNFILE,
        Action.SUBMIT,
        Action.TAKE_AT_NII,
        Action.REFUSE_AT_NII,
        Action.HOLD_AT_NII,
        Action.FREE,
        Action.RESUBMIT,
        Action.RECORD_CERTIFICATE,
        Action.RECORD_INSTALLED,
        Action.REPORT_UNAUTHORISED,
    }
)
"""What a disinterested registrar may do to a request, and nobody else."""

PORTAL = frozenset(
    {
        Action.SETTLE,
        Action.REFUSE,
        Action.REMAKE,
        Action.LAPSE,
        Action.LIST_CERTIFICATE,
        Action.LIST_REFUSAL,
        Action.COMPLETE,
    }
)
"""What the portal does by itself."""

RESPONSIBLE = frozenset(
    {Action.RECORD_CERTIFICATE, Action.REPORT_INSTALLED, Action.DECIDE_REPLACED, Action.GIVE_UP, Action.UPLOAD}
)
"""What whoever answers for the certificate may do."""

HELD_BY = frozenset({Action.REPORT_INSTALLED, Action.DECIDE_REPLACED, Action.GIVE_UP})
WITH_HOLDERS = frozenset({State.SUBMITTED, State.HELD, State.ISSUED, State.INSTALLED, State.COMPLETED})
"""What only holders may do, and where there are (or will be) some."""

OWN = RESPONSIBLE | {Action.SAVE, Action.APPLY, Action.SEND, Action.AMEND, Action.ADJUST, Action.WITHDRAW}
"""What an applicant may do to their request."""

MAY: dict[str, frozenset[Action]] = {
    "the portal": PORTAL,
    "the applicant": OWN,
    "the preparer": frozenset({Action.SAVE, Action.UPLOAD}),
    "a manager": RESPONSIBLE | {Action.SEND},
    "a manager who is not full-time any more": RESPONSIBLE,
    "an applicant who is not full-time any more": OWN - {Action.SEND},
    "the contact, who is a manager": RESPONSIBLE | {Action.SEND},
    "somebody asked to take over": frozenset({Action.HAND_OVER}),
    "another applicant": frozenset(),
    "a student": frozenset(),
    "a zone administrator": frozenset(),
    "a registrar": DESK,
    "a registrar who is a manager": RESPONSIBLE - DESK | {Action.SEND},
    "a registrar who confirmed a name": DESK - {Action.APPROVE},
    "an auditor": frozenset(),
    "a settings administrator": frozenset(),
    "somebody who left": frozenset(),
}
"""Who may take which action, whatever the state (design: "A request's life", "Disinterested")."""

NAMED_REFUSALS = {("a registrar who is a manager", action): errors.Interested for action in DESK} | {
    ("a registrar who confirmed a name", Action.APPROVE): errors.WitnessMayNotApprove,
    ("a manager who is not full-time any more", Action.SEND): errors.NotFullTime,
    ("an applicant who is not full-time any more", Action.SEND): errors.NotFullTime,
}
"""Refusals that say more than NotPermitted."""


def somebody(who: str, stage: Stage) -> Actor:
    """The actor called `who`, with the roles that the name says given in the present transaction."""
    kinds = {
        "the applicant": Kind.APPLICANT,
        "the preparer": Kind.PREPARER,
        "a manager": Kind.MANAGER,
        "a manager who is not full-time any more": Kind.MANAGER,
        "an applicant who is not full-time any more": Kind.APPLICANT,
        "the contact, who is a manager": Kind.CONTACT,
        "another applicant": Kind.STRANGER,
        "somebody asked to take over": Kind.STRANGER,
        "a student": Kind.STUDENT,
        "a zone administrator": Kind.ZONE_ADMINISTRATOR,
        "a registrar who is a manager": Kind.MANAGER,
        "a registrar who confirmed a name": Kind.ZONE_ADMINISTRATOR,
        "an auditor": Kind.AUDITOR,
        "a settings administrator": Kind.SETTINGS_ADMINISTRATOR,
        "somebody who left": Kind.APPLICANT,
    }
    if who == "the portal":
        return SYSTEM
    person = stage.people[kinds[who]] if who in kinds else factories.registrar()
    if who.startswith("a registrar who"):
        factories.grant_role(person, "REGISTRAR")
    if who.endswith("not full-time any more"):
        Employment.objects.filter(person=person).update(kind=EmploymentKind.PART_TIME)
    if who == "somebody asked to take over":
        for request in stage.requests.values():
            HandOver.objects.create(request=request, successor=person, asked_by=request.applicant)
    if who == "somebody who left":
        User.objects.filter(pk=person.pk).update(is_active=False)
    return factories.actor(person)


def confirmed_nothing(who: str, state: State) -> bool:
    """The stage's zone administrator has answered in every state but these."""
    unanswered = {State.DRAFT, State.CONFIRMING, State.WITHDRAWN}
    return who == "a registrar who confirmed a name" and state in unanswered


@pytest.mark.parametrize("who", MAY)
def test_every_action_in_every_state(built, who):
    with rolled_back():
        actor = somebody(who, built)
        for state, request in built.requests.items():
            for action in Action:
                found = outcome(request, action, actor)
                assert found == expected(who, action, state), f"{action} in {state} by {who}"


def outcome(request: CertificateRequest, action: Action, actor: Actor, *, reason: str = REASON) -> object:
    """The class of the refusal, None when the engine lets it pass."""
    try:
        transitions.check(request, action, actor=actor, reason=reason)
    except errors.RequestError as refusal:
        return type(refusal)
    return None


def expected(who: str, action: Action, state: State) -> object:
    may = MAY[who] | ({Action.APPROVE} if confirmed_nothing(who, state) else frozenset())
    if who == "the preparer" and state != State.DRAFT:
        # Preparing ends with the application.
        may = frozenset()
    if action in HELD_BY and state not in WITH_HOLDERS:
        may = may - HELD_BY
    if action not in may:
        return NAMED_REFUSALS.get((who, action), errors.NotPermitted)
    return None if TABLE.targets(action, state) else errors.TransitionNotAllowed


@pytest.mark.parametrize("action", [action for action, rule in TABLE.rules.items() if rule.needs_reason])
def test_a_reason_of_blanks_is_none(built, action):
    with rolled_back():
        actor = somebody(actor_for(action), built)
        for state in TABLE.rules[action].moves:
            assert outcome(built.requests[state], action, actor, reason=" \n") is errors.ReasonRequired


def actor_for(action: Action) -> str:
    """Somebody who may take it."""
    return next(who for who, actions in MAY.items() if action in actions)


def as_in(target: State, request: CertificateRequest, stage: Stage) -> None:
    """Give the request what its verb writes before it moves there (constraints)."""
    if target in {State.ISSUED, State.INSTALLED, State.COMPLETED} and request.certificate is None:
        request.certificate, request.issued_at = stage.rows["inventory.certificate"], timezone.now()
    if target == State.COMPLETED:
        request.outcome = "INSTALLED"


def test_the_engine_goes_where_the_table_leads_and_nowhere_else(built):
    for action, rule in TABLE.rules.items():
        with rolled_back():
            actor = somebody(actor_for(action), built)
            for source, target in itertools.product(rule.moves, State):
                with rolled_back():
                    request = CertificateRequest.objects.get(pk=built.requests[source].pk)
                    if source == State.DRAFT:
                        freezing.freeze(request, by_id=request.applicant_id)
                    if target in TABLE.targets(action, source):
                        as_in(target, request, built)
                        transitions.move(request, action, actor=actor, target=target, reason=REASON)
                        assert CertificateRequest.objects.get(pk=request.pk).state == target
                    else:
                        with pytest.raises(errors.TransitionNotAllowed):
                            transitions.move(request, action, actor=actor, target=target, reason=REASON)


QUESTION_ACTORS = {
    ConfirmationAction.ANSWER_YES: "its zone's administrator",
    ConfirmationAction.ANSWER_NO: "its zone's administrator",
    ConfirmationAction.RECORD_YES: "a registrar",
    ConfirmationAction.RECORD_NO: "a registrar",
}
"""Who may do what to a question; the portal does the rest by itself."""


def question_actors(stage: Stage) -> Iterator[tuple[str, Actor]]:
    yield "the portal", SYSTEM
    yield "its zone's administrator", factories.actor(stage.people[Kind.ZONE_ADMINISTRATOR])
    yield "a registrar", factories.actor(stage.people[Kind.REGISTRAR])
    yield "the applicant", factories.actor(stage.people[Kind.APPLICANT])


def test_every_action_of_a_question(built):
    asked = built.requests[State.CONFIRMING].confirmations.get()
    for who, actor in question_actors(built):
        for action, rule in CONFIRMATION.rules.items():
            for state in ConfirmationState:
                with rolled_back():
                    Confirmation.objects.filter(pk=asked.pk).update(state=state)
                    question = Confirmation.objects.get(pk=asked.pk)
                    permitted = who == QUESTION_ACTORS.get(action, "the portal")
                    if permitted and state in rule.moves:
                        transitions.move_confirmation(question, action, actor=actor, reason=REASON)
                        assert Confirmation.objects.get(pk=asked.pk).state == rule.moves[state][0]
                    else:
                        refusal = errors.NotAsked if permitted else errors.NotAddressed
                        with pytest.raises(refusal):
                            transitions.move_confirmation(question, action, actor=actor, reason=REASON)


def file_actors(stage: Stage) -> Iterator[tuple[Actor, type[errors.RequestError] | None]]:
    """Who comes to a file for NII, and what keeps them from every action on it that is not another's at all."""
    yield SYSTEM, None
    yield factories.actor(factories.registrar()), None
    yield somebody("a registrar who is a manager", stage), errors.Interested
    for kind in (Kind.APPLICANT, Kind.AUDITOR, Kind.SETTINGS_ADMINISTRATOR, Kind.STRANGER):
        yield factories.actor(stage.people[kind]), errors.NotPermitted


def test_every_action_of_a_file_in_every_state(built):
    filed = built.requests[State.SUBMITTED].submission_rows.get().submission
    with rolled_back():
        for actor, refusal in file_actors(built):
            for action, rule in SUBMISSION_TABLE.rules.items():
                for state in SubmissionState:
                    with rolled_back():
                        Submission.objects.filter(pk=filed.pk).update(state=state)
                        file = Submission.objects.get(pk=filed.pk)
                        is_theirs = actor.is_system == (Role.SYSTEM in rule.roles)
                        forbidden = refusal if is_theirs else errors.NotPermitted
                        expected_error = forbidden or (None if state in rule.moves else SubmissionMoved)
                        if expected_error is None:
                            transitions.move_submission(file, action, actor=actor)
                            assert Submission.objects.get(pk=filed.pk).state == rule.moves[state][0]
                        else:
                            with pytest.raises(expected_error):
                                transitions.move_submission(file, action, actor=actor)


def test_every_action_of_a_files_row_in_every_state(built):
    line = built.requests[State.SUBMITTED].submission_rows.get()
    for action, rule in ROW_TABLE.rules.items():
        for state in SubmissionRowState:
            with rolled_back():
                SubmissionRow.objects.filter(pk=line.pk).update(state=state)
                found = SubmissionRow.objects.get(pk=line.pk)
                if state in rule.moves:
                    transitions.move_row(found, action)
                    assert SubmissionRow.objects.get(pk=line.pk).state == rule.moves[state][0]
                else:
                    with pytest.raises(SubmissionMoved):
                        transitions.move_row(found, action)


@pytest.mark.parametrize("action", [action for action in Action if action not in acting.PLAIN])
def test_the_generic_verb_refuses_whatever_is_not_plain(built, action):
    people = [SYSTEM, *(factories.actor(built.people[kind]) for kind in (Kind.APPLICANT, Kind.REGISTRAR))]
    for request in built.requests.values():
        for actor in people:
            with pytest.raises(errors.NotPermitted):
                acting.act(request.pk, action, actor=actor, reason=REASON)


@pytest.mark.parametrize(
    ("address", "kind", "lawful"),
    [
        ("requests:act", Kind.APPLICANT, {Action.WITHDRAW}),
        ("requests:act", Kind.MANAGER, set()),
        ("requests:act", Kind.REGISTRAR, {Action.RETURN, Action.REJECT, Action.HOLD}),
        ("admin:requests_app_act", Kind.REGISTRAR, {Action.RETURN, Action.REJECT, Action.HOLD}),
        ("admin:requests_app_act", Kind.AUDITOR, set()),
    ],
)
def test_every_action_at_every_door(built, settings, address, kind, lawful):
    """Only plain actions have an address there; the table says whether they move.

    UNHOLD has nothing to release, and before HOLD_AT_NII comes NII's answer to the file.
    """
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "doors"}}
    cache.clear()
    client = Client()
    client.force_login(built.people[kind])
    names = [*Action, "withdraw", "DELETE", "WITHDRAW ", "__class__"]
    states = State if lawful else (State.REVIEWING, State.QUEUED)
    for state, name in itertools.product(states, names):
        request = built.requests[state]
        with rolled_back():
            path = reverse(address, args=[request.pk, name])
            response = client.post(path, {"reason": REASON, "digest": "0" * 64})
            found = CertificateRequest.objects.get(pk=request.pk).state
        targets = TABLE.targets(Action(name), state) if name in lawful else ()
        assert found == (targets[0] if targets else state), f"{name} in {state}"
        if kind == Kind.AUDITOR and address.startswith("admin:"):
            assert response.status_code == 403
        else:
            assert response.status_code == (302 if name in acting.PLAIN else 404), f"{name} in {state}"


def test_a_hold_is_a_mark_that_is_set_and_released_once(built):
    registrar = factories.actor(built.people[Kind.REGISTRAR])
    request = built.requests[State.QUEUED]
    with rolled_back():
        acting.act(request.pk, Action.HOLD, actor=registrar, reason=REASON)
        with pytest.raises(errors.TransitionNotAllowed):
            acting.act(request.pk, Action.HOLD, actor=registrar, reason=REASON)
        acting.act(request.pk, Action.UNHOLD, actor=registrar)
        with pytest.raises(errors.TransitionNotAllowed):
            acting.act(request.pk, Action.UNHOLD, actor=registrar)
