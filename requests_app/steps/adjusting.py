"""The next version of a request whose approval stands: only a manager fewer, or other software."""

from requests_app.models import CertificateRequest, Decision, DecisionKind, Version
from requests_app.steps import freezing


def freeze_adjusted(request: CertificateRequest, *, by_id: int) -> Version:
    """Freeze what a locked request says now; approval, answers and overrides of the version before go with it."""
    before = request.current_version
    after = freezing.freeze(request, by_id=by_id)
    _carry_over(request, before=before, after=after)
    for confirmation in request.confirmations.filter(versions=before):
        confirmation.versions.add(after)
    for override in request.overrides.filter(versions=before):
        override.versions.add(after)
    request.save()
    return after


def _carry_over(request: CertificateRequest, *, before: Version | None, after: Version) -> None:
    """Write an approval of the new digest that names the one which the registrar saw."""
    if before is None:
        return
    approval = request.decisions.filter(kind=DecisionKind.APPROVAL, digest=before.digest, void_at=None).first()
    # Changed back: the approval of these bytes still stands by itself.
    stands = request.decisions.filter(kind=DecisionKind.APPROVAL, digest=after.digest, void_at=None).exists()
    if approval is None or stands:
        return
    Decision.objects.create(
        request=request,
        kind=DecisionKind.APPROVAL,
        digest=after.digest,
        carried_from=approval.carried_from or before.digest,
        person=approval.person,
        reason=approval.reason,
        policy_version=approval.policy_version,
        evidence=approval.evidence,
    )
