"""Files of rows for NII: their names and bytes, and that a decision is about the file that was seen."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from requests_app import errors
from requests_app.models import Submission, SubmissionRow


@dataclass(frozen=True)
class File:
    """A file's name and bytes."""

    name: str
    content: bytes


def file_name(kind: str, reference: str) -> str:
    """Return a name in ASCII with NII's extension (upki.md 1.7, 1.8)."""
    return f"upki-{kind}-{reference}.tsv"


def content_of(line: SubmissionRow) -> bytes:
    """Return the stored bytes of one line: a request's row or an accepted revocation's."""
    stored = line.row.content if line.row else line.revocation.content if line.revocation else None
    if stored is None:
        raise errors.FileDamaged(file=line.submission.reference)
    return bytes(stored)


def content_of_all(lines: Iterable[SubmissionRow]) -> bytes:
    """Return the bytes of a whole file."""
    return b"".join(content_of(line) for line in lines)


def sha256(content: bytes) -> str:
    """Return the SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def demand_seen(submission: Submission, sha256: str) -> None:
    """Raise FileChanged unless `sha256` (hexadecimal), which the page showed, is the file's."""
    if submission.sha256 != sha256:
        raise errors.FileChanged(file=submission.reference)
