"""From a row of the outbox to the bytes of a mail (RFC 5322, RFC 2045, RFC 2047): plain text in UTF-8."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from django.conf import settings
from django.utils import timezone

from notifications import links
from notifications.models import OutboxMessage


def compose(message: OutboxMessage) -> bytes:
    """Return the mail with its signed link, which is a secret: send the bytes, never keep them. Lines end in CR LF."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(settings.MAIL_PORTAL_NAMES[message.language or "ja"], addr_spec=settings.MAIL_FROM)
    mail["To"] = Address(addr_spec=message.address)
    mail["Reply-To"] = Address(addr_spec=settings.CONTACT_MAIL)
    mail["Subject"] = message.subject
    mail["Date"] = timezone.localtime()
    mail["Message-ID"] = message.message_id
    # RFC 3834, section 5: no vacation reply comes back.
    mail["Auto-Submitted"] = "auto-generated"
    # base64 passes servers without 8BITMIME, and no line of ours can be too long for SMTP.
    mail.set_content(_text(message), charset="utf-8", cte="base64")
    # After set_content, which clears what begins with "Content-".
    mail["Content-Language"] = message.language or "ja, en"
    return mail.as_bytes()


def _text(message: OutboxMessage) -> str:
    return message.body.replace(links.PLACEHOLDER, links.address_of(message)) if message.path else message.body
