"""The expiry ladder: holders hear that their certificates end, and from the last week on the registrars, too.

A rung is sent when it is due and was not sent yet, whatever day it is, so that an outage loses none. What ends the
ladder is evidence (endings); what opens it for NII's list is the gate.
"""

from collections.abc import Collection, Iterable

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts import days
from accounts.models import User
from audit.recording import lock
from inventory import ladder
from inventory.models import Certificate, ExpiryRung
from notifications.models import OutboxMessage
from requests_app import endings, mails
from requests_app.steps import ending

PART = 100
"""Certificates that one transaction tells about; more only where people hold that many together."""

DESK_PAGE = 200
"""Certificates that one mail to the registrars names; the others wait for the next day."""

ESCALATION = "expiry-escalation"
"""Subject of the lock that keeps two sweeps from writing to the registrars on one day."""


def due_parts() -> list[list[int]]:
    """Return the certificates whose holders are to be told now, in parts that share no holder. No verb: it reads."""
    unsent = endings.due(today=days.today()).filter(sent_at=None)
    certificates = Certificate.objects.filter(pk__in=unsent.order_by().values("certificate_id")).defer("der")
    over = endings.replaced_ids(list(certificates))
    reach = endings.reach_of([one.pk for one in certificates if one.pk not in over])
    held = {pk: people for pk, people in reach.holders.items() if people}
    return ladder.parts(held, size=PART)


@transaction.atomic(durable=True)
def tell(certificate_ids: Collection[int]) -> int:
    """Tell the holders of these certificates which of them end; return how many mails that took. May run twice.

    One mail to each holder covers everything that is due to them, and all its rungs are marked in the same transaction,
    under the locks of the certificates; each rung is told once.
    """
    now = timezone.now()
    certificates = _lock(certificate_ids)
    rows = {row.pk: row for row in _unsent(certificates)}
    over = endings.replaced_ids([certificates[pk] for pk in sorted({row.certificate_id for row in rows.values()})])
    rungs = [endings.rung_of(row) for row in rows.values() if row.certificate_id not in over]
    reach = endings.reach_of({rung.certificate_id for rung in rungs})
    plan = ladder.plan(rungs, reach.holders)
    lines = ending.lines_of([certificates[pk] for pk in {rung.certificate_id for rung in rungs}])
    people = User.objects.in_bulk(plan)
    for person_id, told in plan.items():
        about = {rung.certificate_id for rung in told}
        mails.send(
            "certificate_ending",
            key=f"rung/{told[0].pk}",
            person=people[person_id],
            context=ending.facts_of([line for pk, line in lines.items() if pk in about]),
            link=_page(about),
        )
    sent = {rung.pk for several in plan.values() for rung in several}
    ExpiryRung.objects.filter(pk__in=sent).update(sent_at=now)
    return len(plan)


def _unsent(certificate_ids: Iterable[int]) -> list[ExpiryRung]:
    return list(endings.due(today=days.today()).filter(sent_at=None, certificate__in=list(certificate_ids)))


def _lock(certificate_ids: Iterable[int]) -> dict[int, Certificate]:
    """Return the certificates by id, all locked in ascending order."""
    locked = Certificate.objects.select_for_update(no_key=True).filter(pk__in=list(certificate_ids))
    return {one.pk: one for one in locked.defer("der").order_by("pk")}


def _page(certificate_ids: Collection[int]) -> str:
    """Return the certificate's page, or the list where there are several."""
    if len(certificate_ids) == 1:
        return reverse("requests:certificate", args=list(certificate_ids))
    return reverse("requests:certificates")


@transaction.atomic(durable=True)
def escalate() -> int:
    """Tell the registrars of what ends within a week or reaches nobody, in one mail a day; return how many were told.

    What becomes due after the day's mail waits for the next day's. May run twice.
    """
    now, today = timezone.now(), days.today()
    lock(ESCALATION)
    registrars = mails.registrars()
    key = f"ending/{today:%Y-%m-%d}"
    if not registrars or OutboxMessage.objects.filter(key__startswith=f"{key}/").exists():
        return 0
    rows = list(endings.due(today=today).filter(escalated_at=None).select_related("certificate"))
    certificates = _lock({row.certificate_id for row in rows})
    over = endings.replaced_ids(certificates.values())
    reach = endings.reach_of(certificates)
    told = [row for row in rows if row.certificate_id not in over and _concerns_registrars(row, reach)]
    lines = ending.lines_of([certificates[pk] for pk in {row.certificate_id for row in told}], reach=reach)
    shown = dict(list(lines.items())[:DESK_PAGE])
    if not shown:
        return 0
    context = ending.facts_of(shown.values()) | {"left": len(lines) - len(shown)}
    for registrar in registrars:
        mails.send("certificates_ending_soon", key=key, person=registrar, context=context, link=reverse("admin:index"))
    marked = ExpiryRung.objects.filter(pk__in=[row.pk for row in told if row.certificate_id in shown])
    marked.update(escalated_at=now)
    # Where nobody holds it, the registrars are the ones who were told.
    marked.filter(sent_at=None, certificate__in=[pk for pk in shown if not reach.holders[pk]]).update(sent_at=now)
    return len(registrars)


def _concerns_registrars(row: ExpiryRung, reach: endings.Reach) -> bool:
    return row.days_before <= ladder.ESCALATED_FROM or not reach.is_reached(row.certificate_id)
