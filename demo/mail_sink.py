"""An SMTP server on loopback that keeps every mail and shows it on a web page; tests let it misbehave."""

import asyncio
import email.policy
import json
import re
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesParser
from enum import StrEnum
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from demo import mail_pages
from demo.web import HOST, Answer, LoopbackServer, Question

HANG_SECONDS = 60
LINK = re.compile(r"https?://[^\s<>\"'）」』】、。]+")
"""An address in a plain text; Japanese closing marks end it."""


class MailFault(StrEnum):
    """What a mail server may do wrong."""

    REFUSE = "REFUSE"
    """5xx for every recipient."""
    TEMPORARY_FAILURE = "TEMPORARY_FAILURE"
    """4xx for every recipient."""
    TEMPORARY_FAILURE_AFTER_DATA = "TEMPORARY_FAILURE_AFTER_DATA"
    HANG = "HANG"
    """No answer to EHLO."""
    HANG_AFTER_DATA = "HANG_AFTER_DATA"
    """The mail is kept, and the answer never comes."""
    DROP_AFTER_DATA = "DROP_AFTER_DATA"
    """The mail is kept, and the connection ends without an answer."""


@dataclass(frozen=True)
class KeptMail:
    """A mail as it came. `at` is the moment in nanoseconds since 1970, and its name on the page."""

    at: int
    sender: str
    recipients: tuple[str, ...]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        return BytesParser(policy=email.policy.default).parsebytes(self.content)

    @property
    def subject(self) -> str:
        return str(self.message["Subject"] or "")

    @property
    def text(self) -> str:
        """The plain text, decoded; "" when the mail has none."""
        part = self.message.get_body(("plain",))
        return "" if part is None else str(part.get_content())

    @property
    def links(self) -> tuple[str, ...]:
        return tuple(LINK.findall(self.text))


class MailSink:
    """The server. `faults` may be changed while it runs. Use `start` and `stop`, or `with`. Port 0: the system chooses.

    With `folder` the mails outlive the process; with `page_port` there is a page to read them.
    """

    def __init__(
        self,
        *,
        folder: Path | None = None,
        port: int = 0,
        page_port: int | None = None,
        faults: Collection[MailFault] = (),
    ) -> None:
        self.faults = set(faults)
        self.port = port
        self._folder = folder
        self._lock = threading.Lock()
        self._mails = _read_all(folder)
        self._page = None if page_port is None else LoopbackServer(self._answer, port=page_port)
        self.address = "" if self._page is None else self._page.address
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> "MailSink":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def messages(self) -> tuple[KeptMail, ...]:
        """The mails in the order in which they came."""
        with self._lock:
            return tuple(self._mails)

    def clear(self) -> None:
        """Forget all mails of this process (files stay)."""
        with self._lock:
            self._mails.clear()

    def start(self) -> None:
        """Listen; a sink that was stopped listens at the same port again. Raises OSError when the port is taken."""
        loop = asyncio.new_event_loop()
        try:
            server = loop.run_until_complete(loop.create_server(lambda: _protocol(self, loop), HOST, self.port))
        except OSError:
            loop.close()
            raise
        self.port = int(server.sockets[0].getsockname()[1])
        self._loop = loop
        self._thread = threading.Thread(target=_run, args=(loop, server), daemon=True)
        self._thread.start()
        if self._page is not None:
            self._page.start()

    def stop(self) -> None:
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop = None
        if self._page is not None:
            self._page.stop()

    def keep(self, sender: str, recipients: Collection[str], content: bytes) -> None:
        """Store a mail that came, on disk first."""
        with self._lock:
            latest = self._mails[-1].at if self._mails else 0
            mail = KeptMail(max(time.time_ns(), latest + 1), sender, tuple(recipients), content)
            if self._folder is not None:
                _write(self._folder, mail)
            self._mails.append(mail)

    def _answer(self, question: Question) -> Answer:
        mails = self.messages
        if question.path == "/":
            return Answer(mail_pages.listing(mails, to=question.query.get("to", "")))
        wanted = question.path.removeprefix("/mail/")
        found = next((mail for mail in mails if str(mail.at) == wanted), None)
        return Answer(mail_pages.missing(), status=404) if found is None else Answer(mail_pages.one(found, LINK))


class _Handler:
    """aiosmtpd's hooks; their names are its."""

    def __init__(self, sink: MailSink) -> None:
        self._sink = sink

    async def handle_EHLO(  # noqa: N802 - aiosmtpd looks it up by this name
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        if MailFault.HANG in self._sink.faults:
            await asyncio.sleep(HANG_SECONDS)
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802 - aiosmtpd looks it up by this name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if MailFault.REFUSE in self._sink.faults:
            return "550 5.1.1 no such mailbox"
        if MailFault.TEMPORARY_FAILURE in self._sink.faults:
            return "451 4.3.0 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        faults = self._sink.faults
        if MailFault.TEMPORARY_FAILURE_AFTER_DATA in faults:
            return "451 4.3.0 try again later"
        self._sink.keep(envelope.mail_from or "", envelope.rcpt_tos, bytes(envelope.content or b""))
        if MailFault.HANG_AFTER_DATA in faults:
            await asyncio.sleep(HANG_SECONDS)
        if MailFault.DROP_AFTER_DATA in faults:
            server.transport.abort()
        return "250 kept"


def _protocol(sink: MailSink, loop: asyncio.AbstractEventLoop) -> SMTP:
    return SMTP(_Handler(sink), loop=loop, hostname="sink.demo", enable_SMTPUTF8=True)


def _run(loop: asyncio.AbstractEventLoop, server: asyncio.Server) -> None:
    """Serve until the loop is stopped, then end the conversations that are under way."""
    asyncio.set_event_loop(loop)
    loop.run_forever()
    server.close()
    conversations = asyncio.all_tasks(loop)
    for conversation in conversations:
        conversation.cancel()
    loop.run_until_complete(asyncio.gather(*conversations, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


def _write(folder: Path, mail: KeptMail) -> None:
    """Write the mail and, after it, who it was to: a mail without the second file was cut off by a crash."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{mail.at}.eml").write_bytes(mail.content)
    envelope = {"sender": mail.sender, "recipients": mail.recipients}
    (folder / f"{mail.at}.json").write_text(json.dumps(envelope), encoding="utf-8")


def _read_all(folder: Path | None) -> list[KeptMail]:
    if folder is None:
        return []
    return [_read(path) for path in sorted(folder.glob("*.json"))]


def _read(path: Path) -> KeptMail:
    envelope: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    content = path.with_suffix(".eml").read_bytes()
    return KeptMail(int(path.stem), envelope["sender"], tuple(envelope["recipients"]), content)


if __name__ == "__main__":
    from demo.environment import MAIL_PAGE_PORT, SMTP_PORT, var_dir
    from demo.standing import serve

    serve(MailSink(folder=var_dir() / "mail", port=SMTP_PORT, page_port=MAIL_PAGE_PORT))
