"""Mails that could not be delivered: a registrar has them sent again, to the address that is on record now."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.choices import Role as Grant
from accounts.models import User
from accounts.recipients import recipient_of
from audit.actors import Actor
from audit.recording import record
from notifications import outbox
from notifications.models import OutboxMessage
from requests_app import errors
from requests_app.steps import desk


@transaction.atomic(durable=True)
def send_again(message_id: int, *, actor: Actor) -> None:
    """Put a parked mail into the outbox once more; its old link no longer opens. Raises NotPermitted, MailNotParked."""
    actor = desk.demand(actor, Grant.REGISTRAR, action=_("Send the mail again"))
    person_id = OutboxMessage.objects.values_list("person_id", flat=True).get(pk=message_id)
    person = User.objects.filter(pk=person_id).first() if person_id else None
    try:
        outbox.unpark(message_id, address=recipient_of(person).address if person else None)
    except outbox.NotSendable as error:
        raise errors.MailNotParked from error
    record(f"mail:{message_id}", "MAIL_SENT_AGAIN", actor=actor, payload={"person": person_id})
