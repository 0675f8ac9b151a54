"""Files for NII: made of queued rows or accepted revocations, downloaded, discarded, or marked as uploaded.

Locks are taken in the order submission → requests → revocations, ascending. A request or a revocation is in at most
one live file (constraint). What is said about a file names its SHA-256, so that it is about the file that was seen.
"""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from accounts.choices import Role as Grant
from audit.actors import SYSTEM, Actor
from audit.recording import record
from requests_app import conflicts, errors, evidence, policies, queries, relations, transitions
from requests_app.evidence import Presence
from requests_app.models import (
    CertificateRequest,
    Decision,
    DecisionKind,
    FileKind,
    Mode,
    Revocation,
    RowKind,
    Submission,
    TsvRow,
)
from requests_app.states import Action, RevocationAction, SubmissionAction, SubmissionRowAction, SubmissionState
from requests_app.states.request import TABLE
from requests_app.states.revocation import OPEN_STATES
from requests_app.states.revocation import TABLE as REVOCATION_TABLE
from requests_app.states.submission import SUBMISSION_TABLE
from requests_app.steps import asking, desk, files, revoking, rows, rules
from requests_app.steps.files import File
from tsv.fields import MAX_ROWS

RENEW_CODE = 212
"""NII has a certificate with this CN: the row belongs in a file of renewals (upki.md §8)."""


@dataclass(frozen=True)
class Built:
    """The file that was made (None where no row stood), and how many of the rows shown stayed out, and why.

    `served`: revocations of certificates that a server still shows. `unobserved`: rows with a name that
    was not looked up in DNS lately; it is now. `missing`: rows with a name that DNS does not show any more.
    """

    submission_id: int | None
    changed: int
    interested: int
    gone: int
    served: int = 0
    unobserved: int = 0
    missing: int = 0


@transaction.atomic(durable=True)
def build(kind: RowKind, *, shown: Collection[str], actor: Actor) -> Built:
    """Put the rows whose digests were shown, at most 99, into a new file; accept the clean ones in the same step.

    Everything is checked again under the locks. A row that changed goes to PREPARED, one in which the registrar is
    interested waits for another; both stay out, and so does one whose names DNS did not show lately. Raises
    NotPermitted, and NothingToFile when nothing was done at all.
    """
    actor = desk.demand(actor, Grant.REGISTRAR, action=TABLE.rules[Action.FILE].label)
    waiting = queries.queued_rows(kind).filter(digest__in=shown)
    locked = {r.pk: r for r in transitions.lock_all(list(waiting.values_list("request_id", flat=True)[:MAX_ROWS]))}
    standing: list[TsvRow] = []
    changed = interested = 0
    kept_back: dict[Presence, list[CertificateRequest]] = {Presence.UNOBSERVED: [], Presence.MISSING: []}
    presence = evidence.presence(locked.values())
    # Read anew: whoever held a lock before may have put the row into a file of theirs.
    for row in waiting.filter(request_id__in=locked):
        row.request = locked[row.request_id]
        try:
            transitions.check(row.request, Action.FILE, actor=actor)
        except errors.Interested:
            interested += 1
            continue
        why = _why_changed(row)
        if why:
            _remake(row, why=why)
            changed += 1
        elif presence[row.request_id] is Presence.SEEN:
            standing.append(row)
        else:
            kept_back[presence[row.request_id]].append(row.request)
    asking.look_up(tuple({name for requests in kept_back.values() for one in requests for name in one.names}))
    unobserved, missing = (len(kept_back[why]) for why in (Presence.UNOBSERVED, Presence.MISSING))
    if not (standing or changed or interested or unobserved or missing):
        raise errors.NothingToFile
    gone = len(shown) - len(standing) - changed - interested - unobserved - missing
    made = _make(kind, standing, actor=actor) if standing else None
    return Built(made, changed, interested, gone, unobserved=unobserved, missing=missing)


def possible(submission: Submission, *, actor: Actor) -> frozenset[SubmissionAction]:
    """Return what `actor` may do to the file now: the actions whose buttons make sense."""
    roles, state = relations.submission_roles(actor, submission), SubmissionState(submission.state)
    return frozenset(
        action for action in SUBMISSION_TABLE.actions_from(state) if policies.refusal_of_file(roles, action) is None
    )


@transaction.atomic(durable=True)
def build_revocations(*, shown: Collection[str], actor: Actor) -> Built:
    """Put the accepted revocations whose digests were shown, at most 99, into a new file.

    What a server still shows stays out until a registrar overrides that; one in which the registrar is interested
    waits for another. Raises NotPermitted, and NothingToFile when none of those shown waits any more.
    """
    action = RevocationAction.FILE_REVOCATION
    actor = desk.demand(actor, Grant.REGISTRAR, action=REVOCATION_TABLE.rules[action].label)
    waiting = queries.accepted_revocations().filter(digest__in=shown)
    locked = {
        one.pk: one for one in transitions.lock_revocations(list(waiting.values_list("pk", flat=True)[:MAX_ROWS]))
    }
    served = revoking.served_of(locked.values())
    standing: list[Revocation] = []
    interested = kept_back = 0
    # Read anew: whoever held a lock before may have put the row into a file of theirs.
    for pk in waiting.filter(pk__in=locked).values_list("pk", flat=True):
        try:
            transitions.check_revocation(locked[pk], action, actor=actor)
        except errors.Interested:
            interested += 1
            continue
        if revoking.is_kept_back(locked[pk], served):
            kept_back += 1
        else:
            standing.append(locked[pk])
    if not (standing or interested or kept_back):
        raise errors.NothingToFile
    gone = len(shown) - len(standing) - interested - kept_back
    made = _make_of_revocations(standing, actor=actor) if standing else None
    return Built(made, changed=0, interested=interested, gone=gone, served=kept_back)


@transaction.atomic(durable=True)
def download(submission_id: int, *, actor: Actor) -> File:
    """Return the file from its stored rows. Raises NotPermitted, FileDiscarded, FileDamaged (its SHA-256 differs)."""
    submission = Submission.objects.select_for_update(no_key=True).get(pk=submission_id)
    actor = desk.demand(actor, Grant.REGISTRAR, action=TABLE.rules[Action.FILE].label)
    if submission.state == SubmissionState.DISCARDED:
        raise errors.FileDiscarded(file=submission.reference)
    content = files.content_of_all(submission.rows.select_related("row", "revocation").order_by("position"))
    if files.sha256(content) != submission.sha256:
        raise errors.FileDamaged(file=submission.reference)
    submission.downloaded_at = submission.downloaded_at or timezone.now()
    submission.save(update_fields=["downloaded_at"])
    record(submission.subject, "TSV_DOWNLOADED", actor=actor, payload={"sha256": submission.sha256})
    return File(submission.file_name, content)


@transaction.atomic(durable=True)
def discard(submission_id: int, *, actor: Actor) -> None:
    """Give up a file that was not uploaded; its rows wait again. Raises NotPermitted, Interested, SubmissionMoved."""
    submission, requests, revocations = transitions.lock_submission(submission_id)
    transitions.move_submission(submission, SubmissionAction.DISCARD_FILE, actor=actor)
    details = {"name": submission.reference}
    for line in submission.rows.order_by("request_id", "revocation_id"):
        transitions.move_row(line, SubmissionRowAction.DISCARD_ROW)
        if line.request_id:
            transitions.move(requests[line.request_id], Action.UNFILE, actor=actor, details=details)
        elif _is_open(revocation := revocations[line.revocation_id or 0]):
            action = RevocationAction.UNFILE_REVOCATION
            transitions.move_revocation(revocation, action, actor=actor, details=details)


@transaction.atomic(durable=True)
def mark_uploaded(submission_id: int, *, mode: Mode, sha256: str, actor: Actor) -> None:
    """Note that a person uploaded the file with this SHA-256 in this mode: its requests are with NII now.

    Raises NotPermitted, Interested, SubmissionMoved, FileChanged, NotDownloaded.
    """
    submission, requests, revocations = transitions.lock_submission(submission_id)
    transitions.check_submission(submission, SubmissionAction.MARK_UPLOADED, actor=actor)
    files.demand_seen(submission, sha256)
    if submission.downloaded_at is None:
        raise errors.NotDownloaded(file=submission.reference)
    submission.mode = mode
    submission.uploaded_at = timezone.now()
    submission.uploaded_by_id = actor.human_id
    transitions.move_submission(submission, SubmissionAction.MARK_UPLOADED, actor=actor, details={"mode": mode})
    for line in submission.rows.select_related("row").order_by("request_id", "revocation_id"):
        details = {"name": submission.reference}
        if line.row:
            request = requests[line.row.request_id]
            transitions.move(request, Action.SUBMIT, actor=actor, details=details | {"row": line.row.digest})
        elif _is_open(revocation := revocations[line.revocation_id or 0]):
            details["row"] = revocation.digest
            transitions.move_revocation(revocation, RevocationAction.SUBMIT_REVOCATION, actor=actor, details=details)


@transaction.atomic(durable=True)
def resubmit(request_id: int, *, actor: Actor, digest: str) -> None:
    """Let the row that the registrar saw, which NII refused, wait for the next file as it is.

    Raises RowChanged, and RenewInstead after NII's error 212.
    """
    request = transitions.lock(request_id)
    transitions.check(request, Action.RESUBMIT, actor=actor)
    if not request.rows.filter(superseded_at=None, digest=digest).exists():
        raise errors.RowChanged
    refused = queries.last_refusal(request)
    if refused and any(reply["code"] == RENEW_CODE for reply in refused.replies):
        raise errors.RenewInstead
    transitions.move(request, Action.RESUBMIT, actor=actor, details={"row": digest})


def _why_changed(row: TsvRow) -> str:
    """Return why the row cannot go as it is, "" when it can: people, contact, names, key, kind, bytes, acceptance."""
    request = row.request
    broken = [*rules.broken_later(request), *rules.broken_by_key(request), *_conflicts(request)]
    if broken:
        return "; ".join(str(error) for error in broken)
    if not rows.is_up_to_date(row):
        return rows.reason_text("bytes_changed")
    return "" if rows.is_clean(row) or _acceptance(row) else rows.reason_text("not_accepted")


def _conflicts(request: CertificateRequest) -> list[errors.RuleBroken]:
    """Return the names that somebody else's valid certificate has by now, without a word of theirs or a registrar's."""
    if not conflicts.foreign_certificates(request.names, applicant_id=request.applicant_id):
        return []
    return [errors.NameHeldElsewhere(name=e.name) for e in evidence.of_request(request) if not e.holder_is_settled]


def _acceptance(row: TsvRow) -> bool:
    return row.request.decisions.filter(kind=DecisionKind.ACCEPTANCE, digest=row.digest, void_at=None).exists()


def _remake(row: TsvRow, *, why: str) -> None:
    """Send the request back to PREPARED, with its row made anew where that is possible."""
    rows.void_acceptance(row.request)
    if not [*rules.broken_later(row.request), *rules.broken_by_key(row.request)]:
        try:
            remade = rows.make(row.request)
        except errors.RequestError as refused:
            # One request that NII would refuse must not keep the others out of the file.
            why = f"{why}; {refused}"
        else:
            rows.mark_sent(remade, by_id=row.sent_by_id or row.request.applicant_id)
    transitions.move(row.request, Action.REMAKE, actor=SYSTEM, reason=why)


def _make(kind: RowKind, standing: list[TsvRow], *, actor: Actor) -> int:
    content = b"".join(bytes(row.content) for row in standing)
    submission = Submission.objects.create(kind=kind, sha256=files.sha256(content), made_by_id=actor.human_id)
    for position, row in enumerate(standing, start=1):
        is_accepted_now = not _acceptance(row)
        if is_accepted_now:
            _accept(row, submission, actor=actor)
        details = {"name": submission.reference, "row": row.digest, "accepted": is_accepted_now}
        transitions.move(row.request, Action.FILE, actor=actor, details=details)
        submission.rows.create(position=position, row=row, request=row.request)
    record(
        submission.subject,
        "BUILD",
        actor=actor,
        payload={
            "kind": kind,
            "sha256": submission.sha256,
            "rows": [row.digest for row in standing],
            "requests": [row.request_id for row in standing],
        },
    )
    return submission.pk


def _make_of_revocations(standing: list[Revocation], *, actor: Actor) -> int:
    content = b"".join(revoking.content_of(one) for one in standing)
    submission = Submission.objects.create(
        kind=FileKind.REVOKE, sha256=files.sha256(content), made_by_id=actor.human_id
    )
    for position, revocation in enumerate(standing, start=1):
        details = {"name": submission.reference, "row": revocation.digest}
        transitions.move_revocation(revocation, RevocationAction.FILE_REVOCATION, actor=actor, details=details)
        submission.rows.create(position=position, revocation=revocation)
    record(
        submission.subject,
        "BUILD",
        actor=actor,
        payload={
            "kind": FileKind.REVOKE,
            "sha256": submission.sha256,
            "rows": [one.digest for one in standing],
            "revocations": [one.pk for one in standing],
        },
    )
    return submission.pk


def _is_open(revocation: Revocation) -> bool:
    """Tell whether the revocation still goes on; a list may have shown meanwhile that it is done."""
    return revocation.state in OPEN_STATES


def _accept(row: TsvRow, submission: Submission, *, actor: Actor) -> None:
    """Write the acceptance of a clean row by the registrar who saw it and makes the file."""
    Decision.objects.create(
        request=row.request,
        kind=DecisionKind.ACCEPTANCE,
        digest=row.digest,
        person_id=actor.human_id,
        policy_version=policies.POLICY_VERSION,
        evidence={"row": row.pk, "csr": row.csr_id, "submission": submission.pk},
    )
