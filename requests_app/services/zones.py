"""Zones and their administrators, taken from a CSV file: read, show the difference, then apply in one transaction."""

import csv
import io
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import queries as people
from accounts.choices import Role as Grant
from accounts.models import User
from audit.actors import SYSTEM, Actor
from audit.recording import lock, record
from csr import names as csr_names
from requests_app import errors, queries, transitions
from requests_app.institution import policy
from requests_app.models import CertificateRequest, Confirmation, ConfirmationKind, Zone, ZoneAdministration
from requests_app.states import ConfirmationAction, ConfirmationState, State
from requests_app.steps import asking, collecting, desk

COLUMNS = ("zone", "account", "deputy_of", "from", "until")
TOKYO = ZoneInfo("Asia/Tokyo")
MAX_BYTES = 1024 * 1024
"""A university has hundreds of zones, not tens of thousands."""

MAX_ZONE_LENGTH = 253
"""Characters of a name in DNS. RFC 1035, section 2.3.4."""


@dataclass(frozen=True)
class Line:
    """One line of the file, read and found correct. Days are Tokyo days, `until` the last one."""

    zone: str
    person_id: int
    deputy_of_id: int | None
    from_at: datetime
    until_at: datetime | None

    @property
    def key(self) -> tuple[str, int]:
        """What a file may say once."""
        return self.zone, self.person_id


@dataclass(frozen=True)
class Difference:
    """What applying the file would change; ids of people, names of zones. Zones that the file doesn't name stay.

    Somebody with other dates than before is both ended and added.
    """

    lines: tuple[Line, ...]
    added: tuple[tuple[str, int], ...]
    ended: tuple[tuple[str, int], ...]


def read(content: bytes) -> Difference:
    """Return what the file would change. Raises ImportRefused with every problem, by line."""
    if len(content) > MAX_BYTES:
        raise errors.ImportRefused([_("The file is larger than 1 MiB.")])
    columns, rows = _table(content)
    missing = [column for column in ("zone", "account") if column not in columns]
    if missing:
        raise errors.ImportRefused(
            [_("The first line must name the columns; missing: %(columns)s.") % {"columns": ", ".join(missing)}]
        )
    lines: dict[tuple[str, int], Line] = {}
    problems: list[str] = []
    for number, row in enumerate(rows, start=2):
        read_line, found = _read_line({name: (row.get(name) or "").strip() for name in COLUMNS})
        problems += [_("Line %(number)s: %(problem)s") % {"number": number, "problem": problem} for problem in found]
        if read_line and read_line.key in lines:
            twice = _("Line %(number)s: %(account)s is named for the zone %(zone)s twice.")
            problems.append(twice % {"number": number, "account": row["account"], "zone": read_line.zone})
        elif read_line:
            lines[read_line.key] = read_line
    if problems:
        raise errors.ImportRefused(problems)
    return _difference(list(lines.values()))


def _table(content: bytes) -> tuple[list[str], list[dict[str, str]]]:
    """Return the column names and the rows. Raises ImportRefused."""
    reader = csv.DictReader(io.StringIO(_decoded(content)))
    try:
        return list(reader.fieldnames or []), list(reader)
    except csv.Error as error:
        # A field of more than 128 KiB: a quotation mark that nobody closed, or no table at all.
        raise errors.ImportRefused([_("The file is not a table in CSV.")]) from error


@transaction.atomic(durable=True)
def apply_import(content: bytes, *, actor: Actor) -> Difference:
    """Make the zones that the file names have exactly its administrators; ask again about names under way.

    Raises NotPermitted, ImportRefused. Zones that the file does not name keep their administrators.
    """
    desk.demand(actor, Grant.REGISTRAR, Grant.SETTINGS_ADMINISTRATOR, action=_("Import of zones"))
    lock("zones")
    difference = read(content)
    now = timezone.now()
    touched = sorted({zone for zone, _person in (*difference.added, *difference.ended)})
    for row in _rows({zone for zone, _person in difference.ended}, now=now):
        if (row.zone.name, row.person_id) in difference.ended:
            row.until_at = max(now, row.from_at)
            row.save(update_fields=["until_at"])
    for line in difference.lines:
        zone, _made = Zone.objects.get_or_create(name=line.zone)
        if line.key in difference.added:
            ZoneAdministration.objects.create(
                zone=zone,
                person_id=line.person_id,
                deputy_of_id=line.deputy_of_id,
                from_at=line.from_at,
                until_at=line.until_at,
            )
    record(
        "zones",
        "IMPORT",
        actor=actor,
        payload={
            "added": [list(pair) for pair in difference.added],
            "ended": [list(pair) for pair in difference.ended],
        },
    )
    asked: set[int] = set()
    for request_id in _requests_waiting_for(touched):
        asked |= _ask_again(request_id)
    collecting.mail_waiting(asked)
    return difference


def _ask_again(request_id: int) -> set[int]:
    """Void what another zone than the name's present one was asked; return who is to be asked now."""
    request = transitions.lock(request_id)
    if request.state not in queries.ANSWERABLE_STATES:
        return set()
    current = request.confirmations.select_for_update(of=("self",)).filter(
        versions=request.current_version, kind=ConfirmationKind.ZONE, state__in=_VOIDABLE
    )
    stale = [confirmation for confirmation in current.order_by("pk") if _is_stale(confirmation)]
    for confirmation in stale:
        transitions.move_confirmation(confirmation, ConfirmationAction.VOID, actor=SYSTEM)
    # Under review a name is settled, by an answer that still stands or by a registrar: nobody is asked once more.
    if stale or request.state == State.CONFIRMING:
        return asking.ask_about_names(request)
    return set()


_VOIDABLE = (ConfirmationState.ASKED, ConfirmationState.YES, ConfirmationState.NO)


def _is_stale(confirmation: Confirmation) -> bool:
    return queries.zone_of(confirmation.name) != confirmation.zone


def _requests_waiting_for(zone_names: list[str]) -> list[int]:
    waiting = CertificateRequest.objects.filter(state__in=queries.ANSWERABLE_STATES).order_by("pk")
    return [
        request.pk
        for request in waiting
        if any(name == zone or name.endswith(f".{zone}") for name in request.names for zone in zone_names)
    ]


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise errors.ImportRefused([_("The file is neither UTF-8 nor Shift_JIS.")])


def _read_line(row: dict[str, str]) -> tuple[Line | None, list[str]]:
    problems = []
    zone = csr_names.normalise(row["zone"])
    if len(zone) > MAX_ZONE_LENGTH:
        problems.append(_("the name of the zone is too long."))
    elif not any(zone == domain or zone.endswith(f".{domain}") for domain in policy().domains):
        problems.append(_("the zone “%(zone)s” is outside the institution's domains.") % {"zone": row["zone"]})
    person = _person(row["account"], problems)
    deputy_of = _person(row["deputy_of"], problems) if row["deputy_of"] else None
    first, last = _day(row["from"], problems), _day(row["until"], problems)
    if first and last and last < first:
        problems.append(_("“until” is before “from”."))
    if problems or person is None:
        return None, problems
    return Line(
        zone=zone,
        person_id=person.pk,
        deputy_of_id=deputy_of.pk if deputy_of else None,
        from_at=datetime.combine(first or date(2000, 1, 1), time.min, TOKYO).astimezone(UTC),
        until_at=datetime.combine(last, time.max, TOKYO).astimezone(UTC) if last else None,
    ), []


def _person(account: str, problems: list[str]) -> User | None:
    person = people.find_by_account(account) if account else None
    if person is None:
        problems.append(_("nobody on the roster has the account “%(account)s”.") % {"account": account})
    return person


def _day(text: str, problems: list[str]) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text.replace("/", "-"))
    except ValueError:
        problems.append(_("“%(text)s” is not a day (YYYY-MM-DD).") % {"text": text})
        return None


def _difference(lines: list[Line]) -> Difference:
    now = timezone.now()
    wanted = {line.key: line for line in lines if line.until_at is None or line.until_at > now}
    present = {(row.zone.name, row.person_id): row for row in _rows({line.zone for line in lines}, now=now)}
    same = {key for key, row in present.items() if key in wanted and _says_the_same(wanted[key], row, now=now)}
    return Difference(
        lines=tuple(lines),
        added=tuple(sorted(wanted.keys() - same)),
        ended=tuple(sorted(present.keys() - same)),
    )


def _rows(zone_names: set[str], *, now: datetime) -> QuerySet[ZoneAdministration]:
    """Return the administrations that are not over, those that have yet to begin too, whoever has left."""
    rows = ZoneAdministration.objects.filter(Q(until_at=None) | Q(until_at__gt=now), zone__name__in=zone_names)
    return rows.select_related("zone").order_by("pk")


def _says_the_same(line: Line, row: ZoneAdministration, *, now: datetime) -> bool:
    begins = line.from_at == row.from_at or max(line.from_at, row.from_at) <= now
    return begins and (line.until_at, line.deputy_of_id) == (row.until_at, row.deputy_of_id)


def describe(difference: Difference) -> dict[str, list[dict[str, str]]]:
    """Return the difference with names of people, for the page that shows it before it is applied."""
    ids = {person for _zone, person in (*difference.added, *difference.ended)}
    names = {person.pk: f"{person.display_name} ({person.account})" for person in User.objects.filter(pk__in=ids)}
    return {
        "added": [{"zone": zone, "person": names[person]} for zone, person in difference.added],
        "ended": [{"zone": zone, "person": names[person]} for zone, person in difference.ended],
    }
