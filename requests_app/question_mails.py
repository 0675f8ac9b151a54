"""The mails that ask about names: one question in one mail, or several of one person together."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from requests_app import mails, queries
from requests_app.models import Answer, Confirmation, ConfirmationKind

LISTED_QUESTIONS = 30
"""Questions that one mail lists; its link leads to the page that has all of them."""


def ask(confirmation: Confirmation, person: User, *, reminder: int = 0) -> None:
    """Ask (or remind) one administrator or holder about one name."""
    first = "confirm_name" if confirmation.kind == ConfirmationKind.ZONE else "may_use_name"
    mails.send(
        "confirm_name_reminder" if reminder else first,
        key=f"{round_of(confirmation)}/{reminder}",
        person=person,
        context=mails.facts(confirmation.request) | _question(confirmation),
        link=reverse("requests:confirmation", args=[confirmation.pk]),
    )


def round_of(question: Confirmation) -> str:
    """Return the beginning of the keys of a question's mails: one that is asked anew is mailed anew."""
    return f"C{question.pk}/{question.asked_at:%Y%m%dT%H%M%S.%f}"


def ask_together(questions: Sequence[Confirmation], person: User, *, key: str, reminder: int = 0) -> None:
    """Ask (or remind) one administrator about all of `questions` in one mail; `key` names it where they are several."""
    if len(questions) == 1:
        ask(questions[0], person, reminder=reminder)
        return
    listed = questions[:LISTED_QUESTIONS]
    context = {
        "reference": questions[0].request.reference,
        "name": questions[0].name,
        "count": len(questions),
        "further": len(questions) - len(listed),
        "is_reminder": bool(reminder),
        "applications": _applications(listed),
    }
    mails.send("confirm_names", key=key, person=person, context=context, link=reverse("requests:confirmations"))


def _applications(questions: Sequence[Confirmation]) -> list[dict[str, Any]]:
    """Return the questions grouped by who asks for what, in the order in which they came."""
    grouped: dict[tuple[Any, ...], dict[str, Any]] = {}
    for question in questions:
        same = (question.request_id, question.applicant_id, tuple(question.manager_ids), question.purpose)
        if same not in grouped:
            about = question.request
            grouped[same] = mails.applicant_facts(about) | _question(question) | {"reference": about.reference}
            grouped[same]["names"] = []
        grouped[same]["names"].append(question.name)
    return list(grouped.values())


def _question(confirmation: Confirmation) -> dict[str, Any]:
    applicant = confirmation.request.applicant
    managers = queries.managers_named(confirmation)
    return {
        "name": confirmation.name,
        "zone": confirmation.zone.name if confirmation.zone else "",
        "purpose": confirmation.purpose,
        "managers_ja": [manager.name_ja or manager.name_en for manager in managers],
        "managers_en": [manager.name_en or manager.name_ja for manager in managers],
        "affiliation_ja": applicant.affiliation_ja or applicant.affiliation_en,
        "affiliation_en": applicant.affiliation_en or applicant.affiliation_ja,
    }


def answer_recorded(given: Answer) -> None:
    """Tell an administrator or holder that a registrar wrote down an answer in their name."""
    question, registrar = given.confirmation, given.recorded_by
    if registrar is None or given.said_at is None:
        raise ValueError("nobody wrote this answer down")
    context = {
        "channel": given.channel,
        "is_yes": given.is_yes,
        "said_at": timezone.localtime(given.said_at).strftime("%Y-%m-%d %H:%M"),
        "recorded_ja": registrar.name_ja or registrar.name_en,
        "recorded_en": registrar.name_en or registrar.name_ja,
    }
    mails.send(
        "answer_recorded",
        key=f"C{question.pk}/answer{given.pk}",
        person=given.person,
        context=mails.facts(question.request, reason=given.reason) | _question(question) | context,
        link=reverse("requests:confirmation", args=[question.pk]),
    )
