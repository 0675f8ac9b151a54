"""Putting mail into the outbox: the only way a mail comes into being."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from notifications import bounces, kinds, links, rendering
from notifications.models import DeliveryFault, MessageState, OutboxMessage

ADDRESS_LENGTH = 254
"""RFC 5321, section 4.5.3.1.3, without the angle brackets."""

_is_mail_address = EmailValidator()


class NotSendable(Exception):
    """The mail cannot be sent again: it still waits, or its text was removed."""

    code = "mail.not_sendable"


@dataclass(frozen=True)
class Recipient:
    """The addressee. `language` is "ja", "en", or "" as long as the person has chosen none: one mail with both."""

    person_id: int | None
    address: str
    language: str
    name_ja: str
    name_en: str


def enqueue(kind: str, *, key: str, recipient: Recipient, context: Mapping[str, Any], link: str = "") -> bool:
    """Put one mail into the outbox; False when `key` was used before, and then nothing happens.

    `key` is the caller's unique name of this mail ("R12/e7/approved/u3"). `link` is a path in the portal
    ("/requests/12/"). The text is rendered now, delivery adds the signed link. A recipient without a usable address
    gives a parked row, so that the registrars see whom nobody told.

    It belongs to the caller's transaction. Raises TransactionManagementError outside one, kinds.UnknownKind,
    ValueError for a link that leaves the portal, and what rendering.render raises.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("A mail is put into the outbox in the transaction of its cause.")
    kinds.get(kind)
    _check_link(link)
    if OutboxMessage.objects.filter(key=key).exists():
        return False
    text = rendering.render(
        kind,
        language=recipient.language,
        names={"ja": recipient.name_ja or recipient.name_en, "en": recipient.name_en or recipient.name_ja},
        context=context,
        link=links.PLACEHOLDER if link else "",
    )
    return _insert(_row(kind, key=key, recipient=recipient, text=text, link=link))


@transaction.atomic
def send_again(message_id: int) -> None:
    """Begin a new generation of a sent or parked mail: new Message-ID, new link, the old link closed.

    Raises NotSendable, OutboxMessage.DoesNotExist. The caller records who asked for it.
    """
    message = OutboxMessage.objects.select_for_update().get(pk=message_id)
    if message.state == MessageState.PENDING or message.body_removed_at:
        raise NotSendable
    message.earlier_sent_at = message.sent_at or message.earlier_sent_at
    message.generation += 1
    message.state, message.sent_at = MessageState.PENDING, None
    message.attempts, message.next_attempt_at = 0, timezone.now()
    message.last_fault, message.last_reply_code = "", None
    message.save()


def forget_address(person_id: int) -> None:
    """Let the mails to this person that wait have no address any more; delivery parks them."""
    OutboxMessage.objects.filter(person_id=person_id, state=MessageState.PENDING).update(address="")


@transaction.atomic
def unpark(message_id: int, *, address: str | None) -> None:
    """Send a parked mail again, to `address`: what stood on record may have been the fault. None keeps it.

    Raises NotSendable for a mail that is not parked, has no text any more, or has no address that can be tried.
    """
    message = OutboxMessage.objects.select_for_update().get(pk=message_id)
    message.address = message.address if address is None else address
    if message.state != MessageState.PARKED or address_fault(message.address):
        raise NotSendable
    message.save(update_fields=["address"])
    send_again(message_id)


def address_fault(address: str) -> DeliveryFault | None:
    """Return why nothing can be sent to `address`; None when it can be tried."""
    if not address:
        return DeliveryFault.NO_ADDRESS
    if not _is_well_formed(address):
        return DeliveryFault.BAD_ADDRESS
    return DeliveryFault.BOUNCED_ADDRESS if bounces.has_bounced(address) else None


def usable(addresses: Iterable[str]) -> set[str]:
    """Return those of the addresses to which mail can be tried; one query for all."""
    well_formed = {address for address in addresses if address and _is_well_formed(address)}
    bounced = bounces.among(well_formed)
    return {address for address in well_formed if address.lower() not in bounced}


def _is_well_formed(address: str) -> bool:
    try:
        _is_mail_address(address)
    except ValidationError:
        return False
    # In quotation marks it takes control characters; no address begins a header or an SMTP command.
    return len(address) <= ADDRESS_LENGTH and address.isascii() and address.isprintable()


def _row(kind: str, *, key: str, recipient: Recipient, text: rendering.MailText, link: str) -> OutboxMessage:
    fault = address_fault(recipient.address)
    return OutboxMessage(
        key=key,
        kind=kind,
        person_id=recipient.person_id,
        address="" if fault is DeliveryFault.BAD_ADDRESS else recipient.address,
        language=recipient.language,
        subject=text.subject,
        body=text.body,
        path=link,
        state=MessageState.PARKED if fault else MessageState.PENDING,
        last_fault=fault or "",
    )


def _insert(message: OutboxMessage) -> bool:
    """Insert the row; False when another transaction inserted the same key since we looked."""
    try:
        with transaction.atomic():
            message.save(force_insert=True)
    except IntegrityError:
        if OutboxMessage.objects.filter(key=message.key).exists():
            return False
        raise
    return True


def _check_link(link: str) -> None:
    if link and (not link.startswith("/") or link.startswith("//") or "\\" in link or not link.isprintable()):
        raise ValueError("A mail links to a path of the portal.")
