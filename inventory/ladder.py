"""Which rungs of the expiry ladder are due, and who hears of which in one mail. Facts in, a plan out; no database."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from accounts import working_days

AFTER_THE_END = -1
"""The rung of the day after. It says that a certificate has ended, so it never leaves before that day."""

ESCALATED_FROM = 7
"""Days before the end from which the registrars hear of a certificate, too."""

TOLD_FOR_DAYS = 30
"""A certificate that ended longer ago than this, while no mail could leave, is not told about any more."""


@dataclass(frozen=True)
class Rung:
    """One day on which somebody hears that a certificate ends; `due_on` is a Tokyo day."""

    pk: int
    certificate_id: int
    days_before: int
    due_on: date


def horizon(today: date) -> date:
    """Return the last day whose rungs are due today.

    Usually that is today. From the last working day before a closed period it is the period's last day: whoever can
    still renew is at work now. A weekend before the period belongs to it.
    """
    ahead = [
        period.last
        for period in working_days.closed_periods()
        if period.last > today >= working_days.add_working_days(period.first, -1)
    ]
    return max([today, *ahead])


def is_due(rung: Rung, *, today: date) -> bool:
    """Tell whether a rung that was not sent is to be sent today: its day has come, or a closed period hides it."""
    return rung.due_on <= (today if rung.days_before == AFTER_THE_END else horizon(today))


def plan(rungs: Iterable[Rung], holders: Mapping[int, Iterable[int]]) -> dict[int, list[Rung]]:
    """Return what each person hears of in one mail: all due rungs of all certificates that they hold.

    `holders` by certificate. The person who comes first, and the rungs of each, are ordered by number.
    """
    mails: dict[int, list[Rung]] = defaultdict(list)
    for rung in sorted(rungs, key=lambda one: one.pk):
        for person in holders.get(rung.certificate_id, ()):
            mails[person].append(rung)
    return {person: mails[person] for person in sorted(mails)}


def parts(holders: Mapping[int, Iterable[int]], *, size: int) -> list[list[int]]:
    """Return the certificates in parts that share no holder, so that each part can be told in its own transaction.

    `holders` by certificate. A part has about `size` certificates, more only where people hold that many together.
    """
    parents = {certificate: certificate for certificate in holders}

    def root(certificate: int) -> int:
        while parents[certificate] != certificate:
            parents[certificate] = parents[parents[certificate]]
            certificate = parents[certificate]
        return certificate

    first_of: dict[int, int] = {}
    for certificate, people in sorted(holders.items()):
        for person in people:
            parents[root(certificate)] = root(first_of.setdefault(person, certificate))
    together: dict[int, list[int]] = defaultdict(list)
    for certificate in sorted(holders):
        together[root(certificate)].append(certificate)
    found: list[list[int]] = []
    for certificates in together.values():
        if found and len(found[-1]) + len(certificates) <= size:
            found[-1] += certificates
        else:
            found.append(list(certificates))
    return found
