"""ITC's roster as a CSV file: read once into rows, with every problem found, never only the first."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from accounts import csv_file
from accounts.choices import EmploymentKind
from accounts.claims import ACCOUNT, clean_text
from accounts.plain_text import ForbiddenCharacter, normalised

COLUMNS = (
    "account",
    "name_ja",
    "name_en",
    "affiliation_ja",
    "affiliation_en",
    "mail",
    "employment",
    "from",
    "until",
)
"""The header; the order is free and other columns are not read (product.md, "People")."""

MAX_NAME = 100
MAX_AFFILIATION = 200
"""Characters; as in the table of people."""

TEXT_LIMITS = {
    "name_ja": MAX_NAME,
    "name_en": MAX_NAME,
    "affiliation_ja": MAX_AFFILIATION,
    "affiliation_en": MAX_AFFILIATION,
}

DATE_FORMATS = ("%Y-%m-%d", "%Y/%m/%d")


@dataclass(frozen=True)
class Row:
    """One person of the roster; `until_on` None means until further notice."""

    line: int
    account: str
    name_ja: str
    name_en: str
    affiliation_ja: str
    affiliation_en: str
    mail: str
    employment: EmploymentKind
    from_on: date
    until_on: date | None


@dataclass(frozen=True)
class RosterFile:
    """A file as read: usable only without problems."""

    sha256: str
    rows: tuple[Row, ...]
    problems: tuple[csv_file.Problem, ...]


# Called when shown, so that the sentence is in the reader's language.
_TEXTS: dict[str, Callable[[], str]] = {
    "roster.empty": lambda: _("The file has no person. The first line names the columns, each further line a person."),
    "roster.bad_characters": lambda: _(
        "Line %(line)s: “%(column)s” holds control or invisible characters. Please type the text anew."
    ),
    "roster.too_long": lambda: _("Line %(line)s: “%(column)s” is longer than %(limit)s characters."),
    "roster.bad_account": lambda: _(
        "Line %(line)s: “%(value)s” is not a UEC account (letters, digits, “.”, “_” and “-”, at most 64)."
    ),
    "roster.account_twice": lambda: _("Line %(line)s: the account “%(value)s” is already on line %(first)s."),
    "roster.no_name": lambda: _("Line %(line)s: a name is needed, in Japanese or in English."),
    "roster.bad_mail": lambda: _("Line %(line)s: “%(value)s” is not a mail address."),
    "roster.unknown_employment": lambda: _(
        "Line %(line)s: the employment “%(value)s” is unknown. Known are: %(known)s."
    ),
    "roster.bad_date": lambda: _("Line %(line)s: “%(value)s” in “%(column)s” is not a date such as 2026-04-01."),
    "roster.until_before_from": lambda: _("Line %(line)s: “until” is before “from”."),
}


class Problem(csv_file.Problem):
    """What is wrong with the roster itself, beyond the shape of the file."""

    texts: ClassVar[Mapping[str, Callable[[], str]]] = _TEXTS


def read(content: bytes) -> RosterFile:
    """Read UTF-8 (with or without a byte order mark) or Shift_JIS as Windows writes it."""
    digest = hashlib.sha256(content).hexdigest()
    table = csv_file.read(content, columns=COLUMNS, needed=COLUMNS)
    if table.problems and not table.lines:
        return RosterFile(digest, (), table.problems)
    problems = list(table.problems)
    rows: list[Row] = []
    first_lines: dict[str, int] = {}
    for line, fields in table.lines:
        row, found = _row(line, fields)
        problems += found
        account = fields["account"].lower()
        if account in first_lines:
            params = {"value": account, "first": first_lines[account]}
            problems.append(Problem("roster.account_twice", line, params))
        first_lines.setdefault(account, line)
        if row is not None:
            rows.append(row)
    if not table.lines:
        problems.append(Problem("roster.empty", 0, {}))
    return RosterFile(digest, tuple(rows), tuple(problems))


def _row(line: int, fields: Mapping[str, str]) -> tuple[Row | None, list[Problem]]:
    problems = _text_problems(line, fields)
    account = fields["account"].lower()
    if not ACCOUNT.fullmatch(account):
        problems.append(Problem("roster.bad_account", line, {"value": clean_text(account, limit=80)}))
    if not fields["name_ja"] and not fields["name_en"]:
        problems.append(Problem("roster.no_name", line, {}))
    if not _is_mail(fields["mail"]):
        problems.append(Problem("roster.bad_mail", line, {"value": clean_text(fields["mail"], limit=80)}))
    if fields["employment"] not in EmploymentKind.values:
        params = {"value": clean_text(fields["employment"], limit=40), "known": ", ".join(EmploymentKind.values)}
        problems.append(Problem("roster.unknown_employment", line, params))
    from_on, until_on = _day(fields["from"]), _day(fields["until"])
    if from_on is None:
        problems.append(_bad_date(line, "from", fields))
    if until_on is None and fields["until"]:
        problems.append(_bad_date(line, "until", fields))
    if from_on and until_on and until_on < from_on:
        problems.append(Problem("roster.until_before_from", line, {}))
    if problems or from_on is None:
        return None, problems
    row = Row(
        line=line,
        account=account,
        name_ja=fields["name_ja"],
        name_en=fields["name_en"],
        affiliation_ja=fields["affiliation_ja"],
        affiliation_en=fields["affiliation_en"],
        mail=fields["mail"],
        employment=EmploymentKind(fields["employment"]),
        from_on=from_on,
        until_on=until_on,
    )
    return row, []


def _text_problems(line: int, fields: Mapping[str, str]) -> list[Problem]:
    limits = {
        "name_ja": MAX_NAME,
        "name_en": MAX_NAME,
        "affiliation_ja": MAX_AFFILIATION,
        "affiliation_en": MAX_AFFILIATION,
    }
    problems = []
    for column, limit in limits.items():
        text = fields[column]
        if not _is_plain(text):
            problems.append(Problem("roster.bad_characters", line, {"column": column}))
        elif len(text) > limit:
            problems.append(Problem("roster.too_long", line, {"column": column, "limit": limit}))
    return problems


def _is_plain(text: str) -> bool:
    try:
        normalised(text)
    except ForbiddenCharacter:
        return False
    return True


def _is_mail(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    # In quotation marks it takes control characters.
    return len(text) <= 254 and text.isprintable()


def _day(text: str) -> date | None:
    for pattern in DATE_FORMATS:
        try:
            return datetime.strptime(text, pattern).date()  # noqa: DTZ007  a day has no time zone
        except ValueError:
            continue
    return None


def _bad_date(line: int, column: str, fields: Mapping[str, str]) -> Problem:
    return Problem("roster.bad_date", line, {"column": column, "value": clean_text(fields[column], limit=40)})
