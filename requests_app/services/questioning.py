"""What the portal does with open questions as time passes: collected mails, substitutes, reminders."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import days, working_days
from accounts.models import User
from inventory.models import Certificate
from requests_app import queries, question_mails, transitions, zone_people
from requests_app.models import Asking, CertificateRequest, Confirmation, ConfirmationKind, Management
from requests_app.steps import asking, collecting

REMINDERS_AFTER = (timedelta(days=3), timedelta(days=7))
"""When administrators and holders are reminded; with the last one the registrars are told too (design: "Mail")."""

URGENT_REMINDERS_AFTER = (1, 2)
"""The same in working days, where a certificate that the request replaces ends soon."""

URGENT_WITHIN = timedelta(days=14)
"""A certificate that ends within this time makes the questions of its renewal urgent."""

BATCH = 50
"""Questions that are reminded of in one transaction."""


@transaction.atomic(durable=True)
def mail_collected(person_id: int) -> int:
    """Mail a zone administrator all that was collected for them, in one mail; return how many mails. May run twice."""
    of_person = collecting.waiting().filter(person_id=person_id)
    # Whoever answers or withdraws holds the request: they go first, or come after the mail.
    transitions.lock_all(of_person.values_list("confirmation__request_id", flat=True))
    return collecting.mail_waiting([person_id])


@transaction.atomic(durable=True)
def ask_others(confirmation_id: int) -> None:
    """Ask who is there now about a question whose people left or are away. May run twice."""
    _request, confirmation = transitions.lock_confirmation(confirmation_id)
    if queries.open_questions().filter(pk=confirmation_id).exists():
        collecting.mail_waiting(asking.ask_people(confirmation))


def people_due() -> list[int]:
    """Return the people for whom collected questions are to be mailed now, ascending."""
    return collecting.people_due()


def unattended() -> list[int]:
    """Return the open questions of which nobody who was asked is there now, though somebody else is to be asked.

    Whoever has a part in the request does not count as being there: their yes does not suffice.
    """
    found = queries.open_questions().filter(kind=ConfirmationKind.ZONE)
    questions = list(found.order_by("pk").values_list("pk", "zone_id", "request_id"))
    people = zone_people.administrators(zone_id or 0 for _pk, zone_id, _request in questions)
    away = zone_people.absent()
    interested = _parties(request_id for _pk, _zone, request_id in questions)
    asked: dict[int, set[int]] = {}
    for confirmation_id, person_id in Asking.objects.filter(confirmation__in=found).values_list(
        "confirmation_id", "person_id"
    ):
        asked.setdefault(confirmation_id, set()).add(person_id)
    due = []
    for pk, zone_id, request_id in questions:
        of_zone, parties = people.get(zone_id or 0, []), interested[request_id]
        chosen = zone_people.to_mail(of_zone, away, interested=parties)
        mailed = asked.get(pk, set())
        if chosen - mailed and not mailed & (chosen - away - parties):
            due.append(pk)
    return due


def _parties(request_ids: Iterable[int]) -> dict[int, set[int]]:
    """Return applicant and managers of each request; `relations.interested_ids` knows more and asks more."""
    ids = set(request_ids)
    parties = {pk: {one} for pk, one in CertificateRequest.objects.filter(pk__in=ids).values_list("pk", "applicant_id")}
    named = Management.objects.filter(request__in=ids, until_at=None)
    for request_id, person_id in named.values_list("request_id", "person_id"):
        parties[request_id].add(person_id)
    return parties


@transaction.atomic(durable=True)
def remind(confirmation_ids: Iterable[int]) -> None:
    """Send the reminders that are due and not yet sent, one mail to a person; then tell the registrars. May run twice.

    One mail covers all of these questions about which a person is reminded for the same time.
    """
    questions = queries.open_questions().filter(pk__in=list(confirmation_ids))
    requests = {one.pk: one for one in transitions.lock_all(questions.values_list("request_id", flat=True))}
    due: dict[tuple[User, int], list[Confirmation]] = {}
    unanswered: dict[int, list[Confirmation]] = {}
    for question in questions.select_for_update(of=("self",)).select_related("zone").order_by("pk"):
        question.request = requests[question.request_id]
        number = reminders_due(question, is_urgent=is_urgent(question.request))
        if number <= question.reminders_sent:
            continue
        question.reminders_sent = number
        question.save(update_fields=["reminders_sent"])
        people = asking.to_remind(question)
        for person in people:
            due.setdefault((person, number), []).append(question)
        if number == len(REMINDERS_AFTER) or not asking.may_answer(question):
            unanswered.setdefault(question.request_id, []).append(question)
    for (person, number), about in due.items():
        _remind(person, about, number=number)
    for request_id, about in unanswered.items():
        names = list(dict.fromkeys(question.name for question in about))
        asking.tell_registrars(requests[request_id], names=names, key=f"{question_mails.round_of(about[0])}/unanswered")


def _remind(person: User, about: Sequence[Confirmation], *, number: int) -> None:
    together = [question for question in about if question.kind == ConfirmationKind.ZONE]
    for question in about:
        if question.kind == ConfirmationKind.HOLDER:
            question_mails.ask(question, person, reminder=number)
    if together:
        key = f"{question_mails.round_of(together[0])}/{number}"
        question_mails.ask_together(together, person, key=key, reminder=number)


def is_urgent(request: CertificateRequest) -> bool:
    """Tell whether the request replaces a certificate that ends soon."""
    return request.replaced.filter(_ends_soon()).exists()


def _ends_soon() -> Q:
    return Q(not_after__lte=timezone.now() + URGENT_WITHIN, revoked_at=None)


def reminders_due(question: Confirmation, *, is_urgent: bool) -> int:
    """Return how many reminders should have been sent by now."""
    return sum(moment <= timezone.now() for moment in _moments(question.asked_at, is_urgent=is_urgent))


def _moments(asked_at: datetime, *, is_urgent: bool) -> list[datetime]:
    """Return when to remind; after working days at the same time of the day."""
    if not is_urgent:
        return [asked_at + after for after in REMINDERS_AFTER]
    day = days.of(asked_at)
    return [asked_at + (working_days.add_working_days(day, number) - day) for number in URGENT_REMINDERS_AFTER]


def due_for_reminder() -> list[int]:
    """Return the open questions of which somebody is to be reminded now, the oldest first."""
    candidates = queries.open_questions().filter(
        asked_at__lte=timezone.now() - timedelta(days=1), reminders_sent__lt=len(REMINDERS_AFTER)
    )
    urgent = set(
        CertificateRequest.objects.filter(
            state__in=queries.ANSWERABLE_STATES, replaced__in=Certificate.objects.filter(_ends_soon())
        ).values_list("pk", flat=True)
    )
    return [
        question.pk
        for question in candidates.order_by("asked_at", "pk")
        if reminders_due(question, is_urgent=question.request_id in urgent) > question.reminders_sent
    ]
