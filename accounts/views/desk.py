"""The registrars' pages about people: roles, and questions about employment."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import days
from accounts.actors import actor_of
from accounts.choices import EmploymentKind, Role
from accounts.errors import AccountError
from accounts.forms import EvidenceForm, OfferForm
from accounts.models import EmploymentQuestion, RoleGrant
from accounts.services import employment, roles

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

UNANSWERED = 422
"""The status of a form that was refused and shown again."""


def desk_only(permission: str) -> Callable[[View[P]], View[P]]:
    """Answer 403 to whoever lacks the permission; the verbs ask again after their lock."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not (request.user.is_authenticated and request.user.has_perm(permission)):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def _roles_page(request: HttpRequest, form: OfferForm, *, status: int = 200) -> HttpResponse:
    now = timezone.now()
    people = RoleGrant.objects.select_related("person", "offered_by", "confirmed_by")
    context = {
        "form": form,
        "offers": people.open_offers(now),
        "grants": people.current(now).order_by("role", "until_at"),
        "may_change": request.user.has_perm("accounts.grant_roles") if request.user.is_authenticated else False,
    }
    return render(request, "accounts/roles.html", context, status=status)


@require_safe
@desk_only("requests_app.view_desk")
def role_list(request: HttpRequest) -> HttpResponse:
    """Roles in office and offers that wait for a second registrar."""
    return _roles_page(request, OfferForm())


@require_POST
@desk_only("accounts.grant_roles")
def offer_role(request: HttpRequest) -> HttpResponse:
    """Offer a role to somebody."""
    form = OfferForm(request.POST)
    if not form.is_valid():
        return _roles_page(request, form, status=UNANSWERED)
    try:
        roles.offer(
            form.cleaned_data["account"],
            Role(form.cleaned_data["role"]),
            until_at=days.end_of(form.cleaned_data["until_on"]),
            actor=actor_of(request, role=Role.REGISTRAR),
        )
    except AccountError as error:
        form.add_error(None, str(error))
        return _roles_page(request, form, status=error.status)
    messages.success(request, _("The role is offered; it acts when a second registrar has confirmed it."))
    return redirect("role_list")


@require_POST
@desk_only("accounts.grant_roles")
def confirm_role(request: HttpRequest, grant_id: int) -> HttpResponse:
    """Confirm another registrar's offer."""
    try:
        roles.confirm(grant_id, actor=actor_of(request, role=Role.REGISTRAR))
    except AccountError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The role is confirmed and acts from now on."))
    return redirect("role_list")


@require_POST
def end_role(request: HttpRequest, grant_id: int) -> HttpResponse:
    """End a role at once: a registrar, or the holder their own."""
    try:
        roles.end(grant_id, actor=actor_of(request))
    except AccountError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The role has ended."))
    may_see_roles = request.user.is_authenticated and request.user.has_perm("requests_app.view_desk")
    return redirect("role_list" if may_see_roles else "own_page")


def _questions_page(request: HttpRequest, *, form: EvidenceForm | None = None, status: int = 200) -> HttpResponse:
    questions = EmploymentQuestion.objects.filter(answered_at=None).select_related("person").order_by("asked_at")
    context = {
        "questions": [(question, EvidenceForm(prefix=None, auto_id=f"q{question.pk}_%s")) for question in questions],
        "refused": form,
        "may_change": request.user.has_perm("accounts.confirm_employment") if request.user.is_authenticated else False,
    }
    return render(request, "accounts/employment_questions.html", context, status=status)


@require_safe
@desk_only("requests_app.view_desk")
def employment_questions(request: HttpRequest) -> HttpResponse:
    """Open questions, oldest first."""
    return _questions_page(request)


@require_POST
@desk_only("accounts.confirm_employment")
def answer_employment_question(request: HttpRequest, question_id: int) -> HttpResponse:
    """Confirm with the evidence, or decline."""
    question = get_object_or_404(EmploymentQuestion, pk=question_id)
    actor = actor_of(request, role=Role.REGISTRAR)
    form = EvidenceForm(request.POST)
    try:
        if "decline" in request.POST:
            employment.decline(question.pk, actor=actor)
        elif not form.is_valid():
            return _questions_page(request, form=form, status=UNANSWERED)
        else:
            employment.confirm(
                question.person_id,
                kind=EmploymentKind(form.cleaned_data["kind"]),
                evidence=form.cleaned_data["evidence"],
                until_on=form.cleaned_data["until_on"],
                actor=actor,
            )
    except AccountError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The question is answered."))
    return redirect("employment_questions")
