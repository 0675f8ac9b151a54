"""Break-glass: in an emergency a registrar decides about what concerns themself, and everybody at the desk hears of it.

Design: "Disinterested". It needs a role of its own, a reason and a fresh sign-in, lasts for half an hour, and stays on
every registrar's first page until another one has reviewed it.
"""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts import mailing, policies, queries
from accounts.choices import Role
from accounts.errors import (
    AccountError,
    BreakGlassIsOpen,
    BreakGlassOver,
    NotPermitted,
    OwnBreakGlass,
    ReasonMissing,
    SignInAgain,
)
from accounts.models import BreakGlass, User
from audit.actors import Actor
from audit.recording import record
from notifications.quoting import quoted

LIFETIME = timedelta(minutes=30)
"""Long enough for one matter."""


@transaction.atomic(durable=True)
def open_for(reason: str, *, actor: Actor) -> int:
    """Let the registrar behind `actor` decide about their own matters until LIFETIME is over; return the row's id.

    Raises NotPermitted, SignInAgain, ReasonMissing, BreakGlassIsOpen.
    """
    person = User.objects.select_for_update(no_key=True).get(pk=actor.human_id)
    actor = policies.as_registrar(actor)
    now = timezone.now()
    if Role.BREAK_GLASS not in queries.current_roles(person, at=now):
        raise NotPermitted
    if not policies.is_freshly_signed_in(actor):
        raise SignInAgain(minutes=int(policies.FRESH_SIGN_IN.total_seconds() // 60))
    if not reason.strip():
        raise ReasonMissing
    if queries.open_break_glass(person.pk, at=now):
        raise BreakGlassIsOpen
    opened = BreakGlass.objects.create(person=person, reason=reason.strip(), opened_at=now, until_at=now + LIFETIME)
    record(opened.subject, "break_glass_opened", actor=actor, payload={"reason": opened.reason})
    mailing.tell_registrars(
        "break_glass",
        key=f"break_glass/{opened.pk}",
        context={"person": mailing.naming(person), "reason": quoted(opened.reason), "until": opened.until_at},
        link=f"/admin/accounts/breakglass/{opened.pk}/change/",
    )
    return opened.pk


@transaction.atomic(durable=True)
def close(*, actor: Actor) -> None:
    """End one's own break-glass before its time. Raises BreakGlassOver when none is open."""
    person = User.objects.select_for_update(no_key=True).get(pk=actor.human_id)
    now = timezone.now()
    opened = queries.open_break_glass(person.pk, at=now)
    if opened is None:
        raise BreakGlassOver
    opened.until_at = now
    opened.save(update_fields=["until_at"])
    record(opened.subject, "break_glass_closed", actor=actor, payload={})


def why_not_review(opened: BreakGlass, *, actor: Actor) -> AccountError | None:
    """Return what forbids a registrar to review it now; None where they may. The page and the verb ask here."""
    if opened.reviewed_at or opened.until_at > timezone.now():
        return BreakGlassOver()
    return OwnBreakGlass() if opened.person_id == actor.person_id else None


@transaction.atomic(durable=True)
def review(break_glass_id: int, *, note: str, actor: Actor) -> None:
    """Note that another registrar looked at what was done. Raises NotPermitted, OwnBreakGlass, BreakGlassOver."""
    opened = BreakGlass.objects.select_for_update(of=("self",)).filter(pk=break_glass_id).first()
    actor = policies.as_registrar(actor)
    if opened is None:
        raise BreakGlassOver
    forbidden = why_not_review(opened, actor=actor)
    if forbidden:
        raise forbidden
    opened.reviewed_by_id, opened.reviewed_at, opened.note = actor.human_id, timezone.now(), note.strip()
    opened.save(update_fields=["reviewed_by", "reviewed_at", "note"])
    record(opened.subject, "break_glass_reviewed", actor=actor, payload={"note": opened.note})
