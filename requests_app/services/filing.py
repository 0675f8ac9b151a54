"""The file for NII: all queued rows of one kind, checked again one by one, then put together from stored bytes."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.choices import Role as Grant
from audit.actors import Actor
from audit.recording import lock, record
from requests_app import errors, queries
from requests_app.models import RowKind, TsvRow
from requests_app.services import preparing
from requests_app.states import State
from requests_app.steps import desk
from tsv import fields


@dataclass(frozen=True)
class MadeFile:
    """A file's name and bytes, and how many rows stayed out."""

    name: str
    content: bytes
    left_out: int
    """Rows that changed since they were sent; they wait in PREPARED now."""
    own: int
    """Rows in which whoever makes the file has an interest; another registrar files them."""


def queued(kind: RowKind) -> QuerySet[TsvRow]:
    """Return the rows of a kind that wait and are not held, oldest first."""
    return (
        TsvRow.objects.filter(kind=kind, superseded_at=None, request__state=State.QUEUED, request__held_at=None)
        .select_related("request", "request__applicant", "csr", "sent_by")
        .order_by("sent_at", "pk")
    )


def make_file(kind: RowKind, *, actor: Actor) -> MadeFile:
    """Recheck every queued row (a verb for each), then read the file of those that stand: at most 99 rows.

    Not a verb itself: rows that changed go back to PREPARED one by one. Raises NotPermitted, NothingQueued.
    """
    desk.demand(actor, Grant.REGISTRAR, action=_("Make a file for NII"))
    every = [row.request for row in queued(kind)]
    others = [request for request in every if actor.person_id not in queries.interested_ids(request)]
    waiting = [request.pk for request in others[: fields.MAX_ROWS]]
    standing = [request_id for request_id in waiting if preparing.recheck(request_id)]
    rows = list(queued(kind).filter(request_id__in=standing))
    if not rows:
        raise errors.NothingQueued(kind=kind.label)
    _record(rows, kind, actor=actor)
    name = f"upki-{kind.lower()}-{timezone.localtime():%Y%m%d-%H%M}.tsv"
    content = b"".join(bytes(row.content) for row in rows)
    return MadeFile(name, content, left_out=len(waiting) - len(rows), own=len(every) - len(others))


@transaction.atomic(durable=True)
def _record(rows: list[TsvRow], kind: RowKind, *, actor: Actor) -> None:
    lock("downloads")
    record(
        "downloads",
        "TSV_DOWNLOADED",
        actor=actor,
        payload={"kind": kind, "rows": [row.digest for row in rows], "requests": [row.request_id for row in rows]},
    )
