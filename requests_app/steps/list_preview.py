"""What a list would bring, counted before anybody confirms it. Reads only, outside the transaction that keeps it."""

import base64
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from csr import certificates
from inventory.models import Certificate, NiiApplication, Provenance
from requests_app.institution import issuers
from requests_app.steps import issuing
from requests_app.steps.list_rows import ListedRow
from tsv.problems import Problem

PROBLEMS_KEPT = 200
"""Problems of rows that the preview shows one by one; of the others it says how many."""
LOOKED_UP_AT_ONCE = 200
ThingT = TypeVar("ThingT")


def in_pieces(things: Sequence[ThingT]) -> Iterator[list[ThingT]]:
    """Yield the things in pieces that a query and a chunk hold (SQLite and PostgreSQL limit a query's parameters)."""
    remaining = iter(things)
    while piece := list(islice(remaining, LOOKED_UP_AT_ONCE)):
        yield piece


def count(rows: Sequence[ListedRow], problems: Iterable[Problem], *, unreadable: int) -> dict[str, Any]:
    """Return the counts that the registrar sees, and the problems, ready for JSON."""
    found = Counter({"rows": len(rows), "unreadable": unreadable})
    for piece in in_pieces(rows):
        found += _of_piece(piece)
    kept = list(problems)
    return {
        "counts": dict(found),
        "states": {str(state): number for state, number in sorted(Counter(row.state for row in rows).items())},
        "problems": [problem.as_json() for problem in kept[:PROBLEMS_KEPT]],
        "problem_count": len(kept),
    }


def _of_piece(rows: list[ListedRow]) -> Counter[str]:
    """Count one piece of the list with a fixed number of queries."""
    ids = [row.application_id for row in rows if row.application_id]
    applications = {one.application_id: one for one in NiiApplication.objects.filter(application_id__in=ids)}
    listed = Certificate.objects.exclude(provenance=Provenance.SEEN)
    by_der = set(
        listed.filter(der_sha256__in=[row.der_sha256 for row in rows if row.der]).values_list("der_sha256", flat=True)
    )
    serials = [row.serial for row in rows if row.serial]
    by_serial = set(listed.filter(serial__in=serials).values_list("serial", "common_name"))
    sent = issuing.submitted_rows({key for row in rows for key in row.keys})
    found: Counter[str] = Counter()
    for row in rows:
        found[_change(row, applications.get(row.application_id))] += 1
        matched = bool(row.keys & sent.keys())
        found["matched"] += matched
        if not row.der and not row.serial:
            continue
        if row.der and not is_pinned(row):
            found["not_pinned"] += 1
            continue
        is_known = row.der_sha256 in by_der if row.der else (row.serial, row.common_name) in by_serial
        found["certificates_new"] += not is_known
        found["without_pem"] += not row.der
        found["unexpected"] += not is_known and not matched and issuing.is_unexpected(row.not_before)
    return found


def _change(row: ListedRow, known: NiiApplication | None) -> str:
    if known is None:
        return "applications_new"
    now = (row.state, row.serial, row.error_code, row.revocation_error_code, row.updated_at)
    before = (known.state, known.serial, known.error_code, known.revocation_error_code, known.updated_at)
    return "applications_unchanged" if now == before else "applications_changed"


def is_pinned(row: ListedRow) -> bool:
    """Tell whether a CA of the settings signed the row's certificate."""
    found = certificates.read(base64.b64decode(row.der)).certificates
    return bool(found) and certificates.find_issuer(found[0], issuers()) is not None
