"""Applying, amending, adjusting: how a frozen version comes to be."""

import json
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from accounts import days
from accounts import queries as people
from accounts.models import User
from audit.actors import Actor
from audit.recording import record
from inventory import keys
from requests_app import errors, queries, transitions
from requests_app.models import CertificateRequest, Decision, NameOverride, OverrideKind
from requests_app.states import Action, State
from requests_app.steps import adjusting, asking, freezing, rows, rules, settling
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
    standing = _standing(_overrides(request), _people_of_version(request), _people(request))
    _freeze_and_ask(request, Action.APPLY, actor=actor, standing=standing)


@transaction.atomic(durable=True)
def amend(request_id: int, contents: Contents, *, actor: Actor) -> bool:
    """Replace names, people or purpose of a request under way: a new version, asked about anew where it differs.

    Returns whether the CSR was put aside because it does not fit the names any more.
    """
    request = transitions.lock(request_id)
    transitions.check(request, Action.AMEND, actor=actor)
    before, overrides = _people(request), _overrides(request)
    dropped = write(request, contents)
    request.held_at = request.held_by = None
    Decision.objects.filter(request=request, void_at=None).update(void_at=timezone.now())
    rows.supersede(request)
    _freeze_and_ask(request, Action.AMEND, actor=actor, standing=_standing(overrides, before, _people(request)))
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


def _people(request: CertificateRequest) -> tuple[int, str, frozenset[int]]:
    return request.applicant_id, request.purpose, frozenset(manager.pk for manager in queries.managers_of(request))


def _people_of_version(request: CertificateRequest) -> tuple[int, str, frozenset[int]]:
    """Return the people and purpose that the current version names; a returned request was edited since."""
    version = request.current_version
    if version is None:
        return _people(request)
    frozen = json.loads(version.canonical)
    return frozen["applicant"], frozen["purpose"], frozenset(frozen["managers"])


def _overrides(request: CertificateRequest) -> list[NameOverride]:
    if request.current_version_id is None:
        return []
    return list(request.overrides.filter(versions=request.current_version_id))


def _standing(
    overrides: list[NameOverride], before: tuple[int, str, frozenset[int]], after: tuple[int, str, frozenset[int]]
) -> list[NameOverride]:
    """Return the overrides that a new version leaves in force: existence always, the others for the same people."""
    same_people = before[:2] == after[:2] and after[2] <= before[2]
    return [override for override in overrides if same_people or override.kind == OverrideKind.EXISTENCE]


def _freeze_and_ask(
    request: CertificateRequest, action: Action, *, actor: Actor, standing: Iterable[NameOverride] = ()
) -> None:
    # Two drafts for one CN applied for at once: the second waits here, and then sees the first.
    User.objects.select_for_update(no_key=True).get(pk=request.applicant_id)
    broken = rules.broken_by_application(request)
    if broken:
        raise errors.NotReady(broken)
    csr = freezing.current_csr(request)
    if csr:
        _claim(request, csr.spki_sha256)
    request.applied_at = timezone.now()
    version = freezing.freeze(request, by_id=actor.human_id)
    request.save()
    for override in standing:
        override.versions.add(version)
    asking.ask_about_names(request)
    transitions.move(request, action, actor=actor, details={"version": version.number, "digest": version.digest})
    # Answers and observations that still stand may be all that is needed.
    settling.settle(request)


def _claim(request: CertificateRequest, spki_sha256: str) -> None:
    try:
        keys.claim(spki_sha256, owner=request.subject)
    except keys.KeyTaken as error:
        raise errors.NotReady([errors.CsrKeyUsed()]) from error
    keys.release_all_but(spki_sha256, owner=request.subject)
