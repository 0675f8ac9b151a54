"""Rows as people read them: one line for each column, with names padded by the width that a terminal gives them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from tsv import fields, serials, texts
from tsv.choices import PROFILES, REASONS
from tsv.fields import Column, Kind
from tsv.listing import Entry
from tsv.listing_cells import STATE_LABELS
from tsv.reading import Reading
from tsv.values import Shape

_SHOWN_OF_REQUEST = 24


def width(text: str) -> int:
    """Return how many terminal columns a text takes: full-width characters two, combining marks and controls none."""
    return sum(
        0
        if unicodedata.combining(character) or unicodedata.category(character) in {"Cc", "Cf"}
        else 2
        if unicodedata.east_asian_width(character) in "FW"
        else 1
        for character in text
    )


def printable(text: str) -> str:
    """Return the text with control and other invisible characters as \\xNN, so that a file cannot steer a terminal."""
    return "".join(
        character
        if unicodedata.category(character)[0] != "C"
        else character.encode("unicode_escape", "backslashreplace").decode("ascii")
        for character in text
    )


def pad(text: str, columns: int) -> str:
    """Return the text with spaces up to a width in terminal columns."""
    return text + " " * max(0, columns - width(text))


def reading(found: Reading, lang: str) -> Iterator[str]:
    """Yield the lines of a whole application file; empty columns are left out."""
    names = [_name(column, lang) for column in fields.columns(found.kind) if column.used]
    columns = max(map(width, names))
    for row in found.rows:
        yield f"── {row.line}行目 ──" if lang == "ja" else f"── line {row.line} ──"
        for column, cell in zip(fields.columns(found.kind), row.cells, strict=True):
            if cell or column.required:
                yield f"{column.number:>4}  {pad(_name(column, lang), columns)}  {_value(column, cell, lang)}".rstrip()
        yield ""


def entries(found: Sequence[Entry]) -> Iterator[str]:
    """Yield the lines of NII's list: what a registrar looks for, and the certificate as it is."""
    for entry in found:
        yield f"── {entry.line}行目 ──"
        pairs = (
            ("主体者DN", entry.subject),
            ("状態", f"{entry.state.value}  {STATE_LABELS[entry.state]}"),
            ("シリアル番号", "" if entry.serial is None else _serial(entry.serial)),
            ("証明書有効期限", "" if entry.not_after is None else f"{entry.not_after:%Y-%m-%d %H:%M:%S}"),
            ("利用管理者氏名", entry.contact_name),
            ("利用管理者所属", entry.contact_affiliation),
            ("利用管理者mail", entry.contact_mail),
            ("dNSName", ", ".join(entry.dns_names)),
            ("失効理由コード", "" if entry.revocation_reason is None else str(entry.revocation_reason)),
        )
        columns = max(width(name) for name, _ in pairs)
        yield from (f"      {pad(name, columns)}  {printable(value)}" for name, value in pairs if value)
        yield from map(printable, entry.certificate.splitlines())
        yield ""


def is_list(content: bytes) -> bool:
    """Say whether a file is NII's list rather than an application file: its first line has many columns and no DN."""
    first = content.partition(b"\n")[0]
    return first.count(b"\t") >= 2 * fields.COLUMN_COUNT


def _name(column: Column, lang: str) -> str:
    return column.name_ja if lang == "ja" else column.name_en


def _value(column: Column, cell: str, lang: str) -> str:
    if column.shape is Shape.REQUEST and len(cell) > 2 * _SHOWN_OF_REQUEST:
        count = f"({len(cell)}文字)" if lang == "ja" else f"({len(cell)} characters)"
        return f"{printable(cell[:_SHOWN_OF_REQUEST])}…{printable(cell[-_SHOWN_OF_REQUEST:])} {count}"
    if cell.isascii() and cell.isdecimal() and len(cell) <= column.max_length:
        if column.shape in {Shape.SERIAL, Shape.SERIAL_DIGITS}:
            return _serial(int(cell))
        choice = {Shape.PROFILE: PROFILES, Shape.REASON: REASONS}.get(column.shape, {}).get(int(cell))
        return f"{cell}  {choice.ja if lang == 'ja' else choice.en}" if choice else cell
    return printable(cell)


def _serial(value: int) -> str:
    return f"{serials.decimal(value)}  ({serials.hexadecimal(value)})"


def title(kind: Kind, lang: str) -> str:
    """Return the heading of a file."""
    return texts.kind_name(kind, lang)
