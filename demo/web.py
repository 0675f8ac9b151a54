"""A small HTTP server on loopback for the stand-ins' pages."""

import contextlib
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qsl, urlsplit

HOST = "127.0.0.1"
"""The stand-ins let anybody in, so they listen nowhere else."""

MAX_BODY_BYTES = 64 * 1024

POLL_SECONDS = 0.05
"""How soon a server notices that it should stop."""

STYLE = (Path(__file__).parent / "style.css").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Question:
    """An HTTP request."""

    method: str
    path: str
    query: Mapping[str, str]
    form: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Answer:
    """An HTTP response."""

    body: str | bytes
    status: int = 200
    kind: str = "text/html"
    """Media type; a text goes out in UTF-8."""
    headers: Mapping[str, str] = field(default_factory=dict)
    pause_seconds: float = 0.0
    """Between two bytes of the body."""


def redirect(address: str) -> Answer:
    """Lead the browser elsewhere with GET."""
    return Answer("", status=302, kind="text/plain", headers={"Location": address})


class LoopbackServer:
    """Serves `answer` in threads on 127.0.0.1; port 0 lets the system choose."""

    def __init__(
        self, answer: Callable[[Question], Answer], *, port: int = 0, max_body_bytes: int = MAX_BODY_BYTES
    ) -> None:
        members = {"answer": staticmethod(answer), "max_body_bytes": max_body_bytes}
        self._server = _Server((HOST, port), type("Handler", (_Handler,), members))
        self.port = int(self._server.server_address[1])
        self.address = f"http://{HOST}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(POLL_SECONDS,), daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    """A hanging answer (a misbehaviour that tests ask for) must not hold up the end."""


class _Handler(BaseHTTPRequestHandler):
    answer: ClassVar[Callable[[Question], Answer]]
    max_body_bytes: ClassVar[int]
    server_version, sys_version = "UPKI-demo", ""
    timeout = 10

    def do_GET(self) -> None:
        self._respond(b"")

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > self.max_body_bytes:
            self._send(Answer("too large", status=413, kind="text/plain"))
            return
        self._respond(self.rfile.read(int(length)))

    def _respond(self, body: bytes) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/style.css":
            self._send(Answer(STYLE, kind="text/css"))
            return
        question = Question(
            method=self.command,
            path=parts.path,
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            form=dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=body,
        )
        self._send(type(self).answer(question))

    def _send(self, response: Answer) -> None:
        content, kind = response.body, response.kind
        if isinstance(content, str):
            content, kind = content.encode(), f"{kind}; charset=utf-8"
        self.send_response(response.status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        # No form-action: browsers check it against the redirect back to the portal as well.
        self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'self'; frame-ancestors 'none'")
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if not response.pause_seconds:
            self.wfile.write(content)
            return
        for position in range(len(content)):
            self.wfile.write(content[position : position + 1])
            time.sleep(response.pause_seconds)

    def handle(self) -> None:
        # The other side may go away at any moment, as tests of time-outs do.
        with contextlib.suppress(ConnectionError):
            super().handle()

    def log_message(self, *_: object) -> None:
        """Say nothing: addresses carry codes and states."""
