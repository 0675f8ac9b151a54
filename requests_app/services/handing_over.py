"""Hand-overs: somebody is asked to take over a request or a certificate, and answers (design: "Hand-over")."""

import dataclasses
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import days
from accounts import queries as people
from accounts.models import User
from audit.actors import SYSTEM, Actor
from audit.recording import record
from inventory import queries as inventory
from inventory.models import Certificate, Holding
from requests_app import errors, mails, policies, queries, relations, transitions
from requests_app.models import CertificateRequest, HandOver
from requests_app.states import Action, HandOverAction, HandOverState, Role, State
from requests_app.states.handover import TABLE as HAND_OVER_TABLE
from requests_app.states.request import LABELS, TABLE
from requests_app.steps import amending, contents, freezing, needing

EXPIRES_AFTER = timedelta(days=30)
"""How long somebody may think about it (design: "Hand-over")."""

ASK = _("Hand over")

_WITH_NII = frozenset({State.SUBMITTED, State.HELD})
"""States in which the row stays as it was accepted, so that the applicant does, too."""


@transaction.atomic(durable=True)
def ask_for_certificate(certificate_id: int, *, account: str, reason: str = "", actor: Actor) -> int:
    """Ask somebody to take a certificate over; return the hand-over's id. Registrars give a reason.

    Raises NotPermitted, ReasonRequired, HandOverOpen, SuccessorRefused, SuccessorHasIt, SuccessorIsAsker.
    """
    certificate = transitions.lock_certificate(certificate_id)
    role = relations.asker_of_certificate(actor, certificate)
    _demand(role, reason=reason)
    successor = _find_successor(account, actor=actor, taken=inventory.holder_ids([certificate_id]))
    return _ask(HandOver(certificate=certificate, successor=successor, reason=reason), role=role, actor=actor)


@transaction.atomic(durable=True)
def ask_for_request(request_id: int, *, account: str, reason: str = "", actor: Actor) -> int:
    """Ask somebody to take a request over; return the hand-over's id. Registrars give a reason.

    Raises HandOverOfCertificate, TransitionNotAllowed, and what `ask_for_certificate` raises.
    """
    request = transitions.lock(request_id)
    role = relations.asker_of_request(actor, request)
    _demand(role, reason=reason)
    _demand_movable(request)
    successor = _find_successor(account, actor=actor, taken={_answerable_id(request)})
    return _ask(HandOver(request=request, successor=successor, reason=reason), role=role, actor=actor)


@transaction.atomic(durable=True)
def take_over(hand_over_id: int, *, digest: str = "", actor: Actor) -> None:
    """Take over what one was asked to; of a request exactly the contents whose digest the page showed.

    Raises NotPermitted, HandOverMoved, SuccessorRefused, SuccessorHasIt, HandOverAskerGone; for a request also
    VersionChanged, TakeReplacedFirst, NotReady, HandOverOfCertificate, TransitionNotAllowed, InLiveFile.
    """
    hand_over = transitions.lock_hand_over(hand_over_id)
    transitions.check_hand_over(hand_over, HandOverAction.TAKE_OVER, actor=actor)
    _demand_full_time(hand_over.successor, account=hand_over.successor.display_name)
    if hand_over.certificate:
        told = _take_certificate(hand_over, hand_over.certificate, actor=actor)
    elif hand_over.request:
        told = _take_request(hand_over, hand_over.request, digest=digest, actor=actor)
    else:
        raise ValueError("a hand-over is about one thing, by constraint")
    transitions.move_hand_over(hand_over, HandOverAction.TAKE_OVER, actor=actor)
    mails.tell_of_hand_over("hand_over_accepted", hand_over, to=(*told, hand_over.asked_by, hand_over.successor))


@transaction.atomic(durable=True)
def decline(hand_over_id: int, *, reason: str, actor: Actor) -> None:
    """Say no, with a reason that whoever asked reads. Raises NotPermitted, HandOverMoved, ReasonRequired."""
    hand_over = transitions.lock_hand_over(hand_over_id)
    transitions.move_hand_over(hand_over, HandOverAction.DECLINE_HAND_OVER, actor=actor, reason=reason)
    mails.tell_of_hand_over("hand_over_declined", hand_over, to=[hand_over.asked_by], reason=reason)


@transaction.atomic(durable=True)
def cancel(hand_over_id: int, *, actor: Actor) -> None:
    """Take the question back before it is answered. Raises NotPermitted, HandOverMoved."""
    hand_over = transitions.lock_hand_over(hand_over_id)
    transitions.move_hand_over(hand_over, HandOverAction.CANCEL_HAND_OVER, actor=actor)


@transaction.atomic(durable=True)
def expire(hand_over_id: int) -> None:
    """Close a question that nobody answered for EXPIRES_AFTER; again, or too early, changes nothing."""
    hand_over = transitions.lock_hand_over(hand_over_id)
    if hand_over.state != HandOverState.ASKED or hand_over.asked_at > timezone.now() - EXPIRES_AFTER:
        return
    transitions.move_hand_over(hand_over, HandOverAction.EXPIRE_HAND_OVER, actor=SYSTEM)
    mails.tell_of_hand_over("hand_over_expired", hand_over, to=dict.fromkeys([hand_over.asked_by, *mails.registrars()]))


def possible(hand_over: HandOver, *, actor: Actor) -> frozenset[HandOverAction]:
    """Return what `actor` may do to the hand-over now: the actions whose buttons make sense."""
    roles, state = relations.hand_over_roles(actor, hand_over), HandOverState(hand_over.state)
    return frozenset(
        action for action in HAND_OVER_TABLE.actions_from(state) if policies.refusal_of_hand_over(roles, action) is None
    )


def is_reviewed_again(hand_over: HandOver) -> bool:
    """Tell whether taking over begins the existence checks and the review anew: it makes a version of the request."""
    request = hand_over.request
    return request is not None and request.state not in _WITH_NII | {State.RETURNED}


def _demand(role: Role | None, *, reason: str) -> None:
    if role is None:
        raise errors.NotPermitted(action=ASK)
    if role == Role.REGISTRAR and not reason.strip():
        raise errors.ReasonRequired(action=ASK)


def why_not(request: CertificateRequest) -> errors.RequestError | None:
    """Return why a request cannot be handed over in its state; None where it can."""
    if request.certificate_id:
        return errors.HandOverOfCertificate(reference=request.reference)
    state = State(request.state)
    if not TABLE.targets(Action.HAND_OVER, state):
        return errors.TransitionNotAllowed(action=ASK, state=LABELS[state])
    return None


def _demand_movable(request: CertificateRequest) -> None:
    broken = why_not(request)
    if broken:
        raise broken


def _demand_full_time(person: User, *, account: str) -> None:
    if not people.is_full_time(person, on=days.today()):
        raise errors.SuccessorRefused(account=account)


def _find_successor(account: str, *, actor: Actor, taken: set[int]) -> User:
    person = people.find_by_account(account)
    if person is None:
        raise errors.SuccessorRefused(account=account)
    _demand_full_time(person, account=account)
    if person.pk in taken:
        raise errors.SuccessorHasIt(person=person.display_name)
    if person.pk == actor.human_id:
        raise errors.SuccessorIsAsker
    return person


def _ask(hand_over: HandOver, *, role: Role | None, actor: Actor) -> int:
    """Store the question under the lock of what it is about, so that the constraint never has to speak."""
    known = HandOver.objects.filter(
        request=hand_over.request, certificate=hand_over.certificate, state=HandOverState.ASKED
    )
    for other in known.select_related("successor"):
        raise errors.HandOverOpen(person=other.successor.display_name)
    hand_over.asked_by_id = actor.human_id
    hand_over.save()
    record(
        hand_over.subject,
        "HAND_OVER_ASKED",
        actor=dataclasses.replace(actor, role=role or ""),
        payload={"successor": hand_over.successor_id, "reason": hand_over.reason},
    )
    mails.tell_of_hand_over("hand_over_asked", hand_over, to=[hand_over.successor])
    return hand_over.pk


def _take_certificate(hand_over: HandOver, certificate: Certificate, *, actor: Actor) -> list[User]:
    """Let the holding pass to the successor; return whose ended."""
    holders = inventory.holder_ids([certificate.pk])
    if hand_over.successor_id in holders:
        raise errors.SuccessorHasIt(person=hand_over.successor.display_name)
    full_time = set(people.full_time_people(on=days.today()).filter(pk__in=holders).values_list("pk", flat=True))
    if hand_over.asked_by_id in holders:
        ended = {relations.principal_holder_id(certificate) or hand_over.asked_by_id}
    elif full_time:
        raise errors.HandOverAskerGone(person=hand_over.asked_by.display_name)
    else:
        # A registrar asked, because nobody is left who answers for it; a student who manages it stays.
        active = set(User.objects.filter(pk__in=holders, is_active=True).values_list("pk", flat=True))
        principal = relations.principal_holder_id(certificate)
        ended = (holders - active) | ({principal} if principal else holders)
    Holding.objects.filter(certificate=certificate, person_id__in=ended, until_at=None).update(until_at=timezone.now())
    Holding.objects.create(certificate=certificate, person=hand_over.successor)
    # What the one before said about its end is not the word of whoever answers for it now.
    needing.take_back(certificate, actor=dataclasses.replace(actor, role=Role.SUCCESSOR))
    record(
        certificate.subject,
        "CERTIFICATE_HANDED_OVER",
        actor=dataclasses.replace(actor, role=Role.SUCCESSOR),
        payload={"from": sorted(ended), "to": hand_over.successor_id, "hand_over": hand_over.pk},
    )
    return list(User.objects.filter(pk__in=ended, is_active=True).order_by("pk"))


def _take_request(hand_over: HandOver, request: CertificateRequest, *, digest: str, actor: Actor) -> list[User]:
    """Make the successor the applicant, or after the submission the holder to be; return the people until then."""
    _demand_movable(request)
    transitions.check(request, Action.HAND_OVER, actor=actor)
    successor, told = hand_over.successor, mails.applicant_and_managers(request)
    if _answerable_id(request) == successor.pk:
        raise errors.SuccessorHasIt(person=successor.display_name)
    if not _may_still_ask(hand_over, request):
        raise errors.HandOverAskerGone(person=hand_over.asked_by.display_name)
    if digest != freezing.digest(request):
        raise errors.VersionChanged
    if request.state in _WITH_NII:
        # The row is with NII as it was accepted: only who will hold the certificate changes (relations.holder_ids).
        transitions.move(request, Action.HAND_OVER, actor=actor)
        return told
    held = set(inventory.held_by(successor.pk).values_list("pk", flat=True))
    missing = [
        errors.TakeReplacedFirst(serial=one.serial) for one in request.replaced.order_by("pk") if one.pk not in held
    ]
    if missing:
        raise errors.NotReady(missing)
    before, overrides = amending.people_of(request), amending.overrides_of(request)
    _make_applicant(request, successor)
    if request.state == State.RETURNED:
        transitions.move(request, Action.HAND_OVER, actor=actor)
    else:
        amending.replace_version(request, Action.HAND_OVER, actor=actor, before=before, overrides=overrides)
    return told


def _answerable_id(request: CertificateRequest) -> int:
    """Return who has it now: while it is with NII the holder to be, at any other time the applicant.

    One that NII gave back is again its applicant's; who took it over meanwhile may take it over once more.
    """
    return relations.principal_id(request) if request.state in _WITH_NII else request.applicant_id


def _may_still_ask(hand_over: HandOver, request: CertificateRequest) -> bool:
    """Tell whether whoever asked still has a part in it; that they have left since is what hand-overs are for."""
    managers = {manager.pk for manager in queries.managers_of(request)}
    has_part = hand_over.asked_by_id in {request.applicant_id, *managers, *relations.holder_ids(request)}
    return has_part or not people.is_full_time(request.applicant, on=days.today())


def _make_applicant(request: CertificateRequest, successor: User) -> None:
    was_contact = request.subscriber_contact_id == request.applicant_id
    request.applicant = successor
    request.managements.filter(person=successor, until_at=None).update(until_at=timezone.now())
    if was_contact:
        contents.change_contact(request, successor)
