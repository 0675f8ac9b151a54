"""After the certificate came: installed or given up, and what becomes of the certificates that it replaced."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from audit.actors import Actor
from requests_app import errors, transitions
from requests_app.models import CertificateRequest, RevocationReason
from requests_app.states import Action
from requests_app.states.outcome import Outcome
from requests_app.steps import completing, replacing, revoking
from requests_app.steps.replacing import Statement


@transaction.atomic(durable=True)
def report(request_id: int, *, statements: Mapping[int, Statement], actor: Actor) -> None:
    """Report the installation, with a word about each certificate replaced (by its id).

    Raises NotReady with what is missing, and move's refusals.
    """
    request = transitions.lock(request_id)
    transitions.check(request, Action.REPORT_INSTALLED, actor=actor)
    details = _state(request, statements, actor=actor, demand_all=True)
    request.installed_at = timezone.now()
    transitions.move(request, Action.REPORT_INSTALLED, actor=actor, details=details)
    completing.complete_if_done(request)


@transaction.atomic(durable=True)
def record(request_id: int, *, note: str, actor: Actor) -> None:
    """Record an installation on behalf, with a note of how it is known; the holder decides about what is replaced."""
    request = transitions.lock(request_id)
    transitions.check(request, Action.RECORD_INSTALLED, actor=actor, reason=note)
    request.installed_at = timezone.now()
    transitions.move(request, Action.RECORD_INSTALLED, actor=actor, reason=note)
    completing.complete_if_done(request)


@transaction.atomic(durable=True)
def decide_replaced(request_id: int, *, statements: Mapping[int, Statement], actor: Actor) -> None:
    """Say what becomes of certificates replaced, or change one's mind: replaced everywhere now, or kept after all.

    Raises NotReady; among what is missing, RevocationUnderWay for a certificate whose revocation is to be cancelled
    first.
    """
    request = transitions.lock(request_id)
    transitions.check(request, Action.DECIDE_REPLACED, actor=actor)
    details = _state(request, statements, actor=actor, demand_all=False)
    transitions.move(request, Action.DECIDE_REPLACED, actor=actor, details=details)
    completing.complete_if_done(request)


@transaction.atomic(durable=True)
def give_up(request_id: int, *, reason: RevocationReason, note: str, actor: Actor) -> None:
    """Say that the certificate is not needed, or that its key was lost: its revocation opens, the request is over.

    Raises ValueError for a key compromise, which has a verb of its own, and move's refusals.
    """
    if reason == RevocationReason.KEY_COMPROMISE:
        raise ValueError("a key compromise is reported on its own page")
    request = transitions.lock(request_id)
    transitions.check(request, Action.GIVE_UP, actor=actor, reason=note)
    if request.certificate_id is None:
        raise errors.NoCsr
    certificate = transitions.lock_certificate(request.certificate_id)
    revoking.open_revocation(certificate, reason=reason, comment="", request=request, actor=actor)
    request.outcome = Outcome.NOT_NEEDED
    transitions.move(request, Action.GIVE_UP, actor=actor, reason=note, details={"revocation_reason": int(reason)})


def _state(
    request: CertificateRequest, statements: Mapping[int, Statement], *, actor: Actor, demand_all: bool
) -> dict[str, Any]:
    revoked = replacing.state(request, statements, actor=actor, demand_all=demand_all)
    return {"name": ", ".join(certificate.serial for certificate in revoked)} if revoked else {}
