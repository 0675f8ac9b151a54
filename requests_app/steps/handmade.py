"""TSV files that people made by hand: the CSR and the software are taken over, what else differs is told.

Nothing of the file is stored: the portal writes every other column from the application.
"""

import re
from dataclasses import dataclass

from requests_app import errors
from requests_app.models import CertificateRequest
from requests_app.steps import rows
from tsv import characters, decoding, fields, reading, serials, writing
from tsv.fields import Kind
from tsv.problems import Refused
from tsv.records import request_body
from tsv.values import Shape

CSR_COLUMN, SOFTWARE_COLUMN, SERIAL_COLUMN = 7, 12, 4

MINIMUM_TABS = 5
"""Tabs in a line that make it a row, even one with columns missing; a CSR has none."""

SHOWN_CHARACTERS = 120
"""Of a value that differs; a column has at most 255, and many of them can differ at once."""


@dataclass(frozen=True)
class HandMade:
    """The one row of a file, thirteen cells as they stand in it."""

    kind: Kind
    cells: tuple[str, ...]

    @property
    def csr(self) -> bytes:
        """Column 7 as PEM."""
        body = request_body(self.cells[CSR_COLUMN - 1]).strip()
        return f"-----BEGIN CERTIFICATE REQUEST-----\n{body}\n-----END CERTIFICATE REQUEST-----\n".encode()

    @property
    def software(self) -> str:
        """Column 12."""
        return self.cells[SOFTWARE_COLUMN - 1].strip()


@dataclass(frozen=True)
class Difference:
    """A column that is not taken over: what stands in the file and what the portal writes ("" for an empty one)."""

    column: fields.Column
    in_file: str
    written: str


def read(content: bytes) -> HandMade | None:
    """Return the row of a TSV file; None for anything that is no such file, a CSR above all.

    UTF-8 and UTF-16, quotes and a line of column names are read like NII's own form of the file. Raises TsvFileRefused.
    """
    if not _is_file(content):
        return None
    text, _ = decoding.decode(content)
    if text is None or "\0" in text:
        raise errors.TsvFileUnreadable
    kind = reading.guess(content)
    found = reading.read(content, kind)
    if len(found.rows) > 1:
        raise errors.TsvFileManyRows
    if not found.rows:
        raise errors.TsvFileEmpty
    (row,) = found.rows
    for problem in row.problems:
        if problem.code == "tsv.column_count":
            raise errors.TsvFileColumns(**problem.params)
    if kind not in {Kind.ISSUE, Kind.RENEW} or not row.cells[CSR_COLUMN - 1].strip():
        raise errors.TsvFileOtherKind
    return HandMade(kind, row.cells)


def _is_file(content: bytes) -> bool:
    """Tell a TSV file from a CSR: DER begins with a sequence of a long form, PEM has no tabs between its columns."""
    if content[:1] == b"0" and content[1:2] >= b"\x80":
        return False
    text, _ = decoding.decode(content)
    raw = text if text is not None else content.decode("latin-1")
    return any(line.count(fields.DELIMITER) >= MINIMUM_TABS for line in raw.splitlines())


def differences(request: CertificateRequest, made: HandMade) -> tuple[Difference, ...]:
    """Return the columns in which the file differs from what the portal writes, CSR and software apart.

    As long as the portal does not know whether it is 発行 or 更新, the serial number is not compared.
    """
    decision = rows.standing_decision(request) or rows.decide_kind(request)
    skipped = {CSR_COLUMN, SOFTWARE_COLUMN}
    if decision.reason in rows.UNDECIDED:
        skipped.add(SERIAL_COLUMN)
    ours = [text for _column, text in writing.cells(rows.record_of(request, b"", decision))]
    if not request.common_name:
        ours[0] = ""
    return tuple(
        Difference(column, cell.strip()[:SHOWN_CHARACTERS], written[:SHOWN_CHARACTERS])
        for column, cell, written in zip(fields.columns(Kind.RENEW), made.cells, ours, strict=True)
        if column.number not in skipped and _compared(column, cell) != _compared(column, written)
    )


def _compared(column: fields.Column, cell: str) -> object:
    """Return what two ways to write the same value share: blanks in a DN, the order of names, 0x in a serial number."""
    text = characters.as_written_for_nii(cell.strip()).text
    if column.shape is Shape.SUBJECT:
        return re.sub(r"\s*,\s*", ",", text)
    if column.shape is Shape.NAMES:
        return {part.strip().lower() for part in text.split(",") if part.strip()}
    if column.shape is Shape.SERIAL and text:
        try:
            return serials.parse(text).value
        except Refused:
            return text
    return text
