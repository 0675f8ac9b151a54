"""Opening an incident: what registrars have to look into by a moment, each of them told by mail."""

from collections.abc import Iterable
from datetime import timedelta

from django.utils import timezone

from audit.actors import Actor
from audit.recording import record
from csr.problems import Problem
from inventory.models import Certificate
from requests_app import mails
from requests_app.models import CertificateRequest, Incident, IncidentKind

DUE_AFTER = timedelta(hours=24)
"""BR 4.9.1.1: the CA revokes within 24 hours of hearing of a key compromise or a certificate nobody asked for."""


def open_incident(
    kind: IncidentKind,
    *,
    actor: Actor,
    request: CertificateRequest | None = None,
    certificate: Certificate | None = None,
    spki_sha256: str = "",
    findings: Iterable[Problem] = (),
    owner_id: int | None = None,
) -> Incident:
    """Return the open incident of this kind about the same things, opened now where there is none."""
    about = {"kind": kind, "request": request, "certificate": certificate, "spki_sha256": spki_sha256}
    known = Incident.objects.filter(**about, resolved_at=None).first()
    if known:
        return known
    incident = Incident.objects.create(
        kind=kind,
        request=request,
        certificate=certificate,
        spki_sha256=spki_sha256,
        findings=[problem.as_json() for problem in findings],
        due_at=timezone.now() + DUE_AFTER,
        owner_id=owner_id,
    )
    record(
        incident.subject,
        "OPEN",
        actor=actor,
        payload={
            "kind": kind,
            "request": request.pk if request else None,
            "certificate": certificate.pk if certificate else None,
            "key": spki_sha256,
        },
    )
    if kind != IncidentKind.KEY_COMPROMISE:  # the report of a leaked key sends a mail of its own, which says more
        mails.tell_of_incident(incident)
    return incident
