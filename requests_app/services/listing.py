"""NII's list: given by a registrar, previewed, confirmed with its date, and taken in chunk by chunk.

Parsing and comparing happen outside any transaction; a chunk is one transaction, so a process that dies loses nothing.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import formats, timezone
from django.utils.translation import gettext_lazy as _

from accounts.choices import Role as Grant
from audit.actors import SYSTEM, Actor
from audit.recording import lock, record
from inventory.models import Certificate, ListChunk, ListImport, RevocationSource
from requests_app import errors, mails, transitions
from requests_app.models import CertificateRequest, TsvRow
from requests_app.states import Action, RevocationAction
from requests_app.steps import completing, desk, issuing, list_preview, list_rows, listed, revoking
from requests_app.steps.list_rows import ListedRow
from tsv import listing as lists

STAGE = _("Give NII's list")
CONFIRM = _("Confirm the list")
DISCARD = _("Discard the list")


@dataclass(frozen=True)
class Staged:
    """A parsed list: what is kept of its rows, what the registrar sees, and its newest 最終更新日."""

    sha256: str
    rows: list[ListedRow]
    preview: dict[str, Any]
    newest_at: datetime | None


def stage(content: bytes, *, actor: Actor) -> int:
    """Keep a list with its preview until it is confirmed; return the import's id, the same for the same file.

    A file that was taken in as that of an earlier day may come again unchanged: nothing happened at NII since, and the
    inventory is as new as the list's new day. One with rows that were left out may come again at once.

    Raises NotPermitted, ListEmpty, ListTooLarge, ListHeaderMissing, ListWithoutRows.
    """
    actor = desk.demand(actor, Grant.REGISTRAR, action=STAGE)
    known = _known(hashlib.sha256(content).hexdigest())
    return known.pk if known else _keep(read(content), actor=actor)


def read(content: bytes) -> Staged:
    """Parse a list and count what it would bring. Raises what `stage` raises about the file."""
    if not content.strip():
        raise errors.ListEmpty
    if len(content) > settings.LIST_LIMIT_BYTES:
        raise errors.ListTooLarge(limit=settings.LIST_LIMIT_BYTES // 1024**2)
    found = lists.read(content)
    if found.header.missing:
        raise errors.ListHeaderMissing(found.header.missing)
    kept = [list_rows.read(entry) for entry in found.entries]
    rows = [one.row for one in kept if one.row]
    problems = [*found.problems, *(problem for one in kept for problem in one.problems)]
    # Problems without a line are about the file; a row that was skipped has exactly one with its line.
    taken = {row.line for row in rows}
    unreadable = len({p.line for p in problems if p.line is not None and p.line > 1 and p.line not in taken})
    if not rows:
        raise errors.ListWithoutRows(count=unreadable)
    moments = [row.updated_at for row in rows if row.updated_at]
    preview = list_preview.count(rows, problems, unreadable=unreadable)
    return Staged(hashlib.sha256(content).hexdigest(), rows, preview, max(moments, default=None))


def _known(sha256: str) -> ListImport | None:
    given = ListImport.objects.filter(file_sha256=sha256, discarded_at=None).order_by("-listed_at", "-pk").first()
    if given is None or given.completed_at is None:
        return given
    is_new_day = timezone.localdate(given.listed_at) < timezone.localdate()
    return None if is_new_day or given.preview.get("not_pinned_lines") else given


@transaction.atomic(durable=True)
def _keep(staged: Staged, *, actor: Actor) -> int:
    """Write the import and all its chunks: together, so that nothing is ever half there."""
    actor = desk.demand(actor, Grant.REGISTRAR, action=STAGE)
    newest_at = staged.newest_at
    listing, is_new = ListImport.objects.get_or_create(
        file_sha256=staged.sha256,
        discarded_at=None,
        completed_at=None,
        defaults={
            "listed_at": newest_at or timezone.now(),
            "imported_by_id": actor.human_id,
            "certificates": sum(bool(row.der or row.serial) for row in staged.rows),
            "preview": staged.preview | {"newest_at": newest_at.isoformat() if newest_at else ""},
        },
    )
    if is_new:
        ListChunk.objects.bulk_create(
            ListChunk(listing=listing, position=position, rows=[row.as_json() for row in piece], row_count=len(piece))
            for position, piece in enumerate(list_preview.in_pieces(staged.rows), start=1)
        )
        record(
            listing.subject,
            "LIST_GIVEN",
            actor=actor,
            payload={"sha256": staged.sha256, "counts": staged.preview["counts"]},
        )
    return listing.pk


@transaction.atomic(durable=True)
def confirm(import_id: int, *, listed_on: date, actor: Actor) -> None:
    """Let a list be taken in as that of a day (Tokyo). Raises NotPermitted, ListMoved, ListDateInFuture, …TooEarly."""
    listing = _lock(import_id)
    actor = desk.demand(actor, Grant.REGISTRAR, action=CONFIRM)
    _demand_waiting(listing, action=CONFIRM)
    listing.listed_at = _moment_of(listing, listed_on)
    listing.confirmed_at = timezone.now()
    listing.confirmed_by_id = actor.human_id
    listing.save(update_fields=["listed_at", "confirmed_at", "confirmed_by"])
    record(listing.subject, "LIST_CONFIRMED", actor=actor, payload={"listed_at": listing.listed_at.isoformat()})


@transaction.atomic(durable=True)
def discard(import_id: int, *, actor: Actor) -> None:
    """Give up a list that is not complete; what was taken in of it stays. Raises NotPermitted, ListMoved."""
    listing = _lock(import_id)
    actor = desk.demand(actor, Grant.REGISTRAR, action=DISCARD)
    if listing.discarded_at or listing.completed_at:
        raise errors.ListMoved(action=DISCARD)
    listing.discarded_at = timezone.now()
    listing.save(update_fields=["discarded_at"])
    listing.chunks.all().delete()
    record(listing.subject, "LIST_DISCARDED", actor=actor, payload={"sha256": listing.file_sha256})


def _lock(import_id: int) -> ListImport:
    return ListImport.objects.select_for_update(no_key=True).get(pk=import_id)


def _demand_waiting(listing: ListImport, *, action: object) -> None:
    if listing.confirmed_at or listing.discarded_at or listing.completed_at:
        raise errors.ListMoved(action=action)


def _moment_of(listing: ListImport, listed_on: date) -> datetime:
    """Return the moment a list of that day stands for: its newest change, or the end of a later day.

    A list cannot be older than what it tells, nor younger than now; a change dated in the future is NII's clock.
    """
    now, newest_at = timezone.now(), listing.listed_at
    if listed_on > timezone.localdate(now):
        raise errors.ListDateInFuture(day=formats.date_format(listed_on, "Y-m-d"))
    newest_on = timezone.localdate(min(newest_at, now))
    if listed_on < newest_on and listing.preview.get("newest_at"):
        day, newest = (formats.date_format(one, "Y-m-d") for one in (listed_on, newest_on))
        raise errors.ListDateTooEarly(day=day, newest=newest)
    if listed_on == newest_on and listing.preview.get("newest_at"):
        return min(newest_at, now)
    return min(timezone.make_aware(datetime.combine(listed_on, time.max)), now)


@transaction.atomic(durable=True)
def apply_chunk(import_id: int) -> bool:
    """Take in the next chunk of a confirmed list; return whether more remain. Harmless when run twice or at once."""
    # One chunk of any list at a time: two lists tell of the same certificates, each in an order of its own.
    lock("lists")
    listing = _lock(import_id)
    if not listing.confirmed_at or listing.discarded_at or listing.completed_at:
        return False
    chunk = listing.chunks.filter(applied_at=None).order_by("position").first()
    if chunk:
        _apply(chunk, listing)
    if listing.chunks.filter(applied_at=None).exists():
        return True
    listing.completed_at = timezone.now()
    listing.lease_until = None
    listing.save(update_fields=["completed_at", "lease_until", "preview"])
    record(
        listing.subject,
        "LIST_RECORDED",
        actor=SYSTEM,
        payload={"listed_at": listing.listed_at.isoformat(), "certificates": listing.certificates},
    )
    return False


def _apply(chunk: ListChunk, listing: ListImport) -> None:
    rows = [ListedRow.from_json(stored) for stored in chunk.rows]
    batch = listed.gather(rows, listed_at=listing.listed_at)
    listed.record_unknown(batch)
    for row in rows:
        _take_in(row, batch)
    listed.write_applications(batch)
    listed.propose_holders(batch)
    for name, lines in (("not_pinned_lines", batch.not_pinned), ("serial_twice_lines", batch.serial_twice)):
        if lines:
            listing.preview[name] = [*listing.preview.get(name, []), *lines]
            listing.save(update_fields=["preview"])
    chunk.rows, chunk.applied_at = [], timezone.now()
    chunk.save(update_fields=["rows", "applied_at"])


def _take_in(row: ListedRow, batch: listed.Batch) -> None:
    """Record a row's certificate, let its request go on or stop, and note a revocation."""
    match = batch.match(row)
    known = batch.known(row)
    is_for_request = bool(match and row.der and listed.is_news(match[0], known))
    certificate = batch.placed.get(row.line)
    if certificate is None and not is_for_request:
        certificate = listed.unchanged(row, batch)
    if certificate is None and row.der:
        try:
            certificate = _place(row, batch, match if is_for_request else None)
        except (errors.IssuerNotPinned, errors.FileRefused):
            batch.not_pinned.append(row.line)
        except errors.SerialTwice:
            batch.serial_twice.append(row.line)
    elif certificate is None and row.serial and (match is None or known):
        # Without PEM nothing is given to a request; what is known of its certificate is still said here.
        certificate = listed.add_without_pem(row)
    if match and listed.is_new_refusal(row, match[0], batch):
        details = {"application": row.application_id, "code": row.error_code, "nii_state": row.state}
        reason = listed.refusal_reason(row)
        transitions.move(match[0], Action.LIST_REFUSAL, actor=SYSTEM, reason=reason, details=details)
    if certificate:
        batch.placed[row.line] = certificate
        if row.is_revoked:
            _note_revoked(certificate, row.revoked_at or batch.listed_at, batch, is_news=known is not None)


def _place(row: ListedRow, batch: listed.Batch, match: tuple[CertificateRequest, TsvRow] | None) -> Certificate:
    """Record the row's certificate, for its request if it is one's. Raises IssuerNotPinned, SerialTwice."""
    found = listed.read_certificate(row)
    if match is None:
        return issuing.place_unasked(found, actor=SYSTEM, nii_application_id=row.application_id).certificate
    request, sent = match
    if request.state in listed.AT_NII:
        transitions.check(request, Action.LIST_CERTIFICATE, actor=SYSTEM)
    placed = issuing.place(
        found,
        request=request,
        row=sent,
        action=Action.LIST_CERTIFICATE,
        actor=SYSTEM,
        nii_application_id=row.application_id,
    )
    batch.note_opened(placed.certificate)
    return placed.certificate


def _note_revoked(certificate: Certificate, revoked_at: datetime, batch: listed.Batch, *, is_news: bool) -> None:
    """Write that NII revoked a certificate, settle the revocation that somebody had asked for, complete what waited.

    It `is_news` where the portal knew the certificate before this list.
    """
    revocation = batch.open_revocation(certificate)
    if certificate.revoked_at and revocation is None:
        return
    revoked_at = certificate.revoked_at or revoked_at
    certificate.revoked_at, certificate.revocation_source = revoked_at, RevocationSource.LIST
    if revocation:
        transitions.check_revocation(revocation, RevocationAction.LIST_REVOKED, actor=SYSTEM)
        revoking.settle_revoked(
            revocation,
            revoked_at=revoked_at,
            source=RevocationSource.LIST,
            action=RevocationAction.LIST_REVOKED,
            actor=SYSTEM,
        )
        return
    certificate.save(update_fields=["revoked_at", "revocation_source"])
    details = {"serial": certificate.serial, "source": RevocationSource.LIST, "revoked_at": revoked_at.isoformat()}
    record(certificate.subject, "CERTIFICATE_REVOKED", actor=SYSTEM, payload=details)
    if not completing.has_ended(certificate):
        mails.tell_that_revoked(certificate, is_news=is_news)
    revoking.complete_waiting(certificate)
