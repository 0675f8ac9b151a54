"""The verifier of the audit trail, and what it proves.

* By itself, a whole chain shows that no event of a subject was changed, reordered or cut out of the middle by accident
  or by a partial edit. It does not show that the newest events of a subject were cut off, or that somebody with write
  access to the database computed all hashes anew: whoever can do that can make a chain that looks whole.
* The checkpoints in the database show cut-off events and removed subjects to the same extent.
* Only a checkpoint hash that left the machine (log lines, mail, submission files) shows more: with it, everything up
  to that checkpoint is as it was then. What happened since the last hash that left is not covered.
* An erased payload is covered by its hash, but nobody can check it any more.
* It proves nothing about the truth of what was recorded, or about an action that was never recorded.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby

from django.db.models import OuterRef, QuerySet, Subquery

from audit import canonical, hashing
from audit.models import Checkpoint, CheckpointHead, Event


class Code(StrEnum):
    """What can be wrong."""

    GAP = "GAP"
    WRONG_PREVIOUS = "WRONG_PREVIOUS"
    WRONG_HASH = "WRONG_HASH"
    WRONG_PAYLOAD = "WRONG_PAYLOAD"
    HEAD_MISSING = "HEAD_MISSING"
    HEAD_DIFFERS = "HEAD_DIFFERS"
    WRONG_HEADS = "WRONG_HEADS"
    OUTSIDE_MISSING = "OUTSIDE_MISSING"
    OUTSIDE_DIFFERS = "OUTSIDE_DIFFERS"


@dataclass(frozen=True)
class Finding:
    """One fault. `chain` is a subject, or "checkpoint"; `position` is the sequence or the checkpoint's number."""

    chain: str
    position: int
    code: Code

    def __str__(self) -> str:
        return f"{self.chain} #{self.position}: {self.code}"


@dataclass
class Report:
    """What was read and what was wrong."""

    events: int = 0
    erased_payloads: int = 0
    checkpoints: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether nothing was wrong."""
        return not self.findings

    def add(self, chain: str, position: int, code: Code) -> None:
        """Note one fault."""
        self.findings.append(Finding(chain, position, code))


CHECKPOINTS = "checkpoint"
"""Name of the chain of checkpoints in findings."""


def verify_subject(subject: str) -> Report:
    """Check one subject's chain and the heads that checkpoints fixed for it."""
    report = Report()
    _check_chains(Event.objects.filter(subject=subject), report=report)
    _check_heads(CheckpointHead.objects.filter(subject=subject), report=report)
    return report


def verify_all(outside: Mapping[int, str] | None = None) -> Report:
    """Check every chain, every checkpoint, and the checkpoint hashes kept outside (number → hash)."""
    report = Report()
    _check_chains(Event.objects.all(), report=report)
    _check_heads(CheckpointHead.objects.all(), report=report)
    _check_checkpoints(report=report)
    _check_outside(outside or {}, report=report)
    return report


def fixed_head(subject: str, *, number: int) -> CheckpointHead | None:
    """Return the head of `subject` that held at checkpoint `number`; None when it had no event yet."""
    fixed = CheckpointHead.objects.filter(subject=subject, checkpoint__number__lte=number)
    return fixed.order_by("-sequence").first()


def _check_chains(events: QuerySet[Event], *, report: Report) -> None:
    in_order = events.order_by("subject", "sequence").iterator(chunk_size=1000)
    for _subject, chain in groupby(in_order, key=lambda event: event.subject):
        _check_chain(chain, report=report)


def _check_chain(chain: Iterable[Event], *, report: Report) -> None:
    expected, previous_hash = 1, ""
    for event in chain:
        report.events += 1
        if event.sequence != expected:
            report.add(event.subject, event.sequence, Code.GAP)
        elif event.previous_hash != previous_hash:
            report.add(event.subject, event.sequence, Code.WRONG_PREVIOUS)
        if hashing.event_hash(event) != event.hash:
            report.add(event.subject, event.sequence, Code.WRONG_HASH)
        _check_payload(event, report=report)
        expected, previous_hash = event.sequence + 1, event.hash


def _check_payload(event: Event, *, report: Report) -> None:
    if event.payload is None:
        report.erased_payloads += 1
        return
    try:
        is_same = canonical.digest(event.payload) == event.payload_hash
    except canonical.NotCanonical:
        is_same = False
    if not is_same:
        report.add(event.subject, event.sequence, Code.WRONG_PAYLOAD)


def _check_heads(heads: QuerySet[CheckpointHead], *, report: Report) -> None:
    same = Event.objects.filter(subject=OuterRef("subject"), sequence=OuterRef("sequence")).values("hash")[:1]
    in_order = heads.annotate(kept=Subquery(same)).order_by("subject", "sequence")
    columns = in_order.values_list("subject", "sequence", "hash", "kept")
    for subject, sequence, fixed, kept in columns.iterator(chunk_size=1000):
        if kept is None:
            report.add(subject, sequence, Code.HEAD_MISSING)
        elif kept != fixed:
            report.add(subject, sequence, Code.HEAD_DIFFERS)


def _check_checkpoints(*, report: Report) -> None:
    expected, previous_hash = 1, ""
    for checkpoint in Checkpoint.objects.order_by("number").iterator(chunk_size=1000):
        report.checkpoints += 1
        if checkpoint.number != expected:
            report.add(CHECKPOINTS, checkpoint.number, Code.GAP)
        elif checkpoint.previous_hash != previous_hash:
            report.add(CHECKPOINTS, checkpoint.number, Code.WRONG_PREVIOUS)
        if hashing.checkpoint_hash(checkpoint) != checkpoint.hash:
            report.add(CHECKPOINTS, checkpoint.number, Code.WRONG_HASH)
        if hashing.heads_hash(checkpoint.heads.values_list("subject", "sequence", "hash")) != checkpoint.heads_hash:
            report.add(CHECKPOINTS, checkpoint.number, Code.WRONG_HEADS)
        expected, previous_hash = checkpoint.number + 1, checkpoint.hash


def _check_outside(outside: Mapping[int, str], *, report: Report) -> None:
    kept = dict(Checkpoint.objects.filter(number__in=outside).values_list("number", "hash"))
    for number, hash_outside in sorted(outside.items()):
        if number not in kept:
            report.add(CHECKPOINTS, number, Code.OUTSIDE_MISSING)
        elif kept[number] != hash_outside:
            report.add(CHECKPOINTS, number, Code.OUTSIDE_DIFFERS)
