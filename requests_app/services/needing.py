"""A holder says that a certificate need not be renewed: the reminders of its end stop. Taken back, they go on."""

import dataclasses

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from audit.actors import Actor
from audit.recording import record
from inventory import queries as inventory
from inventory.models import Certificate, NotNeeded
from notifications.quoting import quoted
from requests_app import errors, mails, queries, relations, transitions
from requests_app.states import Role
from requests_app.steps import needing as steps

SAY = _("Not needed any more")
TAKE_BACK = _("Needed after all")


@transaction.atomic(durable=True)
def say_not_needed(certificate_id: int, *, reason: str, actor: Actor) -> None:
    """Say that the certificate is not needed after its end, and tell the other holders. It stays valid until then.

    Raises NotPermitted, ReasonRequired, NothingToRemindOf, NotNeededStands.
    """
    certificate = transitions.lock_certificate(certificate_id)
    acting = _judge(certificate, actor=actor, action=SAY)
    if not reason.strip():
        raise errors.ReasonRequired(action=SAY)
    if not is_reminded_of(certificate):
        raise errors.NothingToRemindOf
    said = queries.not_needed([certificate_id]).get(certificate_id)
    if said:
        raise errors.NotNeededStands(person=said.person.display_name)
    made = NotNeeded.objects.create(certificate=certificate, person_id=actor.human_id, reason=reason)
    record(certificate.subject, "NOT_NEEDED_SAID", actor=acting, payload={"reason": reason})
    _tell_others(made, on_behalf=acting.role == Role.REGISTRAR)


@transaction.atomic(durable=True)
def take_back(certificate_id: int, *, actor: Actor) -> None:
    """Say that the certificate is needed after all. What became due meanwhile is sent with the next sweep.

    Raises NotPermitted, NotNeededNotSaid.
    """
    certificate = transitions.lock_certificate(certificate_id)
    acting = _judge(certificate, actor=actor, action=TAKE_BACK)
    if not steps.take_back(certificate, actor=acting):
        raise errors.NotNeededNotSaid


def is_reminded_of(certificate: Certificate) -> bool:
    """Tell whether reminders of the certificate's end are still ahead: it is valid, and its end is known."""
    return certificate.not_after is not None and inventory.valid().filter(pk=certificate.pk).exists()


def _judge(certificate: Certificate, *, actor: Actor, action: object) -> Actor:
    """Return `actor` in the role in which they speak. Raises NotPermitted."""
    role = relations.judge_of_need(actor, certificate)
    if role is None:
        raise errors.NotPermitted(action=action)
    return dataclasses.replace(actor, role=role.value)


def _tell_others(said: NotNeeded, *, on_behalf: bool) -> None:
    """Tell the holders who did not say it: the reminders stop for them, too, and they can take it back."""
    person = said.person
    context = mails.certificate_facts(said.certificate) | {
        "said_ja": person.name_ja or person.name_en,
        "said_en": person.name_en or person.name_ja,
        "on_behalf": on_behalf,
        "reason": quoted(said.reason),
    }
    for holder in mails.holders(said.certificate):
        if holder != person:
            page = reverse("requests:certificate", args=[said.certificate_id])
            mails.send("certificate_not_needed", key=f"N{said.pk}", person=holder, context=context, link=page)
