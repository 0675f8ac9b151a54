"""Who may use the verbs of this app; asked after the lock, of the database."""

from dataclasses import replace
from datetime import timedelta

from django.utils import timezone

from accounts import queries
from accounts.choices import Role
from accounts.errors import NotPermitted
from accounts.models import User
from audit.actors import Actor

FRESH_SIGN_IN = timedelta(minutes=15)
"""How long ago the sign-in may be for what a session left open at a desk must not be enough for."""


def is_freshly_signed_in(actor: Actor) -> bool:
    """Tell whether `actor` signed in within FRESH_SIGN_IN."""
    return actor.signed_in_at is not None and actor.signed_in_at >= timezone.now() - FRESH_SIGN_IN


def as_registrar(actor: Actor) -> Actor:
    """Return `actor` acting as registrar. Raises NotPermitted unless the person is one now; the system never is."""
    person = User.objects.filter(pk=actor.person_id).first() if actor.person_id is not None else None
    if person is None or Role.REGISTRAR not in queries.current_roles(person, at=timezone.now()):
        raise NotPermitted
    return replace(actor, role=Role.REGISTRAR.value)
