"""Who else has a name, or asks for it: valid certificates of others, and their open requests."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from inventory import queries as inventory
from inventory.models import Certificate, CertificateName, Holding
from requests_app import queries
from requests_app.models import CertificateRequest, Confirmation, ConfirmationKind
from requests_app.states import ConfirmationState
from requests_app.states.request import OPEN_STATES


def open_requests_for_names(names: Iterable[str], *, besides: CertificateRequest) -> QuerySet[CertificateRequest]:
    """Return other open requests whose current version has one of `names`: the conflicts that registrars see."""
    return (
        CertificateRequest.objects.filter(
            state__in=OPEN_STATES, current_version__version_names__name__in=[name.lower() for name in names]
        )
        .exclude(pk=besides.pk)
        .distinct()
    )


@dataclass(frozen=True)
class ForeignCertificate:
    """A valid certificate that others hold now, and the applicant of a request for one of its names doesn't."""

    certificate: Certificate
    holder_ids: frozenset[int]


def foreign_certificates(names: Iterable[str], *, applicant_id: int) -> dict[str, list[ForeignCertificate]]:
    """Return such certificates by name, for those of `names` that are in one; in two queries for all names."""
    carrying = inventory.valid_by_name(names)
    holders = inventory.holders(certificate.pk for found in carrying.values() for certificate in found)
    foreign: dict[str, list[ForeignCertificate]] = {}
    for name, certificates in carrying.items():
        for certificate in certificates:
            held_by = frozenset(holders.get(certificate.pk, ()))
            if held_by and applicant_id not in held_by:
                foreign.setdefault(name, []).append(ForeignCertificate(certificate, held_by))
    return foreign


def to_follow_holders() -> QuerySet[CertificateRequest]:
    """Return the undecided requests for whose names certificates came since, or were asked about that are over now."""
    now = timezone.now()
    came = CertificateName.objects.filter(
        name=OuterRef("current_version__version_names__name"),
        certificate__in=inventory.valid().values("pk"),
        certificate__recorded_at__gt=OuterRef("applied_at"),
    )
    asked = queries.of_current_version(
        Confirmation.objects.filter(kind=ConfirmationKind.HOLDER, request=OuterRef("pk"))
    )
    current = Holding.objects.filter(certificate=OuterRef("certificate"), until_at=None)
    over = asked.exclude(state=ConfirmationState.YES).filter(
        Q(certificate__revoked_at__isnull=False)
        | Q(certificate__not_after__lte=now)
        | Exists(current.filter(person=OuterRef("applicant")))
        | ~Exists(current)
    )
    undecided = CertificateRequest.objects.filter(state__in=queries.ANSWERABLE_STATES)
    return undecided.filter(Exists(came) | Exists(over)).order_by("pk").distinct()
