"""Revocations: asked for by holders or on behalf, decided by another registrar, and done when something proves it."""

import hashlib
from contextlib import suppress

from django.db import transaction
from django.db.models import Q
from django.utils import formats, timezone
from django.utils.translation import gettext_lazy as _

from accounts import policies
from accounts.choices import Role as Grant
from accounts.models import User
from audit.actors import SYSTEM, Actor
from audit.recording import record
from csr import revocation as status
from inventory import keys
from inventory import queries as inventory
from inventory.models import Certificate, Provenance, RevocationSource
from requests_app import errors, mails, queries, relations, transitions
from requests_app.institution import issuers
from requests_app.models import Incident, IncidentKind, Revocation, RevocationReason
from requests_app.states import RevocationAction, Role
from requests_app.states.revocation import LABELS, OPEN_STATES, RevocationState
from requests_app.steps import completing, desk, incidents, revoking
from requests_app.steps.files import File, file_name
from tsv import writing

ASK = _("Ask for the revocation")

COMMENT_COLUMN = 6
"""The only column of the row that the asker writes (upki.md §2.3)."""


@transaction.atomic(durable=True)
def ask(
    certificate_id: int, *, reason: RevocationReason, comment: str, actor: Actor, on_behalf: bool = False
) -> Revocation:
    """Ask for the revocation of a certificate that one holds, or as a registrar on behalf of its holders.

    A leaked key (reason 1) is accepted in the same step: the key is blocked, an incident opens, and everybody hears.
    Raises NotPermitted, SignInAgain, CertificateOnlySeen, CertificateRevoked, CertificateEnded, RevocationOpen,
    CommentRequired, RowRefused (for the comment).
    """
    known = _lock_open(certificate_id)
    certificate = transitions.lock_certificate(certificate_id)
    _demand_asker(certificate, actor=actor, on_behalf=on_behalf)
    if reason == RevocationReason.KEY_COMPROMISE:
        _demand_fresh_sign_in(actor)
        if known and known.reason != reason and known.state in OPEN_STATES:
            return _raise_to_compromise(known, certificate, actor=actor)
    _demand_revocable(certificate)
    comment = comment.strip()
    _check_comment(certificate, reason, comment)
    revocation = revoking.open_revocation(certificate, reason=reason, comment=comment, actor=actor, on_behalf=on_behalf)
    if reason == RevocationReason.KEY_COMPROMISE:
        _report_compromise(revocation, actor=actor)
    return revocation


@transaction.atomic(durable=True)
def accept(revocation_id: int, *, digest: str, actor: Actor, green_only: bool = False) -> None:
    """Accept exactly the row that was shown; with `green_only` (a batch) only what was seen to be replaced everywhere.

    Raises NotPermitted, Interested, AskerMayNotAccept, RevocationMoved, CertificateRevoked, CertificateEnded,
    RowRefused, RowChanged, NotGreen.
    """
    revocation = transitions.lock_revocation(revocation_id)
    transitions.check_revocation(revocation, RevocationAction.ACCEPT_REVOCATION, actor=actor)
    certificate = transitions.lock_certificate(revocation.certificate_id)
    _demand_not_over(certificate)
    content = revoking.content_of(revocation)
    if hashlib.sha256(content).hexdigest() != digest:
        raise errors.RowChanged
    if green_only and not revoking.is_green(revocation, revoking.served_of([revocation])):
        raise errors.NotGreen(reference=revocation.reference)
    _accept(revocation, content, RevocationAction.ACCEPT_REVOCATION, actor=actor)


@transaction.atomic(durable=True)
def decline(revocation_id: int, *, reason: str, actor: Actor) -> None:
    """Decline a wish, with a reason that the holders read. Raises NotPermitted, Interested, RevocationMoved, …"""
    revocation = transitions.lock_revocation(revocation_id)
    transitions.move_revocation(revocation, RevocationAction.DECLINE_REVOCATION, actor=actor, reason=reason)
    told = dict.fromkeys([*mails.holders(revocation.certificate), revocation.asked_by])
    mails.tell_of_revocation("revocation_declined", revocation, to=told, reason=reason)


@transaction.atomic(durable=True)
def cancel(revocation_id: int, *, actor: Actor) -> None:
    """Take a wish back before it went to NII. Raises NotPermitted, CompromiseStands, RevocationMoved, InLiveFile."""
    revocation = transitions.lock_revocation(revocation_id)
    transitions.move_revocation(revocation, RevocationAction.CANCEL_REVOCATION, actor=actor)


@transaction.atomic(durable=True)
def override_served(revocation_id: int, *, reason: str, actor: Actor) -> None:
    """Let a certificate be revoked that a server still shows. Raises NotPermitted, Interested, ReasonRequired, …"""
    revocation = transitions.lock_revocation(revocation_id)
    transitions.check_revocation(revocation, RevocationAction.OVERRIDE_SERVED, actor=actor, reason=reason)
    revocation.served_override_reason = reason
    revocation.served_overridden_by_id = actor.human_id
    transitions.move_revocation(revocation, RevocationAction.OVERRIDE_SERVED, actor=actor, reason=reason)


@transaction.atomic(durable=True)
def download(revocation_id: int, *, actor: Actor) -> File:
    """Return an accepted revocation's own file: the portal's copy of what NII mails after a renewal.

    Raises NotPermitted, and RevocationMoved where nothing is accepted.
    """
    label = _("Download the file of one revocation")
    revocation = transitions.lock_revocation(revocation_id)
    actor = desk.demand(actor, Grant.REGISTRAR, action=label)
    if revocation.content is None or revocation.state not in {RevocationState.ACCEPTED, RevocationState.SUBMITTED}:
        raise errors.RevocationMoved(action=label, state=LABELS[RevocationState(revocation.state)])
    record(revocation.subject, "TSV_DOWNLOADED", actor=actor, payload={"sha256": revocation.digest})
    return File(file_name("revoke", revocation.reference), bytes(revocation.content))


@transaction.atomic(durable=True)
def mark_submitted(revocation_id: int, *, actor: Actor) -> None:
    """Note that a registrar uploaded the file that NII mailed, or the one of `download`, by hand.

    Raises NotPermitted, Interested, RevocationMoved, InLiveFile.
    """
    revocation = transitions.lock_revocation(revocation_id)
    transitions.move_revocation(revocation, RevocationAction.SUBMIT_WITH_NIIS_FILE, actor=actor)


@transaction.atomic(durable=True)
def note_not_revoked(revocation_id: int, *, reason: str, actor: Actor) -> None:
    """Note that NII took the row and did not revoke, so that it waits for another file.

    While the file that has it is not answered, NII's answer to that file says so instead. Raises NotPermitted,
    Interested, ReasonRequired, RevocationMoved, InLiveFile.
    """
    revocation = transitions.lock_revocation(revocation_id)
    transitions.move_revocation(revocation, RevocationAction.NOTE_NOT_REVOKED, actor=actor, reason=reason)


@transaction.atomic(durable=True)
def record_status(revocation_id: int, content: bytes, *, actor: Actor) -> None:
    """Record a CRL or an OCSP response (DER or PEM) that proves the revocation.

    Raises NotPermitted, Interested, RevocationMoved, StatusRefused, NotRevokedYet; nothing is written then.
    """
    revocation = revoking.lock(revocation_id)
    transitions.check_revocation(revocation, RevocationAction.CONFIRM_REVOKED, actor=actor)
    certificate = revocation.certificate
    pinned = [
        one for one in issuers() if certificate.issuer_spki_sha256 in {"", one.spki_sha256}
    ]  # one without PEM came from NII's list, which does not name its issuer
    found = status.read(content, serial=int(certificate.serial), issuers=pinned, now=timezone.now())
    if found.status is None:
        raise errors.StatusRefused(found.problems)
    if found.status.revoked_at is None:
        moment = formats.date_format(timezone.localtime(found.status.this_update), "Y-m-d H:i")
        raise errors.NotRevokedYet(moment=moment)
    revoking.settle_revoked(
        revocation,
        revoked_at=found.status.revoked_at,
        source=RevocationSource(found.status.source.value),
        action=RevocationAction.CONFIRM_REVOKED,
        actor=actor,
    )


@transaction.atomic(durable=True)
def expire(revocation_id: int) -> None:
    """Close an open revocation whose certificate ended by itself; again, or too early, changes nothing."""
    revocation = revoking.lock(revocation_id)
    is_open = RevocationState(revocation.state) in OPEN_STATES
    if is_open and completing.has_ended(revocation.certificate):
        transitions.move_revocation(revocation, RevocationAction.EXPIRE_REVOCATION, actor=SYSTEM)
        revoking.complete_waiting(revocation.certificate)


def why_not_ask(certificate: Certificate, *, actor: Actor) -> errors.RequestError | None:
    """Return why a holder's wish for the revocation would be refused now; None where it would be taken."""
    try:
        _demand_asker(certificate, actor=actor, on_behalf=False)
        _demand_revocable(certificate)
    except errors.RequestError as error:
        return error
    return None


def may_report(revocation: Revocation, *, actor: Actor) -> bool:
    """Tell whether a holder can still say that the key leaked, while the revocation is under way for another reason."""
    is_ordinary = revocation.state in OPEN_STATES and revocation.reason != RevocationReason.KEY_COMPROMISE
    return is_ordinary and Role.HOLDER in relations.revocation_roles(actor, revocation)


def possible(revocation: Revocation, *, actor: Actor) -> frozenset[RevocationAction]:
    """Return what `actor` may do to the revocation now: the actions whose buttons make sense."""
    roles = relations.revocation_roles(actor, revocation)
    return frozenset(
        action for action in RevocationAction if transitions.why_not_revocation(revocation, action, roles=roles) is None
    )


def _demand_asker(certificate: Certificate, *, actor: Actor, on_behalf: bool) -> None:
    if on_behalf:
        desk.demand(actor, Grant.REGISTRAR, action=ASK)
        return
    holds = actor.person_id in inventory.holder_ids([certificate.pk])
    if not holds or not User.objects.filter(pk=actor.human_id, is_active=True).exists():
        raise errors.NotPermitted(action=ASK)


def _lock_open(certificate_id: int) -> Revocation | None:
    """Return the certificate's open revocation, locked: it comes before the certificate in the order of locks."""
    known = Revocation.objects.filter(certificate=certificate_id, state__in=OPEN_STATES).first()
    return transitions.lock_revocation(known.pk) if known else None


def _raise_to_compromise(known: Revocation, certificate: Certificate, *, actor: Actor) -> Revocation:
    """Let a revocation that is under way be one for a leaked key: nothing holds that up, and everybody hears.

    What is in a file or with NII goes on as it is, and the alarm is raised all the same.
    """
    known.certificate = certificate
    is_free = known.state != RevocationState.SUBMITTED and queries.live_revocation_row(known) is None
    if is_free:
        known.reason, known.comment, known.asked_by_id = RevocationReason.KEY_COMPROMISE, "", actor.human_id
        if known.state == RevocationState.ACCEPTED:
            known.content = None
            _keep_row(known, revoking.content_of(known), actor=actor)
        known.save()
    record(known.subject, "COMPROMISE_REPORTED", actor=actor, payload={"serial": certificate.serial})
    _report_compromise(known, actor=actor)
    return known


def _demand_fresh_sign_in(actor: Actor) -> None:
    if not policies.is_freshly_signed_in(actor):
        raise errors.SignInAgain(minutes=int(policies.FRESH_SIGN_IN.total_seconds() // 60))


def _demand_revocable(certificate: Certificate) -> None:
    if certificate.provenance == Provenance.SEEN:
        raise errors.CertificateOnlySeen
    _demand_not_over(certificate)
    known = certificate.revocations.filter(state__in=OPEN_STATES).first()
    if known:
        label = LABELS[RevocationState(known.state)]
        raise errors.RevocationOpen(known.pk, reference=known.reference, state=label)


def _demand_not_over(certificate: Certificate) -> None:
    if certificate.revoked_at:
        raise errors.CertificateRevoked(serial=certificate.serial)
    if completing.has_ended(certificate):
        raise errors.CertificateEnded(serial=certificate.serial)


def _check_comment(certificate: Certificate, reason: RevocationReason, comment: str) -> None:
    """Refuse a comment that NII would not take now, when its author can still change it."""
    if reason == RevocationReason.UNSPECIFIED and not comment:
        raise errors.CommentRequired
    row = revoking.row_of(Revocation(certificate=certificate, reason=reason, comment=comment))
    broken = [one for one in writing.check(row) if one.column == COMMENT_COLUMN and one.severity == "error"]
    if broken:
        raise errors.RowRefused(broken)


def _report_compromise(revocation: Revocation, *, actor: Actor) -> None:
    """Accept the report, block the key, open an incident and tell everybody, day and night.

    Where the row cannot be written as NII wants it, the report stays for a registrar to decide: it is not lost.
    """
    with suppress(errors.RowRefused):
        if revocation.state == RevocationState.REQUESTED:
            _accept(revocation, revoking.content_of(revocation), RevocationAction.REPORT_COMPROMISE, actor=actor)
    certificate = revocation.certificate
    if certificate.spki_sha256:
        keys.block(certificate.spki_sha256)
    about = Q(certificate=certificate)
    if certificate.spki_sha256:
        about |= Q(spki_sha256=certificate.spki_sha256)
    if not Incident.objects.filter(about, kind=IncidentKind.KEY_COMPROMISE, resolved_at=None).exists():
        incidents.open_incident(
            IncidentKind.KEY_COMPROMISE, certificate=certificate, spki_sha256=certificate.spki_sha256, actor=actor
        )
    at_desk = mails.registrars()
    kind = "key_compromise_reported"
    mails.tell_of_revocation(kind, revocation, to=(p for p in mails.holders(certificate) if p not in at_desk))
    mails.tell_of_revocation(kind, revocation, to=at_desk, at_desk=True)
    mails.tell_out_of_hours(revocation)


def _accept(revocation: Revocation, content: bytes, action: RevocationAction, *, actor: Actor) -> None:
    _keep_row(revocation, content, actor=actor)
    transitions.move_revocation(revocation, action, actor=actor, details={"row": revocation.digest})


def _keep_row(revocation: Revocation, content: bytes, *, actor: Actor) -> None:
    """Let these bytes be what `actor` accepted; the caller saves."""
    revocation.content, revocation.digest = content, hashlib.sha256(content).hexdigest()
    revocation.accepted_by_id, revocation.accepted_at = actor.human_id, timezone.now()
