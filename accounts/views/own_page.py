"""A person's own page: what the portal knows about them, language, sessions, the question about employment."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import adapters, days, queries
from accounts.actors import actor_of
from accounts.errors import AccountError
from accounts.forms import LanguageForm, QuestionForm
from accounts.models import User
from accounts.ratelimits import rate_limited
from accounts.services import employment, sessions

LANGUAGE_COOKIE_SECONDS = 365 * 24 * 3600
"""How long a browser that nobody signed in with keeps the language."""


@require_safe
def own_page(request: HttpRequest) -> HttpResponse:
    """Everything on record about the person who is signed in."""
    person = User.objects.get(pk=actor_of(request).person_id or 0)
    today = days.today()
    context = {
        "person": person,
        "employments": person.employments.all(),
        "is_full_time": queries.is_full_time(person, on=today),
        "has_asked": person.employment_questions.filter(answered_at=None).exists(),
        "grants": person.role_grants.current(timezone.now()),
        "form": QuestionForm(),
    }
    return render(request, "accounts/own_page.html", context)


@require_POST
@rate_limited("employment-question", 10, 3600)
def ask_about_employment(request: HttpRequest) -> HttpResponse:
    """Ask ITC to confirm that one is full-time."""
    form = QuestionForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("The note is too long; please use at most 500 characters."))
        return redirect("own_page")
    try:
        employment.ask(note=form.cleaned_data["note"], actor=actor_of(request))
    except AccountError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Your question has been sent to the Information Technology Center."))
    return redirect("own_page")


@require_POST
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """End every session of the person, this one too."""
    sessions.sign_out_everywhere(actor=actor_of(request))
    return redirect("signed_out")


@login_not_required
@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep the language: for a person in the database, for this browser in a cookie."""
    next_path = request.POST.get("next", "")
    response = redirect(next_path if adapters.is_local_path(next_path) else "/")
    form = LanguageForm(request.POST)
    if not form.is_valid():
        return response
    language = form.cleaned_data["language"]
    if request.user.is_authenticated:
        sessions.choose_language(language, actor=actor_of(request))
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=LANGUAGE_COOKIE_SECONDS,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
    return response
