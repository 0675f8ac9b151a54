"""What an import of the roster would do: the difference between a file and the people on record."""

import hashlib
import json
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from accounts.choices import EmploymentKind, EmploymentSource
from accounts.models import AccountName, Employment, User
from accounts.roster_file import RosterFile, Row

MAX_SHRINKAGE = 0.10
"""An import with so much fewer people is refused: a truncated file must not end everybody (product.md, "People")."""

FIELDS = ("name_ja", "name_en", "affiliation_ja", "affiliation_en")

LABELS = {
    "name_ja": _("name (Japanese)"),
    "name_en": _("name (English)"),
    "affiliation_ja": _("affiliation (Japanese)"),
    "affiliation_en": _("affiliation (English)"),
    "mail": _("mail address"),
    "employment": _("employment"),
    "active": _("active"),
}
"""What a change is about: the field of `Change` → its name for people."""

_YES_OR_NO = {"yes": _("Yes"), "no": _("No")}


@dataclass(frozen=True)
class Change:
    """One field of a person, as it is and as the file says."""

    field: str
    before: str
    after: str

    @property
    def label(self) -> str:
        """The field's name for people."""
        return str(LABELS[self.field])

    @property
    def before_in_words(self) -> str:
        """What is known, for people; `before` is the same in every language, as the digest needs it."""
        return _in_words(self.field, self.before)

    @property
    def after_in_words(self) -> str:
        """What the file says, for people."""
        return _in_words(self.field, self.after)


@dataclass(frozen=True)
class Changed:
    """A known person whose row differs."""

    person_id: int
    public_id: str
    row: Row
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class OtherPerson:
    """A known account with another name: perhaps another person. Never merged unless ITC says which it is."""

    person_id: int
    public_id: str
    name_ja: str
    name_en: str
    row: Row


@dataclass(frozen=True)
class Absent:
    """Somebody on the roster who isn't in the file."""

    person_id: int
    public_id: str
    account: str
    name: str


@dataclass(frozen=True)
class Plan:
    """The difference. `people_before` counts active people whom the roster knew."""

    file_sha256: str
    people_before: int
    people_in_file: int
    added: tuple[Row, ...]
    changed: tuple[Changed, ...]
    other_people: tuple[OtherPerson, ...]
    absent: tuple[Absent, ...]

    @property
    def is_too_small(self) -> bool:
        """Whether the file has at least 10 % fewer people than the roster."""
        return self.people_before > 0 and self.people_in_file <= self.people_before * (1 - MAX_SHRINKAGE)

    @property
    def unchanged_count(self) -> int:
        """People in the file about whom nothing changes."""
        return self.people_in_file - len(self.added) - len(self.changed) - len(self.other_people)

    @property
    def digest(self) -> str:
        """SHA-256 over file and difference: an apply that names it does what was shown, or nothing."""
        return hashlib.sha256(json.dumps(asdict(self), default=str, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Answers:
    """What ITC said about "another person?": accounts of the same person renamed, and of somebody new."""

    same: frozenset[str] = frozenset()
    other: frozenset[str] = frozenset()


NO_ANSWERS = Answers()


def make(file: RosterFile, *, today: date, answers: Answers = NO_ANSWERS) -> Plan:
    """Compare the rows of a file without problems with the database; reads only."""
    holders = {name.account: name.person for name in _open_accounts()}
    added: list[Row] = []
    changed: list[Changed] = []
    other_people: list[OtherPerson] = []
    for row in file.rows:
        holder = holders.get(row.account)
        if holder is None or row.account in answers.other:
            added.append(row)
        elif not is_same_name(holder, row) and row.account not in answers.same:
            other_people.append(OtherPerson(holder.pk, holder.public_id, holder.name_ja, holder.name_en, row))
        elif changes := _changes(holder, row, today=today):
            changed.append(Changed(holder.pk, holder.public_id, row, changes))
    known = {account: holder for account, holder in holders.items() if _is_on_roster(holder, today=today)}
    return Plan(
        file_sha256=file.sha256,
        people_before=len(known),
        people_in_file=len(file.rows),
        added=tuple(added),
        changed=tuple(changed),
        other_people=tuple(other_people),
        absent=tuple(_absent(known.items(), {row.account for row in file.rows})),
    )


def is_same_name(person: User, row: Row) -> bool:
    """Whether the names agree, apart from spaces, width and case: the Japanese ones, else the English ones."""
    if person.name_ja and row.name_ja:
        return _folded(person.name_ja) == _folded(row.name_ja)
    return bool(person.name_en and row.name_en) and _folded(person.name_en) == _folded(row.name_en)


def current_roster_rows(person: User, *, today: date) -> list[Employment]:
    """The person's employments from the roster that haven't ended before today; no query after `_open_accounts`."""
    rows = person.employments.all()
    return [
        row for row in rows if row.source == EmploymentSource.ROSTER and (row.until_on is None or row.until_on >= today)
    ]


def _folded(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()


def _open_accounts() -> Iterable[AccountName]:
    names = AccountName.objects.filter(until_at=None).select_related("person")
    return names.prefetch_related("person__mail_addresses", "person__employments")


def _is_on_roster(person: User, *, today: date) -> bool:
    return person.is_active and bool(current_roster_rows(person, today=today))


def _changes(person: User, row: Row, *, today: date) -> tuple[Change, ...]:
    changes = [
        Change(field, getattr(person, field), getattr(row, field))
        for field in FIELDS
        if getattr(person, field) != getattr(row, field)
    ]
    address = next((one.address for one in person.mail_addresses.all() if one.until_at is None), "")
    if address != row.mail:
        changes.append(Change("mail", address, row.mail))
    before = [_employment_text(one.kind, one.from_on, one.until_on) for one in current_roster_rows(person, today=today)]
    after = _employment_text(row.employment, row.from_on, row.until_on)
    has_ended = row.until_on is not None and row.until_on < today
    if before != [after] and not (has_ended and not before):
        changes.append(Change("employment", ", ".join(before), after))
    if not person.is_active:
        changes.append(Change("active", "no", "yes"))
    return tuple(changes)


def _employment_text(kind: str, from_on: date, until_on: date | None) -> str:
    return f"{kind} {from_on} – {until_on or ''}".rstrip()


def _in_words(field: str, value: str) -> str:
    """Return a stored value with its codes as words; names and addresses stay as they are."""
    if field == "active":
        return str(_YES_OR_NO[value])
    if field == "employment":
        for kind in EmploymentKind:
            value = value.replace(kind.value, str(kind.label))
    return value


def _absent(known: Iterable[tuple[str, User]], in_file: Collection[str]) -> Iterable[Absent]:
    for account, person in sorted(known, key=lambda pair: pair[0]):
        if account not in in_file:
            yield Absent(person.pk, person.public_id, account, person.name_ja or person.name_en)
