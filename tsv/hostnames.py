"""Host names in columns 1, 11 and 13, and the `dNSName=…` list of column 13."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tsv.problems import Problem, error, information, warning

MAX_NAME = 64
"""Characters of a CN or FQDN [NT-LDAP, T-TSV-I]."""

MAX_NAMES = 8
"""Names of one certificate, the CN included [T-TSV-I, T-COND, NT-FAQ]."""

PREFIX = "dNSName="

_NAME = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_LOWER = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_ADDRESS = re.compile(r"[0-9.]+|.*:.*", re.DOTALL)


def check_name(name: str) -> tuple[Problem, ...]:
    """Return every rule that one host name breaks. Domains are not looked at: that is the institution's policy."""
    if len(name) <= MAX_NAME and _LOWER.fullmatch(name):
        return ()
    return tuple(_broken_rules(name))


def _broken_rules(name: str) -> Iterator[Problem]:
    if len(name) > MAX_NAME:
        yield error("tsv.name_too_long", "NT-LDAP T-TSV-I", name=name[:80], length=len(name), max_length=MAX_NAME)
    if "*" in name:
        yield error("tsv.name_wildcard", "NT-LDAP INF", name=name[:80])
    elif name and _ADDRESS.fullmatch(name):
        yield error("tsv.name_ip_address", "NT-FAQ U-KIN", name=name[:80])
    elif not _NAME.fullmatch(name):
        yield error("tsv.name_malformed", "NT-LDAP BR-7.1.2.7.12", name=name[:80])
    elif name != name.lower():
        yield warning("tsv.name_upper_case", "N-20240705", name=name[:80], lower=name[:80].lower())


def with_common_name_first(common_name: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return the names for column 13: empty where the CN is the only name, otherwise the CN first (§11.5)."""
    if not common_name:
        return tuple(names)
    others = tuple(name for name in names if name.lower() != common_name.lower())
    return (common_name, *others) if others else ()


def write(names: Sequence[str]) -> str:
    """Return `dNSName=a,dNSName=b`, without a comma at the end; an empty text for no names."""
    return ",".join(PREFIX + name for name in names)


def read(value: str) -> tuple[str, ...]:
    """Return the names of a column 13 that `check` accepts."""
    return tuple(part.strip()[len(PREFIX) :] for part in value.split(",") if part.strip())


def check(value: str) -> tuple[Problem, ...]:
    """Return every rule that a filled column 13 breaks, as far as the column alone shows it."""
    return tuple(_check_list(value))


def _check_list(value: str) -> Iterator[Problem]:
    parts = value.split(",")
    if parts[-1] == "":
        yield error("tsv.dns_names_trailing_comma", "T-TSV-I")
        parts.pop()
    if any(part != part.strip() for part in parts):
        yield error("tsv.dns_names_space", "T-TSV-I")
    names = []
    for part in map(str.strip, parts):
        if not part.startswith(PREFIX):
            yield error("tsv.dns_names_prefix", "T-TSV-I S", part=part[:80])
        else:
            names.append(part[len(PREFIX) :])
            yield from check_name(names[-1])
    if len(names) > MAX_NAMES:
        yield error("tsv.dns_names_too_many", "T-TSV-I T-COND NT-FAQ", count=len(names), limit=MAX_NAMES)
    lowered = [name.lower() for name in names]
    for name in dict.fromkeys(name for name in lowered if lowered.count(name) > 1):
        yield error("tsv.dns_names_duplicate", "T-ACME-C", name=name[:80])


def check_with_common_name(value: str, common_name: str, *, max_length: int) -> Iterator[Problem]:
    """Yield what column 13 breaks together with the CN, which NII adds when missing and which counts [T-TSV-I]."""
    if not value or not common_name:
        return
    names = [name.lower() for name in read(value)]
    own = common_name.lower()
    if own not in names:
        yield warning("tsv.dns_names_without_cn", "T-TSV-I", common_name=common_name)
        length = len(value) + len(f",{PREFIX}{common_name}")
        if len(names) + 1 > MAX_NAMES >= len(names):
            yield error("tsv.dns_names_too_many", "T-TSV-I T-COND NT-FAQ", count=len(names) + 1, limit=MAX_NAMES)
        if length > max_length >= len(value):
            yield error("tsv.dns_names_too_long_with_cn", "T-TSV-I", length=length, max_length=max_length)
    elif names == [own]:
        yield information("tsv.dns_names_only_cn", "T-TSV-I")
    elif names[0] != own:
        yield information("tsv.dns_names_cn_not_first", "T-COND")
