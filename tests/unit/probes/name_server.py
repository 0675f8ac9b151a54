"""A name server on loopback that answers what a test tells it to, over UDP and TCP."""

import socket
import threading
import time
from collections.abc import Callable

from dnslib import QTYPE, RCODE, RR, DNSHeader, DNSRecord
from dnslib.server import BaseResolver, DNSServer

Answer = Callable[[DNSRecord], DNSRecord | bytes | None]


class NameServer(BaseResolver):
    """Answers by name: `records` in zone file syntax, `special` for whatever a sound server would not say."""

    def __init__(self, records: str = "") -> None:
        self.records = list(RR.fromZone(records))
        self.special: dict[str, Answer] = {}
        self.asked: list[tuple[str, str]] = []
        self.port = _free_port()
        self._servers = [
            DNSServer(self, address="127.0.0.1", port=self.port, tcp=tcp, logger=_Quiet()) for tcp in (False, True)
        ]

    def __enter__(self) -> "NameServer":
        for server in self._servers:
            # dnslib's own start_thread polls twice a second, which each stop would wait for.
            threading.Thread(target=server.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.server.shutdown()
            server.server.server_close()

    @property
    def resolver(self) -> tuple[str, int]:
        return "127.0.0.1", self.port

    def resolve(self, request: DNSRecord, handler: object) -> DNSRecord:
        name, kind = str(request.q.qname).lower().rstrip("."), QTYPE[request.q.qtype]
        self.asked.append((name, kind))
        if name in self.special:
            return self.special[name](request, handler)
        return self.sound_answer(request)

    def sound_answer(self, request: DNSRecord) -> DNSRecord:
        """Answer as a resolver does: follow aliases, tell NXDOMAIN from NODATA, name the SOA."""
        reply = request.reply()
        name = request.q.qname
        for _ in range(20):
            here = [rr for rr in self.records if rr.rname == name]
            wanted = [rr for rr in here if rr.rtype == request.q.qtype]
            alias = [rr for rr in here if rr.rtype == QTYPE.CNAME]
            if wanted or not alias:
                break
            reply.add_answer(alias[0])
            name = alias[0].rdata.label
        reply.add_answer(*wanted)
        if not wanted:
            below = any(str(rr.rname).endswith("." + str(name)) for rr in self.records)
            reply.header.rcode = RCODE.NOERROR if here or below else RCODE.NXDOMAIN
            reply.add_auth(*RR.fromZone("ac.jp. 60 IN SOA ns.ac.jp. root.ac.jp. 1 2 3 4 5"))
        return reply


def failing(rcode: str) -> Callable[..., DNSRecord]:
    """Answer with an error code and nothing else."""

    def answer(request: DNSRecord, handler: object) -> DNSRecord:
        reply = request.reply()
        reply.header.rcode = getattr(RCODE, rcode)
        return reply

    return answer


def saying(
    records: str, *, authority: str = "", ra: int = 1, aa: int = 0, rcode: str = "NOERROR"
) -> Callable[..., DNSRecord]:
    """Answer with these sections whatever was asked."""

    def answer(request: DNSRecord, handler: object) -> DNSRecord:
        reply = DNSRecord(DNSHeader(id=request.header.id, qr=1, ra=ra, aa=aa, rd=1), q=request.q)
        reply.add_answer(*RR.fromZone(records))
        reply.add_auth(*RR.fromZone(authority))
        reply.header.rcode = getattr(RCODE, rcode)
        return reply

    return answer


def silent_for(seconds: float) -> Callable[..., DNSRecord]:
    """Answer long after everybody stopped waiting."""

    def answer(request: DNSRecord, handler: object) -> DNSRecord:
        time.sleep(seconds)
        return request.reply()

    return answer


class _Quiet:
    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_, **__: None


def _free_port() -> int:
    """Return a port that is free for UDP and TCP."""
    while True:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        ):
            tcp.bind(("127.0.0.1", 0))
            try:
                udp.bind(("127.0.0.1", tcp.getsockname()[1]))
            except OSError:
                continue
            return int(tcp.getsockname()[1])


class TcpServer:
    """A TCP server on loopback that runs `talk` for each connection."""

    def __init__(self, talk: Callable[[socket.socket], None]) -> None:
        self._talk = talk
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self.connections = 0

    def __enter__(self) -> "TcpServer":
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._run, args=(connection,), daemon=True).start()

    def _run(self, connection: socket.socket) -> None:
        with connection:
            try:
                self._talk(connection)
            except OSError:
                return
