"""Host names: one spelling to compare by, and every rule that NII, the CA and the institution have for them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Sequence
from functools import cache

import idna
from publicsuffixlist import PublicSuffixList

from csr.policy import Policy
from csr.problems import Problem

MAX_LABEL_LENGTH = 63
"""Octets of one DNS label. RFC 1035, section 2.3.4."""

MAX_NAME_LENGTH = 253
"""Octets of a DNS name as text (RFC 1035, section 2.3.4). IDNA's cost grows faster than the length: stop here."""

_HOST = re.compile(r"[a-z0-9.-]+")
_PAGE = re.compile(r"^[a-z][a-z0-9+.-]*://|/|:[0-9]+$|@", re.IGNORECASE)
"""What an address of a page or a mailbox has and a host name has not."""


def normalise(name: str) -> str:
    """Return `name` stripped, lower-cased and with U-labels as A-labels; what IDNA cannot encode stays as it is."""
    stripped = name.strip().lower()
    if stripped.isascii() or len(stripped) > MAX_NAME_LENGTH:
        return stripped
    try:
        return idna.encode(stripped, uts46=True).decode("ascii")
    except idna.IDNAError:
        return stripped
    except UnicodeError:  # idna lets a bare UnicodeError out for some lone surrogates
        return stripped


def u_label(name: str) -> str:
    """Return `name` with its A-labels decoded for people to read; what IDNA cannot decode stays as it is."""
    return ".".join(_decoded(label) or label for label in name.split("."))


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=True)


def check_name(name: str, policy: Policy) -> tuple[Problem, ...]:
    """Return every rule that `name` breaks under `policy`, errors only; empty means NII takes it.

    Case does not matter. A raw U-label is an error here: give it to `normalise` first where a person typed it.
    """
    lowered = name.lower()
    whole = tuple(_whole(lowered, policy))
    if whole:
        return whole
    labels = tuple(problem for label in lowered.split(".") for problem in _label(label, lowered))
    return labels or tuple(_place(lowered, policy))


def notes(name: str) -> tuple[Problem, ...]:
    """Return what is worth knowing about an accepted name: capitals that become small, an A-label's reading."""
    found = []
    if name != name.lower():
        found.append(Problem.of("name.upper_case", name=name, lower=name.lower()))
    readable = u_label(name.lower())
    if readable != name.lower():
        found.append(Problem.of("name.idn", name=name.lower(), readable=readable))
    return tuple(found)


def check_names(names: Sequence[str], policy: Policy) -> tuple[Problem, ...]:
    """Check each of `names` and the list as a whole; the first is the common name, as NII counts and writes them."""
    each = tuple(problem for name in dict.fromkeys(names) for problem in check_name(name, policy))
    return each + check_list(names, policy)


def check_list(names: Sequence[str], policy: Policy) -> tuple[Problem, ...]:
    """Check number, joint length and duplicates of `names`, the common name first (UPKI manual 5-3-1, column 13)."""
    found = []
    lowered = [name.lower() for name in names]
    for name in sorted({name for name in lowered if lowered.count(name) > 1}):
        found.append(Problem.of("names.duplicate", name=name))
    distinct = tuple(dict.fromkeys(lowered))
    if len(distinct) > policy.max_names:
        found.append(Problem.of("names.too_many", found=len(distinct), allowed=policy.max_names))
    written = len(column_13(distinct))
    if written > policy.max_names_length:
        found.append(Problem.of("names.too_long", found=written, allowed=policy.max_names_length))
    return tuple(found)


def column_13(names: Sequence[str]) -> str:
    """Return `names` as NII's column 13 writes them; empty when the common name is the only one."""
    return ",".join(f"dNSName={name}" for name in names) if len(names) > 1 else ""


def _whole(name: str, policy: Policy) -> Iterator[Problem]:
    """Yield what is wrong with the name as one string, before it makes sense to look at labels."""
    if not name.strip():
        yield Problem.of("name.empty", domain=_example(policy))
    elif _is_address(name):
        yield Problem.of("name.ip_address", name=name)
    elif _PAGE.search(name):
        yield Problem.of("name.address_of_page", name=name)
    elif not name.isascii():
        yield _not_ascii(name)
    else:
        yield from _characters(name)
        if name.endswith("."):
            yield Problem.of("name.trailing_dot", name=name)
        if len(name) > policy.max_name_length:
            yield Problem.of("name.too_long", name=name, found=len(name), allowed=policy.max_name_length)


def _characters(name: str) -> Iterator[Problem]:
    rest = name
    if "*" in name:
        yield Problem.of("name.wildcard", name=name)
        rest = rest.replace("*", "x")
    if "_" in name:
        yield Problem.of("name.underscore", name=name)
        rest = rest.replace("_", "x")
    wrong = "".join(dict.fromkeys(re.sub(_HOST, "", rest)))
    if wrong:
        yield Problem.of("name.bad_character", name=name, characters=wrong)


def _not_ascii(name: str) -> Problem:
    foreign = [character for character in dict.fromkeys(name) if not character.isascii()]
    ascii_name = normalise(name)
    if ascii_name.isascii():
        # the numbers too: a Cyrillic letter and a zero-width space cannot be told by looking
        numbered = ", ".join(f"{character} U+{ord(character):04X}" for character in foreign)
        return Problem.of("name.idn_raw", name=name, ascii=ascii_name, characters=numbered)
    return Problem.of("name.bad_character", name=name, characters="".join(foreign))


def _label(label: str, name: str) -> Iterator[Problem]:
    """Yield what is wrong with one label of an ASCII name (RFC 5890, section 2.3.1)."""
    if not 1 <= len(label) <= MAX_LABEL_LENGTH:
        yield Problem.of("name.label_length", name=name, label=label, found=len(label))
    elif label.startswith("-") or label.endswith("-"):
        yield Problem.of("name.hyphen", name=name, label=label)
    elif label.startswith("xn--"):
        if _decoded(label) is None:
            yield Problem.of("name.idn_invalid", name=name, label=label)
    elif label[2:4] == "--":
        yield Problem.of("name.reserved_label", name=name, label=label)


def _place(name: str, policy: Policy) -> Iterator[Problem]:
    """Yield whether a well-formed name lies where the institution may have certificates."""
    if "." not in name:
        yield Problem.of("name.single_label", name=name, domain=_example(policy))
    elif any(is_within(name, domain) for domain in policy.domains):
        return
    elif _suffixes().is_public(name):
        yield Problem.of("name.public_suffix", name=name)
    else:
        yield Problem.of("name.outside_domain", name=name, domains=", ".join(policy.domains))


def _example(policy: Policy) -> str:
    return policy.domains[0] if policy.domains else "example.ac.jp"


def is_within(name: str, domain: str) -> bool:
    """Is `name` the domain itself or below it, at a label boundary (notuec.ac.jp is not within uec.ac.jp)?"""
    return name == domain or name.endswith("." + domain)


def _is_address(name: str) -> bool:
    bare = name.strip("[]")
    if re.fullmatch(r"[0-9.]+", bare):
        # also 127.1 and 2130706433, which some software reads as an address: no host name ends in a number (RFC 3696)
        return True
    try:
        ipaddress.ip_address(bare)
    except ValueError:
        return False
    return True


def _decoded(label: str) -> str | None:
    """Return the U-label of an A-label, None where `label` is not a valid one (it must encode back to itself)."""
    if not label.startswith("xn--"):
        return None
    try:
        return idna.decode(label)
    except idna.IDNAError:
        return None
    except UnicodeError:  # punycode of idna raises it bare for some malformed labels
        return None
