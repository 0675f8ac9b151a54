"""A name server on loopback with the demonstration's zone, in two views on two ports; tests give it their own zones."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

from dnslib import QTYPE, RCODE, RR, DNSRecord
from dnslib.server import BaseResolver, DNSHandler, DNSServer

from demo.web import HOST, POLL_SECONDS

ZONES = Path(__file__).parent / "zones"

SILENT = "SILENT"
"""A name with this failure gets no answer at all."""

MAX_CHAIN = 16

SOA = "uec.ac.jp. 300 IN SOA ns.uec.ac.jp. hostmaster.uec.ac.jp. 1 3600 900 604800 300"
"""Goes with every "no": a resolver tells NODATA from a referral by it. RFC 2308, section 2.2."""


class Zone:
    """Records by name, and names that fail. May be changed while it is served."""

    def __init__(self, text: str = "") -> None:
        """Read zone file syntax; lines that begin with ";!" name a failure and a name."""
        self._records: list[RR] = []
        self._failures: dict[str, str] = {}
        for line in text.splitlines():
            if line.startswith(";!"):
                failure, name = line[2:].split()
                self.fail(name, failure)
        self.add(text)

    @classmethod
    def outside(cls) -> "Zone":
        return cls((ZONES / "outside.zone").read_text(encoding="utf-8"))

    @classmethod
    def inside(cls) -> "Zone":
        """Return what the campus sees: the outside and more."""
        zone = cls.outside()
        zone.add((ZONES / "inside.zone").read_text(encoding="utf-8"))
        return zone

    def add(self, text: str) -> None:
        """Add records in zone file syntax."""
        self._records = [*self._records, *RR.fromZone(text)]

    def remove(self, name: str) -> None:
        """Take away all records of a name, and its failure."""
        self._records = [record for record in self._records if _key(record.rname) != _key(name)]
        self._failures.pop(_key(name), None)

    def fail(self, name: str, failure: str) -> None:
        """Let a name fail with an RCODE ("SERVFAIL", "REFUSED", …) or SILENT."""
        self._failures[_key(name)] = failure

    def failure_of(self, name: object) -> str:
        """Return the failure of a name, "" for none."""
        return self._failures.get(_key(name), "")

    def answer(self, request: DNSRecord) -> DNSRecord:
        """Answer as a resolver does: follow aliases, tell NXDOMAIN from NODATA, fail where it must."""
        reply = request.reply()
        failure = self.failure_of(request.q.qname)
        if failure:
            reply.header.rcode = getattr(RCODE, failure)
            return reply
        name, records = _key(request.q.qname), self._records
        for _ in range(MAX_CHAIN):
            here = [record for record in records if _key(record.rname) == name]
            wanted = [record for record in here if record.rtype == request.q.qtype]
            alias = [record for record in here if record.rtype == QTYPE.CNAME]
            if wanted or not alias:
                break
            reply.add_answer(alias[0])
            name = _key(alias[0].rdata.label)
        reply.add_answer(*wanted)
        if not wanted:
            exists = here or any(_key(record.rname).endswith(f".{name}") for record in records)
            reply.header.rcode = RCODE.NOERROR if exists else RCODE.NXDOMAIN
            reply.add_auth(*RR.fromZone(SOA))
        return reply


class DnsServer(BaseResolver):  # type: ignore[misc]  # dnslib has no types
    """Serves one zone over UDP and TCP. Use `start` and `stop`, or `with`. Port 0: the system chooses."""

    def __init__(self, zone: Zone, *, port: int = 0) -> None:
        self.zone = zone
        self.asked: list[tuple[str, str]] = []
        """Names and types that were asked for, in order."""
        self._servers = _bind(self, port)
        self.port = int(self._servers[0].server.server_address[1])
        self.resolver = (HOST, self.port)

    def __enter__(self) -> "DnsServer":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        for server in self._servers:
            # dnslib's own start_thread polls twice a second, which each stop would wait for.
            threading.Thread(target=server.server.serve_forever, args=(POLL_SECONDS,), daemon=True).start()

    def stop(self) -> None:
        for server in self._servers:
            server.server.shutdown()
            server.server.server_close()

    def resolve(self, request: DNSRecord, handler: DNSHandler) -> DNSRecord:
        """Answer one question (called by dnslib)."""
        name = request.q.qname
        self.asked.append((_key(name), str(QTYPE[request.q.qtype])))
        if self.zone.failure_of(name) == SILENT:
            raise _Silence
        return self.zone.answer(request)


class DemoNameServers:
    """Both views of the demonstration."""

    def __init__(self, *, outside_port: int, inside_port: int) -> None:
        self.outside = DnsServer(Zone.outside(), port=outside_port)
        self.inside = DnsServer(Zone.inside(), port=inside_port)

    def start(self) -> None:
        self.outside.start()
        self.inside.start()

    def stop(self) -> None:
        self.outside.stop()
        self.inside.stop()


class _Silence(Exception):
    """Ends a question without an answer."""


class _Handler(DNSHandler):  # type: ignore[misc]  # dnslib has no types
    def handle(self) -> None:
        with contextlib.suppress(_Silence, ConnectionError):
            super().handle()


class _Quiet:
    """dnslib's logger, which says nothing."""

    def __getattr__(self, _: str) -> object:
        return lambda *_, **__: None


def _bind(resolver: DnsServer, port: int) -> tuple[DNSServer, ...]:
    """Bind UDP and TCP to the same port of loopback. Raises OSError when a named port is taken."""
    for candidate in _candidates(port):
        servers: list[DNSServer] = []
        try:
            for tcp in (False, True):
                servers.append(DNSServer(resolver, HOST, candidate, tcp=tcp, logger=_Quiet(), handler=_Handler))
            return tuple(servers)
        except OSError:
            for server in servers:
                server.server.server_close()
            if port:
                raise
    raise AssertionError("the candidates have no end")


def _candidates(port: int) -> Iterator[int]:
    while True:
        if port:
            yield port
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind((HOST, 0))
            free = int(probe.getsockname()[1])
        yield free


def _key(name: object) -> str:
    return str(name).lower().rstrip(".")


if __name__ == "__main__":
    from demo.environment import DNS_INSIDE_PORT, DNS_OUTSIDE_PORT
    from demo.standing import serve

    serve(DemoNameServers(outside_port=DNS_OUTSIDE_PORT, inside_port=DNS_INSIDE_PORT))
