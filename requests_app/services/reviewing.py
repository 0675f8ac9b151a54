"""The registrar's review."""

from django.db import transaction

from audit.actors import Actor
from requests_app import errors, evidence, policies, texts, transitions
from requests_app.models import CertificateRequest, Decision, DecisionKind
from requests_app.states import Action, State
from requests_app.steps import freezing, rows, rules


@transaction.atomic(durable=True)
def approve(request_id: int, *, actor: Actor, digest: str, reason: str = "") -> None:
    """Approve the version whose digest the registrar saw.

    Raises VersionChanged, EvidenceTooOld, ContradictingAnswer, NotConfirmed, WarningsNeedReason, NotReady and move's
    refusals.
    A version with a clean CSR goes straight to the queue.
    """
    request = transitions.lock(request_id)
    transitions.check(request, Action.APPROVE, actor=actor)
    version = request.current_version
    if version is None or digest != version.digest:
        raise errors.VersionChanged
    names = evidence.of_request(request)
    _demand_evidence(names, reason=reason)
    broken = [*rules.broken_later(request), *rules.broken_by_key(request)]
    if broken:
        raise errors.NotReady(broken)
    Decision.objects.create(
        request=request,
        kind=DecisionKind.APPROVAL,
        digest=version.digest,
        person_id=actor.human_id,
        reason=reason,
        policy_version=policies.POLICY_VERSION,
        evidence={"names": [name.as_ids() for name in names]},
    )
    target = _row_for_covered_csr(request)
    transitions.move(request, Action.APPROVE, actor=actor, target=target, reason=reason, details={"digest": digest})


def _demand_evidence(names: list[evidence.NameEvidence], *, reason: str) -> None:
    for name in names:
        if not name.is_observed:
            raise errors.EvidenceTooOld(name=name.name)
        if name.is_contradicted:
            raise errors.ContradictingAnswer(name=name.name)
        if not name.is_settled:
            raise errors.NotConfirmed(name=name.name)
    warned = [name.name for name in names if name.warnings]
    if warned and not reason.strip():
        raise errors.WarningsNeedReason(names=texts.listed(warned))


def _row_for_covered_csr(request: CertificateRequest) -> State:
    """Make the row of a CSR that came with the application; QUEUED when nothing about it needs another look."""
    if freezing.current_csr(request) is None:
        return State.APPROVED
    row = rows.make(request)
    if not rows.is_clean(row):
        return State.APPROVED
    rows.mark_sent(row, by_id=request.applicant_id)
    return State.QUEUED
