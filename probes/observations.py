"""What a look-up in DNS found, as values that can be stored."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

TEMPORARY_OUTCOMES = frozenset({"SERVFAIL", "DNSSEC_FAILURE", "REFUSED", "TIMEOUT", "UNREACHABLE", "BAD_ANSWER"})
"""Outcomes that say nothing about the name and may be another one soon: worth asking again."""


class Outcome(StrEnum):
    """How a look-up ended; the stable code under which it is stored and explained."""

    ADDRESS = "ADDRESS"
    NXDOMAIN = "NXDOMAIN"
    NO_ADDRESS = "NO_ADDRESS"
    """The name exists and has neither A nor AAAA (NODATA)."""
    DANGLING_CNAME = "DANGLING_CNAME"
    """The name is an alias of a name that does not exist."""
    CNAME_LOOP = "CNAME_LOOP"
    """The chain of aliases comes back to itself, or is longer than any sound one."""
    SERVFAIL = "SERVFAIL"
    DNSSEC_FAILURE = "DNSSEC_FAILURE"
    """SERVFAIL that becomes an answer when checking of signatures is off."""
    REFUSED = "REFUSED"
    REFERRAL = "REFERRAL"
    """The server knows only who else to ask: it is no resolver for this name."""
    TIMEOUT = "TIMEOUT"
    UNREACHABLE = "UNREACHABLE"
    """Nothing listens at the resolver's address, or no way leads there."""
    BAD_ANSWER = "BAD_ANSWER"
    """An answer that no look-up can use: malformed, or with another error code."""
    GUARD_REFUSED = "GUARD_REFUSED"
    """The portal's own gate forbids to ask this resolver."""


class CaaVerdict(StrEnum):
    """May the CA of the service issue for the name? RFC 8659."""

    NONE = "NONE"
    """No record up to the top-level domain: any CA may."""
    ALLOWS = "ALLOWS"
    FORBIDS = "FORBIDS"
    FAILED = "FAILED"
    """The question had no answer; that is not permission."""


@dataclass(frozen=True)
class Caa:
    """The nearest CAA records of a name. `found_at` is the name that was asked when they came, "" without records."""

    verdict: CaaVerdict
    records: tuple[str, ...] = ()
    found_at: str = ""
    failure: Outcome | None = None
    """With FAILED: how the look-up ended."""

    @property
    def is_temporary(self) -> bool:
        """Say whether the question failed in a way that may be over soon."""
        return self.failure is not None and self.failure in TEMPORARY_OUTCOMES


@dataclass(frozen=True)
class Observation:
    """One look-up: what was asked, whom, when, and the answer."""

    name: str
    view: str
    outcome: Outcome
    addresses: tuple[str, ...]
    cname_chain: tuple[str, ...]
    """The names behind the asked one, in order; the last one bears the addresses."""
    caa: Caa | None
    """None: not asked."""
    resolver: str
    """`address:port` that gave the outcome; if none answered, the one whose failure it is."""
    started_at: datetime
    """Aware, UTC."""
    duration_ms: int
    is_complete: bool = True
    """False: `addresses` may lack some, because A came and AAAA failed, or because there are too many to keep."""

    @property
    def exists(self) -> bool:
        """Say whether the name has an address in this view."""
        return self.outcome is Outcome.ADDRESS

    @property
    def is_temporary(self) -> bool:
        """Say whether asking again later may give another outcome, with nobody changing the name's records.

        About the outcome only; `caa.is_temporary` says the same about CAA.
        """
        return self.outcome in TEMPORARY_OUTCOMES

    def as_json(self) -> dict[str, Any]:
        """Return a value of plain JSON types; `from_json` reads it back."""
        stored = asdict(self)
        stored["started_at"] = self.started_at.isoformat()
        stored["addresses"], stored["cname_chain"] = list(self.addresses), list(self.cname_chain)
        if stored["caa"] is not None:
            stored["caa"]["records"] = list(stored["caa"]["records"])
        return stored

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Observation":
        """Return the observation that `as_json` wrote. Raises KeyError or ValueError for anything else."""
        caa = stored["caa"]
        return cls(
            name=stored["name"],
            view=stored["view"],
            outcome=Outcome(stored["outcome"]),
            addresses=tuple(stored["addresses"]),
            cname_chain=tuple(stored["cname_chain"]),
            caa=None if caa is None else _caa_from_json(caa),
            resolver=stored["resolver"],
            started_at=datetime.fromisoformat(stored["started_at"]),
            duration_ms=int(stored["duration_ms"]),
            # What was stored before this was noted says nothing about it.
            is_complete=bool(stored.get("is_complete", True)),
        )


def _caa_from_json(stored: Mapping[str, Any]) -> Caa:
    failure = stored["failure"]
    return Caa(
        verdict=CaaVerdict(stored["verdict"]),
        records=tuple(stored["records"]),
        found_at=stored["found_at"],
        failure=None if failure is None else Outcome(failure),
    )
