"""Somebody's full-time employment is about to end: they and the registrars hear what is to be handed over."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts import days
from accounts.choices import FULL_TIME
from accounts.models import Employment, User
from inventory import queries as inventory
from inventory.models import Certificate, Holding
from notifications.models import OutboxMessage
from requests_app import mails, queries
from requests_app.models import CertificateRequest
from requests_app.states import State
from requests_app.steps import ending

KIND = "employment_ends"

STAGES = (60, 14)
"""Days before the last day on which the mail is due; where both have passed, the later one is the only one sent."""

TOLD_FOR = timedelta(days=14)
"""So long after the last day it is still told, where no mail could leave before."""


def due() -> list[int]:
    """Return the employments whose end is to be told now. No verb: it reads."""
    lately = timezone.now() - timedelta(days=STAGES[0]) - 2 * TOLD_FOR
    keys = OutboxMessage.objects.filter(kind=KIND, created_at__gte=lately).values_list("key", flat=True)
    told = {key.partition(f"/{KIND}/")[0] for key in keys}
    # Whoever holds nothing leaves no trace when they are told: they would fill the batch for ever.
    concerned = _ending().filter(Exists(_holdings()) | Exists(_applications()))
    return [one.pk for one in concerned if _key(one) not in told]


@transaction.atomic(durable=True)
def tell(employment_id: int) -> int:
    """Tell the person and the registrars that an employment ends, once for each end and stage; return the mails.

    Nothing is sent where they hold nothing, or where another full-time employment follows without a gap. May run twice.
    """
    employment = _ending().select_for_update(of=("self",), no_key=True).filter(pk=employment_id).first()
    if employment is None or _is_told(employment):
        return 0
    person = employment.person
    certificates, requests = _held(person), _requests(person)
    if not certificates and not requests:
        return 0
    facts = {
        "person_ja": person.name_ja or person.name_en,
        "person_en": person.name_en or person.name_ja,
        "until": f"{employment.until_on:%Y-%m-%d}",
        "days": _days_left(employment),
        "ended": _days_left(employment) < 0,
        "lines": list(ending.lines_of(certificates).values()),
        "requests": [{"reference": one.reference, "name": one.common_name} for one in requests],
    }
    registrars = [one for one in mails.registrars() if one != person]
    page = reverse("requests:certificates") if certificates else reverse("requests:list")
    desk = reverse("admin:accounts_user_change", args=[person.pk])
    key = _key(employment)
    if person.is_active:
        mails.send(KIND, key=key, person=person, context=facts | {"at_desk": False}, link=page)
    for registrar in registrars:
        mails.send(KIND, key=key, person=registrar, context=facts | {"at_desk": True}, link=desk)
    return person.is_active + len(registrars)


def _ending() -> QuerySet[Employment]:
    """Return the full-time employments that end soon or ended a moment ago, without another that goes on."""
    today = days.today()
    # Of two that end on the same day the first speaks for both.
    same_end = Q(until_on=OuterRef("until_on"), pk__lt=OuterRef("pk"))
    goes_on = Employment.objects.filter(
        Q(until_on=None) | Q(until_on__gt=OuterRef("until_on")) | same_end,
        person=OuterRef("person"),
        kind__in=FULL_TIME,
        from_on__lte=OuterRef("until_on") + timedelta(days=1),
    )
    ending_soon = Employment.objects.filter(
        ~Exists(goes_on),
        kind__in=FULL_TIME,
        until_on__lte=today + timedelta(days=STAGES[0]),
        until_on__gte=today - TOLD_FOR,
    )
    return ending_soon.select_related("person").order_by(F("until_on"), "pk")


def _days_left(employment: Employment) -> int:
    return (employment.until_on - days.today()).days if employment.until_on else 0


def _key(employment: Employment) -> str:
    """Return the name of this end and this stage; a new last day is a new end."""
    stage = min((stage for stage in STAGES if _days_left(employment) <= stage), default=STAGES[0])
    return f"employment/{employment.pk}/{employment.until_on:%Y-%m-%d}/{stage}"


def _is_told(employment: Employment) -> bool:
    """Tell whether anybody was told of this end at this stage; who has left already gets no mail."""
    return OutboxMessage.objects.filter(key__startswith=f"{_key(employment)}/{KIND}/").exists()


def _holdings() -> QuerySet[Holding]:
    """Return what the person of an employment holds of valid certificates, for a subquery."""
    return Holding.objects.filter(
        person=OuterRef("person"), until_at=None, certificate__in=inventory.valid().values("pk")
    )


def _applications() -> QuerySet[CertificateRequest]:
    """Return the open requests that the person of an employment applied for, for a subquery."""
    return queries.renewals_under_way().exclude(state=State.DRAFT).filter(applicant=OuterRef("person"))


def _held(person: User) -> list[Certificate]:
    """Return the valid certificates that the person holds, the next end first."""
    valid = inventory.valid().filter(pk__in=inventory.held_by(person.pk).values("pk"))
    return list(valid.defer("der").order_by("not_after", "pk"))


def _requests(person: User) -> list[CertificateRequest]:
    """Return the open requests that the person applied for; a draft is nobody's duty."""
    under_way = queries.renewals_under_way().exclude(state=State.DRAFT)
    return list(under_way.filter(applicant=person).order_by("pk"))
