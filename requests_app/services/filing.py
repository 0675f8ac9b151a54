"""The file for NII: all queued rows of one kind, checked again one by one, then put together from stored bytes."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import queries as people
from accounts.choices import Role as Grant
from accounts.models import User
from audit.actors import Actor
from audit.recording import lock, record
from requests_app import errors
from requests_app.models import RowKind, TsvRow
from requests_app.services import preparing
from requests_app.states import State
from tsv import fields


@dataclass(frozen=True)
class MadeFile:
    """A file's name and bytes, and how many rows stayed out because they changed."""

    name: str
    content: bytes
    left_out: int


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
    _demand_registrar(actor)
    waiting = list(queued(kind).values_list("request_id", flat=True)[: fields.MAX_ROWS])
    standing = [request_id for request_id in waiting if preparing.recheck(request_id)]
    rows = list(queued(kind).filter(request_id__in=standing))
    if not rows:
        raise errors.NothingQueued(kind=kind.label)
    _record(rows, kind, actor=actor)
    name = f"upki-{kind.lower()}-{timezone.localtime():%Y%m%d-%H%M}.tsv"
    return MadeFile(name, b"".join(bytes(row.content) for row in rows), left_out=len(waiting) - len(rows))


def _demand_registrar(actor: Actor) -> None:
    person = User.objects.filter(pk=actor.human_id).first()
    if person is None or Grant.REGISTRAR not in people.current_roles(person, at=timezone.now()):
        raise errors.NotPermitted(action="TSV")


@transaction.atomic(durable=True)
def _record(rows: list[TsvRow], kind: RowKind, *, actor: Actor) -> None:
    lock("downloads")
    record(
        "downloads",
        "TSV_DOWNLOADED",
        actor=actor,
        payload={"kind": kind, "rows": [row.digest for row in rows], "requests": [row.request_id for row in rows]},
    )
