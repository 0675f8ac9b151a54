"""Read CAA records as a CA does. RFC 8659."""

from collections.abc import Sequence
from typing import NamedTuple

from probes.observations import CaaVerdict

ISSUER_DOMAIN = "secomtrust.net"
"""The name under which the service's CA (SECOM) finds itself in CAA. UPKI documentation, domain/upki.md section 9.2."""

CRITICAL = 128
"""Flag of a record that a CA which does not understand its tag must obey by not issuing. RFC 8659, section 4.1."""

KNOWN_TAGS = frozenset({"issue", "issuewild", "iodef", "contactemail", "contactphone", "issuemail", "issuevmc"})
"""Tags in the registry of IANA ("Certification Authority Restriction Properties"); only `issue` decides here."""


class Record(NamedTuple):
    """One CAA record."""

    flags: int
    tag: str
    value: str


def verdict(records: Sequence[Record]) -> CaaVerdict:
    """Say whether the service's CA may issue for a name (no wildcard) to which `records` apply; none means it may."""
    if any(record.flags & CRITICAL and record.tag.lower() not in KNOWN_TAGS for record in records):
        return CaaVerdict.FORBIDS
    issuers = [_issuer(record.value) for record in records if record.tag.lower() == "issue"]
    if not issuers or ISSUER_DOMAIN in issuers:
        return CaaVerdict.ALLOWS if records else CaaVerdict.NONE
    return CaaVerdict.FORBIDS


def _issuer(value: str) -> str:
    """Return the CA's name of an `issue` value, without its parameters; "" forbids every CA."""
    return value.partition(";")[0].strip().lower().rstrip(".")
