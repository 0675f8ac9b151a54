"""Who is what to a request, a question, a file, a revocation or a hand-over. Read anew each time, after the lock."""

import json

from django.db.models import Q
from django.utils import timezone

from accounts import days
from accounts import queries as people
from accounts.choices import Role as Grant
from accounts.models import User
from audit.actors import Actor
from inventory import queries as inventory
from inventory.models import Certificate
from requests_app import queries
from requests_app.models import (
    CertificateRequest,
    Confirmation,
    ConfirmationKind,
    HandOver,
    Incident,
    Revocation,
    Submission,
)
from requests_app.states import HandOverState, Role, State

_WITH_NII = frozenset({State.SUBMITTED, State.HELD, State.ISSUED, State.INSTALLED, State.COMPLETED})
"""States in which somebody holds the certificate of a request, or will."""


def interested_ids(request: CertificateRequest) -> set[int]:
    """Return everybody who never decides about the request as a registrar.

    A manager who was dropped after the first application stays one of them: whoever asked for a certificate does not
    become its judge by a click.
    """
    ids = {request.applicant_id, request.prepared_by_id}
    named = Q(until_at=None)
    if first := request.versions.order_by("number").first():
        named |= Q(until_at__gte=first.made_at)
    ids.update(request.managements.filter(named).values_list("person_id", flat=True))
    ids.update(inventory.holder_ids(request.replaced.values_list("pk", flat=True)))
    if request.subscriber_contact_id:
        ids.add(request.subscriber_contact_id)
    if request.certificate_id:
        ids.update(inventory.holder_ids([request.certificate_id]))
    successors = set(request.hand_overs.filter(state=HandOverState.TAKEN_OVER).values_list("successor_id", flat=True))
    if successors:
        # Whoever handed it over applied for it once, and stays one of them, too.
        frozen = request.versions.values_list("canonical", flat=True)
        ids |= successors | {json.loads(canonical)["applicant"] for canonical in frozen}
    return ids


def witness_ids(request: CertificateRequest) -> set[int]:
    """Return everybody who confirmed, granted or overrode a name of the current version, or wrote down an answer."""
    version = request.current_version_id
    if version is None:
        return set()
    questions = Confirmation.objects.filter(request=request, versions=version)
    said = questions.values_list("answers__person_id", "answers__recorded_by_id", "grant__grantor_id")
    answered = [person for row in said for person in row]
    overrode = request.overrides.values_list("person_id", flat=True)
    return {person for person in (*answered, *overrode) if person is not None}


def roles(actor: Actor, request: CertificateRequest) -> frozenset[Role]:
    """Return everything that `actor` is to `request` now; empty for somebody who has left."""
    if actor.is_system:
        return frozenset({Role.SYSTEM})
    person = User.objects.filter(pk=actor.human_id, is_active=True).first()
    if person is None:
        return frozenset()
    managers = set(request.managements.filter(until_at=None).values_list("person_id", flat=True))
    grants = people.current_roles(person, at=timezone.now())
    # Preparing ends with the application; afterwards only a manager among the preparers still has a hand in it.
    may_prepare = request.state == State.DRAFT or (request.state == State.RETURNED and person.pk in managers)
    found = {
        Role.APPLICANT: person.pk == request.applicant_id,
        Role.PREPARER: person.pk == request.prepared_by_id and may_prepare,
        Role.MANAGER: person.pk in managers,
        Role.CONTACT: person.pk == request.subscriber_contact_id,
        Role.HOLDER: request.state in _WITH_NII and person.pk in holder_ids(request),
        Role.SUCCESSOR: request.hand_overs.filter(state=HandOverState.ASKED, successor=person).exists(),
        Role.FULL_TIME: people.is_full_time(person, on=days.today()),
        Role.REGISTRAR: Grant.REGISTRAR in grants,
        Role.AUDITOR: Grant.AUDITOR in grants,
    }
    if found[Role.REGISTRAR]:
        found[Role.BREAK_GLASS] = breaks_glass(actor)
        found[Role.INTERESTED] = is_interested(actor, request)
        found[Role.WITNESS] = not found[Role.BREAK_GLASS] and person.pk in witness_ids(request)
    return frozenset(role for role, holds in found.items() if holds)


def grants_of(actor: Actor) -> frozenset[Grant]:
    """Return the roles that the person behind `actor` was granted and holds now; none for the system."""
    person = None if actor.is_system else User.objects.filter(pk=actor.human_id).first()
    return people.current_roles(person, at=timezone.now()) if person else frozenset()


def confirmation_roles(actor: Actor, confirmation: Confirmation) -> frozenset[Role]:
    """Return what `actor` is to a question: administers the zone now, holds the certificate now, registrar."""
    if actor.is_system:
        return frozenset({Role.SYSTEM})
    if not User.objects.filter(pk=actor.human_id, is_active=True).exists():
        return frozenset()
    found = {Role.REGISTRAR} if Grant.REGISTRAR in grants_of(actor) else set()
    if confirmation.kind == ConfirmationKind.ZONE:
        if queries.administrators_of(confirmation.zone).filter(pk=actor.human_id).exists():
            found.add(Role.ZONE_ADMINISTRATOR)
    elif actor.person_id in inventory.holder_ids([confirmation.certificate_id or 0]):
        found.add(Role.HOLDER)
    return frozenset(found)


def submission_roles(actor: Actor, submission: Submission) -> frozenset[Role]:
    """Return what `actor` is to a file for NII: registrar, auditor, and interested in any of its rows."""
    person = None if actor.is_system else User.objects.filter(pk=actor.human_id, is_active=True).first()
    if person is None:
        return frozenset({Role.SYSTEM}) if actor.is_system else frozenset()
    grants = people.current_roles(person, at=timezone.now())
    found = {Role.REGISTRAR: Grant.REGISTRAR in grants, Role.AUDITOR: Grant.AUDITOR in grants}
    if found[Role.REGISTRAR]:
        found[Role.BREAK_GLASS] = breaks_glass(actor)
        rows = submission.rows.select_related("request", "revocation")
        found[Role.INTERESTED] = any(
            is_interested(actor, row.request)
            or (row.revocation is not None and is_interested_in_revocation(actor, row.revocation))
            for row in rows
        )
    return frozenset(role for role, holds in found.items() if holds)


def holder_ids(request: CertificateRequest) -> set[int]:
    """Return who holds (or will hold) the request's certificate.

    Until it is recorded: the applicant, or who took the request over after its submission, and the managers.
    """
    if request.certificate_id:
        return inventory.holder_ids([request.certificate_id])
    return {principal_id(request), *(m.pk for m in queries.managers_of(request))}


def principal_id(request: CertificateRequest) -> int:
    """Return who answers for the request: the applicant, or who took it over after its submission."""
    taken = request.hand_overs.filter(state=HandOverState.TAKEN_OVER)
    if request.current_version:
        # A version that was made later is the applicant's own again: they applied anew after a return.
        taken = taken.filter(settled_at__gte=request.current_version.made_at)
    last = taken.order_by("-settled_at", "-pk").first()
    return last.successor_id if last else request.applicant_id


def principal_holder_id(certificate: Certificate) -> int | None:
    """Return the holder who answers for the certificate: who took it over last, else who applied for it.

    None where that person does not hold it any more, or nobody is known to be it.
    """
    last = certificate.hand_overs.filter(state=HandOverState.TAKEN_OVER).order_by("-settled_at", "-pk").first()
    request = CertificateRequest.objects.filter(certificate=certificate).first()
    candidates = [last.successor_id if last else None, principal_id(request) if request else None]
    held_by = inventory.holder_ids([certificate.pk])
    return next((one for one in candidates if one in held_by), None)


def asker_of_request(actor: Actor, request: CertificateRequest) -> Role | None:
    """Return the role in which `actor` may ask somebody to take the request over, whatever its state."""
    found = roles(actor, request)
    if Role.APPLICANT in found:
        return Role.APPLICANT
    if Role.FULL_TIME in found and found & {Role.MANAGER, Role.HOLDER}:
        return Role.MANAGER if Role.MANAGER in found else Role.HOLDER
    has_left = not people.is_full_time(request.applicant, on=days.today())
    return Role.REGISTRAR if Role.REGISTRAR in found and has_left else None


def asker_of_certificate(actor: Actor, certificate: Certificate) -> Role | None:
    """Return the role in which `actor` may ask somebody to take the certificate over: full-time holder, registrar."""
    holders = inventory.holder_ids([certificate.pk])
    full_time = people.full_time_people(on=days.today()).filter(pk__in=holders)
    if full_time.filter(pk=actor.person_id or 0).exists():
        return Role.HOLDER
    return Role.REGISTRAR if Grant.REGISTRAR in grants_of(actor) and not full_time.exists() else None


def judge_of_need(actor: Actor, certificate: Certificate) -> Role | None:
    """Return the role in which `actor` may say that the certificate is not needed: holder; registrar for nobody.

    A registrar speaks on behalf only where no full-time holder is left who could.
    """
    holders = inventory.holder_ids([certificate.pk])
    if actor.person_id in holders and User.objects.filter(pk=actor.human_id, is_active=True).exists():
        return Role.HOLDER
    has_speaker = people.full_time_people(on=days.today()).filter(pk__in=holders).exists()
    return Role.REGISTRAR if Grant.REGISTRAR in grants_of(actor) and not has_speaker else None


def revocation_roles(actor: Actor, revocation: Revocation) -> frozenset[Role]:
    """Return what `actor` is to a revocation; who holds the certificate does not decide as a registrar."""
    person = None if actor.is_system else User.objects.filter(pk=actor.human_id, is_active=True).first()
    if person is None:
        return frozenset({Role.SYSTEM}) if actor.is_system else frozenset()
    grants = people.current_roles(person, at=timezone.now())
    found = {
        Role.HOLDER: person.pk in inventory.holder_ids([revocation.certificate_id]),
        Role.ASKER: revocation.asked_by_id == person.pk,
        Role.REGISTRAR: Grant.REGISTRAR in grants,
        Role.AUDITOR: Grant.AUDITOR in grants,
    }
    if found[Role.REGISTRAR]:
        found[Role.BREAK_GLASS] = breaks_glass(actor)
        found[Role.INTERESTED] = is_interested_in_revocation(actor, revocation)
    return frozenset(role for role, holds in found.items() if holds)


def breaks_glass(actor: Actor) -> bool:
    """Tell whether `actor` came in with a break-glass that is still open: read anew, so that its end acts at once."""
    return bool(actor.break_glass) and people.open_break_glass(actor.human_id, at=timezone.now()) is not None


def is_interested(actor: Actor, request: CertificateRequest | None) -> bool:
    """Tell whether `actor` may not decide about a request as a registrar; nobody is while they break the glass."""
    has_part = request is not None and actor.human_id in interested_ids(request)
    return has_part and not breaks_glass(actor)


def is_interested_in_revocation(actor: Actor, revocation: Revocation) -> bool:
    """Tell the same of a revocation: a holder, or somebody with a part in its request."""
    return _is_interested_as_holder(actor, revocation.certificate_id) or is_interested(actor, revocation.request)


def is_interested_in_incident(actor: Actor, incident: Incident) -> bool:
    """Tell the same of an incident: a holder of its certificate, or somebody with a part in its request."""
    holds = incident.certificate_id is not None and _is_interested_as_holder(actor, incident.certificate_id)
    return holds or is_interested(actor, incident.request)


def _is_interested_as_holder(actor: Actor, certificate_id: int) -> bool:
    return actor.human_id in inventory.holder_ids([certificate_id]) and not breaks_glass(actor)


def hand_over_roles(actor: Actor, hand_over: HandOver) -> frozenset[Role]:
    """Return what `actor` is to a hand-over: asked to take over, asked for it, registrar."""
    person = None if actor.is_system else User.objects.filter(pk=actor.human_id, is_active=True).first()
    if person is None:
        return frozenset({Role.SYSTEM}) if actor.is_system else frozenset()
    found = {
        Role.SUCCESSOR: hand_over.successor_id == person.pk,
        Role.ASKER: hand_over.asked_by_id == person.pk,
        Role.REGISTRAR: Grant.REGISTRAR in people.current_roles(person, at=timezone.now()),
    }
    return frozenset(role for role, holds in found.items() if holds)
