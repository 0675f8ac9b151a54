"""The pages of zone administrators and holders: what waits, and one question with who asks for what."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.actors import actor_by_link, actor_of
from accounts.ratelimits import rate_limited
from audit.actors import Door
from requests_app import errors, forms, queries
from requests_app.models import Asking, Confirmation, ConfirmationKind
from requests_app.services import confirming
from requests_app.states import ConfirmationState
from requests_app.steps import granting
from requests_app.views import showing
from requests_app.views.finding import person_of, tell
from requests_app.views.links import came_by_mail, forget_link, question_of_link

ANSWERED_ROWS = 50
"""Answered questions shown below those that wait."""


def _all(request: HttpRequest) -> QuerySet[Confirmation]:
    visible = queries.answerable_by(person_of(request))
    return visible.select_related("request", "zone", "applicant", "certificate").prefetch_related(
        "answers__person", "answers__recorded_by"
    )


@require_GET
def waiting(request: HttpRequest) -> HttpResponse:
    """Show the questions that wait for the person, and those that were settled."""
    waits = queries.waiting_for(person_of(request)).select_related("request", "zone", "applicant")
    settled = _all(request).exclude(pk__in=waits.values("pk")).order_by("-asked_at")[:ANSWERED_ROWS]
    return render(request, "requests_app/confirmations.html", {"waiting": waits, "settled": settled})


@require_http_methods(["GET", "POST"])
def confirmation(request: HttpRequest, pk: int) -> HttpResponse:
    """Show who asks for what; POST answers."""
    found = _all(request).filter(pk=pk).first()
    if found is None:
        return _not_asked_any_more(request, pk)
    door = Door.MAIL_LINK if came_by_mail(request) else Door.PORTAL
    is_open = found.state == ConfirmationState.ASKED
    may_grant = is_open and granting.may_be_given(found, person_id=person_of(request).pk)
    asks_holder = found.kind == ConfirmationKind.HOLDER
    form = forms.AnswerForm(request.POST or None, asks_holder=asks_holder, may_grant=may_grant)
    status = 200
    if request.method == "POST" and form.is_valid():
        is_yes = form.cleaned_data["answer"] == "yes"
        try:
            confirming.answer(
                pk,
                is_yes=is_yes,
                reason=form.cleaned_data["reason"],
                grant_until=form.cleaned_data.get("grant_until") if is_yes else None,
                actor=actor_of(request, door=door),
            )
        except errors.ReasonRequired:
            form.add_error("reason", _("A no needs a reason: the applicant reads it."))
        except errors.GrantDays as error:
            form.add_error("grant_until", str(error))
        except errors.RequestError as error:
            tell(request, error)
            return redirect("requests:confirmation", pk=pk)
        else:
            messages.success(request, _("Thank you. Your answer about %(name)s was recorded.") % {"name": found.name})
            found.refresh_from_db(fields=["state"])
            if found.state == ConfirmationState.ASKED:
                messages.info(
                    request,
                    _("You have a part in this request, so another administrator or holder has to confirm, too."),
                )
            return redirect("requests:confirmations")
    if form.errors:
        status = 422
    answered = any(answer.person_id == person_of(request).pk for answer in found.answers.all())
    context = {
        "confirmation": found,
        "certificate_request": found.request,
        "managers": queries.managers_named(found),
        "form": form,
        "may_answer": not answered and queries.takes_answers(found),
        "answered": answered,
        "is_open": is_open,
        "items": showing.evidence_for_those_asked(found),
    }
    return render(request, "requests_app/confirmation.html", context, status=status)


@login_not_required
@require_http_methods(["GET", "POST"])
@rate_limited("mail-link", limit=60, window_seconds=300)
def answer_by_link(request: HttpRequest) -> HttpResponse:
    """Show the question that a mail's link is about, and take an answer without a sign-in, where ITC allows that."""
    asked = question_of_link(request)
    if asked is None:
        return redirect("requests:open_link")
    pk, person_id = asked
    found = queries.asked_by_link(pk, person_id=person_id)
    if found is None:
        return redirect("requests:confirmation", pk=pk)
    form = forms.AnswerForm(request.POST or None, asks_holder=found.kind == ConfirmationKind.HOLDER)
    context = {"confirmation": found, "managers": queries.managers_named(found), "form": form}
    if request.method == "POST" and form.is_valid():
        try:
            confirming.answer(
                pk,
                is_yes=form.cleaned_data["answer"] == "yes",
                reason=form.cleaned_data["reason"],
                actor=actor_by_link(request, person_id),
                by_link=True,
            )
        except errors.ReasonRequired:
            form.add_error("reason", _("A no needs a reason: the applicant reads it."))
        except errors.RequestError as error:
            forget_link(request)
            return render(request, "requests_app/answer_by_link.html", context | {"refused": str(error)}, status=409)
        else:
            forget_link(request)
            return render(request, "requests_app/answer_by_link.html", context | {"is_done": True})
    return render(request, "requests_app/answer_by_link.html", context, status=422 if form.errors else 200)


def _not_asked_any_more(request: HttpRequest, pk: int) -> HttpResponse:
    """Say to somebody who was asked and does not administer the zone any more that others answer now; else a 404."""
    # Compared as a number, not as a row: one too long for a row is then none.
    asked = Asking.objects.filter(confirmation__id=pk, person=person_of(request))
    asking = get_object_or_404(asked.select_related("confirmation__zone"))
    tell(request, errors.NotAddressed(zone=asking.confirmation.zone))
    return redirect("requests:confirmations")
