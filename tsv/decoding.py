"""From bytes to text: which encoding a file really has.

The files are Shift_JIS, but editors re-save them as UTF-8 (domain reference, rule 1.13).
"""

from __future__ import annotations

import codecs

from tsv.characters import is_writable
from tsv.problems import Problem, error, warning

_SOURCE = "N275 N-CLI T-TSV-SKILL"


def decode(content: bytes) -> tuple[str | None, tuple[Problem, ...]]:
    """Return the text and what is wrong with its encoding; the text is None where no encoding fits."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = _try(content, "utf-16")
        return text, (error("tsv.encoding_utf16", _SOURCE),)
    if content.startswith(codecs.BOM_UTF8):
        text = _try(content, "utf-8-sig")
        return text, (error("tsv.encoding_utf8", _SOURCE),)
    if b"\x1b$" in content:
        return _try(content, "iso2022_jp"), (error("tsv.encoding_other", _SOURCE, encoding="ISO-2022-JP"),)
    if content.isascii():
        return content.decode("ascii"), ()
    return _decode_without_mark(content)


def _decode_without_mark(content: bytes) -> tuple[str | None, tuple[Problem, ...]]:
    shift_jis, utf_8 = _try(content, "shift_jis"), _try(content, "utf-8")
    if shift_jis is not None and _is_plausible(shift_jis):
        # Some byte strings are good text in both encodings. A correct file must never be refused, so Shift_JIS wins.
        return shift_jis, (warning("tsv.encoding_doubtful", _SOURCE),) if utf_8 is not None else ()
    if utf_8 is not None:
        return utf_8, (error("tsv.encoding_utf8", _SOURCE),)
    euc = _try(content, "euc_jp")
    if euc is not None and _is_plausible(euc):
        return euc, (error("tsv.encoding_other", _SOURCE, encoding="EUC-JP"),)
    microsoft = _try(content, "cp932")
    if microsoft is not None:
        return microsoft, ()  # the characters that only cp932 has are reported where they stand
    return None, (error("tsv.encoding_unknown", _SOURCE),)


def _is_plausible(text: str) -> bool:
    """Say whether every character could stand in an application file: the wrong encoding soon gives one that cannot."""
    return all(map(is_writable, set(text) - set("\t\r\n")))


def _try(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None
