"""Names that could be taken for a widely known service: a warning for applicant and registrar, never a refusal.

Compared are the labels below the institution's domain, as they look (U-labels, homoglyphs and digits folded to the
letters they resemble), with a list of words that an operator can extend.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from confusable_homoglyphs import confusables

from csr import names
from csr.policy import UEC, Policy
from csr.problems import Problem

ONLY_WHOLE_WORD = 5
"""Letters up to which a service must be a whole word of a label: "apple" is in too many harmless words."""

_FOLDED_PAIRS = (("rn", "m"), ("vv", "w"))
_FOLDED = str.maketrans({"0": "o", "1": "l", "i": "l", "|": "l", "3": "e", "4": "a", "5": "s", "7": "t", "9": "g"})
"""Characters that pass for another one at a glance; the list of services is folded in the same way."""


@cache
def known_services() -> tuple[str, ...]:
    """Return the words of `known_services.txt` beside this module."""
    lines = (files("csr") / "known_services.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def check_name(name: str, policy: Policy = UEC, *, services: Iterable[str] | None = None) -> tuple[Problem, ...]:
    """Return a warning for each service that `name` could be confused with, once for each service.

    A slip of one letter counts only where the name does not contain a service anyway.
    """
    arranged = _arranged(known_services() + policy.known_services if services is None else tuple(services))
    found: dict[str, Problem] = {}
    for label in _own_labels(name, policy):
        for service, how in _resembling(label, arranged):
            found.setdefault(service, Problem.of("name.lookalike", name=name, label=label, service=service, how=how))
    clear = tuple(problem for problem in found.values() if problem.param("how") != "spelling")
    return clear or tuple(found.values())


def _own_labels(name: str, policy: Policy) -> Iterator[str]:
    """Yield the labels that the institution chose below its domain, as people see them."""
    lowered = name.lower()
    for domain in policy.domains:
        if names.is_within(lowered, domain):
            lowered = lowered[: -len(domain)].rstrip(".")
            break
    return (label for label in names.u_label(lowered).split(".") if label)


class _Services(NamedTuple):
    """The list of services, folded and arranged for looking up."""

    whole_words: dict[str, str]
    """Folded form to service, for the short ones."""
    parts: tuple[tuple[str, str], ...]
    """Service and folded form of the longer ones."""
    by_first_letter: dict[str, list[tuple[str, str]]]
    """The same, by the first letter of the folded form."""


@cache
def _arranged(services: tuple[str, ...]) -> _Services:
    short = {fold(service): service for service in services if len(service) <= ONLY_WHOLE_WORD}
    parts = tuple((service, fold(service)) for service in services if len(service) > ONLY_WHOLE_WORD)
    by_first_letter: dict[str, list[tuple[str, str]]] = {}
    for service, folded in parts:
        by_first_letter.setdefault(folded[0], []).append((service, folded))
    return _Services(short, parts, by_first_letter)


def _resembling(label: str, services: _Services) -> Iterator[tuple[str, str]]:
    """Yield each service that the label resembles and how: label, homoglyph or spelling."""
    plain = label.replace("-", "")
    folded_words = {fold(word): word for word in (*label.split("-"), plain) if word}
    for folded, word in folded_words.items():
        if folded in services.whole_words:
            service = services.whole_words[folded]
            yield service, "label" if word == service else "homoglyph"
    joined = fold(plain)
    for service, folded in services.parts:
        if folded in joined:
            yield service, "label" if service in plain else "homoglyph"
    for word in folded_words:
        for service, folded in services.by_first_letter.get(word[0], ()):
            if _one_edit(word, folded):
                yield service, "spelling"


def fold(text: str) -> str:
    """Return `text` as it looks: homoglyphs of other scripts and digits become the Latin letters they resemble."""
    latin = "".join(character if character.isascii() else _latin(character) for character in text)
    for pair, letter in _FOLDED_PAIRS:
        latin = latin.replace(pair, letter)
    return latin.translate(_FOLDED)


@cache
def _latin(character: str) -> str:
    """Return the ASCII letter that Unicode's confusables table has for `character`, or the character itself."""
    for entry in confusables.is_confusable(character, greedy=True) or ():
        for homoglyph in entry["homoglyphs"]:
            if homoglyph["c"].isascii() and homoglyph["c"].isalnum():
                return str(homoglyph["c"]).lower()
    return character


def _one_edit(word: str, service: str) -> bool:
    """Is `word` one slip away from `service`: a letter too many, too few, another one, or two changed over?

    The first letter must be the same: imitations keep it, and "cloud" is not an imitation of "icloud".
    """
    if abs(len(word) - len(service)) > 1 or word == service or word[:1] != service[:1]:
        return False
    same = next((i for i in range(min(len(word), len(service))) if word[i] != service[i]), min(len(word), len(service)))
    rest, other = word[same:], service[same:]
    if len(word) == len(service):
        swapped = rest[:2] == other[1::-1] and rest[2:] == other[2:] and len(rest) >= 2
        return rest[1:] == other[1:] or swapped
    return rest[1:] == other if len(word) > len(service) else rest == other[1:]
