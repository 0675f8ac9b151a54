"""On which days the holders of a certificate hear that it ends: the table of rungs, made when it becomes known."""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from inventory.models import Certificate, ExpiryRung, Provenance

SHORT_LIFETIME_DAYS = 60
"""Up to here a certificate has the ladder of the short-lived ones (100 and 47 days are coming, upki.md §11)."""


def rungs(lifetime_days: float) -> tuple[int, ...]:
    """Return the days before the end on which holders hear of it, the earliest first; −1 is the day after.

    Whole days, rounded down; equal ones once.
    """
    early: tuple[float, ...]
    if lifetime_days > SHORT_LIFETIME_DAYS:
        early = (min(45, lifetime_days / 3), min(30, lifetime_days / 5), 14)
    else:
        early = (lifetime_days / 2, lifetime_days / 4)
    return tuple(sorted({*map(int, early), 7, 3, 1, 0, -1}, reverse=True))


def make_rungs(certificate: Certificate) -> None:
    """Write the certificate's rungs anew; what is due today or was due before counts as sent.

    Rungs for which a mail left stay, and those that are overdue stay due. None are made while its end is unknown, and
    none for what a server showed.
    """
    made = _rungs_of(certificate)
    if made:
        unsent = certificate.expiry_rungs.filter(sent_at=None)
        owed = set(unsent.filter(due_on__lte=timezone.localdate()).values_list("days_before", flat=True))
        for rung in made:
            if rung.days_before in owed:
                rung.sent_at, rung.is_counted = None, False
        certificate.expiry_rungs.filter(Q(sent_at=None) | Q(is_counted=True)).delete()
        ExpiryRung.objects.bulk_create(made, ignore_conflicts=True)


def make_first_rungs(certificates: Iterable[Certificate]) -> None:
    """Write the rungs of certificates that have none yet, all at once."""
    ExpiryRung.objects.bulk_create(rung for certificate in certificates for rung in _rungs_of(certificate))


def _rungs_of(certificate: Certificate) -> list[ExpiryRung]:
    if certificate.not_after is None or certificate.provenance == Provenance.SEEN:
        return []
    ends_on, now = timezone.localdate(certificate.not_after), timezone.now()
    today = timezone.localdate(now)
    made = [
        ExpiryRung(certificate=certificate, days_before=days, due_on=ends_on - timedelta(days=days))
        for days in rungs(_lifetime_days(certificate))
    ]
    for rung in made:
        if rung.due_on <= today:
            rung.sent_at, rung.is_counted = now, True
    return made


def renewal_days(certificate: Certificate) -> int:
    """Return how many days before its end a certificate's holders are told on their first page to renew it."""
    return int(max(14, min(45, _lifetime_days(certificate) / 3)))


def _lifetime_days(certificate: Certificate) -> float:
    """Return the lifetime; NII's list may leave the beginning out, and then the ladder of a year is the safe one."""
    if certificate.not_after is None or certificate.not_before is None:
        return 365
    return (certificate.not_after - certificate.not_before) / timedelta(days=1)
