"""A certificate came back: matched by its key to a row that went to NII, and compared with the accepted bytes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.conf import settings
from django.utils import timezone

from audit.actors import Actor
from csr import certificates
from csr.problems import Problem
from inventory import recording
from inventory.models import Certificate, Provenance
from requests_app import errors, relations, transitions
from requests_app.institution import issuers, policy
from requests_app.models import CertificateRequest, Incident, IncidentKind, RevocationReason, TsvRow
from requests_app.states import Action, State
from requests_app.steps import incidents, revoking


class Placing(StrEnum):
    """What became of a certificate that came back."""

    ISSUED = "ISSUED"
    """It is what was accepted: its request goes on."""
    KNOWN = "KNOWN"
    """It was recorded before; nothing changed."""
    MISMATCH = "MISMATCH"
    """It differs from what was accepted: recorded, with an incident, and the request is held."""
    LATE = "LATE"
    """Its request had ended, has another certificate or sent another row since: recorded, with an incident."""
    LISTED = "LISTED"
    """It belongs to no row of the portal: recorded, with an incident where it is younger than the go-live."""


@dataclass(frozen=True)
class Placed:
    """A recorded certificate, its request if there is one, and what became of it."""

    certificate: Certificate
    placing: Placing
    request: CertificateRequest | None = None
    incident: Incident | None = None


def submitted_row(spki_sha256: str) -> TsvRow | None:
    """Return the newest row with this key that was in a file uploaded to NII; the caller locks its request."""
    return submitted_rows([spki_sha256]).get(spki_sha256)


def submitted_rows(keys: Iterable[str]) -> dict[str, TsvRow]:
    """Return, for each of these keys that went to NII, the newest row with it; the caller locks their requests."""
    sent = TsvRow.objects.filter(
        csr__spki_sha256__in=list(keys), submission_rows__submission__uploaded_at__isnull=False
    )
    return {row.csr.spki_sha256: row for row in sent.select_related("csr", "version").order_by("pk")}


def facts_of(found: certificates.Certificate, *, nii_application_id: str = "") -> recording.Facts:
    """Return what the inventory keeps of a certificate that a pinned CA signed.

    Raises IssuerNotPinned where none did, FileRefused for a precertificate, SerialTwice where another certificate has
    its serial number.
    """
    issuer = certificates.find_issuer(found, issuers())
    if issuer is None:
        raise errors.IssuerNotPinned(name=found.common_name or "?")
    if found.is_precertificate:
        raise errors.FileRefused([Problem.of("certificate.precertificate")])
    others = Certificate.objects.filter(issuer_spki_sha256=issuer.spki_sha256, serial=found.serial_digits)
    if others.exclude(der_sha256=found.fingerprint_sha256).exclude(der_sha256=None).exists():
        # RFC 5280, 4.1.2.2: a CA gives each certificate a serial number of its own; one of the two is a forgery.
        raise errors.SerialTwice(name=found.common_name or "?", serial=found.serial_digits)
    return recording.Facts.of(found, issuer_spki_sha256=issuer.spki_sha256, nii_application_id=nii_application_id)


def place(
    found: certificates.Certificate,
    *,
    request: CertificateRequest,
    row: TsvRow,
    action: Action,
    actor: Actor,
    nii_application_id: str = "",
) -> Placed:
    """Record a certificate that came back for `row` of a locked request, and let the request go on or stop.

    `action` is the caller's: RECORD_CERTIFICATE or LIST_CERTIFICATE. Raises IssuerNotPinned; nothing is kept then.
    """
    facts = facts_of(found, nii_application_id=nii_application_id)
    if request.certificate and request.certificate.der_sha256 == facts.der_sha256:
        return Placed(request.certificate, Placing.KNOWN, request)
    names = tuple(row.version.version_names.order_by("position").values_list("name", flat=True))
    findings = certificates.check(
        found, spki_sha256=row.csr.spki_sha256, names=names, policy=policy(), issuers=issuers()
    )
    certificate = recording.add_certificate(
        facts,
        provenance=Provenance.LISTED if findings else Provenance.ISSUED,
        holder_ids=sorted(relations.holder_ids(request)),
        actor=actor,
    )
    details = {"name": certificate.common_name, "certificate": certificate.pk, "serial": certificate.serial}
    if request.state not in {State.SUBMITTED, State.HELD} or _sent_another_since(request, row):
        kind = IncidentKind.MISMATCH if findings else IncidentKind.LATE
        incident = incidents.open_incident(
            kind, request=request, certificate=certificate, findings=findings, actor=actor
        )
        return Placed(certificate, Placing.LATE, request, incident)
    if findings:
        incident = incidents.open_incident(
            IncidentKind.MISMATCH, request=request, certificate=certificate, findings=findings, actor=actor
        )
        transitions.move(request, action, actor=actor, target=State.HELD, details=details)
        return Placed(certificate, Placing.MISMATCH, request, incident)
    request.certificate, request.issued_at = certificate, timezone.now()
    transitions.move(request, action, actor=actor, target=State.ISSUED, details=details)
    _revoke_the_unauthorised(request, certificate, actor=actor)
    return Placed(certificate, Placing.ISSUED, request)


def _sent_another_since(request: CertificateRequest, row: TsvRow) -> bool:
    """Tell whether a later row of the request went to NII: what was accepted is that one, with its key and names."""
    later = request.rows.filter(pk__gt=row.pk, submission_rows__submission__uploaded_at__isnull=False)
    return later.exists()


def place_unasked(
    found: certificates.Certificate, *, actor: Actor, holder_ids: tuple[int, ...] = (), nii_application_id: str = ""
) -> Placed:
    """Record a certificate that matches no row of the portal; after the go-live that is an incident.

    Raises IssuerNotPinned.
    """
    facts = facts_of(found, nii_application_id=nii_application_id)
    return add_unasked(facts, actor=actor, holder_ids=holder_ids)


def add_unasked(facts: recording.Facts, *, actor: Actor, holder_ids: tuple[int, ...] = ()) -> Placed:
    """Record what NII issued for no row of the portal, from its facts alone; after the go-live it is an incident."""
    known = recording.find(facts)
    # What a server showed before NII's list did is news: its provenance rises.
    is_known = known is not None and known.provenance != Provenance.SEEN
    certificate = recording.add_certificate(facts, provenance=Provenance.LISTED, holder_ids=holder_ids, actor=actor)
    if is_known:
        return Placed(certificate, Placing.KNOWN)
    incident = None
    if is_unexpected(facts.not_before):
        incident = incidents.open_incident(IncidentKind.UNEXPECTED, certificate=certificate, actor=actor)
    return Placed(certificate, Placing.LISTED, incident=incident)


def is_unexpected(not_before: datetime | None) -> bool:
    """Tell whether a certificate that matches no row is younger than the go-live, and so an incident."""
    return bool(settings.GO_LIVE_ON and not_before and timezone.localdate(not_before) >= settings.GO_LIVE_ON)


def _revoke_the_unauthorised(request: CertificateRequest, certificate: Certificate, *, actor: Actor) -> None:
    """Open the revocation that a registrar asked for when they reported the row as unauthorised."""
    report = request.incidents.filter(kind=IncidentKind.UNAUTHORISED).order_by("-pk").first()
    if report is None or report.owner_id is None:
        return
    revoking.open_revocation(
        certificate,
        reason=RevocationReason.CESSATION_OF_OPERATION,
        request=request,
        actor=actor,
        on_behalf=True,
        asked_by_id=report.owner_id,
    )
