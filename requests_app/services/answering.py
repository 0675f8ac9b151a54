"""What NII answered to an uploaded file: every row taken, or error messages that land on their rows."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from audit.actors import SYSTEM, Actor
from requests_app import errors, transitions
from requests_app.models import CertificateRequest, FileKind, Mode, Revocation, Submission, SubmissionRow
from requests_app.states import (
    Action,
    RevocationAction,
    RevocationState,
    State,
    SubmissionAction,
    SubmissionRowAction,
    SubmissionRowState,
    SubmissionState,
)
from requests_app.steps import files
from tsv import fields, replies

KINDS = {
    FileKind.ISSUE: fields.Kind.ISSUE,
    FileKind.RENEW: fields.Kind.RENEW,
    FileKind.REVOKE: fields.Kind.REVOKE,
}

FILE_CODES = frozenset({208, 209, 213, 214, 215})
"""NII's messages about a file as a whole: it took no row of it, whatever the mode (upki.md §8)."""


@dataclass(frozen=True)
class Recorded:
    """How many rows NII took and refused, and how many wait again because it took none."""

    taken: int
    refused: int
    freed: int


@transaction.atomic(durable=True)
def record(submission_id: int, *, pasted: str | None, sha256: str, actor: Actor) -> Recorded:
    """Record NII's answer to the file with this SHA-256: None means that it took every row.

    Else `pasted` has its error messages. A file uploaded with 全件処理を中断する and any error was taken by no row: the
    others are free for the next file.
    Revocations that it took stay submitted until a list, CRL or OCSP response says that they are done.
    Raises NotPermitted, Interested, SubmissionMoved, FileChanged, AnswerMissing, AnswerUnreadable; nothing is changed
    then.
    """
    submission, requests, revocations = transitions.lock_submission(submission_id)
    transitions.check_submission(submission, SubmissionAction.RECORD_ANSWER, actor=actor)
    files.demand_seen(submission, sha256)
    lines = list(submission.rows.order_by("request_id", "revocation_id"))
    by_line: dict[int, list[replies.Reply]] = {}
    of_file: list[replies.Reply] = []
    if pasted is not None:
        by_line, of_file = _read(pasted, KINDS[FileKind(submission.kind)], row_count=len(lines))
    is_aborted = bool(of_file) or (bool(by_line) and submission.mode == Mode.ABORT_ALL)
    submission.answered_at = timezone.now()
    submission.answered_by_id = actor.human_id
    details = {"refused": sorted(by_line), "aborted": is_aborted, "messages": [reply.text for reply in of_file]}
    transitions.move_submission(submission, SubmissionAction.RECORD_ANSWER, actor=actor, details=details)
    named = {"name": submission.reference}
    for line in lines:
        messages = by_line.get(line.position, [])
        what = _settle(line, messages, is_aborted=is_aborted)
        reason = "\n".join(reply.text for reply in messages)
        if line.request_id:
            _move_request(requests[line.request_id], what, reason=reason, details=named, actor=actor)
        else:
            _move_revocation(revocations[line.revocation_id or 0], what, reason=reason, details=named, actor=actor)
    ended = [line.state for line in lines]
    return Recorded(*(ended.count(SubmissionRowState(state)) for state in ("TAKEN", "REFUSED", "FREED")))


@transaction.atomic(durable=True)
def answer_by_list(submission_id: int) -> None:
    """Close a file of whose every row NII's list, or a certificate, said what became of it. May run twice.

    NII took them all, then: what it refuses is in no list. Nobody recorded the answer, so nobody stands there for it.
    """
    submission, requests, revocations = transitions.lock_submission(submission_id)
    waits = any(one.state == State.SUBMITTED for one in requests.values())
    waits = waits or any(one.state == RevocationState.SUBMITTED for one in revocations.values())
    if submission.state != SubmissionState.UPLOADED or waits:
        return
    transitions.move_submission(submission, SubmissionAction.ANSWER_BY_LIST, actor=SYSTEM)
    for line in submission.rows.filter(state=SubmissionRowState.OPEN).order_by("request_id", "revocation_id"):
        transitions.move_row(line, SubmissionRowAction.TAKE_ROW)


def answered_by_list() -> list[int]:
    """Return the uploaded files without an answer, no row of which waits for one any more."""
    uploaded = Submission.objects.filter(state=SubmissionState.UPLOADED)
    waiting = SubmissionRow.objects.filter(
        Q(request__state=State.SUBMITTED) | Q(revocation__state=RevocationState.SUBMITTED), submission=OuterRef("pk")
    )
    return list(uploaded.exclude(Exists(waiting)).order_by("pk").values_list("pk", flat=True))


def _read(
    pasted: str, kind: fields.Kind, *, row_count: int
) -> tuple[dict[int, list[replies.Reply]], list[replies.Reply]]:
    """Return the messages by line of the file, and those about the file as a whole."""
    given = [line for line in pasted.splitlines() if line.strip()]
    if not given:
        raise errors.AnswerMissing
    if len(given) > replies.MAX_LINES:
        raise errors.AnswerUnreadable(given[replies.MAX_LINES :])
    by_line: dict[int, list[replies.Reply]] = {}
    of_file: list[replies.Reply] = []
    unreadable: list[str] = []
    for reply in replies.parse(pasted, kind=kind, row_count=row_count):
        if reply.code in FILE_CODES:
            of_file.append(reply)
        elif reply.row is None or not 1 <= reply.row <= row_count:
            unreadable.append(reply.text)
        else:
            by_line.setdefault(reply.row, []).append(reply)
    if unreadable:
        raise errors.AnswerUnreadable(unreadable)
    return by_line, of_file


def _settle(line: SubmissionRow, messages: list[replies.Reply], *, is_aborted: bool) -> SubmissionRowAction:
    """Write what became of one row, with NII's messages; return it."""
    what = SubmissionRowAction.FREE_ROW if is_aborted else SubmissionRowAction.TAKE_ROW
    if messages:
        line.replies = [as_stored(reply) for reply in messages]
        what = SubmissionRowAction.REFUSE_ROW
    transitions.move_row(line, what)
    return what


_OF_REVOCATION = {
    SubmissionRowAction.REFUSE_ROW: RevocationAction.REFUSE_REVOCATION,
    SubmissionRowAction.FREE_ROW: RevocationAction.FREE_REVOCATION,
    SubmissionRowAction.TAKE_ROW: RevocationAction.TAKE_REVOCATION,
}


def _move_request(
    request: CertificateRequest,
    what: SubmissionRowAction,
    *,
    reason: str,
    details: dict[str, str],
    actor: Actor,
) -> None:
    if request.state != State.SUBMITTED:
        # NII's list or a certificate came first and moved the request on: the row alone is settled.
        return
    if what is SubmissionRowAction.REFUSE_ROW:
        transitions.move(request, Action.REFUSE_AT_NII, actor=actor, reason=reason, details=details)
    elif what is SubmissionRowAction.FREE_ROW:
        transitions.move(request, Action.FREE, actor=actor, details=details)
    else:
        transitions.move(request, Action.TAKE_AT_NII, actor=actor, details=details)


def _move_revocation(
    revocation: Revocation, what: SubmissionRowAction, *, reason: str, details: dict[str, str], actor: Actor
) -> None:
    """Move one whose outcome is still open; a list may have shown meanwhile that it is revoked."""
    if revocation.state == RevocationState.SUBMITTED:
        transitions.move_revocation(revocation, _OF_REVOCATION[what], actor=actor, reason=reason, details=details)


def as_stored(reply: replies.Reply) -> dict[str, Any]:
    """Return a message as codes and parameters, with NII's own line as text for the registrar."""
    return {
        "text": reply.text,
        "code": reply.code,
        "column": reply.column,
        "column_name": reply.column_name,
        "explanation": reply.explanation,
        "remedy": reply.remedy,
        "action": reply.action.value,
    }
