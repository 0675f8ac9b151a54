"""Files back into records, with everything that is wrong, by line and column.

The reader is for files that people bring (made with NII's tool, edited, re-saved), so it goes on after a mistake: it
recognises UTF-8, quotes, a header, other line ends and missing columns, says so, and reads the rest.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from tsv import decoding, fields, rows
from tsv.fields import COLUMN_COUNT, Kind
from tsv.problems import Problem, error, has_errors, information, warning
from tsv.records import RECORD_CLASSES, Record

MAX_OCTETS = 4 * 1024 * 1024
"""A full file of 99 rows has less than 0.5 MiB; what is larger was never meant for NII. Ours, not NII's."""

_NAMES = frozenset(
    name.lower()
    for kind in Kind
    for column in fields.columns(kind)
    if column.used
    for name in (column.name_ja, column.name_en)
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line: thirteen cells (padded or cut), and the record where no problem of the line is an error."""

    line: int
    cells: tuple[str, ...]
    problems: tuple[Problem, ...]
    record: Record | None


@dataclass(frozen=True, slots=True)
class Reading:
    """A whole file. `problems` are all problems, those of the rows included, in the order of the file."""

    kind: Kind
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]

    @property
    def records(self) -> tuple[Record, ...]:
        """The records of the rows without errors."""
        return tuple(row.record for row in self.rows if row.record is not None)

    @property
    def accepted(self) -> bool:
        """True where nothing is an error."""
        return not has_errors(self.problems)


def read(content: bytes, kind: Kind) -> Reading:
    """Return every record and every problem of a file of `kind`. Raises nothing."""
    if len(content) > MAX_OCTETS:
        return Reading(kind, (), (error("tsv.file_too_large", "INF", octets=len(content), limit=MAX_OCTETS),))
    text, problems = decoding.decode(content)
    if text is None:
        return Reading(kind, (), problems)
    lines, ends = _split(text)
    if not any(line.strip() for line in lines):
        return Reading(kind, (), (*problems, error("tsv.empty_file", "N-ERR")))
    read_rows = tuple(_rows(lines, kind))
    found = (
        *problems,
        *ends,
        *(problem for row in read_rows for problem in row.problems),
        *_check_whole(read_rows),
    )
    return Reading(kind, tuple(row for row in read_rows if any(row.cells)), found)


def check_file_name(name: str) -> tuple[Problem, ...]:
    """Return the rules that a file's name breaks: its ending (NII's error 209), and letters beyond ASCII."""
    problems = []
    if PurePath(name).suffix.lower() not in fields.EXTENSIONS:
        problems.append(error("tsv.file_ending", "N-ERR", allowed=list(fields.EXTENSIONS)))
    if not name.isascii():
        problems.append(warning("tsv.file_name_not_ascii", "INF"))
    return tuple(problems)


def guess(content: bytes) -> Kind:
    """Return the kind that the first row fits best; ISSUE where nothing can be said."""
    text, _ = decoding.decode(content[:MAX_OCTETS])
    for line in _split(text or "")[0]:
        cells = [_unquoted(cell) for cell in line.split(fields.DELIMITER)]
        if line.strip() and not _is_header(cells):
            return rows.guess_kind(_thirteen(cells)) or Kind.ISSUE
    return Kind.ISSUE


def _split(text: str) -> tuple[list[str], tuple[Problem, ...]]:
    """Return the lines without their ends, and what is unusual about them. `splitlines` would know too many ends."""
    crlf = text.count("\r\n")
    lf, cr = text.count("\n") - crlf, text.count("\r") - crlf
    problems = []
    if cr:
        problems.append(error("tsv.line_end_cr", "N275 N-CLI"))
    if lf and not crlf:
        problems.append(information("tsv.line_end_lf", "N275 N-CLI T-TSV-PY"))
    if lf and crlf:
        problems.append(warning("tsv.line_end_mixed", "N275 N-CLI"))
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if lines[-1]:
        problems.append(information("tsv.no_final_line_end", "N275 N-CLI"))
    else:
        lines.pop()
    return lines, tuple(problems)


def _rows(lines: Sequence[str], kind: Kind) -> Iterator[Row]:
    for number, line in enumerate(lines, start=1):
        if not line.strip(" \u3000"):
            yield Row(number, (), (error("tsv.blank_line", "N275").at(line=number),), None)
        else:
            yield _row(line, kind, number=number, first=number == 1)


def _row(line: str, kind: Kind, *, number: int, first: bool) -> Row:
    raw = line.split(fields.DELIMITER)
    cells = [_unquoted(cell) for cell in raw]
    if first and _is_header(cells):
        return Row(number, (), (error("tsv.header", "N275 T-TSV-PY").at(line=number),), None)
    problems = [
        error("tsv.quoted", "N275 N-CLI").at(column=column)
        for column, (before, after) in enumerate(zip(raw, cells, strict=True), start=1)
        if before != after
    ]
    if len(cells) != COLUMN_COUNT:
        problems.append(error("tsv.column_count", "T-TSV-I", found=len(cells), expected=COLUMN_COUNT))
    thirteen = _thirteen(cells)
    guessed = rows.guess_kind(thirteen)
    if guessed and not rows.fits(kind, guessed):
        problems.append(error("tsv.wrong_kind", "NT-LRA", expected=kind.value, found=guessed.value))
    problems.extend(rows.check(kind, thirteen))
    placed = tuple(problem.at(line=number) for problem in problems)
    return Row(number, thirteen, placed, None if has_errors(placed) else _record(kind, thirteen))


def _record(kind: Kind, cells: Sequence[str]) -> Record:
    attributes: dict[str, Any] = {
        column.field: rows.read_value(column.shape, cell)
        for column, cell in zip(fields.columns(kind), cells, strict=True)
        if column.used
    }
    return RECORD_CLASSES[kind](**attributes)


def _check_whole(read_rows: Sequence[Row]) -> Iterator[Problem]:
    filled = [row for row in read_rows if any(row.cells)]
    if len(filled) > fields.MAX_ROWS:
        yield error("tsv.too_many_rows", "NT-FAQ T-TSV-I N-ERR", count=len(filled), limit=fields.MAX_ROWS)
    seen: dict[str, int] = {}
    for row in filled:
        identity = rows.identity(row.record) if row.record else ""
        if identity and identity in seen:
            yield rows.same_twice(identity, first=seen[identity]).at(line=row.line)
        seen.setdefault(identity, row.line)


def _thirteen(cells: Sequence[str]) -> tuple[str, ...]:
    return (*cells[:COLUMN_COUNT], *[""] * (COLUMN_COUNT - len(cells)))


def _unquoted(cell: str) -> str:
    """Return what stands between quotes around a whole cell, where a spreadsheet put them."""
    if len(cell) >= 2 and cell[0] == cell[-1] == '"':
        return cell[1:-1].replace('""', '"')
    return cell


def _is_header(cells: Sequence[str]) -> bool:
    names = {unicodedata.normalize("NFKC", cell).strip().lower() for cell in cells if cell}
    return "=" not in cells[0] and bool(names & _NAMES)
