"""Zones as a CSV file: read, compared with the zones at present, told in words, and written from the present ones."""

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts import csv_file, days
from accounts import queries as people
from accounts.claims import clean_text
from accounts.models import User
from audit import canonical
from csr import names as csr_names
from requests_app import errors
from requests_app.institution import policy
from requests_app.models import Zone, ZoneAdministration
from requests_app.steps.zone_problems import Problem, of_file

COLUMNS = ("zone", "account", "deputy_of", "from", "until")
"""The header; the order is free, what comes after the second may be missing, and nothing else may be there."""

NEEDED = ("zone", "account")
MAX_BYTES = 1024 * 1024
"""A university has hundreds of zones, not tens of thousands."""

MAX_ZONE_LENGTH = 253
"""Characters of a name in DNS. RFC 1035, section 2.3.4."""

MAX_LINES = 10_000
"""Lines of one file: each is compared while everybody else's changes wait."""

MAX_PROBLEMS = 100
"""Problems told at once; a file with more of them is another file than was meant."""

_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
"""One label of a zone, as an A-label where it is international; DNS knows underscores, though no certificate does."""

_DAY = re.compile(r"([12]\d{3})[-/](\d{1,2})[-/](\d{1,2})", re.ASCII)
"""Excel writes 2026/4/1 for what was 2026-04-01. The year 1 has no beginning in UTC, and nobody means it."""

SHOWN_LENGTH = 80
"""Characters of a bad cell that a sentence repeats."""

FIRST_DAY = date(2000, 1, 1)
"""From when somebody administers a zone where the file doesn't say: before the portal."""


@dataclass(frozen=True, order=True)
class Administration:
    """Somebody administers a zone from a moment until another. Days in a file are Tokyo days, `until` the last one."""

    zone: str
    person_id: int
    deputy_of_id: int | None
    from_at: datetime
    until_at: datetime | None

    @property
    def key(self) -> tuple[str, int]:
        """What a file may say once."""
        return self.zone, self.person_id

    def as_list(self) -> list[Any]:
        """Return what an event and a digest keep of it."""
        until = self.until_at.isoformat() if self.until_at else None
        return [self.zone, self.person_id, self.deputy_of_id, self.from_at.isoformat(), until]


@dataclass(frozen=True)
class Difference:
    """What applying a file would change. Zones that the file doesn't name stay as they are.

    Somebody with other dates than before is both ended and added.
    """

    new_zones: tuple[str, ...]
    added: tuple[Administration, ...]
    ended: tuple[Administration, ...]

    @property
    def is_empty(self) -> bool:
        """Whether the zones are already as the file says."""
        return not (self.new_zones or self.added or self.ended)

    @property
    def zones(self) -> list[str]:
        """The names of every zone that would change."""
        return sorted({*self.new_zones, *(one.zone for one in (*self.added, *self.ended))})

    def as_payload(self) -> dict[str, Any]:
        """Return the whole difference as JSON."""
        return {
            "new_zones": list(self.new_zones),
            "added": [one.as_list() for one in self.added],
            "ended": [one.as_list() for one in self.ended],
        }

    @property
    def digest(self) -> str:
        """The SHA-256 of the difference: what the person who applies it saw."""
        return canonical.digest(self.as_payload())


def from_payload(payload: Mapping[str, Any]) -> Difference:
    """Return the difference that an event keeps."""
    added, ended = (tuple(map(_from_list, payload[kind])) for kind in ("added", "ended"))
    return Difference(tuple(payload["new_zones"]), added, ended)


def _from_list(kept: list[Any]) -> Administration:
    zone, person_id, deputy_of_id, from_at, until_at = kept
    until = datetime.fromisoformat(until_at) if until_at else None
    return Administration(zone, person_id, deputy_of_id, datetime.fromisoformat(from_at), until)


def read(content: bytes) -> Difference:
    """Return what the file would change now. Raises ImportRefused with every problem, by line."""
    if len(content) > MAX_BYTES:
        raise errors.ImportRefused([of_file("zones.too_large")])
    table = csv_file.read(content, columns=COLUMNS, needed=NEEDED)
    problems = list(table.problems)
    if not table.lines and not problems:
        problems.append(of_file("zones.empty"))
    if len(table.lines) > MAX_LINES:
        raise errors.ImportRefused([of_file("zones.too_long", limit=MAX_LINES)])
    if table.lines and (unknown := [name for name in table.lines[0][1] if name not in COLUMNS]):
        # A misspelt “until” would make somebody administrator for ever.
        shown = ", ".join(clean_text(name, limit=SHOWN_LENGTH) or "?" for name in unknown)
        problems.append(of_file("zones.unknown_columns", columns=shown))
    lines, found = _read_lines(table)
    if problems or found:
        raise errors.ImportRefused(_first([*problems, *found]))
    return _difference(lines)


def _first(problems: list[csv_file.Problem]) -> list[csv_file.Problem]:
    """Return so many problems as somebody reads, and how many there are besides."""
    left = len(problems) - MAX_PROBLEMS
    if left <= 0:
        return problems
    return [*problems[:MAX_PROBLEMS], of_file("zones.further", count=left)]


def _read_lines(table: csv_file.Table) -> tuple[dict[str, dict[int, Administration]], list[Problem]]:
    """Return by zone who administers it, nobody where the account is empty; and every problem."""
    wanted: dict[str, dict[int, Administration]] = {}
    emptied: set[str] = set()
    problems: list[Problem] = []
    accounts = {cells.get(name, "") for _number, cells in table.lines for name in ("account", "deputy_of")}
    roster = people.find_by_accounts(accounts)
    for number, cells in table.lines:
        row = {name: cells.get(name, "") for name in COLUMNS}
        zone, found = _zone(row["zone"])
        one = None if found or _is_emptied(row, found) else _administration(zone, row, roster, found)
        of_zone = wanted.setdefault(zone, {}) if not found else {}
        if one and one.person_id in of_zone:
            found.append(of_file("zones.named_twice", account=row["account"], zone=row["zone"]))
        elif one:
            of_zone[one.person_id] = one
        elif not found:
            emptied.add(zone)
        if not found and zone in emptied and of_zone:
            found.append(of_file("zones.with_and_without", zone=zone))
        problems += [replace(problem, line=number) for problem in found]
    return wanted, problems


def _is_emptied(row: Mapping[str, str], problems: list[Problem]) -> bool:
    if row["account"]:
        return False
    if row["deputy_of"] or row["from"] or row["until"]:
        problems.append(of_file("zones.no_account"))
    return True


def _zone(text: str) -> tuple[str, list[Problem]]:
    zone, shown = csr_names.normalise(text), clean_text(text, limit=SHOWN_LENGTH)
    if len(zone) > MAX_ZONE_LENGTH:
        return zone, [of_file("zones.long_name")]
    if not all(map(_LABEL.fullmatch, zone.split("."))):
        # Nothing would ever lie in it, and what cannot be seen in it would deceive whoever applies the change.
        return zone, [of_file("zones.bad_name", zone=shown)]
    if not any(csr_names.is_within(zone, domain) for domain in policy().domains):
        return zone, [of_file("zones.outside", zone=shown)]
    return zone, []


def _administration(
    zone: str, row: Mapping[str, str], roster: Mapping[str, User], problems: list[Problem]
) -> Administration | None:
    person = _person(row["account"], roster, problems)
    deputy_of = _person(row["deputy_of"], roster, problems) if row["deputy_of"] else None
    if person and person == deputy_of:
        problems.append(of_file("zones.own_deputy"))
    first, last = _day(row["from"], problems), _day(row["until"], problems)
    if first and last and last < first:
        problems.append(of_file("zones.until_before_from"))
    if problems or person is None:
        return None
    return Administration(
        zone=zone,
        person_id=person.pk,
        deputy_of_id=deputy_of.pk if deputy_of else None,
        from_at=datetime.combine(first or FIRST_DAY, time.min, days.TOKYO).astimezone(UTC),
        until_at=datetime.combine(last, time.max, days.TOKYO).astimezone(UTC) if last else None,
    )


def _person(account: str, roster: Mapping[str, User], problems: list[Problem]) -> User | None:
    person = roster.get(account)
    if person is None:
        problems.append(of_file("zones.unknown_account", account=clean_text(account, limit=SHOWN_LENGTH)))
    return person


def _day(text: str, problems: list[Problem]) -> date | None:
    if not text:
        return None
    try:
        if found := _DAY.fullmatch(text):
            year, month, day = map(int, found.groups())
            return date(year, month, day)
    except ValueError:
        pass  # the 30th of February
    problems.append(of_file("zones.bad_day", text=clean_text(text, limit=SHOWN_LENGTH)))
    return None


def _difference(wanted_by_zone: Mapping[str, Mapping[int, Administration]]) -> Difference:
    now = timezone.now()
    given = [one for of_zone in wanted_by_zone.values() for one in of_zone.values()]
    wanted = {one.key: one for one in given if one.until_at is None or one.until_at > now}
    names = set(wanted_by_zone)
    present = {(row.zone.name, row.person_id): _as_administration(row) for row in rows(names, now=now)}
    same = {key for key, one in present.items() if key in wanted and _says_the_same(wanted[key], one, now=now)}
    known = set(Zone.objects.filter(name__in=names).values_list("name", flat=True))
    return Difference(
        new_zones=tuple(sorted(names - known)),
        added=tuple(wanted[key] for key in sorted(wanted.keys() - same)),
        ended=tuple(present[key] for key in sorted(present.keys() - same)),
    )


def rows(zone_names: set[str], *, now: datetime) -> QuerySet[ZoneAdministration]:
    """Return the administrations that are not over, those that have yet to begin too, whoever has left.

    One that was ended before it began is over.
    """
    lasting = ZoneAdministration.objects.filter(Q(until_at=None) | Q(until_at__gt=now), zone__name__in=zone_names)
    return lasting.exclude(until_at=F("from_at")).select_related("zone").order_by("zone__name", "pk")


def _as_administration(row: ZoneAdministration) -> Administration:
    return Administration(row.zone.name, row.person_id, row.deputy_of_id, row.from_at, row.until_at)


def _says_the_same(line: Administration, present: Administration, *, now: datetime) -> bool:
    begins = _tokyo_day(line.from_at) == _tokyo_day(present.from_at) or max(line.from_at, present.from_at) <= now
    ends = _tokyo_day(line.until_at) == _tokyo_day(present.until_at)
    return begins and ends and line.deputy_of_id == present.deputy_of_id


def _tokyo_day(moment: datetime | None) -> date | None:
    return days.of(moment) if moment else None


@dataclass(frozen=True)
class Described:
    """One line of a difference in words; the person is None where a zone appears without one."""

    sign: str
    zone: str
    person: User | None = None
    deputy_of: User | None = None
    from_on: date | None = None
    until_on: date | None = None


ADDED, ENDED, NEW = "+", "−", "*"


def describe(difference: Difference) -> list[Described]:
    """Return the difference with people, by zone: what is new, who is ended, who is added."""
    shown = (*difference.added, *difference.ended)
    ids = {one.person_id for one in shown} | {one.deputy_of_id for one in shown if one.deputy_of_id}
    found = User.objects.in_bulk(ids)
    told = [Described(NEW, zone) for zone in difference.new_zones]
    for sign, ones in ((ENDED, difference.ended), (ADDED, difference.added)):
        told += [
            Described(
                sign=sign,
                zone=one.zone,
                person=found[one.person_id],
                deputy_of=found[one.deputy_of_id] if one.deputy_of_id else None,
                from_on=_from_day(one.from_at),
                until_on=_tokyo_day(one.until_at),
            )
            for one in ones
        ]
    return sorted(told, key=lambda one: one.zone)


def _from_day(moment: datetime) -> date | None:
    """Return the first day; None where nobody ever said one."""
    day = _tokyo_day(moment)
    return None if day == FIRST_DAY else day


def written(zones: QuerySet[Zone]) -> str:
    """Return these zones with their administrators as the file that would make them so, with the header.

    Proposing it again changes nothing; but somebody whose account was given away cannot be named, and is left out.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    names = list(zones.order_by("name").values_list("name", flat=True))
    by_zone: dict[str, list[list[str]]] = {name: [] for name in names}
    lasting = rows(set(names), now=timezone.now()).select_related("person", "deputy_of")
    for row in lasting.prefetch_related("person__account_names", "deputy_of__account_names"):
        account = _account(row.person)
        if account:
            first, last = _from_day(row.from_at), _tokyo_day(row.until_at)
            dates = [day.isoformat() if day else "" for day in (first, last)]
            by_zone[row.zone.name].append([row.zone.name, account, _account(row.deputy_of), *dates])
    for name, lines in by_zone.items():
        writer.writerows(lines or [[name, "", "", "", ""]])
    return out.getvalue()


def _account(person: User | None) -> str:
    """Return the current account, from what was fetched with the person; "" if there is none."""
    current = [name.account for name in person.account_names.all() if name.until_at is None] if person else []
    return current[0] if current else ""
