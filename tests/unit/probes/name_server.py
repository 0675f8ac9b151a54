"""A name server on loopback that answers what a test tells it to, over UDP and TCP."""

import socket
import threading
import time
from collections.abc import Callable

from dnslib import RCODE, RR, DNSHeader, DNSRecord

from demo.dns_server import DnsServer, Zone

Answer = Callable[[DNSRecord], DNSRecord | bytes | None]


class NameServer(DnsServer):
    """Answers by name: a sound zone, and `special` for whatever a sound server would not say."""

    def __init__(self, records: str = "") -> None:
        super().__init__(Zone(records))
        self.special: dict[str, Answer] = {}

    def resolve(self, request: DNSRecord, handler: object) -> DNSRecord:
        name = str(request.q.qname).lower().rstrip(".")
        if name in self.special:
            self.asked.append((name, "special"))
            return self.special[name](request, handler)
        return super().resolve(request, handler)


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
