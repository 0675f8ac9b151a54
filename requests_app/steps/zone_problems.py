"""What can be wrong with a file of zones: codes with parameters, whose sentence is made when it is shown."""

from collections.abc import Callable, Mapping
from typing import ClassVar

from django.utils.translation import gettext as _

from accounts import csv_file

TEXTS: dict[str, Callable[[], str]] = {
    "zones.too_large": lambda: _("The file is larger than 1 MiB."),
    "zones.empty": lambda: _(
        "The file names no zone. The first line names the columns, each further line a zone with one "
        "administrator; a zone without administrators is a line with an empty account."
    ),
    "zones.too_long": lambda: _("Too long: at most %(limit)s lines are read at a time."),
    "zones.unknown_columns": lambda: _("The first line names columns that are unknown: %(columns)s."),
    "zones.further": lambda: _("Further problems that are not shown: %(count)s."),
    "zones.named_twice": lambda: _("%(account)s is named for the zone %(zone)s twice."),
    "zones.with_and_without": lambda: _("the zone %(zone)s is named both with and without administrators."),
    "zones.no_account": lambda: _(
        "the account is missing. Only a zone without any administrator has an empty account."
    ),
    "zones.long_name": lambda: _("the name of the zone is too long."),
    "zones.bad_name": lambda: _("“%(zone)s” is not the name of a zone."),
    "zones.outside": lambda: _("the zone “%(zone)s” is outside the institution's domains."),
    "zones.own_deputy": lambda: _("nobody is their own deputy."),
    "zones.until_before_from": lambda: _("“until” is before “from”."),
    "zones.unknown_account": lambda: _("nobody on the roster has the account “%(account)s”."),
    "zones.bad_day": lambda: _("“%(text)s” is not a day (YYYY-MM-DD)."),
}


class Problem(csv_file.Problem):
    """What is wrong with a file of zones, beyond its shape as CSV; line 0 is the whole file."""

    texts: ClassVar[Mapping[str, Callable[[], str]]] = TEXTS

    def __str__(self) -> str:
        """The sentence in the active language, with the number of its line."""
        sentence = super().__str__()
        if not self.line:
            return sentence
        return _("Line %(number)s: %(problem)s") % {"number": self.line, "problem": sentence}


def of_file(code: str, **params: object) -> Problem:
    """Return a problem of the whole file, or of a line whose number is given to it later."""
    return Problem(code, 0, params)
