"""What others ask of the inventory."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from inventory.models import Certificate, CertificateName, Holding, ListImport, NiiApplication, Provenance

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


def valid_by_name(names: Iterable[str]) -> dict[str, list[Certificate]]:
    """Return the same by name, the oldest first; one query."""
    carried = CertificateName.objects.filter(name__in=list(names), certificate__in=valid()).select_related(
        "certificate"
    )
    found: dict[str, list[Certificate]] = {}
    for one in carried.order_by("certificate_id"):
        found.setdefault(one.name, []).append(one.certificate)
    return found


def held_by(person_id: int) -> QuerySet[Certificate]:
    """Return the certificates that somebody holds now, newest end first."""
    held = Holding.objects.filter(person_id=person_id, until_at=None).values("certificate_id")
    return Certificate.objects.filter(pk__in=held).order_by(F("not_after").desc(nulls_last=True), "-pk")


def holder_ids(certificate_ids: Iterable[int]) -> set[int]:
    """Return the people who hold one of the certificates now."""
    return set(
        Holding.objects.filter(certificate_id__in=list(certificate_ids), until_at=None).values_list(
            "person_id", flat=True
        )
    )


def names_of(certificate_ids: Iterable[int]) -> dict[int, list[str]]:
    """Return the names of each of these certificates; one query."""
    names: dict[int, list[str]] = {pk: [] for pk in certificate_ids}
    found = CertificateName.objects.filter(certificate__in=list(names)).order_by("pk")
    for certificate_id, name in found.values_list("certificate_id", "name"):
        names[certificate_id].append(name)
    return names


def holders(certificate_ids: Iterable[int]) -> dict[int, set[int]]:
    """Return the people who hold each of the certificates now, by certificate."""
    found: dict[int, set[int]] = {}
    rows = Holding.objects.filter(certificate_id__in=set(certificate_ids), until_at=None)
    for certificate_id, person_id in rows.values_list("certificate_id", "person_id"):
        found.setdefault(certificate_id, set()).add(person_id)
    return found


def known() -> QuerySet[Certificate]:
    """Return the certificates that NII issued, as far as the portal knows."""
    return Certificate.objects.filter(provenance__in=KNOWN_TO_NII)


def is_known(der_sha256: str) -> bool:
    """Tell whether the certificate with this fingerprint (hexadecimal) is NII's and in the inventory."""
    return Certificate.objects.filter(der_sha256=der_sha256, provenance__in=KNOWN_TO_NII).exists()


def newest_with_common_name(common_name: str) -> Certificate | None:
    """Return the newest certificate, whatever its state, with this CN. upki.md §5: a CN once used means 更新."""
    known = Certificate.objects.filter(common_name=common_name.lower(), provenance__in=KNOWN_TO_NII)
    return newest_first(known).first()


def newest_first(certificates: QuerySet[Certificate]) -> QuerySet[Certificate]:
    """Order by the beginning of validity, the newest first.

    The list may leave it out; said explicitly, because PostgreSQL puts NULL first and SQLite last.
    """
    return certificates.order_by(F("not_before").desc(nulls_last=True), "-pk")


def nii_facts(*, spki_sha256: Iterable[str] = (), certificate_id: int | None = None) -> list[NiiApplication]:
    """Return what NII's list says about applications with these keys, or of this certificate; the newest first."""
    about = Q(spki_sha256__in=[key for key in spki_sha256 if key])
    if certificate_id is not None:
        about |= Q(certificate_id=certificate_id)
    return list(NiiApplication.objects.filter(about).order_by(F("applied_at").desc(nulls_last=True), "-pk"))


def list_date() -> datetime | None:
    """Return the date of the newest list from NII that is in the inventory completely, None before the first."""
    complete = ListImport.objects.exclude(completed_at=None)
    return complete.order_by("-listed_at").values_list("listed_at", flat=True).first()
