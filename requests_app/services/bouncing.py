"""Addresses from which mail comes back: mail to them is stopped, the registrars hear of it, and one is used again."""

from dataclasses import dataclass

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import mailing
from accounts.choices import Role as Grant
from accounts.models import User
from audit.actors import SYSTEM, Actor
from audit.recording import record
from notifications import bounces, outbox, reports
from notifications.models import NOTE_LENGTH, BouncedAddress, DeliveryFault
from notifications.quoting import quoted
from requests_app import errors, mails
from requests_app.steps import desk

STOP, USE_AGAIN = _("Stop mail to the address"), _("Use the address again")


@dataclass(frozen=True)
class Taken:
    """What became of a notification: addresses stopped by it, and those about which nothing changed."""

    stopped: tuple[str, ...]
    unchanged: tuple[str, ...]


@transaction.atomic(durable=True)
def stop(address: str, *, note: str = "", actor: Actor) -> int:
    """Stop mail to `address` and tell the registrars; return the row's id.

    Raises NotPermitted, AddressUnusable, AddressStopped.
    """
    actor = desk.demand(actor, Grant.REGISTRAR, action=STOP)
    if outbox.address_fault(address) in {DeliveryFault.NO_ADDRESS, DeliveryFault.BAD_ADDRESS}:
        raise errors.AddressUnusable
    stopped = _stop(address, note=note, actor=actor)
    if stopped is None:
        raise errors.AddressStopped(address=address)
    return stopped.pk


@transaction.atomic(durable=True)
def use_again(bounced_id: int, *, actor: Actor) -> None:
    """Allow mail to the address again; what was parked waits for "send again". Raises NotPermitted, AddressInUse."""
    actor = desk.demand(actor, Grant.REGISTRAR, action=USE_AGAIN)
    stopped = BouncedAddress.objects.select_for_update().filter(pk=bounced_id).first()
    if stopped is None:
        raise errors.AddressInUse
    record(_subject(stopped), "ADDRESS_USED_AGAIN", actor=actor, payload={"address": stopped.address})
    bounces.forget(stopped.address)


@transaction.atomic(durable=True)
def take_report(content: bytes) -> Taken:
    """Stop the addresses that a delivery status notification (RFC 3464) calls failed for ever; may run twice.

    Only about a mail of ours, and only the address to which that mail went: nobody else's can be stopped by a mail that
    somebody made up. Raises reports.NotAReport, ForeignReport.
    """
    report = reports.read(content)
    message = bounces.find_mail(report.message_id)
    if message is None:
        raise errors.ForeignReport
    stopped, unchanged = [], []
    for recipient in report.recipients:
        # At a university mail is often passed on: the last address is then not the one that we know.
        is_ours = message.address.lower() in {recipient.address.lower(), recipient.original.lower()}
        note = f"{recipient.status} {report.message_id}"
        if is_ours and recipient.has_failed and _stop(message.address, note=note, actor=SYSTEM):
            stopped.append(message.address)
        else:
            unchanged.append(recipient.address)
    return Taken(tuple(stopped), tuple(unchanged))


def _stop(address: str, *, note: str, actor: Actor) -> BouncedAddress | None:
    stopped = bounces.record(address, note=note[:NOTE_LENGTH])
    if stopped is None:
        return None
    record(
        _subject(stopped), "ADDRESS_STOPPED", actor=actor, payload={"address": stopped.address, "note": stopped.note}
    )
    of = User.objects.filter(mail_addresses__address__iexact=address, mail_addresses__until_at=None).order_by("pk")
    context = {
        "address": stopped.address,
        "note": quoted(stopped.note),
        "people": [mailing.naming(person) for person in of],
    }
    for registrar in mails.registrars():
        mails.send(
            "address_bounced",
            key=f"bounce/{stopped.pk}",
            person=registrar,
            context=context,
            link=reverse("admin:notifications_bouncedaddress_change", args=[stopped.pk]),
        )
    return stopped


def _subject(stopped: BouncedAddress) -> str:
    """Return the audit subject: the address itself is in the payload alone, which can be erased."""
    return f"bounced-address:{stopped.pk}"
