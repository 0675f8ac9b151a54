"""Rules about a whole row: what its columns say about each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tsv import fields, hostnames, subjects
from tsv.choices import COMMENT_NEEDED
from tsv.fields import Kind
from tsv.problems import Problem, error, warning
from tsv.records import Record
from tsv.values import Shape


def check(kind: Kind, cells: Sequence[str]) -> tuple[Problem, ...]:
    """Return every rule that thirteen cells break, each with its column and no line."""
    problems = [
        problem
        for column, cell in zip(fields.columns(kind), cells, strict=True)
        if cell or column.required
        for problem in fields.check_value(column, cell)
    ]
    problems.extend(_check_together(kind, cells))
    return tuple(problems)


def _check_together(kind: Kind, cells: Sequence[str]) -> Iterator[Problem]:
    by_field = {column.field: (column, cell) for column, cell in zip(fields.columns(kind), cells, strict=True)}
    if "fqdn" in by_field:
        column, fqdn = by_field["fqdn"]
        own = subjects.common_name(by_field["subject"][1])
        if own and fqdn and own != fqdn:
            yield error("tsv.fqdn_differs", "T-TSV-I N275", fqdn=fqdn[:80], common_name=own[:80]).at(
                column=column.number
            )
        column, names = by_field["dns_names"]
        for problem in hostnames.check_with_common_name(names, own or fqdn, max_length=column.max_length):
            yield problem.at(column=column.number)
    if "reason" in by_field and by_field["reason"][1] == str(COMMENT_NEEDED):
        column, comment = by_field["comment"]
        if not comment.strip():
            yield error("tsv.comment_needed", "N-LRA4").at(column=column.number)


def guess_kind(cells: Sequence[str]) -> Kind | None:
    """Return the kind whose used columns fit a row best, by columns 3, 4, 5 and 7 alone; None for no idea.

    A revocation row looks the same for ordinary and ACME certificates: REVOKE is returned for both.
    """
    account, serial, reason, request, mail = (bool(cells[index].strip()) for index in (2, 3, 4, 6, 9))
    if request:
        return Kind.RENEW if serial else Kind.ISSUE
    if account:
        return Kind.ACME_SUSPEND if reason else Kind.ACME_RENEW
    if serial and reason:
        return Kind.REVOKE
    return Kind.ACME_CREATE if mail and not serial and not reason else None


def fits(kind: Kind, guessed: Kind | None) -> bool:
    """Say whether a guess leaves `kind` possible."""
    return guessed is None or guessed is kind or {kind, guessed} == {Kind.REVOKE, Kind.ACME_REVOKE}


def identity(record: Record) -> str:
    """Return what two rows of one file should not share: the serial number, or the name of a first certificate."""
    serial = getattr(record, "old_serial", None) or getattr(record, "serial", None)
    if serial is not None:
        return str(serial)
    return getattr(record, "fqdn", "").lower() if record.kind in {Kind.ISSUE, Kind.ACME_CREATE} else ""


def same_twice(identity: str, *, first: int) -> Problem:
    """Return the warning for a row whose identity stood in line `first` already."""
    return warning("tsv.same_twice", "N-ERR INF", value=identity, first=first).at(
        column=4 if identity.isdecimal() else 1
    )


def written_value(value: str | int | tuple[str, ...]) -> str:
    """Return the cell's text for a record's attribute: numbers in decimal, names as a dNSName list."""
    if isinstance(value, tuple):
        return hostnames.write(value)
    return str(value)


def read_value(shape: Shape, cell: str) -> str | int | tuple[str, ...]:
    """Return a record's attribute from a cell without errors."""
    if shape in {Shape.PROFILE, Shape.REASON}:
        return int(cell)
    if shape in {Shape.SERIAL, Shape.SERIAL_DIGITS}:
        return int(cell, 16) if cell[:2].lower() == "0x" else int(cell)
    return hostnames.read(cell) if shape is Shape.NAMES else cell
