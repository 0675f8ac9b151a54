"""What a zone administrator sees of their zones: who administers them, what exists in them, what they answered."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts import days
from accounts.models import User
from inventory import queries as inventory
from inventory.models import CertificateName
from requests_app import queries
from requests_app.models import (
    Absence,
    Answer,
    Asking,
    Confirmation,
    StandingGrant,
    VersionName,
    Zone,
    ZoneAdministration,
)
from requests_app.states.request import OPEN_STATES

LISTED = 100
"""Certificates, and requests, that the page lists for one zone; it says how many there are in all."""

ANSWERED = 50
"""Answers that the page lists, the latest first."""


@dataclass(frozen=True)
class Member:
    """Somebody who administers the zone, and the days on which they will be (or are) away."""

    administration: ZoneAdministration
    absences: tuple[Absence, ...]
    is_away: bool


@dataclass(frozen=True)
class Certified:
    """A name in a valid certificate."""

    name: str
    holders: tuple[User, ...]
    valid_until: date | None


@dataclass
class ZoneShown:
    """One zone. Names below a longer zone belong to that one."""

    zone: Zone
    members: list[Member] = field(default_factory=list)
    waiting: list[Confirmation] = field(default_factory=list)
    grants: list[StandingGrant] = field(default_factory=list)
    certified: list[Certified] = field(default_factory=list)
    certified_count: int = 0
    requested: list[VersionName] = field(default_factory=list)
    requested_count: int = 0


def zones_of(person: User) -> list[ZoneShown]:
    """Return the zones that `person` administers now. The queries grow with the zones, not with what is in them."""
    mine = queries.active_administrations().filter(person=person).values("zone_id")
    shown = {zone.pk: ZoneShown(zone) for zone in Zone.objects.filter(pk__in=mine).order_by("name")}
    _add_members(shown)
    for question in queries.waiting_for(person).filter(zone__in=shown).select_related("applicant").order_by("pk"):
        shown[question.zone_id or 0].waiting.append(question)
    for grant in _grants().filter(zone__in=shown):
        shown[grant.zone_id].grants.append(grant)
    names = list(Zone.objects.values_list("name", flat=True))
    for one in shown.values():
        _add_names(one, longer=[name for name in names if name.endswith(f".{one.zone.name}")])
    return list(shown.values())


def answers_of(person: User) -> list[Answer]:
    """Return what `person` answered (or a registrar wrote down for them), the latest first."""
    seen = Exists(queries.answerable_by(person).filter(pk=OuterRef("confirmation")))
    asked = Exists(Asking.objects.filter(person=person, confirmation=OuterRef("confirmation")))
    answers = Answer.objects.filter(person=person).annotate(is_reachable=seen | asked)
    answers = answers.select_related("confirmation__applicant", "confirmation__zone")
    return list(answers.select_related("recorded_by").order_by("-answered_at", "-pk")[:ANSWERED])


def grants_of(person: User) -> QuerySet[StandingGrant]:
    """Return the grants that `person` may withdraw: their own, and those of the zones that they administer now."""
    mine = queries.active_administrations().filter(person=person).values("zone_id")
    return _grants().filter(Q(grantor=person) | Q(zone__in=mine))


def _grants() -> QuerySet[StandingGrant]:
    standing = StandingGrant.objects.filter(withdrawn_at=None, until_on__gte=days.today())
    return standing.select_related("grantor", "applicant", "zone").order_by("name", "pk")


def _add_members(shown: dict[int, ZoneShown]) -> None:
    administrations = queries.active_administrations().filter(zone__in=shown)
    rows = list(
        administrations.select_related("person", "deputy_of").order_by(F("deputy_of_id").asc(nulls_first=True), "pk")
    )
    today = days.today()
    absences: dict[int, list[Absence]] = {}
    for absence in Absence.objects.filter(
        person__in={row.person_id for row in rows}, cancelled_at=None, until_on__gte=today
    ):
        absences.setdefault(absence.person_id, []).append(absence)
    for row in rows:
        away = tuple(absences.get(row.person_id, []))
        is_away = any(absence.from_on <= today for absence in away)
        shown[row.zone_id].members.append(Member(row, away, is_away))


def _add_names(shown: ZoneShown, *, longer: Iterable[str]) -> None:
    certificates = CertificateName.objects.filter(certificate__in=inventory.valid().values("pk"))
    certified = certificates.filter(_in_zone(shown.zone.name, longer))
    shown.certified_count = certified.count()
    listed = certified.select_related("certificate").order_by("name", "certificate__not_after", "pk")[:LISTED]
    shown.certified = _with_holders(list(listed))
    current = VersionName.objects.filter(
        version=F("version__request__current_version"), version__request__state__in=OPEN_STATES
    )
    requested = current.filter(_in_zone(shown.zone.name, longer))
    shown.requested_count = requested.count()
    shown.requested = list(requested.select_related("version__request__applicant").order_by("name", "pk")[:LISTED])


def _in_zone(zone: str, longer: Iterable[str]) -> Q:
    """Return the condition that `name` lies in `zone` and in none of the longer zones below it."""
    condition = Q(name=zone) | Q(name__endswith=f".{zone}")
    for other in longer:
        condition &= ~(Q(name=other) | Q(name__endswith=f".{other}"))
    return condition


def _with_holders(names: list[CertificateName]) -> list[Certified]:
    holders = inventory.holders(name.certificate_id for name in names)
    people = {one.pk: one for one in User.objects.filter(pk__in=set().union(*holders.values()))}
    return [
        Certified(
            name=name.name,
            holders=tuple(people[pk] for pk in sorted(holders.get(name.certificate_id, set()))),
            valid_until=days.of(name.certificate.not_after) if name.certificate.not_after else None,
        )
        for name in names
    ]
