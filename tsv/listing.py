"""NII's list of all server certificates (serverAll.tsv), read by header name; one broken row never loses the others.

Domain reference §7.4. CP932, tabs, one header row, and in the middle of each row a certificate in PEM over several
lines, with or without quotes (nobody has said which). Only known columns are kept. So アクセスPIN, a secret, and
その他送信先アドレス, addresses of people who never agreed to be in the portal, are dropped while reading.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from tsv import listing_cells, listing_rows
from tsv.listing_cells import State
from tsv.listing_rows import Header
from tsv.problems import Problem, error, warning


@dataclass(frozen=True, slots=True)
class Entry:
    """One application in NII's list. Moments are in Japan's time; None or "" where the list has nothing.

    `line` is the line of the file in which the row begins. `certificate` and `csr` are texts as they stand there.
    """

    line: int
    application_id: str
    subject: str
    common_name: str
    state: State
    serial: int | None
    old_serial: int | None
    profile: int | None
    contact_name: str
    contact_affiliation: str
    contact_mail: str
    fqdn: str
    software: str
    dns_names: tuple[str, ...]
    csr: str
    certificate: str
    fingerprint: str
    applied_at: datetime | None
    completed_at: datetime | None
    not_before: datetime | None
    not_after: datetime | None
    link_expires_at: datetime | None
    error_code: str
    revocation_applied_at: datetime | None
    revoked_at: datetime | None
    revocation_reason: int | None
    revocation_comment: str
    revocation_error_code: str
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class Listing:
    """A whole list. `header` says which names were found; without the required ones there are no entries."""

    header: Header
    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]


def read(content: bytes) -> Listing:
    """Return every readable row and a problem for every other one. Raises nothing."""
    return read_stream(io.BytesIO(content))


def read_stream(stream: BinaryIO) -> Listing:
    """Return every readable row of an open binary file and a problem for every other one."""
    rows = listing_rows.Rows(stream)
    header = rows.read_header()
    if header.missing:
        problem = error("tsv.listing_header_missing", "T-SKOBA-V T-SAV", names=list(header.missing)).at(line=1)
        return Listing(header, (), (*header.problems, problem))
    entries: list[Entry] = []
    problems: list[Problem] = list(header.problems)
    for found in read_rows(rows, header):
        if isinstance(found, Entry):
            entries.append(found)
        else:
            problems.append(found)
    if not entries:
        problems.append(warning("tsv.listing_no_rows", "INF"))
    return Listing(header, tuple(entries), tuple(problems))


def read_rows(rows: listing_rows.Rows, header: Header) -> Iterator[Entry | Problem]:
    """Yield entries and problems in the order of the file, holding one row at a time."""
    for raw in rows.read_rows(header):
        if isinstance(raw, Problem):
            yield raw
            continue
        reader = listing_cells.Cells(header.by_key(raw.cells), raw.line)
        entry = _entry(reader)
        yield from reader.problems
        if entry is not None:
            yield entry


def _entry(cells: listing_cells.Cells) -> Entry | None:
    """Return the row as an Entry; None where the DN or the state cannot be read, for then nobody knows what it is."""
    state, subject = cells.state("state"), cells.subject("subject")
    if state is None or subject is None:
        return None
    return Entry(
        line=cells.line,
        application_id=cells.text("application_id"),
        subject=subject,
        common_name=cells.common_name("subject"),
        state=state,
        serial=cells.serial("serial"),
        old_serial=cells.serial("old_serial"),
        profile=cells.number("profile"),
        contact_name=cells.text("contact_name"),
        contact_affiliation=cells.text("contact_affiliation"),
        contact_mail=cells.text("contact_mail"),
        fqdn=cells.text("fqdn"),
        software=cells.text("software"),
        dns_names=cells.names("dns_names"),
        csr=cells.text("csr"),
        certificate=cells.pem("certificate"),
        fingerprint=cells.text("fingerprint"),
        applied_at=cells.moment("applied_at"),
        completed_at=cells.moment("completed_at"),
        not_before=cells.moment("not_before"),
        not_after=cells.moment("not_after"),
        link_expires_at=cells.moment("link_expires_at"),
        error_code=cells.text("error_code"),
        revocation_applied_at=cells.moment("revocation_applied_at"),
        revoked_at=cells.moment("revoked_at"),
        revocation_reason=cells.number("revocation_reason"),
        revocation_comment=cells.text("revocation_comment"),
        revocation_error_code=cells.text("revocation_error_code"),
        updated_at=cells.moment("updated_at"),
    )
