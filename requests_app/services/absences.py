"""Days on which a zone administrator is away, entered by themself: others of the zone are asked in their place."""

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import days
from accounts.models import User
from audit.actors import Actor
from audit.recording import record
from requests_app import errors, queries
from requests_app.models import Absence

ENTERING = _("Enter an absence")

LONGEST = timedelta(days=366)
"""How far ahead an absence may end: who is away for longer hands the zone over."""


MOST = 10
"""Absences of one person that are not over."""


@transaction.atomic(durable=True)
def enter(from_on: date, until_on: date, *, actor: Actor) -> int:
    """Enter that the actor is away on these Tokyo days, both included; return the absence's number.

    Questions that only they were asked go to the others with the next sweep. Raises NotPermitted, AbsenceDays,
    AbsenceOverlaps, TooManyAbsences.
    """
    person = User.objects.select_for_update(no_key=True).get(pk=actor.human_id)
    if not queries.active_administrations().filter(person=person).exists():
        raise errors.NotPermitted(action=ENTERING)
    if not days.today() <= from_on <= until_on <= days.today() + LONGEST:
        raise errors.AbsenceDays
    if queries.absences_of(person).filter(from_on__lte=until_on, until_on__gte=from_on).exists():
        raise errors.AbsenceOverlaps
    if queries.absences_of(person).count() >= MOST:
        raise errors.TooManyAbsences(limit=MOST)
    absence = Absence.objects.create(person=person, from_on=from_on, until_on=until_on)
    payload = {"absence": absence.pk, "from_on": from_on.isoformat(), "until_on": until_on.isoformat()}
    record(f"person:{person.pk}", "ABSENCE_ENTERED", actor=actor, payload=payload)
    return absence.pk


@transaction.atomic(durable=True)
def cancel(absence_id: int, *, actor: Actor) -> None:
    """Take an absence of one's own back, before it is over. Raises AbsenceOver."""
    person = User.objects.select_for_update(no_key=True).get(pk=actor.human_id)
    absence = queries.absences_of(person).filter(pk=absence_id).first()
    if absence is None:
        raise errors.AbsenceOver
    absence.cancelled_at = timezone.now()
    absence.save(update_fields=["cancelled_at"])
    record(f"person:{person.pk}", "ABSENCE_CANCELLED", actor=actor, payload={"absence": absence.pk})
