"""The physical side of serverAll.tsv: header, rows over several lines, quotes, broken rows.

Bytes are cut into rows before they are decoded: in Shift_JIS neither tab, line end nor quote occurs inside a character,
so one damaged character spoils its row only.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from tsv.problems import Problem, information, warning

NAMES: Mapping[str, tuple[str, ...]] = {
    "application_id": ("発行・更新申請-申請ID",),
    "subject": ("主体者DN",),
    "applied_at": ("発行・更新申請-日時",),
    "completed_at": ("発行・更新申請-処理完了日時",),
    "profile": ("証明書プロファイルID",),
    "state": ("状態",),
    "contact_name": ("利用管理者氏名",),
    "contact_affiliation": ("利用管理者所属",),
    "contact_mail": ("利用管理者mail", "利用管理者E-mail"),
    "fqdn": ("利用管理者FQDN",),
    "software": ("利用管理者ソフトウェア名・バージョン", "ソフトウェア名・バージョン"),
    "csr": ("CSR",),
    "dns_names": ("dNSName",),
    "error_code": ("発行・更新申請-認証局連携APIエラーコード",),
    "certificate": ("発行・更新申請-証明書", "証明書(PEM形式)"),
    "serial": ("発行・更新申請-シリアル番号", "シリアル番号"),
    "fingerprint": ("発行・更新申請-FingerPrint",),
    "not_before": ("発行・更新申請-証明書有効開始",),
    "not_after": ("発行・更新申請-証明書有効期限",),
    "link_expires_at": ("URL期限",),
    "revocation_applied_at": ("失効申請-日時",),
    "revoked_at": ("失効申請-処理完了日時",),
    "revocation_reason": ("失効申請-失効理由コード",),
    "revocation_comment": ("失効申請-失効理由コメント",),
    "revocation_error_code": ("失効申請-認証局連携APIエラーコード",),
    "old_serial": ("旧証明書シリアル番号",),
    "updated_at": ("最終更新日",),
}
"""What is read: our key → NII's header name and other spellings [T-SKOBA-V]. The rest is dropped."""

REQUIRED = ("subject", "state", "serial")
"""Without these the list says nothing (domain reference §7.4)."""

MAX_ROW_OCTETS = 64 * 1024
"""A row holds one request (2 KiB) and one certificate (3 KiB); more means that rows ran together. Ours, not NII's."""

_DASHES = re.compile("[‐‑‒–—―−ー－]")  # also the long vowel mark, which looks like a dash
_ROW_START = re.compile(rb"CN\s*=", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Header:
    """Which column holds what. `missing`: NII's names of required columns that were not found."""

    names: tuple[str, ...]
    index: Mapping[str, int]
    missing: tuple[str, ...]
    encoding: str
    problems: tuple[Problem, ...] = ()

    def by_key(self, cells: Sequence[str]) -> dict[str, str]:
        """Return our key → cell for the columns that are read; all others are forgotten here."""
        return {key: cells[index] for key, index in self.index.items()}


@dataclass(frozen=True, slots=True)
class RawRow:
    """The cells of one row; `line` is where it begins."""

    line: int
    cells: tuple[str, ...] = field(repr=False)


class Rows:
    """Reads the rows of one open file, once, holding one row at a time."""

    def __init__(self, stream: BinaryIO) -> None:
        self._lines = _Lines(stream)

    def read_header(self) -> Header:
        """Read the first line. Without it, every required name is missing."""
        _, first = next(self._lines, (1, b""))
        encoding, problems = "cp932", []
        if first.startswith(codecs.BOM_UTF8) or _decodes_better_as_utf8(first):
            encoding = "utf-8-sig"
            problems.append(information("tsv.listing_utf8", "INF").at(line=1))
        names = tuple(name.strip() for name in _unquote_all(first.decode(encoding, "replace").split("\t")))
        positions: dict[str, int] = {}
        for position, name in enumerate(names):
            positions.setdefault(plain_name(name), position)
        index = {
            key: positions[plain_name(spelling)]
            for key, spellings in NAMES.items()
            for spelling in spellings[::-1]
            if plain_name(spelling) in positions
        }
        absent = tuple(NAMES[key][0] for key in NAMES if key not in index)
        missing = tuple(NAMES[key][0] for key in REQUIRED if key not in index)
        if absent and not missing:
            problems.append(warning("tsv.listing_columns_absent", "T-SKOBA-V", names=list(absent)).at(line=1))
        return Header(names, index, missing, encoding, tuple(problems))

    def read_rows(self, header: Header) -> Iterator[RawRow | Problem]:
        """Yield rows with as many cells as the header, and a problem for every other row."""
        for line, raw in self._whole_rows(header):
            try:
                text = raw.decode("utf-8" if header.encoding == "utf-8-sig" else header.encoding)
            except UnicodeDecodeError:
                yield warning("tsv.listing_row_undecodable", "INF").at(line=line)
                continue
            cells = split_cells(text, len(header.names))
            if cells is None:
                found = text.count("\t") + 1
                problem = warning("tsv.listing_row_broken", "T-SAV", found=found, expected=len(header.names))
                yield problem.at(line=line)
            else:
                yield RawRow(line, cells)

    def _whole_rows(self, header: Header) -> Iterator[tuple[int, bytes]]:
        """Join physical lines to rows. A line with a DN in the DN's column begins a row, whatever came before."""
        wanted, place = len(header.names) - 1, header.index["subject"]
        begun_at, pending = 0, b""
        for number, line in self._lines:
            if not pending and not line.strip():
                continue
            if pending and (_is_complete(pending, wanted) or _begins_row(line, place)):
                yield begun_at, pending
                pending = b""
            if not pending and not line.strip():
                continue
            begun_at, pending = (begun_at, pending + b"\n" + line) if pending else (number, line)
            if len(pending) > MAX_ROW_OCTETS:
                yield begun_at, pending
                pending = b""
        if pending:
            yield begun_at, pending


class _Lines(Iterator[tuple[int, bytes]]):
    """Numbered lines without their ends; a line longer than any row is cut."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._number = stream, 0

    def __next__(self) -> tuple[int, bytes]:
        line = self._stream.readline(2 * MAX_ROW_OCTETS)
        if not line:
            raise StopIteration
        self._number += 1
        return self._number, line.rstrip(b"\r\n")


def plain_name(name: str) -> str:
    """Return a header name without the differences that do not matter: width, case, spaces, kinds of dash."""
    folded = unicodedata.normalize("NFKC", name)
    return re.sub(r"\s", "", _DASHES.sub("-", folded)).casefold()


def split_cells(text: str, count: int) -> tuple[str, ...] | None:
    """Return exactly `count` cells, with quotes read as spreadsheets write them or else taken as they stand."""
    cells = text.split("\t")
    if '"' in text:
        joined = _join_quoted(cells)
        if len(joined) == count:
            return tuple(_unquote_all(joined))
    return tuple(cells) if len(cells) == count else None


def _join_quoted(cells: Sequence[str]) -> list[str]:
    """Join cells again that were cut at a tab between quotes."""
    joined: list[str] = []
    inside = False
    for cell in cells:
        if inside:
            joined[-1] += "\t" + cell
        else:
            joined.append(cell)
        inside = joined[-1].startswith('"') and joined[-1].count('"') % 2 == 1
    return joined


def _unquote_all(cells: Sequence[str]) -> list[str]:
    return [cell[1:-1].replace('""', '"') if len(cell) >= 2 and cell[0] == cell[-1] == '"' else cell for cell in cells]


def _is_complete(pending: bytes, wanted: int) -> bool:
    if pending.count(b"-----BEGIN") > pending.count(b"-----END"):
        return False
    tabs = pending.count(b"\t")
    return tabs >= wanted and not (tabs == wanted and pending.rpartition(b"\t")[2].count(b'"') % 2 == 1)


def _begins_row(line: bytes, place: int) -> bool:
    cells = line.split(b"\t", place + 1)
    return len(cells) > place + 1 and _ROW_START.search(cells[place]) is not None


def _decodes_better_as_utf8(line: bytes) -> bool:
    if line.isascii():
        return False
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return plain_name(NAMES["subject"][0]) in plain_name(text)
