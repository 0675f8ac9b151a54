"""One conversation with the mail server, through the gate, and what its failure means."""

import contextlib
import re
import smtplib
import ssl
from collections.abc import Iterator
from enum import Enum, auto

from django.conf import settings

from notifications.models import DeliveryFault
from probes import guard
from probes.smtp import GuardedSMTP, GuardedSMTPS

TLS_MODES = ("none", "starttls", "tls")
"""Values of SMTP_TLS. Certificates are checked against the system's authorities (SSL_CERT_FILE names others)."""

_REPLY_CODES = range(200, 600)
_PERMANENT = range(500, 600)


class Stage(Enum):
    """How far the conversation came."""

    CONNECT = auto()
    TLS = auto()
    SIGN_IN = auto()
    SENDER = auto()
    RECIPIENT = auto()
    MESSAGE = auto()


class DeliveryFailed(Exception):
    """The server did not say that it took the mail.

    `reply_code` is the server's, None without one. `concerns_server` is true when no other mail would fare better now,
    `is_permanent` when this mail never will, `is_uncertain` when the server may have taken the mail all the same.
    """

    def __init__(self, fault: DeliveryFault, *, stage: Stage, reply_code: int | None = None) -> None:
        super().__init__(fault.value, stage.name, reply_code)
        self.fault, self.stage, self.reply_code = fault, stage, reply_code

    @property
    def concerns_server(self) -> bool:
        return self.stage not in {Stage.RECIPIENT, Stage.MESSAGE} or self.reply_code is None

    @property
    def is_permanent(self) -> bool:
        return self.fault in {DeliveryFault.RECIPIENT_REFUSED, DeliveryFault.MESSAGE_REFUSED}

    @property
    def is_uncertain(self) -> bool:
        return self.stage is Stage.MESSAGE and self.reply_code is None


class Conversation:
    """Sends one mail. SMTP_TIMEOUT_SECONDS bounds all of it, name look-up and a dribbling server included."""

    def __init__(self) -> None:
        self._deadline = guard.Deadline(settings.SMTP_TIMEOUT_SECONDS)
        self._client: GuardedSMTP | None = None

    def send(self, mail: bytes, *, recipient: str) -> None:
        """Return when the server took the mail. Raises DeliveryFailed."""
        client = self._open()
        with self._stage(Stage.SENDER):
            _demand(client.mail(settings.MAIL_FROM), 250)
        with self._stage(Stage.RECIPIENT):
            _demand(client.rcpt(recipient), 250, 251)
        with self._stage(Stage.MESSAGE):
            _demand(client.data(mail), 250)

    def close(self) -> None:
        """Take leave, as far as the server still listens."""
        if self._client is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self._client.quit()
            self._client.close()

    def _open(self) -> GuardedSMTP:
        with self._stage(Stage.CONNECT):
            client = self._client = _connect()
            client.ehlo_or_helo_if_needed()
        if settings.SMTP_TLS == "starttls":
            with self._stage(Stage.TLS):
                client.starttls(context=ssl.create_default_context())
                client.ehlo_or_helo_if_needed()
        if settings.SMTP_USER:
            with self._stage(Stage.SIGN_IN):
                client.login(settings.SMTP_USER, settings.SMTP_PASSWORD)
        return client

    @contextlib.contextmanager
    def _stage(self, stage: Stage) -> Iterator[None]:
        try:
            yield
        except (smtplib.SMTPException, OSError, guard.OutsideGuard) as fault:
            raise self._failure(fault, stage) from fault

    def _failure(self, fault: Exception, stage: Stage) -> DeliveryFailed:
        # First: smtplib takes the first digits of a reply that the deadline cut off for a whole one.
        if isinstance(fault, TimeoutError) or self._deadline.has_passed:
            return DeliveryFailed(DeliveryFault.TIMED_OUT, stage=stage)
        if isinstance(fault, smtplib.SMTPResponseException) and fault.smtp_code in _REPLY_CODES:
            said = _fault_of_reply(fault.smtp_code, fault.smtp_error, stage)
            return DeliveryFailed(said, stage=stage, reply_code=fault.smtp_code)
        if stage is Stage.TLS or isinstance(fault, ssl.SSLError):
            return DeliveryFailed(DeliveryFault.TLS_FAILED, stage=stage)
        if stage is Stage.SIGN_IN and not isinstance(fault, OSError):
            return DeliveryFailed(DeliveryFault.SIGN_IN_REFUSED, stage=stage)
        if stage is Stage.CONNECT and not isinstance(fault, smtplib.SMTPServerDisconnected):
            return DeliveryFailed(DeliveryFault.UNREACHABLE, stage=stage)
        return DeliveryFailed(DeliveryFault.DISCONNECTED, stage=stage)


_REFUSALS = {
    Stage.CONNECT: DeliveryFault.SENDER_REFUSED,
    Stage.TLS: DeliveryFault.TLS_FAILED,
    Stage.SIGN_IN: DeliveryFault.SIGN_IN_REFUSED,
    Stage.SENDER: DeliveryFault.SENDER_REFUSED,
    Stage.RECIPIENT: DeliveryFault.RECIPIENT_REFUSED,
    Stage.MESSAGE: DeliveryFault.MESSAGE_REFUSED,
}
"""What a permanent reply (5yz) means at each stage. RFC 5321, section 4.2.1."""


_POLICY = re.compile(rb"\s*5\.7\.\d{1,3}\b")
"""An enhanced status code about security or policy (RFC 3463, section 3.8), such as 5.7.1 “Relay access denied”."""


def _fault_of_reply(code: int, text: bytes | str, stage: Stage) -> DeliveryFault:
    """Return what a reply means. A policy is about us more than about the mail: it may be mended, so it is retried."""
    if code not in _PERMANENT:
        return DeliveryFault.DEFERRED
    about_mail = stage in {Stage.RECIPIENT, Stage.MESSAGE}
    if about_mail and _POLICY.match(text.encode() if isinstance(text, str) else text):
        return DeliveryFault.SENDER_REFUSED
    return _REFUSALS[stage]


def _connect() -> GuardedSMTP:
    # Without local_hostname smtplib asks DNS for the machine's own name, which may hang.
    host, port, name, seconds = settings.SMTP_HOST, settings.SMTP_PORT, _own_name(), settings.SMTP_TIMEOUT_SECONDS
    if settings.SMTP_TLS == "tls":
        return GuardedSMTPS(host, port, local_hostname=name, timeout=seconds, context=ssl.create_default_context())
    return GuardedSMTP(host, port, local_hostname=name, timeout=seconds)


def _demand(reply: tuple[int, bytes], *wanted: int) -> None:
    """Raise SMTPResponseException unless the reply has one of the codes."""
    code, text = reply
    if code == -1:
        raise smtplib.SMTPServerDisconnected("no reply code")
    if code not in wanted:
        raise smtplib.SMTPResponseException(code, text)


def _own_name() -> str:
    """Return what the portal calls itself in EHLO: its host name, an address in brackets (RFC 5321, section 4.1.3)."""
    host = settings.PORTAL_HOST
    if ":" in host:
        return f"[IPv6:{host}]"
    return f"[{host}]" if host.replace(".", "").isdecimal() else host
