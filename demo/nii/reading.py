"""Application files into rows, octet by octet, and what is wrong with them by themselves.

Whether a name, key or serial number is known already is asked later, by `demo.nii.rules`.
"""

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass

from demo.nii.columns import COLUMN_COUNT, COLUMNS, EXTENSIONS, MAX_ROWS, PROFILES, REASONS, Charset, Column, Kind
from demo.nii.institution import Institution
from demo.nii.messages import Code, Message

_CHARACTERS = {
    Charset.DIGITS: re.compile(r"[0-9]*"),
    Charset.ALPHANUMERIC: re.compile(r"[0-9A-Za-z]*"),
    Charset.ASCII: re.compile(r"[ -~]*"),
    Charset.FULL: re.compile(r"[^\x00-\x1f\x7f]*"),
}
_DN = re.compile(
    r"CN=(?P<CN>[^ ].*?),(?P<OU>OU=.*,)?O=(?P<O>[^ ].*),L=(?P<L>[^ ].*),ST=(?P<ST>[^ ].*),C=(?P<C>[A-Z]{2})"
)
_HOST = re.compile(
    r"(?=.{1,64}\Z)[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+"
)
_MAIL = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_PREFIX = "dNSName="
MAX_NAMES = 8
"""Names of a certificate with the CN [NT-FAQ q4, T-COND]."""


@dataclass(frozen=True)
class Subject:
    """A subject DN; `common_name` is in lower case, as NII makes it since 2024-08-20."""

    text: str
    common_name: str
    organization: str
    locality: str
    state: str
    country: str

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Return attributes and values in the order of a certificate: C, ST, L, O, CN."""
        return (
            ("C", self.country),
            ("ST", self.state),
            ("L", self.locality),
            ("O", self.organization),
            ("CN", self.common_name),
        )


@dataclass(frozen=True)
class Row:
    """One line of a file. `cells` has thirteen texts, or fewer or more with the message COLUMN_COUNT alone."""

    kind: Kind
    line: int
    cells: tuple[str, ...]
    messages: tuple[Message, ...]

    def cell(self, number: int) -> str:
        """Return the cell of a column, counted from 1."""
        return self.cells[number - 1]

    @property
    def subject(self) -> Subject | None:
        return read_subject(self.cell(1))

    @property
    def names(self) -> tuple[str, ...]:
        """The names for the certificate, the CN first, in lower case, each once."""
        subject = self.subject
        own = (subject.common_name,) if subject else ()
        named = (part.removeprefix(_PREFIX).lower() for part in self.cell(13).split(",") if part)
        return tuple(dict.fromkeys((*own, *named)))

    @property
    def serial(self) -> int | None:
        """The serial number of column 4, decimal or with 0x; None where it cannot be read."""
        return read_serial(self.cell(4), hexadecimal=self.kind is Kind.RENEW)

    def says(self, code: Code, number: int) -> Message:
        """Return a message about a column."""
        column = COLUMNS[self.kind][number]
        return Message(code, self.line, column.name, column.max_length)


def read(kind: Kind, file_name: str, content: bytes, institution: Institution) -> tuple[tuple[Row, ...], list[Message]]:
    """Return the rows, or no rows and what is wrong with the file as a whole."""
    if not file_name.lower().endswith(EXTENSIONS):
        return (), [Message(Code.EXTENSION)]
    lines = content.replace(b"\r\n", b"\n").removesuffix(b"\n").split(b"\n")
    if not any(line.strip() for line in lines):
        return (), [Message(Code.EMPTY_FILE)]
    if len(lines) > MAX_ROWS:
        return (), [Message(Code.TOO_MANY_ROWS)]
    return tuple(_read_row(kind, number, line, institution) for number, line in enumerate(lines, start=1)), []


def read_subject(text: str) -> Subject | None:
    """Return the DN in NII's order CN, O, L, ST, C; None for any other form. An OU is left out: the row is refused."""
    found = _DN.fullmatch(text)
    if found is None or not _HOST.fullmatch(found["CN"]) or " ," in text:
        return None
    return Subject(text, found["CN"].lower(), found["O"], found["L"], found["ST"], found["C"])


def read_serial(text: str, *, hexadecimal: bool) -> int | None:
    """Return the number; hexadecimal digits count only after 0x."""
    if re.fullmatch(r"[0-9]{1,50}", text):
        return int(text)
    if hexadecimal and re.fullmatch(r"0[xX][0-9A-Fa-f]{1,48}", text):
        return int(text, 16)
    return None


def _read_row(kind: Kind, line: int, octets: bytes, institution: Institution) -> Row:
    # In Shift_JIS no character contains the octet of a tab, so one that cannot be read spoils its own cell only.
    raw = octets.split(b"\t")
    if len(raw) != COLUMN_COUNT:
        return Row(kind, line, tuple(_decoded(cell) or "" for cell in raw), (Message(Code.COLUMN_COUNT, line),))
    cells = [_decoded(cell) for cell in raw]
    row = Row(kind, line, tuple(cell or "" for cell in cells), ())
    messages = [message for number, cell in enumerate(cells, start=1) for message in _check_cell(row, number, cell)]
    broken = {message.column for message in messages}
    checks = _check_application(row, institution) if kind is not Kind.REVOKE else _check_revocation(row)
    messages += [message for message in checks if message.column not in broken]
    return Row(kind, line, row.cells, tuple(messages))


def _decoded(octets: bytes) -> str | None:
    """Return the text; None for octets that are no JIS X 0208 character, such as ① and 髙, which only cp932 has."""
    try:
        return octets.decode("shift_jis")
    except UnicodeDecodeError:
        return None


def _check_cell(row: Row, number: int, cell: str | None) -> Iterator[Message]:
    column = COLUMNS[row.kind].get(number)
    if column is None:
        if cell != "":
            yield Message(Code.NOT_EMPTY, row.line, f"項目{number}")
    elif cell is None:
        yield row.says(_bad_characters(column), number)
    elif not cell.strip():
        if column.required:
            yield row.says(Code.REQUIRED, number)
        elif cell:
            yield row.says(_bad_characters(column), number)
    else:
        yield from _check_text(row, column, cell)


def _check_text(row: Row, column: Column, cell: str) -> Iterator[Message]:
    if cell.startswith('"') or cell.endswith('"'):
        yield row.says(Code.QUOTES, column.number)
    elif not _CHARACTERS[column.charset].fullmatch(cell):
        yield row.says(_bad_characters(column), column.number)
    if len(cell) > column.max_length:
        yield row.says(Code.TOO_LONG, column.number)


def _bad_characters(column: Column) -> Code:
    if column.charset is Charset.DIGITS or column.number == 4:
        return Code.NOT_DIGITS
    return Code.COMMENT_CHARACTERS if column.number == 6 else Code.CHARACTERS


def _check_application(row: Row, institution: Institution) -> Iterator[Message]:
    """Check columns 1, 2, 10, 11, 13, and 4 of a renewal, where they are not broken already."""
    yield from _check_subject(row, institution)
    if row.cell(2) not in PROFILES:
        yield row.says(Code.PROFILE, 2)
    if row.kind is Kind.RENEW and row.serial is None:
        yield row.says(Code.NOT_DIGITS, 4)
    if not _MAIL.fullmatch(row.cell(10)):
        yield row.says(Code.FORMAT_MAIL, 10)
    subject = row.subject
    if subject and row.cell(11).lower() != subject.common_name:
        yield row.says(Code.NAME_DIFFERS, 11)
    if row.cell(13):
        yield from _check_names(row, institution)


def _check_subject(row: Row, institution: Institution) -> Iterator[Message]:
    subject = row.subject
    if subject is None:
        yield row.says(Code.FORMAT_DN, 1)
        return
    if ",OU=" in subject.text:
        yield row.says(Code.UNIT, 1)
    if (subject.state, subject.locality) != (institution.state, institution.locality):
        yield row.says(Code.PLACE, 1)
    if (subject.organization, subject.country) != (institution.organization, institution.country):
        yield row.says(Code.ORGANIZATION, 1)
    if not institution.owns(subject.common_name) or _is_address(subject.common_name):
        yield row.says(Code.DOMAIN, 1)


def _check_names(row: Row, institution: Institution) -> Iterator[Message]:
    parts = row.cell(13).split(",")
    if not all(part.startswith(_PREFIX) and _HOST.fullmatch(part.removeprefix(_PREFIX)) for part in parts):
        yield row.says(Code.NAMES_FORMAT, 13)
        return
    if not all(institution.owns(name) for name in row.names):
        yield row.says(Code.DOMAIN, 13)
    if len(row.names) > MAX_NAMES:
        yield row.says(Code.TOO_MANY_NAMES, 13)
    # The CN is added where it is missing, and counts towards the length [T-TSV-I].
    if len(",".join(_PREFIX + name for name in row.names)) > COLUMNS[row.kind][13].max_length:
        yield row.says(Code.TOO_LONG, 13)


def _check_revocation(row: Row) -> Iterator[Message]:
    """Check columns 5, 6 and 10. A DN is compared with the certificate, so any form of it may stand there."""
    if row.cell(5) not in REASONS:
        yield row.says(Code.REASON, 5)
    if row.cell(5) == "0" and not row.cell(6).strip():
        yield row.says(Code.REQUIRED, 6)
    if row.cell(10) and not _MAIL.fullmatch(row.cell(10)):
        yield row.says(Code.FORMAT_MAIL, 10)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
