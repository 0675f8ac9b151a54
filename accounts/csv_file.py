"""A table in CSV as people upload it: encoding, header, the shape of its lines; a sentence for each fault.

The roster and the zones are read through it; what a cell means is theirs to say.
"""

import csv
import io
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.translation import gettext as _

MAX_CELL = 1000
"""Characters of a cell; names, addresses and dates are far shorter."""

_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_WORKBOOK_MARKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How a ZIP file (.xlsx) and an OLE file (.xls) begin."""

# Called when shown, so that the sentence is in the reader's language.
TEXTS: dict[str, Callable[[], str]] = {
    "file.encoding": lambda: _("The file is neither UTF-8 nor Shift_JIS. Please save it as “CSV UTF-8”."),
    "file.utf16": lambda: _("The file is in UTF-16 (“Unicode text”). Please save it as “CSV UTF-8”."),
    "file.workbook": lambda: _("This is an Excel workbook, not a CSV file. Please save it as “CSV UTF-8”."),
    "file.nul": lambda: _("The file holds NUL characters, so it is no text. Please save it as “CSV UTF-8”."),
    "file.separator": lambda: _(
        "The columns are separated by “%(separator)s”. Please save the file with commas (“CSV UTF-8”)."
    ),
    "file.not_csv": lambda: _("Line %(line)s: this is not CSV. Is a quotation mark missing?"),
    "file.column_missing": lambda: _("The column “%(column)s” is missing. Needed are: %(columns)s."),
    "file.column_twice": lambda: _("The column “%(column)s” is there twice."),
    "file.too_few_fields": lambda: _("Line %(line)s has fewer fields than the header."),
    "file.too_many_fields": lambda: _("Line %(line)s has more fields than the header."),
    "file.long_cell": lambda: _("Line %(line)s: a field is longer than %(limit)s characters."),
}


@dataclass(frozen=True)
class Problem:
    """What is wrong with a line; line 1 is the header, 0 the whole file."""

    code: str
    line: int
    params: Mapping[str, object]

    texts: ClassVar[Mapping[str, Callable[[], str]]] = TEXTS

    def __str__(self) -> str:
        """The sentence in the active language."""
        return self.texts[self.code]() % {"line": self.line, **self.params}


@dataclass(frozen=True)
class Table:
    """The lines by column, with their numbers; texts in NFC, without blanks around them."""

    lines: tuple[tuple[int, Mapping[str, str]], ...] = ()
    problems: tuple[Problem, ...] = ()


def read(content: bytes, *, columns: Sequence[str], needed: Sequence[str]) -> Table:
    """Read UTF-8 (with or without a byte order mark) or Shift_JIS as Windows writes it; empty lines are left out.

    The columns' order is free. A file whose header lacks one of `needed` has no lines here, only problems; other
    columns than `columns` are read and may be ignored.
    """
    decoded = _decode(content)
    if isinstance(decoded, Problem):
        return Table(problems=(decoded,))
    reader = csv.reader(io.StringIO(decoded, newline=""), strict=True)
    try:
        return _table(reader, columns=columns, needed=needed)
    except csv.Error:
        # A field of more than 128 KiB, too: a quotation mark that nobody closed, or no table at all.
        return Table(problems=(Problem("file.not_csv", max(reader.line_num, 1), {}),))


def _decode(content: bytes) -> str | Problem:
    if content.startswith(_WORKBOOK_MARKS):
        return Problem("file.workbook", 0, {})
    if content.startswith(_UTF16_MARKS):
        return Problem("file.utf16", 0, {})
    if b"\0" in content:
        # Shift_JIS would read nonsense into it.
        return Problem("file.nul", 0, {})
    for encoding in ("utf-8-sig", "cp932"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        # ISO-2022-JP is ASCII with escapes; what is EUC-JP without a fault would be read as half-width nonsense.
        if "\x1b" in text or (encoding == "cp932" and _is(content, "euc_jp")):
            break
        return text
    return Problem("file.encoding", 0, {})


def _is(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _table(reader: Any, *, columns: Sequence[str], needed: Sequence[str]) -> Table:
    header = [name.strip().lower() for name in next(reader, [])]
    problems = _header_problems(header, columns=columns, needed=needed)
    if problems:
        return Table(problems=tuple(problems))
    lines: list[tuple[int, Mapping[str, str]]] = []
    for values in reader:
        if not any(value.strip() for value in values):
            continue
        if len(values) != len(header):
            code = "file.too_few_fields" if len(values) < len(header) else "file.too_many_fields"
            problems.append(Problem(code, reader.line_num, {}))
        elif any(len(value) > MAX_CELL for value in values):
            problems.append(Problem("file.long_cell", reader.line_num, {"limit": MAX_CELL}))
        else:
            composed = [unicodedata.normalize("NFC", value.strip()) for value in values]
            lines.append((reader.line_num, dict(zip(header, composed, strict=True))))
    return Table(tuple(lines), tuple(problems))


def _header_problems(header: list[str], *, columns: Sequence[str], needed: Sequence[str]) -> list[Problem]:
    named = ", ".join(columns)
    if len(header) == 1:
        for separator, shown in ((";", ";"), ("\t", _("tab"))):
            if separator in header[0]:
                return [Problem("file.separator", 1, {"separator": shown})]
    missing = [
        Problem("file.column_missing", 1, {"column": column, "columns": named})
        for column in needed
        if column not in header
    ]
    twice = [Problem("file.column_twice", 1, {"column": column}) for column in columns if header.count(column) > 1]
    return missing + twice
