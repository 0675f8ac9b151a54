"""What becomes of the certificates that a request replaced: kept with a reason, or revoked (design: "Revocation")."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils import timezone

from audit.actors import Actor
from inventory import queries as inventory
from inventory.models import Certificate
from requests_app import errors, texts, transitions
from requests_app.models import CertificateRequest, Fate, Replacement, RevocationReason
from requests_app.states.revocation import OPEN_STATES
from requests_app.steps import completing, revoking


@dataclass(frozen=True)
class Statement:
    """The holder's word about one certificate; `reason` is why it is kept, or that names of it are given up."""

    fate: Fate
    reason: str = ""


def state(
    request: CertificateRequest, statements: Mapping[int, Statement], *, actor: Actor, demand_all: bool
) -> list[Certificate]:
    """Write what is said about the certificates replaced and open the revocations; return those to be revoked.

    `statements` by certificate id; those of certificates that are over are passed by. Raises NotReady with FateMissing
    (where `demand_all`), KeepNeedsReason, GivenUpNeedsReason, NotYoursToRevoke; nothing is written then.
    """
    open_ones = [transitions.lock_certificate(one.pk) for one in request.replaced.order_by("pk")]
    open_ones = [one for one in open_ones if not one.revoked_at and not completing.has_ended(one)]
    broken: list[errors.RequestError] = []
    for certificate in open_ones:
        said = statements.get(certificate.pk)
        if said is None:
            broken += [errors.FateMissing(serial=certificate.serial)] if demand_all else []
        else:
            broken += _broken(request, certificate, said)
    if broken:
        raise errors.NotReady(broken)
    said_about = [(one, statements[one.pk]) for one in open_ones if one.pk in statements]
    for certificate, said in said_about:
        _write(request, certificate, said, actor=actor)
    return [certificate for certificate, said in said_about if said.fate == Fate.REVOKE]


def _broken(request: CertificateRequest, certificate: Certificate, said: Statement) -> list[errors.RequestError]:
    if said.fate == Fate.KEEP:
        under_way = certificate.revocations.filter(state__in=OPEN_STATES).first()
        if under_way:
            return [errors.RevocationUnderWay(serial=certificate.serial, reference=under_way.reference)]
        return [] if said.reason.strip() else [errors.KeepNeedsReason(serial=certificate.serial)]
    if request.applicant_id not in inventory.holder_ids([certificate.pk]):
        return [errors.NotYoursToRevoke(serial=certificate.serial)]
    lost = given_up(request, certificate)
    if lost and not said.reason.strip():
        return [errors.GivenUpNeedsReason(serial=certificate.serial, names=texts.listed(lost))]
    return []


def given_up(request: CertificateRequest, certificate: Certificate) -> list[str]:
    """Return the names of an old certificate that the new one does not have."""
    old = certificate.certificate_names.order_by("name").values_list("name", flat=True)
    return [name for name in old if name not in set(request.names)]


def _write(request: CertificateRequest, certificate: Certificate, said: Statement, *, actor: Actor) -> None:
    Replacement.objects.update_or_create(
        request=request,
        certificate=certificate,
        defaults={
            "fate": said.fate,
            "reason": said.reason,
            "stated_by_id": actor.human_id,
            "stated_at": timezone.now(),
        },
    )
    if said.fate == Fate.REVOKE:
        revoking.open_revocation(
            certificate, reason=RevocationReason.SUPERSEDED, actor=actor, comment="", request=request
        )
