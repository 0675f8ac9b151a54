"""Answers that people gave to a registrar outside the portal: the forms on the decision page, and their door."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.actors import Actor
from requests_app import errors, forms
from requests_app.models import CertificateRequest, Channel, Confirmation
from requests_app.services import confirming
from requests_app.states import ConfirmationState
from requests_app.views.finding import tell


def recordable(questions: Iterable[Confirmation]) -> list[dict[str, Any]]:
    """Return a form for each of these questions of a current version that takes an answer from somebody."""
    now = timezone.localtime()
    shown = []
    over = {ConfirmationState.EXPIRED, ConfirmationState.VOID}
    takes = [question for question in questions if question.state not in over]
    people = confirming.who_may_be_recorded(takes)
    for question in takes:
        if not people[question.pk]:
            continue
        form = forms.ToldForm(
            people=people[question.pk],
            auto_id=f"id_told_{question.pk}_%s",
            initial={"question": question.pk, "said_on": now.date(), "said_time": now.time()},
        )
        shown.append({"name": question.name, "label": question.get_kind_display(), "form": form})
    return shown


def record(request: HttpRequest, found: CertificateRequest, *, actor: Actor) -> HttpResponse:
    """Take the posted form of one question of this request."""
    page = redirect(reverse("admin:requests_app_certificaterequest_change", args=[found.pk]))
    question = _question(found, request.POST.get("question", ""))
    people = confirming.who_may_be_recorded([question])[question.pk] if question else []
    form = forms.ToldForm(request.POST, people=people)
    if question is None or not form.is_valid():
        messages.error(request, _("Nothing was recorded: the form was not complete, or not open any more."))
        return page
    told = confirming.Told(
        person_id=form.cleaned_data["person"],
        is_yes=form.cleaned_data["answer"] == "yes",
        reason=form.cleaned_data["reason"],
        channel=Channel(form.cleaned_data["channel"]),
        said_at=form.said_at(),
    )
    try:
        confirming.record_answer(question.pk, told, actor=actor)
    except errors.RequestError as error:
        tell(request, error)
    else:
        messages.success(request, _("The answer about %(name)s was recorded.") % {"name": question.name})
    return page


def _question(found: CertificateRequest, number: str) -> Confirmation | None:
    return found.confirmations.filter(pk=int(number)).first() if number.isdecimal() and len(number) < 19 else None
