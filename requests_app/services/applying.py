"""Applying, amending, adjusting: how a frozen version comes to be."""

from django.db import transaction
from django.utils import timezone

from accounts import days
from accounts import queries as people
from audit.actors import Actor
from audit.recording import record
from requests_app import errors, queries, transitions
from requests_app.states import Action, State
from requests_app.steps import adjusting, amending, asking, freezing, rows, rules
from requests_app.steps.contents import Contents, write


@transaction.atomic(durable=True)
def apply(request_id: int, *, actor: Actor, digest: str) -> None:
    """Freeze what the applicant saw (by its digest) and ask about every name.

    Raises VersionChanged, NotReady with every broken rule, and move's refusals.
    """
    request = transitions.lock(request_id)
    transitions.check(request, Action.APPLY, actor=actor)
    if digest != freezing.digest(request):
        raise errors.VersionChanged
    overrides = amending.standing(
        amending.overrides_of(request), amending.people_of_version(request), amending.people_of(request)
    )
    amending.freeze_and_ask(request, Action.APPLY, actor=actor, overrides=overrides)


@transaction.atomic(durable=True)
def amend(request_id: int, contents: Contents, *, actor: Actor) -> bool:
    """Replace names, people or purpose of a request under way: a new version, asked about anew where it differs.

    Returns whether the CSR was put aside because it does not fit the names any more.
    """
    request = transitions.lock(request_id)
    transitions.check(request, Action.AMEND, actor=actor)
    before, overrides = amending.people_of(request), amending.overrides_of(request)
    dropped = write(request, contents)
    amending.replace_version(request, Action.AMEND, actor=actor, before=before, overrides=overrides)
    return dropped


@transaction.atomic(durable=True)
def ask_contact(request_id: int, *, account: str, actor: Actor) -> None:
    """Ask somebody whom an amendment would make the subscriber contact; once they agree, it can be made.

    An amendment is applied for in one step, so they cannot be asked by it. Raises ContactNotEligible and what keeps
    the actor from amending.
    """
    request = transitions.lock(request_id)
    transitions.check(request, Action.AMEND, actor=actor)
    person = people.find_by_account(account)
    if person is None or not people.is_full_time(person, on=days.today()):
        raise errors.ContactNotEligible(person=person.display_name if person else account)
    if asking.ask_for_consent(request, person):
        record(request.subject, "CONTACT_ASKED", actor=actor, payload={"person": person.pk})


@transaction.atomic(durable=True)
def adjust(request_id: int, *, manager_ids: tuple[int, ...], software: str, actor: Actor) -> None:
    """Drop managers or change the software without a new review: the approval is carried over by a row of its own.

    Raises NothingToAdjust when nothing changes or when somebody would be added.
    """
    request = transitions.lock(request_id)
    transitions.check(request, Action.ADJUST, actor=actor)
    managers = {manager.pk for manager in queries.managers_of(request)}
    if not set(manager_ids) <= managers or (set(manager_ids) == managers and software == request.software):
        raise errors.NothingToAdjust
    request.managements.filter(until_at=None).exclude(person_id__in=manager_ids).update(until_at=timezone.now())
    request.software = software
    broken = [*rules.broken_later(request), *rules.broken_by_software(request)]
    if broken:
        raise errors.NotReady(broken)
    after = adjusting.freeze_adjusted(request, by_id=actor.human_id)
    target = State(request.state)
    if freezing.current_csr(request) and rows.follow_version(request, by_id=actor.human_id) and target == State.QUEUED:
        target = State.PREPARED
    transitions.move(request, Action.ADJUST, actor=actor, target=target, details={"digest": after.digest})
