"""Who administers a zone, who of them is away, and who is asked by mail. Who may answer is wider: all of them."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date

from accounts import days
from requests_app import queries
from requests_app.models import Absence


@dataclass(frozen=True)
class Administrator:
    """One person who administers a zone now; `deputy_of_id` names whom they stand in for."""

    person_id: int
    deputy_of_id: int | None


def administrators(zone_ids: Iterable[int]) -> dict[int, list[Administrator]]:
    """Return who administers each of these zones now, deputies among them, by zone; in one query."""
    found: dict[int, list[Administrator]] = {}
    rows = queries.active_administrations().filter(zone_id__in=set(zone_ids)).order_by("person_id")
    for zone_id, person_id, deputy_of_id in rows.values_list("zone_id", "person_id", "deputy_of_id"):
        found.setdefault(zone_id, []).append(Administrator(person_id, deputy_of_id))
    return found


def absent(*, on: date | None = None) -> frozenset[int]:
    """Return the people who are away on `on` (today), by their own word."""
    day = on or days.today()
    away = Absence.objects.filter(cancelled_at=None, from_on__lte=day, until_on__gte=day)
    return frozenset(away.values_list("person_id", flat=True))


def to_mail(
    people: Iterable[Administrator], away: AbstractSet[int], *, interested: AbstractSet[int] = frozenset()
) -> set[int]:
    """Return who of a zone gets the first mail: who is present, and deputies of those who are not.

    Everybody, where that would be nobody, or only people whose yes does not suffice (`interested`).
    """
    everybody = {one.person_id for one in people}
    principals = {one.person_id for one in people if one.deputy_of_id is None}
    missing = away | ({one.deputy_of_id for one in people if one.deputy_of_id is not None} - everybody)
    deputies = {one.person_id for one in people if one.deputy_of_id in missing}
    chosen = (principals | deputies) - away
    return chosen if chosen - interested else everybody


def to_remind(
    people: Iterable[Administrator], away: AbstractSet[int], *, interested: AbstractSet[int] = frozenset()
) -> set[int]:
    """Return who of a zone is reminded: all who are present, deputies too.

    Everybody, where that would be nobody, or only people whose yes does not suffice (`interested`).
    """
    everybody = {one.person_id for one in people}
    present = everybody - away
    return present if present - interested else everybody
