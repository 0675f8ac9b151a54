"""Incidents: what registrars have to look into by a moment."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.choices import Role as Grant
from audit.actors import Actor
from audit.recording import record
from inventory import keys
from inventory import queries as inventory
from requests_app import errors, mails, relations, transitions
from requests_app.models import CertificateRequest, Incident, IncidentKind
from requests_app.states import Action
from requests_app.steps import desk
from requests_app.steps.incidents import open_incident


@transaction.atomic(durable=True)
def report_shown_key(spki_sha256: str, *, actor: Actor) -> Incident | None:
    """Block a key whose private half somebody pasted; open an incident when a request or certificate uses it.

    Nothing but the hash of the public half is known here. The same key again changes nothing. Returns the incident.
    """
    key = keys.block(spki_sha256)
    record(f"key:{spki_sha256}", "PRIVATE_KEY_SHOWN", actor=actor, payload={"taken_by": key.taken_by})
    open_already = Incident.objects.filter(spki_sha256=spki_sha256, resolved_at=None).first()
    certificate = inventory.known().filter(spki_sha256=spki_sha256).first()
    request = _request_of(key.taken_by) or _request_with_key(spki_sha256)
    if open_already or not (certificate or request):
        return open_already
    incident = open_incident(
        IncidentKind.KEY_COMPROMISE, request=request, certificate=certificate, spki_sha256=spki_sha256, actor=actor
    )
    mails.tell_of_incident(incident, kind="key_compromise")
    return incident


@transaction.atomic(durable=True)
def report_unauthorised(request_id: int, *, reason: str, actor: Actor) -> Incident:
    """Report a row that went to NII and should not have: an incident, and its certificate is revoked when it comes.

    Raises NotPermitted, Interested, TransitionNotAllowed, ReasonRequired.
    """
    request = transitions.lock(request_id)
    transitions.check(request, Action.REPORT_UNAUTHORISED, actor=actor, reason=reason)
    incident = open_incident(IncidentKind.UNAUTHORISED, request=request, actor=actor, owner_id=actor.human_id)
    transitions.move(request, Action.REPORT_UNAUTHORISED, actor=actor, reason=reason)
    return incident


@transaction.atomic(durable=True)
def resolve(incident_id: int, *, resolution: str, actor: Actor) -> None:
    """Close an incident with what was done. Raises NotPermitted, Interested, ReasonRequired, IncidentResolved."""
    label = _("Close the incident")
    incident = Incident.objects.select_for_update().get(pk=incident_id)
    actor = desk.demand(actor, Grant.REGISTRAR, action=label)
    if relations.is_interested_in_incident(actor, incident):
        raise errors.Interested(action=label)
    if not resolution.strip():
        raise errors.ReasonRequired(action=label)
    if incident.resolved_at:
        raise errors.IncidentResolved
    incident.resolution = resolution
    incident.resolved_at = timezone.now()
    incident.resolved_by_id = actor.person_id
    incident.save()
    record(incident.subject, "RESOLVE", actor=actor, payload={"resolution": resolution})


def _request_of(subject: str) -> CertificateRequest | None:
    kind, _colon, number = subject.partition(":")
    if kind != "request" or not number.isdecimal():
        return None
    return CertificateRequest.objects.filter(pk=int(number)).first()


def _request_with_key(spki_sha256: str) -> CertificateRequest | None:
    return CertificateRequest.objects.filter(csrs__spki_sha256=spki_sha256, csrs__superseded_at=None).first()
