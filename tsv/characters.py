"""Which characters an application file can hold, and what to suggest instead of the others.

The files are Shift_JIS. NII does not say whether that means Python's `shift_jis` or Microsoft's `cp932`, so a
character is accepted only where both give the same bytes (domain reference, rule 1.4 and the portal rule under 1.13).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from tsv.problems import Problem, error
from tsv.replacements import REPLACEMENTS

MAPPED = {
    "\uff5e": "\u301c",  # ～ → 〜
    "\uff0d": "\u2212",  # － → −
    "\u2225": "\u2016",  # ∥ → ‖
    "\uffe0": "\u00a2",  # ￠ → ¢
    "\uffe1": "\u00a3",  # ￡ → £
    "\uffe2": "\u00ac",  # ￢ → ¬
    "\u00c5": "\u212b",  # Å: JIS X 0208 has the Ångström sign, which NFC turns into the letter; canonically the same
}
"""The only pairs that are changed without asking. The two signs of a pair have one code in JIS X 0208."""

_SOURCE = "N275 N-CLI T-TSV-PY INF"
_HALF_WIDTH_KATAKANA = re.compile("[\uff61-\uff9f]+")
_MAPPING = str.maketrans(MAPPED)


@dataclass(frozen=True, slots=True)
class Written:
    """A text as it would stand in a file.

    `text`: NFC, mapped pairs mapped, nothing else changed. `problems`: one for each different character that cannot be
    written. `suggestion`: the whole text with every such character replaced; empty when there is no problem or when a
    character has no known replacement.
    """

    text: str
    problems: tuple[Problem, ...]
    suggestion: str


def as_written_for_nii(text: str) -> Written:
    """Return `text` as it would be written, with a problem for every character that cannot be."""
    if text.isascii() and text.isprintable():
        return Written(text, (), "")
    mapped = unicodedata.normalize("NFC", text).translate(_MAPPING)
    refused = tuple(dict.fromkeys(character for character in mapped if not is_writable(character)))
    if not refused:
        return Written(mapped, (), "")
    return Written(mapped, tuple(_problem(character) for character in refused), _suggestion(mapped))


@lru_cache(maxsize=8192)
def is_writable(character: str) -> bool:
    """Say whether one character has the same bytes in both codecs and is neither a control nor half-width kana."""
    if character < " " or character == "\x7f" or "\uff61" <= character <= "\uff9f":
        return False
    try:
        return character.encode("shift_jis") == character.encode("cp932")
    except UnicodeEncodeError:
        return False


@lru_cache(maxsize=8192)
def replacement(character: str) -> str | None:
    """Return a writable text to suggest instead of `character`; an empty text means: leave it out; None: not known."""
    if character in REPLACEMENTS:
        return REPLACEMENTS[character]
    category = unicodedata.category(character)
    if character in "\t\r\n" or category == "Zs":
        return " "
    if category in {"Cc", "Cf"} or 0xFE00 <= ord(character) <= 0xFE0F or 0xE0100 <= ord(character) <= 0xE01EF:
        return ""
    return _compatible(character) or _without_marks(character)


def _compatible(character: str) -> str | None:
    """Return the NFKC form (①→1, ㈱→(株), Ⅲ→III), after replacing what that contains, if it can be written."""
    folded = unicodedata.normalize("NFKC", character).translate(_MAPPING)
    if folded == character:
        return None
    folded = "".join(REPLACEMENTS.get(part, part) for part in folded)
    return folded if all(map(is_writable, folded)) else None


def _without_marks(character: str) -> str | None:
    """Return the ASCII letter under the accents (é→e), or None."""
    base = unicodedata.normalize("NFD", character)[0]
    return base if base != character and base.isascii() and base.isalpha() else None


def _suggestion(text: str) -> str:
    # A run at a time: NFKC joins ﾊ and its half-width voice mark ﾞ only when it sees both.
    full_width = _HALF_WIDTH_KATAKANA.sub(lambda run: unicodedata.normalize("NFKC", run.group()), text)
    parts = [part if is_writable(part) else replacement(part) for part in full_width]
    if None in parts:
        return ""
    return "".join(part for part in parts if part is not None)


def _problem(character: str) -> Problem:
    params = {
        "character": character,
        "codepoint": f"U+{ord(character):04X}",
        "suggestion": replacement(character) or "",
    }
    if unicodedata.category(character) == "Cc":
        params["character"] = ""
        return error("tsv.character_control", _SOURCE, **params)
    if _HALF_WIDTH_KATAKANA.match(character):
        return error("tsv.character_half_width_katakana", _SOURCE, **params)
    if unicodedata.category(character) == "Cf" or replacement(character) == "":
        params["character"] = ""
        return error("tsv.character_invisible", _SOURCE, **params)
    if replacement(character) is None:
        return error("tsv.character_without_replacement", _SOURCE, **params)
    return error("tsv.character_not_writable", _SOURCE, **params)
