"""Questions to zone administrators by mail: the first one at once, further ones collected, each of them once.

An `Asking` is one question to one person; `AskingPace` says when the person was last asked. Whoever wants to mail
claims the pace by compare-and-set, which holds the row until the end of the transaction: two at once mail one after the
other, and the second finds nothing left, or waits for the sweep.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts.models import User
from requests_app import queries, question_mails, relations, zone_people
from requests_app.models import Asking, AskingPace, Confirmation, ConfirmationKind
from requests_app.states import ConfirmationState

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def put(question: Confirmation, person_ids: Iterable[int]) -> None:
    """Note that these people are to be asked; whoever has been asked already is not asked again."""
    rows = [Asking(confirmation=question, person_id=person_id) for person_id in sorted(person_ids)]
    Asking.objects.bulk_create(rows, ignore_conflicts=True)


def waiting() -> QuerySet[Asking]:
    """Return what waits to be mailed and whose answer is still wanted."""
    return Asking.objects.filter(
        mailed_at=None,
        person__is_active=True,
        confirmation__kind=ConfirmationKind.ZONE,
        confirmation__state=ConfirmationState.ASKED,
        confirmation__request__state__in=queries.ANSWERABLE_STATES,
        confirmation__versions=F("confirmation__request__current_version"),
    ).exclude(confirmation__answers__person=F("person"))


def mail_waiting(person_ids: Iterable[int]) -> int:
    """Mail these people what waits for them, where their last mail is long enough ago; return how many mails.

    In ascending order, once in a transaction: crossed claims would lock each other on PostgreSQL.
    """
    return sum(_mail(person_id) for person_id in sorted(set(person_ids)))


def _mail(person_id: int) -> bool:
    # Asked before the claim too: a claim for nothing would make the next question wait.
    if not _mailable(person_id) or not _claim(person_id):
        return False
    askings = _mailable(person_id)
    if not askings:
        return False
    Asking.objects.filter(pk__in=[asking.pk for asking in askings]).update(mailed_at=timezone.now())
    question_mails.ask_together(
        [asking.confirmation for asking in askings],
        User.objects.get(pk=person_id),
        key=f"A{askings[0].pk}/{question_mails.round_of(askings[0].confirmation)}",
    )
    return True


def _mailable(person_id: int) -> list[Asking]:
    """Return what waits for the person, without zones that they left or that others look after while they are away."""
    found = waiting().filter(person_id=person_id).order_by("pk")
    askings = list(found.select_related("confirmation__zone", "confirmation__request__applicant"))
    people = zone_people.administrators(asking.confirmation.zone_id or 0 for asking in askings)
    away = zone_people.absent()
    mailable = []
    for asking in askings:
        of_zone = people.get(asking.confirmation.zone_id or 0, [])
        # Who has a part in the request matters only to people who are away.
        interested = relations.interested_ids(asking.confirmation.request) if person_id in away else frozenset()
        if person_id in zone_people.to_remind(of_zone, away, interested=interested):
            mailable.append(asking)
    return mailable


def _claim(person_id: int) -> bool:
    """Compare-and-set: whether the person may be mailed now; until the transaction ends nobody else does."""
    AskingPace.objects.get_or_create(person_id=person_id, defaults={"last_mail_at": _LONG_AGO})
    pace = AskingPace.objects.filter(person_id=person_id)
    if settings.ASKING_COLLECT_MINUTES:
        pace = pace.filter(last_mail_at__lte=timezone.now() - timedelta(minutes=settings.ASKING_COLLECT_MINUTES))
    return bool(pace.update(last_mail_at=timezone.now()))


def people_due() -> list[int]:
    """Return the people for whom something waits and whose last mail is long enough ago, ascending."""
    since = timezone.now() - timedelta(minutes=settings.ASKING_COLLECT_MINUTES)
    resting = AskingPace.objects.filter(last_mail_at__gt=since).values("person_id")
    found = waiting().exclude(person_id__in=resting) if settings.ASKING_COLLECT_MINUTES else waiting()
    return sorted(set(found.values_list("person_id", flat=True)))
