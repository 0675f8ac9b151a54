"""Certificates out of what came from NII: one file, or a ZIP of several, with limits counted while reading."""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass

from csr import certificates, private_keys
from csr.certificates import Certificate
from csr.problems import Problem

MAX_ENTRIES = 200
"""Files in one archive: two for each row of NII's largest file (upki.md 1.6), nearly."""

MAX_TOTAL_BYTES = 8 * 1024 * 1024
"""Bytes of all entries together. A ZIP of 194,511 bytes became 200 MB: the sizes in its directory prove nothing."""

_MAGIC = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Opened:
    """Every certificate found, the problems of what could not be read, and the keys whose private half was inside."""

    certificates: tuple[Certificate, ...] = ()
    problems: tuple[Problem, ...] = ()
    shown_keys: tuple[str, ...] = ()
    """SHA-256 of public keys (hexadecimal). Nothing else of a private key leaves this module."""


def open_file(given: bytes) -> Opened:
    """Return the certificates of a PEM, DER, PKCS#7 or ZIP file. Never raises for what a user gave."""
    if given[:4] != _MAGIC:
        return _opened([given])
    try:
        return _opened(_entries(given))
    except _TooMuch as limit:
        return Opened(problems=(limit.problem,))
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError, ValueError):
        # RuntimeError: encrypted; NotImplementedError: a method of compression that Python does not know.
        return Opened(problems=(Problem.of("archive.unreadable"),))


class _TooMuch(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


def _entries(given: bytes) -> list[bytes]:
    contents: list[bytes] = []
    left = MAX_TOTAL_BYTES
    with zipfile.ZipFile(io.BytesIO(given)) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        if len(entries) > MAX_ENTRIES:
            raise _TooMuch(Problem.of("archive.too_many", found=len(entries), allowed=MAX_ENTRIES))
        for entry in entries:
            if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
                raise zipfile.BadZipFile("only stored and deflated entries are read")
            with archive.open(entry) as file:
                content = file.read(left + 1)
            left -= len(content)
            if left < 0:
                raise _TooMuch(Problem.of("archive.too_large", allowed=MAX_TOTAL_BYTES))
            contents.append(content)
    return contents


def _opened(contents: list[bytes]) -> Opened:
    found: dict[str, Certificate] = {}
    problems: list[Problem] = []
    shown: set[str] = set()
    for content in contents:
        key = private_keys.find_private_key(content)
        if key is not None:
            shown.update({key.spki_sha256} if key.spki_sha256 else ())
            problems.append(Problem.of("input.private_key"))
            continue
        read = certificates.read(content)
        found |= {one.fingerprint_sha256: one for one in read.certificates}
        if len(contents) == 1 or read.certificates:
            problems += read.problems
    if any(problem.code == "input.private_key" for problem in problems):
        # Nothing is taken from a file that holds a private key: somebody has to look at it first.
        return Opened(problems=(Problem.of("input.private_key"),), shown_keys=tuple(sorted(shown)))
    if not found and not problems:
        problems.append(Problem.of("certificate.none"))
    return Opened(tuple(found.values()), tuple(dict.fromkeys(problems)))
