"""Break-glass at the desk: breaking the glass, what was done meanwhile, and the other registrar's review."""

from typing import ClassVar

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import queries as people
from accounts.actors import desk_actor
from accounts.errors import AccountError
from accounts.models import BreakGlass
from accounts.services import break_glass
from audit import queries as audit
from requests_app import forms
from requests_app.admin.reading import PageAdmin
from requests_app.views import timelines
from requests_app.views.finding import person_of

PERMISSION = "accounts.break_glass"


@admin.register(BreakGlass)
class BreakGlassAdmin(PageAdmin):
    """Every time that the glass was broken, the newest first, and what was done meanwhile."""

    list_display = ("opened_at", "person", "until_at", "reviewed_at", "reviewed_by")
    list_filter = (("reviewed_at", admin.EmptyFieldListFilter),)
    list_select_related: ClassVar = ("person", "reviewed_by")

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("open/", self.guarded(open_form, permission=PERMISSION), name="accounts_breakglass_open"),
            path("close/", self.posting(close), name="accounts_breakglass_close"),
            path("<int:pk>/review/", self.posting(review), name="accounts_breakglass_review"),
        ]
        return own + super().get_urls()

    def page(self, request: HttpRequest, found: BreakGlass) -> HttpResponse:
        """Show who broke the glass and why, every event of that time, and the review."""
        return _page(request, found, forms.ReasonForm())


def _page(request: HttpRequest, found: BreakGlass, form: forms.ReasonForm, *, status: int = 200) -> HttpResponse:
    events = list(audit.by_break_glass(found.person_id, found.pk))
    may_review = request.user.is_authenticated and request.user.has_perm("requests_app.review")
    context = {
        **admin.site.each_context(request),
        "title": str(found),
        "opts": BreakGlass._meta,
        "found": found,
        "is_over": found.until_at <= timezone.now(),
        "is_own": found.person_id == person_of(request).pk,
        "may_review": may_review and break_glass.why_not_review(found, actor=desk_actor(request)) is None,
        "entries": timelines.of_events(events, with_subject=True),
        "form": form,
    }
    return TemplateResponse(request, "admin/accounts/break_glass.html", context, status=status)


def open_form(request: HttpRequest) -> HttpResponse:
    """Say what breaking the glass means and ask why; POST does it."""
    person = person_of(request)
    form = forms.ReasonForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            opened = break_glass.open_for(form.cleaned_data["reason"], actor=desk_actor(request))
        except AccountError as error:
            form.add_error(None, str(error))
            status = error.status
        else:
            messages.warning(request, _("You broke the glass. Every registrar was told by mail."))
            return redirect("admin:accounts_breakglass_change", opened)
    elif form.errors:
        status = 422
    context = {
        **admin.site.each_context(request),
        "title": _("Break the glass"),
        "opts": BreakGlass._meta,
        "form": form,
        "opened": people.open_break_glass(person.pk, at=timezone.now()),
        "minutes": int(break_glass.LIFETIME.total_seconds() // 60),
    }
    return TemplateResponse(request, "admin/accounts/break_glass_open.html", context, status=status)


def close(request: HttpRequest) -> HttpResponse:
    """End one's own break-glass before its time."""
    try:
        break_glass.close(actor=desk_actor(request))
    except AccountError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The break-glass is over. Another registrar reviews what you did."))
    return redirect("admin:index")


def review(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that one looked at what was done."""
    found = get_object_or_404(BreakGlass, pk=pk)
    form = forms.ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    try:
        break_glass.review(pk, note=form.cleaned_data["reason"], actor=desk_actor(request))
    except AccountError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Thank you: the review was recorded."))
    return redirect("admin:accounts_breakglass_change", pk)
