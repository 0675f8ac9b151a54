"""Records into files: CRLF, tabs, Shift_JIS, no header, no quotes, at most 99 rows.

Domain reference §1. Everything is checked before a byte is written: a file that exists keeps the rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tsv import fields, rows
from tsv.fields import Column, Kind
from tsv.problems import Problem, Refused, error, has_errors
from tsv.records import Record

_ENCODING = "shift_jis"  # strict; tsv.characters has refused what cp932 would write differently


def cells(record: Record) -> tuple[tuple[Column, str], ...]:
    """Return the thirteen columns with what would stand in each, checked or not."""
    return tuple(zip(fields.columns(record.kind), _texts(record), strict=True))


def check(record: Record) -> tuple[Problem, ...]:
    """Return every rule that the record's row breaks, each with its column and no line."""
    return rows.check(record.kind, _texts(record))


def row(record: Record) -> bytes:
    """Return one row with its line end. Raises Refused with every problem if one of them is an error."""
    texts = _texts(record)
    problems = rows.check(record.kind, texts)
    if has_errors(problems):
        raise Refused(problems)
    return _encode(texts)


def files(records: Iterable[Record]) -> list[bytes]:
    """Return as few files as possible, in the order given, nothing dropped; an empty list for no records.

    Raises Refused with the problems of every record (`line` counts the records from 1) if one of them is an error, and
    for records of different kinds.
    """
    written: list[bytes] = []
    refused: list[Problem] = []
    kinds: set[Kind] = set()
    for number, record in enumerate(records, start=1):
        kinds.add(record.kind)
        texts = _texts(record)
        problems = rows.check(record.kind, texts)
        if has_errors(problems):
            refused.extend(problem.at(line=number) for problem in problems)
        elif not refused:
            written.append(_encode(texts))
    if len(kinds) > 1:
        refused.append(error("tsv.mixed_kinds", "NT-LRA", kinds=sorted(kind.value for kind in kinds)))
    if refused:
        raise Refused(refused)
    return [b"".join(written[start : start + fields.MAX_ROWS]) for start in range(0, len(written), fields.MAX_ROWS)]


def check_together(records: Sequence[Record]) -> tuple[Problem, ...]:
    """Return warnings about records that would stand in one file: a name issued twice, a serial number twice."""
    seen: dict[str, int] = {}
    problems = []
    for number, record in enumerate(records, start=1):
        identity = rows.identity(record)
        if identity and identity in seen:
            problems.append(rows.same_twice(identity, first=seen[identity]).at(line=number))
        seen.setdefault(identity, number)
    return tuple(problems)


def _texts(record: Record) -> list[str]:
    return [
        rows.written_value(getattr(record, column.field)) if column.used else ""
        for column in fields.columns(record.kind)
    ]


def _encode(texts: Sequence[str]) -> bytes:
    return (fields.DELIMITER.join(texts) + fields.LINE_END).encode(_ENCODING)
