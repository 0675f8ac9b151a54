"""When a request is over: installed and everything it replaced is settled, or its certificate ended before."""

from django.utils import timezone

from audit.actors import SYSTEM
from inventory.models import Certificate
from requests_app import transitions
from requests_app.models import CertificateRequest, Fate
from requests_app.states import Action, State
from requests_app.states.outcome import Outcome


def complete_if_done(request: CertificateRequest) -> None:
    """Complete a locked request if nothing is open any more; do nothing otherwise. May run twice."""
    outcome = _outcome(request)
    if outcome is None:
        return
    request.outcome = outcome
    transitions.move(request, Action.COMPLETE, actor=SYSTEM, details={"outcome": outcome})


def _outcome(request: CertificateRequest) -> Outcome | None:
    if request.state == State.INSTALLED:
        return None if open_replaced(request) else Outcome.INSTALLED
    if request.state != State.ISSUED or request.certificate is None:
        return None
    if request.certificate.revoked_at:
        return Outcome.REVOKED
    if has_ended(request.certificate):
        return Outcome.EXPIRED
    return Outcome.REPLACED if _is_replaced(request.certificate) else None


def open_replaced(request: CertificateRequest) -> list[Certificate]:
    """Return the certificates replaced that are neither kept nor over, oldest first."""
    kept = set(request.replacements.filter(fate=Fate.KEEP).values_list("certificate_id", flat=True))
    return [
        certificate
        for certificate in request.replaced.order_by("pk")
        if certificate.pk not in kept and not certificate.revoked_at and not has_ended(certificate)
    ]


def has_ended(certificate: Certificate) -> bool:
    """Tell whether a certificate's last moment has passed."""
    return certificate.not_after is not None and certificate.not_after <= timezone.now()


def _is_replaced(certificate: Certificate) -> bool:
    """Tell whether a later request reported the installation of a certificate that replaces this one."""
    later = CertificateRequest.objects.filter(replaced=certificate, installed_at__isnull=False)
    return later.filter(replacements__certificate=certificate, replacements__fate=Fate.REVOKE).exists()
