"""The way in when the provider is away: a one-time address, made on the server, for a holder of a role."""

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts import mailing, queries, signing
from accounts.errors import EmergencyLinkInvalid, HoldsNoRole, PersonUnknown
from accounts.models import EmergencyLink, User
from audit.actors import SYSTEM, Actor, Door
from audit.recording import record

LIFETIME = timedelta(minutes=10)
"""Long enough to copy the address from a terminal; product.md, "Roles"."""


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic(durable=True)
def make_link(account: str, *, made_by: str) -> str:
    """Return the token of a new one-time address for the holder of `account`; older ones end.

    `made_by` is the name of the account on the server. Raises PersonUnknown, HoldsNoRole.
    """
    found = queries.find_by_account(account)
    if found is None:
        raise PersonUnknown(account=account)
    person = User.objects.select_for_update(no_key=True).get(pk=found.pk)
    now = timezone.now()
    if not queries.current_roles(person, at=now):
        raise HoldsNoRole(account=account)
    token = secrets.token_urlsafe(32)
    EmergencyLink.objects.filter(person=person, used_at=None, expires_at__gt=now).update(expires_at=now)
    EmergencyLink.objects.create(person=person, token_sha256=_digest(token), made_at=now, expires_at=now + LIFETIME)
    event = record(f"person:{person.pk}", "emergency_link_made", actor=SYSTEM, payload={"made_by": made_by})
    mailing.tell_registrars(
        "emergency_login",
        key=f"emergency_login/e{event.pk}",
        context={"person": mailing.naming(person), "made_by": made_by, "at": now},
        link=f"/admin/accounts/user/{person.pk}/change/",
    )
    return token


def link_is_open(token: str) -> bool:
    """Whether the address would still sign somebody in; asking changes nothing."""
    now = timezone.now()
    return EmergencyLink.objects.filter(token_sha256=_digest(token), used_at=None, expires_at__gt=now).exists()


@transaction.atomic(durable=True)
def use_link(token: str, *, address: str, request_id: str) -> int:
    """Use up the address and return the person's id. Raises EmergencyLinkInvalid."""
    now = timezone.now()
    link = EmergencyLink.objects.select_for_update().filter(token_sha256=_digest(token)).first()
    if link is None or link.used_at is not None or link.expires_at <= now:
        raise EmergencyLinkInvalid
    person = User.objects.select_for_update(no_key=True).get(pk=link.person_id)
    if not queries.current_roles(person, at=now):
        raise EmergencyLinkInvalid
    link.used_at = now
    link.save(update_fields=["used_at"])
    actor = Actor(
        person_id=person.pk,
        role="",
        door=Door.PORTAL,
        signed_in_at=now,
        strength=signing.EMERGENCY,
        address=address,
        request_id=request_id,
    )
    record(f"person:{person.pk}", "emergency_signed_in", actor=actor, payload={})
    return person.pk
