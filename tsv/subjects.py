"""The subject DN of column 1: written `CN=…,O=…,L=…,ST=…,C=JP` (domain reference §4.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from functools import lru_cache

from tsv.hostnames import check_name
from tsv.problems import Problem, error, information, warning

ORDER = ("CN", "O", "L", "ST", "C")
"""The order in the file [T-TSV-I, T-SKOBA-S]."""

MAX_ATTRIBUTE = 64
"""Characters of CN, O, L and ST [N-DN, NT-LDAP]."""

MAX_ORGANISATION = 128
"""Characters of O and OU together in the ACME files [T-ACME-C]."""

_SPLIT = re.compile(r",(?=\s*[A-Za-z][A-Za-z0-9.]*\s*=)")  # O may hold a comma; a comma before "name=" separates
_PLACE = re.compile(r"[A-Za-z0-9'(),\-./:= ]+")
_FORBIDDEN_PLACE = re.compile(r"academe|default|^city$", re.IGNORECASE)

_VALUE = r"(?! )[A-Za-z0-9'()\-./: ]{1,64}(?<! )"
_PLAIN = re.compile(rf"CN=(?P<name>[a-z0-9.-]+),O={_VALUE},L=(?P<place>{_VALUE}),ST={_VALUE},C=JP")
"""The ordinary DN: no comma or equals sign inside a value, no space at an edge."""


class Strictness(Enum):
    """ISSUED: the DN of an existing certificate must be repeated as it is, so old attributes are only reported."""

    SERVER = 1
    ACME = 2
    ISSUED = 3


def write(common_name: str, *, organisation: str, locality: str, state: str, country: str = "JP") -> str:
    """Return the subject DN as column 1 wants it."""
    return f"CN={common_name},O={organisation},L={locality},ST={state},C={country}"


@lru_cache(maxsize=256)  # a row's DN is asked for by its record, its column and its FQDN
def parse(subject: str) -> tuple[tuple[str, str], ...]:
    """Return the attributes in their order, types in upper case, sides stripped; a piece without "=" has type ""."""
    pairs = (piece.partition("=") for piece in _SPLIT.split(subject))
    return tuple((kind.strip().upper(), value.strip()) if mark else ("", kind.strip()) for kind, mark, value in pairs)


def common_name(subject: str) -> str:
    """Return the first CN of `subject`, or an empty text."""
    return next((value for kind, value in parse(subject) if kind == "CN"), "")


def check(subject: str, strictness: Strictness = Strictness.SERVER) -> tuple[Problem, ...]:
    """Return every rule that a subject DN breaks."""
    plain = _PLAIN.fullmatch(subject)
    if plain and not _FORBIDDEN_PLACE.search(plain["place"]):
        return check_name(plain["name"])  # nothing else can be wrong with this form
    return tuple(broken_rules(subject, strictness))


def broken_rules(subject: str, strictness: Strictness) -> Iterator[Problem]:
    """Yield every rule that any text breaks as a subject DN; `check` asks it only for what is not ordinary."""
    attributes = parse(subject)
    yield from _check_spelling(subject, strictness)
    yield from _check_types([kind for kind, _ in attributes], strictness)
    yield from _check_values(attributes, strictness)


def _check_spelling(subject: str, strictness: Strictness) -> Iterator[Problem]:
    report = error if strictness is Strictness.ACME else warning
    if re.search(r"\s=|=\s", subject) or any(piece != piece.strip() for piece in _SPLIT.split(subject)):
        yield report("tsv.dn_space", "T-TSV-PY T-ACME-C")
    types = [piece.partition("=")[0].strip() for piece in _SPLIT.split(subject) if "=" in piece]
    if any(kind != kind.upper() for kind in types):
        yield report("tsv.dn_lower_case_type", "T-ACME-C")


def _check_types(types: list[str], strictness: Strictness) -> Iterator[Problem]:
    if "" in types:
        yield error("tsv.dn_malformed", "N-ERR")
    tolerated = {"OU"} if strictness is Strictness.ISSUED else set()
    unknown = [kind for kind in dict.fromkeys(types) if kind and kind not in ORDER]
    for kind in unknown:
        if kind in tolerated:
            yield information("tsv.dn_historic_attribute", "T-ACME-V", attribute=kind)
        else:
            yield error("tsv.dn_attribute_not_allowed", "U-TSUK NT-LDAP", attribute=kind)
    yield from (
        error("tsv.dn_attribute_missing", "T-TSV-I N-DIFF2020", attribute=kind) for kind in ORDER if kind not in types
    )
    known = [kind for kind in types if kind in ORDER]
    for kind in ORDER:
        if known.count(kind) > 1:
            yield error("tsv.dn_attribute_twice", "T-TSV-I", attribute=kind)
    once = list(dict.fromkeys(known))
    if once != [kind for kind in ORDER if kind in once]:
        yield error("tsv.dn_order", "T-TSV-I T-SKOBA-S", found=",".join(known))


def _check_values(attributes: tuple[tuple[str, str], ...], strictness: Strictness) -> Iterator[Problem]:
    organisation = sum(len(value) for kind, value in attributes if kind in {"O", "OU"})
    if strictness is not Strictness.SERVER and organisation > MAX_ORGANISATION:
        yield error("tsv.dn_organisation_too_long", "T-ACME-C", length=organisation, max_length=MAX_ORGANISATION)
    for kind, value in attributes:
        if kind == "CN":
            yield from check_name(value)
        elif kind == "C" and value != "JP":
            yield error("tsv.dn_country", "N-DN NT-LDAP", found=value)
        elif kind in {"O", "L", "ST"}:
            yield from _check_place(kind, value, strictness)


def _check_place(kind: str, value: str, strictness: Strictness) -> Iterator[Problem]:
    if not value:
        yield error("tsv.dn_attribute_missing", "T-TSV-I N-DIFF2020", attribute=kind)
        return
    if len(value) > MAX_ATTRIBUTE:
        yield error("tsv.dn_value_too_long", "N-DN", attribute=kind, length=len(value), max_length=MAX_ATTRIBUTE)
    if not _PLACE.fullmatch(value):
        yield error("tsv.dn_value_characters", "N-DN NT-LDAP", attribute=kind)
    if kind == "L" and _FORBIDDEN_PLACE.search(value):
        report = information if strictness is Strictness.ISSUED else error
        yield report("tsv.dn_locality_forbidden", "N-DN N-20190517", found=value)
