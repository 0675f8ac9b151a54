"""From the approval to the queue: the CSR comes in, its TSV row is shown, sent, and accepted or corrected."""

import unicodedata
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

import csr
from audit.actors import Actor
from csr.problems import Problem
from inventory import keys
from requests_app import errors, policies, transitions
from requests_app.institution import policy
from requests_app.models import CertificateRequest, Csr, Decision, DecisionKind, RowKind, TsvRow
from requests_app.states import Action, Role, State
from requests_app.states.request import EDITABLE_STATES
from requests_app.steps import adjusting, handmade, rows, rules


@dataclass(frozen=True)
class TakenOver:
    """What became of a TSV file made by hand besides its CSR: the software if it changed (else ""), why it did not
    change, and the columns that were not taken over because the portal writes something else."""

    software: str
    kept_because: tuple[errors.RequestError, ...]
    differences: tuple[handmade.Difference, ...]


@dataclass(frozen=True)
class Uploaded:
    """What an accepted CSR gave: its findings (warnings and information), to be shown once more on the page."""

    problems: tuple[Problem, ...]
    taken_over: TakenOver | None = None


@transaction.atomic(durable=True)
def upload(request_id: int, pem_or_der: bytes, *, actor: Actor) -> Uploaded:
    """Check a CSR against the request's names and keep it, in place of an earlier one.

    A TSV file made by hand is taken, too: its CSR, and its software where the actor may change it.

    Raises CsrRefused with every problem at once (a key used before among them), TsvFileRefused and move's refusals.
    Nothing of a refused CSR or file is kept.
    """
    made = handmade.read(pem_or_der)
    request = transitions.lock(request_id)
    roles = transitions.check(request, Action.UPLOAD, actor=actor)
    result = csr.check(made.csr if made else pem_or_der, policy(), names=request.names or None)
    used = bool(result.spki_sha256) and not keys.is_free(result.spki_sha256, owner=request.subject)
    if not result.accepted or used:
        raise errors.CsrRefused(result.problems, key_used=used)
    now = timezone.now()
    request.csrs.filter(superseded_at=None).update(superseded_at=now)
    Csr.objects.create(
        request=request,
        der=result.der,
        spki_sha256=result.spki_sha256,
        common_name=result.common_name,
        dns_names=list(result.dns_names),
        key_description=f"{result.key.algorithm} {result.key.bits}" if result.key else "",
        problems=[problem.as_json() for problem in result.problems],
        uploaded_by_id=actor.human_id,
        uploaded_at=now,
    )
    taken_over = _take_over(request, made, roles=roles, by_id=actor.human_id) if made else None
    if request.state == State.APPROVED:
        rows.make(request)
    details = {"key": result.spki_sha256}
    if taken_over and taken_over.software:
        details["software"] = taken_over.software
    transitions.move(request, Action.UPLOAD, actor=actor, target=State(request.state), details=details)
    return Uploaded(result.problems, taken_over)


def _take_over(
    request: CertificateRequest, made: handmade.HandMade, *, roles: frozenset[Role], by_id: int
) -> TakenOver:
    """Take the software of a file over by the rule that changes it elsewhere; say what else the file has."""
    kept_because = _take_software(request, made.software, roles=roles)
    changed = "" if kept_because is None or kept_because else request.software
    if changed and request.state == State.APPROVED:
        adjusting.freeze_adjusted(request, by_id=by_id)
    return TakenOver(changed, kept_because or (), handmade.differences(request, made))


def _take_software(
    request: CertificateRequest, software: str, *, roles: frozenset[Role]
) -> tuple[errors.RequestError, ...] | None:
    """Change the software; return why it stays, None where there is nothing to change."""
    given = unicodedata.normalize("NFC", software)
    if not given or given == request.software:
        return None
    state = State(request.state)
    if not policies.may(roles, Action.SAVE if state in EDITABLE_STATES else Action.ADJUST, state):
        return (errors.SoftwareKept(software=given[: handmade.SHOWN_CHARACTERS]),)
    before, request.software = request.software, given
    broken = rules.broken_by_software(request)
    if broken:
        request.software = before
    return tuple(broken)


@transaction.atomic(durable=True)
def send(request_id: int, *, actor: Actor, digest: str) -> State:
    """Send the row that the sender saw (by its SHA-256); return QUEUED when it is clean, else PREPARED.

    Raises NoCsr, RowChanged, NotReady, NotFullTime, KeyUsedBefore and move's refusals.
    """
    request = transitions.lock(request_id)
    transitions.check(request, Action.SEND, actor=actor)
    row = _current_row(request, digest)
    _demand_rules(request)
    if not rows.is_up_to_date(row):
        raise errors.RowChanged
    try:
        keys.claim(row.csr.spki_sha256, owner=request.subject)
    except keys.KeyTaken as error:
        raise errors.KeyUsedBefore from error
    keys.release_all_but(row.csr.spki_sha256, owner=request.subject)
    rows.mark_sent(row, by_id=actor.human_id)
    target = State.QUEUED if rows.is_clean(row) else State.PREPARED
    transitions.move(
        request, Action.SEND, actor=actor, target=target, details={"row": digest, "key": row.csr.spki_sha256}
    )
    return target


@transaction.atomic(durable=True)
def decide_kind(request_id: int, *, kind: RowKind, serial: str, reason: str, actor: Actor) -> None:
    """Say whether an undecided row is 発行 or 更新 (with the serial, decimal or 0x…); the row is made anew."""
    request = transitions.lock(request_id)
    transitions.check(request, Action.DECIDE_KIND, actor=actor, reason=reason)
    before = request.rows.filter(superseded_at=None).first()
    row = rows.make(request, decided=rows.KindDecision(kind, rows.DECIDED, rows.decimal_serial(kind, serial)))
    rows.mark_sent(row, by_id=before.sent_by_id if before and before.sent_by_id else request.applicant_id)
    transitions.move(
        request,
        Action.DECIDE_KIND,
        actor=actor,
        reason=reason,
        details={"kind": kind, "serial": row.serial, "row": row.digest},
    )


@transaction.atomic(durable=True)
def accept(request_id: int, *, actor: Actor, digest: str) -> None:
    """Accept exactly the row bytes that the registrar saw. Raises RowChanged, KindUndecided, NotReady."""
    request = transitions.lock(request_id)
    transitions.check(request, Action.ACCEPT, actor=actor)
    row = _current_row(request, digest)
    _demand_rules(request)
    _demand_key(request)
    if not rows.is_up_to_date(row):
        raise errors.RowChanged
    if row.kind_reason in rows.UNDECIDED:
        raise errors.KindUndecided(why=rows.reason_text(row.kind_reason))
    Decision.objects.create(
        request=request,
        kind=DecisionKind.ACCEPTANCE,
        digest=digest,
        person_id=actor.human_id,
        policy_version=policies.POLICY_VERSION,
        evidence={"row": row.pk, "csr": row.csr_id},
    )
    transitions.move(request, Action.ACCEPT, actor=actor, details={"row": digest})


@transaction.atomic(durable=True)
def ask_for_correction(request_id: int, *, actor: Actor, reason: str) -> None:
    """Give the request back for another CSR or software; the approval stands, an acceptance does not."""
    request = transitions.lock(request_id)
    transitions.check(request, Action.CORRECT, actor=actor, reason=reason)
    rows.void_acceptance(request)
    request.held_at = request.held_by = None
    if request.state == State.HELD:
        # NII did not take the row: its key is free again, unless it was shown to somebody.
        keys.release(owner=request.subject)
    transitions.move(request, Action.CORRECT, actor=actor, reason=reason)


def _current_row(request: CertificateRequest, digest: str) -> TsvRow:
    row = request.rows.select_related("csr", "version", "request").filter(superseded_at=None).first()
    if row is None:
        raise errors.NoCsr
    if row.digest != digest:
        raise errors.RowChanged
    return row


def _demand_key(request: CertificateRequest) -> None:
    broken = rules.broken_by_key(request)
    if broken:
        raise errors.NotReady(broken)


def _demand_rules(request: CertificateRequest) -> None:
    broken = rules.broken_later(request)
    if broken:
        raise errors.NotReady(broken)
