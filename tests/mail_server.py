"""Real SMTP servers on loopback for the tests: one that works or misbehaves by rule, one that follows a script."""

import contextlib
import email
import email.policy
import socket
import threading
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


class MailServer:
    """An aiosmtpd server; `replies` overrides what it says to "MAIL", "RCPT" and "DATA"."""

    def __init__(self, **options: Any) -> None:
        self.taken: list[EmailMessage] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.replies: dict[str, str] = {}
        self.users: list[tuple[bytes, bytes]] = []
        self._controller = _Controller(self, hostname="127.0.0.1", port=0, authenticator=self._authenticate, **options)

    def __enter__(self) -> "MailServer":
        self._controller.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._controller.stop()

    @property
    def port(self) -> int:
        return int(self._controller.port)

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        reply = self.replies.get("MAIL", "250 OK")
        if reply.startswith("250"):
            envelope.mail_from = address
        return reply

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        reply = self.replies.get("RCPT", "250 OK")
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        reply = self.replies.get("DATA", "250 OK")
        if reply.startswith("2"):
            self.taken.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
            self.envelopes.append((envelope.mail_from, list(envelope.rcpt_tos)))
        return reply

    def _authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, credentials: Any) -> AuthResult:
        self.users.append((credentials.login, credentials.password))
        return AuthResult(success=credentials.password == b"right", handled=False)


class _Controller(Controller):
    def _trigger_server(self) -> None:
        """Tell the controller's own trial connection which port the system chose."""
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class ScriptedServer:
    """Runs `script(connection, number)` for each connection, on a thread of its own."""

    def __init__(self, script: Callable[[socket.socket, int], None]) -> None:
        self._script = script
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.connections = 0
        self._open: list[socket.socket] = []

    def __enter__(self) -> "ScriptedServer":
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._listener.close()
        for connection in self._open:
            connection.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            threading.Thread(target=self._run, args=(connection, self.connections), daemon=True).start()

    def _run(self, connection: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError):  # the test closed the connection
            self._script(connection, number)


def converse(connection: socket.socket, *, until: str, received: list[bytes] | None = None) -> None:
    """Play a server that agrees to everything until the command `until` has come, and return without an answer to it.

    `until` is EHLO, MAIL, RCPT, DATA, or "." for the end of the mail, whose bytes go to `received`.
    """
    reader = connection.makefile("rb")
    connection.sendall(b"220 ready\r\n")
    while line := reader.readline():
        command = line[:4].decode().strip().upper()
        if command == until:
            return
        if command == "DATA":
            connection.sendall(b"354 go on\r\n")
            content = b"".join(iter(reader.readline, b".\r\n"))
            if received is not None:
                received.append(content)
            if until == ".":
                return
        connection.sendall(b"250 fine\r\n")
