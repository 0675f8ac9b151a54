"""What the registrars' morning digest says: what waits, what is late, what ends. Reads only."""

from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts import days, working_days
from accounts import queries as people
from accounts.models import EmploymentQuestion, MailAddress
from notifications import bounces
from notifications import queries as outbox
from requests_app import endings, queries
from requests_app.models import CertificateRequest, NameLookup, NameObservation, Submission, VersionName
from requests_app.states import State, SubmissionState
from requests_app.steps import ending

LATE_AFTER_WORKING_DAYS = 3
"""So long something may wait for a registrar before the digest calls it late."""

PARKED_FOR = timedelta(days=14)
"""A mail that was parked longer ago is old news; the list of mails has it."""

UNKNOWN_FOR = timedelta(hours=24)
"""After so long without an address in any view a name needs somebody's eye, though the portal still asks."""

SHOWN = 20
"""Lines of each part; the desk has them all."""

_FOR_A_REGISTRAR = (State.REVIEWING, State.PREPARED, State.HELD)
_NOT_FOR_A_REGISTRAR = frozenset({"confirming", "lists_under_way", "overdue"})
"""Counts of the desk that wait for others, or are part of another count."""


def facts() -> dict[str, Any]:
    """Return what the digest of today says; `is_empty` where nothing waits for a registrar."""
    today = days.today()
    late, names = _late_requests(), _unknown_names()
    soon = endings.ending_within_a_week(today=today)
    closed = endings.ending_in_closed_periods(today=today)
    lines = ending.lines_of([*soon, *closed])
    counts = queries.desk_counts() | {
        "questions": EmploymentQuestion.objects.filter(answered_at=None).count(),
        "broken": people.unreviewed_break_glass().count(),
        "late_files": _late_files(),
        "parked": _parked(),
        "bounced": _bounced(),
    }
    waits = any(number for name, number in counts.items() if name not in _NOT_FOR_A_REGISTRAR)
    return {
        "counts": counts,
        "any_counts": waits or bool(counts["confirming"]),
        "late": late[:SHOWN],
        "late_number": len(late),
        "soon": [lines[one.pk] for one in soon[:SHOWN]],
        "soon_number": len(soon),
        "closed": [lines[one.pk] for one in closed[:SHOWN]],
        "closed_number": len(closed),
        "names": names[:SHOWN],
        "names_number": len(names),
        "is_empty": not (waits or late or soon or closed or names),
    }


def _parked() -> int:
    """Return how many mails were given up lately and can still be sent again."""
    since = timezone.now() - PARKED_FOR
    return outbox.parked().filter(next_attempt_at__gte=since, body_removed_at=None).count()


def _late_before() -> datetime:
    """Return the beginning of the last working day that is long enough ago."""
    day = working_days.add_working_days(days.today(), -LATE_AFTER_WORKING_DAYS)
    return datetime.combine(day, time.min, tzinfo=days.TOKYO)


def _late_requests() -> list[dict[str, Any]]:
    """Return the requests that have waited for a registrar too long, the longest first."""
    waiting = CertificateRequest.objects.filter(state__in=_FOR_A_REGISTRAR, touched_at__lt=_late_before())
    return [
        {"reference": one.reference, "name": one.common_name, "since": f"{timezone.localtime(one.touched_at):%Y-%m-%d}"}
        for one in waiting.order_by("touched_at", "pk")
    ]


def _late_files() -> int:
    """Return how many files for NII have waited too long for their upload or for the record of its answer."""
    before = _late_before()
    built = Q(state=SubmissionState.BUILT, made_at__lt=before)
    return Submission.objects.filter(built | Q(state=SubmissionState.UPLOADED, uploaded_at__lt=before)).count()


def _bounced() -> int:
    """Return how many people's address on record is one from which mail came back."""
    current = MailAddress.objects.filter(until_at=None, person__is_active=True)
    return len(bounces.among(current.values_list("address", flat=True)))


def _unknown_names() -> list[str]:
    """Return the names that requests wait for and that have shown no address for long."""
    awaited = VersionName.objects.filter(
        version__in=CertificateRequest.objects.filter(state=State.CONFIRMING).values("current_version")
    )
    seen = NameObservation.objects.filter(
        name=OuterRef("name"), exists=True, observed_at__gte=OuterRef("asked_since_at")
    )
    asked = NameLookup.objects.filter(
        ~Exists(seen), name__in=awaited.values("name"), asked_since_at__lte=timezone.now() - UNKNOWN_FOR
    )
    return list(asked.order_by("asked_since_at", "name").values_list("name", flat=True))
