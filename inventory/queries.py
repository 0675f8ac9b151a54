"""What others ask of the inventory."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from inventory.models import Certificate, Holding, ListImport, Provenance

KNOWN_TO_NII = (Provenance.ISSUED, Provenance.LISTED)
"""A certificate that a host merely served (SEEN) never counts for names, serials, holders or 発行/更新."""


def valid(*, at: datetime | None = None) -> QuerySet[Certificate]:
    """Return the certificates that are neither expired nor revoked at `at` (now)."""
    moment = at or timezone.now()
    return Certificate.objects.filter(
        Q(not_after__gt=moment) | Q(not_after=None),
        Q(revoked_at=None) | Q(revoked_at__gt=moment),
        provenance__in=KNOWN_TO_NII,
    )


def valid_for_names(names: Iterable[str]) -> QuerySet[Certificate]:
    """Return the valid certificates that carry one of `names`."""
    return valid().filter(certificate_names__name__in=list(names)).distinct()


def held_by(person_id: int) -> QuerySet[Certificate]:
    """Return the certificates that somebody holds now, newest end first."""
    return Certificate.objects.filter(
        pk__in=Holding.objects.filter(person_id=person_id, until_at=None).values("certificate_id")
    )


def holder_ids(certificate_ids: Iterable[int]) -> set[int]:
    """Return the people who hold one of the certificates now."""
    return set(
        Holding.objects.filter(certificate_id__in=list(certificate_ids), until_at=None).values_list(
            "person_id", flat=True
        )
    )


def is_known(der_sha256: str) -> bool:
    """Tell whether the certificate with this fingerprint (hexadecimal) is NII's and in the inventory."""
    return Certificate.objects.filter(der_sha256=der_sha256, provenance__in=KNOWN_TO_NII).exists()


def newest_with_common_name(common_name: str) -> Certificate | None:
    """Return the newest certificate, whatever its state, with this CN. upki.md §5: a CN once used means 更新."""
    return (
        Certificate.objects.filter(common_name=common_name.lower(), provenance__in=KNOWN_TO_NII)
        .order_by("-not_before", "-pk")
        .first()
    )


def list_date() -> datetime | None:
    """Return the date of the newest list from NII that is in the inventory completely, None before the first."""
    complete = ListImport.objects.exclude(completed_at=None)
    return complete.order_by("-listed_at").values_list("listed_at", flat=True).first()
