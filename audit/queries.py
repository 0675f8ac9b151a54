"""Reading the audit trail."""

from collections.abc import Iterable

from django.db.models import QuerySet

from audit.models import Checkpoint, Event


def history(subjects: Iterable[str]) -> QuerySet[Event]:
    """Return the events of the subjects, oldest first; the caller chooses only subjects that the reader may see."""
    return Event.objects.filter(subject__in=list(subjects)).order_by("at", "id")


def actions_of(person_id: int) -> QuerySet[Event]:
    """Return what one person did, newest first."""
    return Event.objects.filter(actor_person=person_id).order_by("-at", "-id")


def by_break_glass(person_id: int, number: int) -> QuerySet[Event]:
    """Return what a person did at the desk while a break-glass of this number was open, oldest first."""
    kept = actions_of(person_id).filter(payload__actor__break_glass__startswith=f"B{number}:")
    return kept.order_by("at", "id")


def newest_checkpoint() -> Checkpoint | None:
    """Return the last checkpoint; None before the first."""
    return Checkpoint.objects.order_by("-number").first()
