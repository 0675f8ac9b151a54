"""Roles: offered by one registrar, confirmed by a second, ended by a registrar or by the holder."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts import mailing, policies, queries
from accounts.choices import GrantSource, Role
from accounts.errors import (
    FirstGrantsMade,
    NotARole,
    NotPermitted,
    OwnRole,
    PersonUnknown,
    RegistrarsFirst,
    RoleAlreadyOffered,
    RoleOver,
    RoleTooLong,
    SecondRegistrarNeeded,
)
from accounts.models import MAX_GRANT, RoleGrant, User
from audit.actors import SYSTEM, Actor
from audit.recording import record

FIRST_GRANTS = 2
"""So many registrars `manage.py grant_role` makes: one to offer, one to confirm (product.md, "Roles")."""


def _lock_grantee(account: str) -> User:
    """Raises PersonUnknown, also for somebody who has left."""
    found = queries.find_by_account(account)
    if found is None or not found.is_active:
        raise PersonUnknown(account=account)
    return User.objects.select_for_update(no_key=True).get(pk=found.pk)


def _check_end(until_at: datetime, *, now: datetime) -> None:
    if not now < until_at <= now + MAX_GRANT:
        raise RoleTooLong


@transaction.atomic(durable=True)
def offer(account: str, role: Role, *, until_at: datetime, actor: Actor) -> int:
    """Offer `role` until the moment `until_at` and return the grant's id; it acts only once confirmed.

    Raises NotPermitted, PersonUnknown, OwnRole, RoleTooLong, RoleAlreadyOffered.
    """
    grantee = _lock_grantee(account)
    actor = policies.as_registrar(actor)
    now = timezone.now()
    if grantee.pk == actor.person_id:
        raise OwnRole
    _check_end(until_at, now=now)
    if grantee.role_grants.open_offers(now).filter(role=role).exists():
        raise RoleAlreadyOffered
    # An offer that nobody confirmed in time would stand in the way of the constraint "one open offer".
    grantee.role_grants.filter(role=role, confirmed_at=None, ended_at=None).update(
        ended_at=now, ended_by_id=actor.person_id
    )
    grant = RoleGrant.objects.create(
        person=grantee, role=role, offered_by_id=actor.person_id, offered_at=now, from_at=now, until_at=until_at
    )
    record(
        f"person:{grantee.pk}",
        "role_offered",
        actor=actor,
        payload={"grant": grant.pk, "role": role.value, "until": until_at.isoformat()},
    )
    _tell_of_offer(grant)
    return grant.pk


def _tell_of_offer(grant: RoleGrant) -> None:
    """To the grantee, and to the registrars of whom one confirms."""
    context = {
        "person": mailing.naming(grant.person),
        "role": grant.role,
        "offered_by": mailing.naming(grant.offered_by) if grant.offered_by else {},
        "last_on": grant.last_on,
    }
    key = f"role_offered/g{grant.pk}"
    mailing.tell(grant.person, "role_offered", key=key, context={**context, "is_grantee": True}, link="/accounts/me/")
    for registrar in queries.people_with_role(Role.REGISTRAR, at=timezone.now()):
        if registrar.pk not in {grant.person_id, grant.offered_by_id}:
            context_of_registrar = {**context, "is_grantee": False}
            mailing.tell(registrar, "role_offered", key=key, context=context_of_registrar, link="/accounts/roles/")


def _lock_grant(grant_id: int) -> RoleGrant:
    """Lock the grantee, then the grant. Raises RoleOver for an unknown id."""
    person_id = RoleGrant.objects.filter(pk=grant_id).values_list("person_id", flat=True).first()
    if person_id is None:
        raise RoleOver
    User.objects.select_for_update(no_key=True).get(pk=person_id)
    return RoleGrant.objects.select_for_update().select_related("person").get(pk=grant_id)


@transaction.atomic(durable=True)
def confirm(grant_id: int, *, actor: Actor) -> None:
    """Confirm an offer; the role acts from now on. Raises NotPermitted, OwnRole, SecondRegistrarNeeded, RoleOver."""
    grant = _lock_grant(grant_id)
    actor = policies.as_registrar(actor)
    now = timezone.now()
    if grant.person_id == actor.person_id:
        raise OwnRole
    if grant.offered_by_id == actor.person_id:
        raise SecondRegistrarNeeded
    if grant.confirmed_at or grant.ended_at or grant.until_at <= now or not grant.person.is_active:
        raise RoleOver
    grant.confirmed_by_id, grant.confirmed_at, grant.from_at = actor.person_id, now, now
    grant.save(update_fields=["confirmed_by", "confirmed_at", "from_at"])
    payload = {"grant": grant.pk, "role": grant.role, "until": grant.until_at.isoformat()}
    record(f"person:{grant.person_id}", "role_confirmed", actor=actor, payload=payload)


@transaction.atomic(durable=True)
def end(grant_id: int, *, actor: Actor) -> None:
    """End a role or take back an offer, at once. A registrar may, and the holder. Raises NotPermitted, RoleOver."""
    grant = _lock_grant(grant_id)
    if grant.person_id != actor.person_id:
        actor = policies.as_registrar(actor)
    if actor.person_id is None:
        raise NotPermitted
    now = timezone.now()
    if grant.ended_at or grant.until_at <= now:
        raise RoleOver
    grant.ended_at, grant.ended_by_id = now, actor.person_id
    grant.save(update_fields=["ended_at", "ended_by"])
    record(f"person:{grant.person_id}", "role_ended", actor=actor, payload={"grant": grant.pk, "role": grant.role})


@transaction.atomic(durable=True)
def grant_first(account: str, role: str, *, until_at: datetime, made_by: str) -> int:
    """Make one of the first two registrars and return the grant's id; for `manage.py grant_role` only.

    Raises NotARole, FirstGrantsMade, RegistrarsFirst, PersonUnknown, RoleTooLong, RoleAlreadyOffered.
    """
    if role not in Role.values:
        raise NotARole(role=role, roles=", ".join(Role.values))
    grantee = _lock_grantee(account)
    now = timezone.now()
    registrars = queries.people_with_role(Role.REGISTRAR, at=now)
    if registrars.count() >= FIRST_GRANTS:
        raise FirstGrantsMade
    if role != Role.REGISTRAR:
        raise RegistrarsFirst
    if registrars.filter(pk=grantee.pk).exists():
        raise RoleAlreadyOffered
    _check_end(until_at, now=now)
    grant = RoleGrant.objects.create(
        person=grantee,
        role=role,
        source=GrantSource.COMMAND,
        offered_at=now,
        confirmed_at=now,
        from_at=now,
        until_at=until_at,
    )
    record(
        f"person:{grantee.pk}",
        "role_granted_by_command",
        actor=SYSTEM,
        payload={"grant": grant.pk, "role": role, "until": until_at.isoformat(), "made_by": made_by},
    )
    return grant.pk
