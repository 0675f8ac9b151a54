"""Delivery status notifications (RFC 3464): which recipient of which mail was not reached, by a server's own word."""

from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.policy import compat32

MAX_BYTES = 1024 * 1024
"""Servers return the head of a mail, seldom all of it; ours are short anyway."""


class NotAReport(Exception):
    """The bytes are no delivery status notification; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Recipient:
    """What a server says of one recipient. `status` is the enhanced code (RFC 3463), as "5.1.1".

    `original` is the address to which the mail was sent, where the server knows it and passed the mail on ("" else).
    """

    address: str
    action: str
    status: str
    original: str = ""

    @property
    def has_failed(self) -> bool:
        """Whether no later attempt will reach the recipient: RFC 3464, section 2.3.3, and a permanent status."""
        return self.action == "failed" and self.status.startswith("5.")


@dataclass(frozen=True)
class Report:
    """One notification: the Message-ID of the mail that it is about, and its recipients."""

    message_id: str
    recipients: tuple[Recipient, ...]


def read(content: bytes) -> Report:
    """Return what a notification says. Raises NotAReport: "too_large", "no_report", "no_recipient", "no_message_id"."""
    if len(content) > MAX_BYTES:
        raise NotAReport("too_large")
    try:
        mail = message_from_bytes(content, policy=compat32)
        parts = list(mail.walk())
    except RecursionError as error:
        # Parts within parts within parts: nobody's report.
        raise NotAReport("no_report") from error
    statuses = [part for part in parts if part.get_content_type() == "message/delivery-status"]
    if mail.get_content_type() != "multipart/report" or len(statuses) != 1:
        raise NotAReport("no_report")
    recipients = tuple(_recipients(statuses[0]))
    if not recipients:
        raise NotAReport("no_recipient")
    message_id = _message_id(parts)
    if not message_id:
        raise NotAReport("no_message_id")
    return Report(message_id, recipients)


def _recipients(status: Message) -> list[Recipient]:
    """Return the groups of fields after the first one, which is about the whole mail (RFC 3464, section 2.1)."""
    groups = status.get_payload()
    found = []
    for group in groups[1:] if isinstance(groups, list) else ():
        if not isinstance(group, Message):
            continue
        address, original = _address(group, "Final-Recipient"), _address(group, "Original-Recipient")
        if address:
            action, code = str(group.get("Action", "")).strip().lower(), str(group.get("Status", "")).split()
            found.append(Recipient(address, action, code[0] if code else "", original))
    return found


def _address(group: Message, field: str) -> str:
    kind, _semicolon, address = str(group.get(field, "")).partition(";")
    return address.strip().strip("<>") if kind.strip().lower() == "rfc822" else ""


def _message_id(parts: list[Message]) -> str:
    """Return the Message-ID of the mail that came back, from its copy or from the copy of its head."""
    for part in parts:
        if part.get_content_type() == "message/rfc822":
            returned = part.get_payload()
            inner = returned[0] if isinstance(returned, list) and returned else None
            if isinstance(inner, Message) and inner["Message-ID"]:
                return str(inner["Message-ID"]).strip()
        if part.get_content_type() in {"text/rfc822-headers", "message/rfc822-headers"}:
            payload = part.get_payload(decode=True)
            head = message_from_bytes(payload if isinstance(payload, bytes) else b"", policy=compat32)
            if head["Message-ID"]:
                return str(head["Message-ID"]).strip()
    return ""
