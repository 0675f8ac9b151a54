"""Look names up at named resolvers and tell apart everything that can go wrong.

dnspython's resolver hides what a registrar must know (a dangling CNAME is NXDOMAIN to it, a loop and REFUSED are
"no nameservers", a referral is "no answer"), so single queries are sent and their answers read here.
"""

import contextlib
import socket
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import TypeAlias

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
from dns.rdtypes.ANY.CAA import CAA

from probes import caa, guard
from probes.observations import Caa, CaaVerdict, Observation, Outcome

__all__ = ["Caa", "CaaVerdict", "Observation", "Outcome", "View", "can_ask", "look_up", "look_up_many"]

MAX_LIFETIME_SECONDS = 5.0
"""No look-up lasts longer, whatever it asks and whoever is silent."""

SECONDS_PER_TRY = 1.5
"""How long one resolver may be silent before the question is asked again or elsewhere."""

TRIES_PER_RESOLVER = 2
"""UDP loses packets; one lost packet is no time-out."""

MAX_CHAIN = 12
"""CNAMEs followed; the longest chain that common resolvers follow."""

MAX_STORED_RECORDS = 64
"""Records kept in an observation: name servers are strangers, and the observation goes into a database."""

MAX_UDP_BYTES = 1232
"""EDNS buffer size that no path fragments. DNS Flag Day 2020."""

Message: TypeAlias = dns.message.Message
Rdata: TypeAlias = dns.rdata.Rdata
Name: TypeAlias = dns.name.Name
Type: TypeAlias = dns.rdatatype.RdataType


@dataclass(frozen=True)
class View:
    """One side of DNS ("inside", "outside") and the resolvers (address, port) that show it, asked in order."""

    name: str
    resolvers: tuple[tuple[str, int], ...]


def look_up(name: str, *, view: View, want_caa: bool = True, lifetime: float = MAX_LIFETIME_SECONDS) -> Observation:
    """Return what `view` shows of `name` (A, AAAA, CAA), within `lifetime` seconds, at most MAX_LIFETIME_SECONDS.

    Never raises for what a name server does. Raises ValueError when `name` cannot stand in DNS or the view is empty.
    """
    if not view.resolvers:
        raise ValueError("view.no_resolver")
    asked = _parse(name)
    started_at, started = datetime.now(UTC), monotonic()
    session = _Session(view, guard.Deadline(min(lifetime, MAX_LIFETIME_SECONDS)))
    found = _addresses(session, asked)
    resolver = session.answered_by
    return Observation(
        name=_text(asked),
        view=view.name,
        outcome=found.outcome,
        is_complete=found.is_complete,
        addresses=_shown(found.records),
        cname_chain=found.chain,
        caa=_caa(session, asked) if want_caa else None,
        resolver=resolver,
        started_at=started_at,
        duration_ms=round((monotonic() - started) * 1000),
    )


def can_ask(name: str) -> bool:
    """Tell whether `name` can stand in DNS at all: `look_up` raises ValueError for any other."""
    try:
        _parse(name)
    except ValueError:
        return False
    return True


def look_up_many(
    names: Iterable[str], views: Iterable[View], *, want_caa: bool = True, concurrency: int = 50
) -> Iterator[Observation]:
    """Yield an observation for each name in each view, as they come, `concurrency` at once (more buys only latency)."""
    asked_views = tuple(views)
    for address, port in dict.fromkeys(resolver for view in asked_views for resolver in view.resolvers):
        guard.ask_hooks(guard.Purpose.DNS, address, port)
    with ThreadPoolExecutor(max_workers=concurrency, thread_name_prefix="dns") as pool:
        waiting = [pool.submit(look_up, name, view=view, want_caa=want_caa) for name in names for view in asked_views]
        try:
            for done in as_completed(waiting):
                yield done.result()
        finally:
            for future in waiting:
                future.cancel()


@dataclass(frozen=True)
class _Found:
    """The end of one question. `outcome` ADDRESS stands for "records of the asked kind"."""

    outcome: Outcome
    chain: tuple[str, ...] = ()
    records: tuple[Rdata, ...] = ()
    is_complete: bool = True


class _Failed(Exception):
    """No resolver gave a usable answer; `outcome` is the last one's."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome)
        self.outcome = outcome


@dataclass
class _Session:
    """The resolvers of one look-up and what is known of them so far."""

    view: View
    deadline: guard.Deadline
    answered_by: str = ""
    silent: set[tuple[str, int]] = field(default_factory=set)

    def ask(self, name: Name, kind: Type) -> Message:
        """Return the first usable answer (NOERROR or NXDOMAIN). Raises _Failed with the most telling failure."""
        failures: dict[Outcome, str] = {}
        for resolver in self._in_order():
            outcome_or_answer = self._ask_one(resolver, name, kind)
            if isinstance(outcome_or_answer, dns.message.Message):
                self.answered_by = _endpoint(resolver)
                return outcome_or_answer
            failures.setdefault(outcome_or_answer, _endpoint(resolver))
            if outcome_or_answer is Outcome.TIMEOUT:
                self.silent.add(resolver)
        outcome = min(failures, key=_MOST_TELLING.index)
        self.answered_by = failures[outcome]
        raise _Failed(outcome)

    def ask_unchecked(self, name: Name, kind: Type) -> bool:
        """Say whether any resolver answers once it need not check signatures."""
        return any(
            isinstance(self._ask_one(resolver, name, kind, flags=dns.flags.RD | dns.flags.CD), dns.message.Message)
            for resolver in self._in_order()
        )

    def _in_order(self) -> list[tuple[str, int]]:
        """Return the resolvers, those that were silent before at the end."""
        return sorted(self.view.resolvers, key=self.silent.__contains__)

    def _ask_one(
        self, resolver: tuple[str, int], name: Name, kind: Type, flags: int = dns.flags.RD
    ) -> Message | Outcome:
        query = dns.message.make_query(name, kind, use_edns=0, payload=MAX_UDP_BYTES, flags=flags)
        try:
            answer = _exchange(query, resolver, self.deadline)
        except guard.OutsideGuard:
            return Outcome.GUARD_REFUSED
        except (dns.exception.Timeout, TimeoutError):
            return Outcome.TIMEOUT
        except (OSError, EOFError):
            return Outcome.UNREACHABLE
        except dns.exception.DNSException:
            return Outcome.BAD_ANSWER
        return _FAILING_RCODES.get(answer.rcode(), Outcome.BAD_ANSWER) if _has_failed(answer) else answer


_FAILING_RCODES = {dns.rcode.SERVFAIL: Outcome.SERVFAIL, dns.rcode.REFUSED: Outcome.REFUSED}

_MOST_TELLING = (
    Outcome.SERVFAIL,
    Outcome.REFUSED,
    Outcome.BAD_ANSWER,
    Outcome.TIMEOUT,
    Outcome.UNREACHABLE,
    Outcome.GUARD_REFUSED,
)
"""When resolvers fail differently: what a server said counts before that it said nothing."""


def _has_failed(answer: Message) -> bool:
    return answer.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN)


def _exchange(query: Message, resolver: tuple[str, int], deadline: guard.Deadline) -> Message:
    """Ask over UDP, twice if need be, and over TCP when the answer was cut."""
    for attempt in range(TRIES_PER_RESOLVER):
        connection, destination = guard.datagram_socket(*resolver, purpose=guard.Purpose.DNS, deadline=deadline)
        with connection:
            try:
                return dns.query.udp(
                    query,
                    str(destination.address),
                    port=destination.port,
                    timeout=min(SECONDS_PER_TRY, deadline.demand()),
                    sock=connection,
                    ignore_unexpected=True,
                    ignore_errors=True,
                    raise_on_truncation=True,
                )
            except dns.message.Truncated:
                return _exchange_over_tcp(query, resolver, deadline)
            except dns.exception.Timeout:
                if attempt == TRIES_PER_RESOLVER - 1:
                    raise
    raise AssertionError("the last try returns or raises")


def _exchange_over_tcp(query: Message, resolver: tuple[str, int], deadline: guard.Deadline) -> Message:
    with _tcp_socket(resolver, deadline) as connection:
        return dns.query.tcp(query, resolver[0], timeout=deadline.demand(), sock=connection)


@contextlib.contextmanager
def _tcp_socket(resolver: tuple[str, int], deadline: guard.Deadline) -> Iterator[socket.socket]:
    with guard.connect(*resolver, purpose=guard.Purpose.DNS, timeout=deadline) as connection:
        connection.setblocking(False)
        yield connection


def _addresses(session: _Session, name: Name) -> _Found:
    """Ask for A and AAAA; one address is enough, and a failure outweighs "none" (it might have been one)."""
    ipv4 = _follow(session, name, dns.rdatatype.A)
    if ipv4.outcome not in (Outcome.ADDRESS, Outcome.NO_ADDRESS):
        # What ended the first question ends the second, or would only cost the time that CAA needs.
        return ipv4
    resolver = session.answered_by
    ipv6 = _follow(session, name, dns.rdatatype.AAAA)
    if Outcome.ADDRESS in (ipv4.outcome, ipv6.outcome):
        if ipv4.outcome is Outcome.ADDRESS:
            session.answered_by = resolver
        chain = ipv4.chain if ipv4.outcome is Outcome.ADDRESS else ipv6.chain
        records = ipv4.records + ipv6.records
        is_complete = ipv6.outcome in (Outcome.ADDRESS, *_NONE_HERE) and len(records) <= MAX_STORED_RECORDS
        return _Found(Outcome.ADDRESS, chain, records, is_complete)
    return ipv6


def _follow(session: _Session, name: Name, kind: Type) -> _Found:
    """Ask for `kind` and follow the aliases that the server did not follow itself."""
    chain: list[Name] = []
    asked = name
    while True:
        try:
            answer = session.ask(asked, kind)
        except _Failed as failed:
            return _Found(_explain_failure(session, asked, kind, failed.outcome), _texts(chain))
        for target in _chain_in(answer, asked):
            if target == name or target in chain or len(chain) == MAX_CHAIN:
                return _Found(Outcome.CNAME_LOOP, _texts(chain))
            chain.append(target)
        last = chain[-1] if chain else name
        outcome, records = _read(answer, last, kind)
        if outcome is Outcome.NXDOMAIN and chain:
            outcome = Outcome.DANGLING_CNAME
        if last == asked or outcome is not Outcome.REFERRAL:
            return _Found(outcome, _texts(chain), records)
        asked = last


def _read(answer: Message, name: Name, kind: Type) -> tuple[Outcome, tuple[Rdata, ...]]:
    """Read the answer for `name`, the last one of its chain."""
    records = answer.get_rrset(answer.answer, name, dns.rdataclass.IN, kind)
    if records is not None:
        return Outcome.ADDRESS, tuple(sorted(records, key=dns.rdata.Rdata.to_text))
    if answer.rcode() == dns.rcode.NXDOMAIN:
        return Outcome.NXDOMAIN, ()
    return (Outcome.REFERRAL if _is_referral(answer, name) else Outcome.NO_ADDRESS), ()


def _is_referral(answer: Message, name: Name) -> bool:
    """Say whether a server without the answer only named other servers, or stopped at a foreign alias.

    RFC 2308, section 2.2: NODATA carries a SOA, or no NS at all; a referral carries NS without SOA. A resolver (RA)
    that answers has asked everybody, so it never refers; an alias with nothing behind it was not followed.
    """
    kinds = {rrset.rdtype for rrset in answer.authority}
    if dns.rdatatype.SOA in kinds:
        return False
    if dns.rdatatype.NS in kinds and not answer.flags & dns.flags.AA:
        return True
    return bool(answer.answer) and not answer.flags & dns.flags.RA


def _chain_in(answer: Message, name: Name) -> Iterator[Name]:
    """Yield the targets of the aliases from `name` on, as far as the answer holds them, a loop without its end."""
    for _ in range(MAX_CHAIN + 1):
        alias = answer.get_rrset(answer.answer, name, dns.rdataclass.IN, dns.rdatatype.CNAME)
        if alias is None:
            return
        name = alias[0].target
        yield name


def _explain_failure(session: _Session, name: Name, kind: Type, outcome: Outcome) -> Outcome:
    """Return what stands behind a SERVFAIL: bad signatures, a loop of aliases, or nothing that can be seen."""
    if outcome is not Outcome.SERVFAIL:
        return outcome
    if session.ask_unchecked(name, kind):
        return Outcome.DNSSEC_FAILURE
    return Outcome.CNAME_LOOP if _aliases_loop(session, name) else Outcome.SERVFAIL


def _aliases_loop(session: _Session, name: Name) -> bool:
    """Follow the aliases one by one (a question for CNAME is not followed by the resolver)."""
    seen = {name}
    for _ in range(MAX_CHAIN):
        try:
            answer = session.ask(name, dns.rdatatype.CNAME)
        except _Failed:
            return False
        target = next(_chain_in(answer, name), None)
        if target is None:
            return False
        if target in seen:
            return True
        seen.add(target)
        name = target
    return True


def _caa(session: _Session, name: Name) -> Caa:
    """Return the nearest CAA records, from the name up to its top-level domain. RFC 8659, section 3."""
    asked = name
    while asked != dns.name.root:
        found = _follow(session, asked, dns.rdatatype.CAA)
        if found.outcome is Outcome.ADDRESS:
            verdict = caa.verdict([_as_record(record) for record in found.records if isinstance(record, CAA)])
            return Caa(verdict, _shown(found.records), _text(asked))
        if found.outcome not in _NONE_HERE:
            return Caa(CaaVerdict.FAILED, failure=found.outcome)
        asked = asked.parent()
    return Caa(CaaVerdict.NONE)


_NONE_HERE = (Outcome.NO_ADDRESS, Outcome.NXDOMAIN, Outcome.DANGLING_CNAME)
"""Ends of a question that say: no such records here."""


def _shown(records: Sequence[Rdata]) -> tuple[str, ...]:
    """Return records as text (dnspython escapes all but printable ASCII), and only as many as anyone reads."""
    return tuple(record.to_text() for record in records[:MAX_STORED_RECORDS])


def _as_record(record: CAA) -> caa.Record:
    return caa.Record(record.flags, record.tag.decode("ascii", "replace"), record.value.decode("utf-8", "replace"))


def _parse(name: str) -> Name:
    try:
        parsed = dns.name.from_text(name.lower().rstrip("."))
    except (dns.exception.DNSException, UnicodeError) as fault:
        raise ValueError("name.not_dns") from fault
    if parsed == dns.name.root or not name.isascii():
        raise ValueError("name.not_dns")
    return parsed


def _text(name: Name) -> str:
    return name.to_text(omit_final_dot=True).lower()


def _texts(names: Iterable[Name]) -> tuple[str, ...]:
    return tuple(_text(name) for name in names)


def _endpoint(resolver: tuple[str, int]) -> str:
    host, port = resolver[0].strip("[]"), resolver[1]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
