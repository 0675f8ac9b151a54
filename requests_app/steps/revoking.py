"""Opening a revocation: shared by holders' wishes, replacements, and certificates that nobody wanted."""

from audit.actors import Actor
from audit.recording import record
from inventory.models import Certificate
from requests_app.models import CertificateRequest, Revocation, RevocationReason
from requests_app.states.revocation import OPEN_STATES


def open_revocation(
    certificate: Certificate,
    *,
    reason: RevocationReason,
    actor: Actor,
    comment: str = "",
    request: CertificateRequest | None = None,
    on_behalf: bool = False,
    asked_by_id: int | None = None,
) -> Revocation:
    """Return the certificate's open revocation, made now in REQUESTED where there is none.

    The caller holds the certificate's lock and has checked who asks. `asked_by_id` names the person where the portal
    acts on a wish of theirs from earlier.
    """
    known = certificate.revocations.filter(state__in=OPEN_STATES).first()
    if known:
        return known
    revocation = Revocation.objects.create(
        certificate=certificate,
        request=request,
        reason=reason,
        comment=comment,
        asked_by_id=asked_by_id or actor.human_id,
        on_behalf=on_behalf,
    )
    record(
        revocation.subject,
        "REVOCATION_ASKED",
        actor=actor,
        payload={"certificate": certificate.pk, "serial": certificate.serial, "reason": int(reason)},
    )
    return revocation
