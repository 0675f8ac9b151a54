"""The queue and the page on which a registrar decides about one request."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import SEARCH_VAR
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actors import desk_actor
from requests_app import errors, forms
from requests_app.admin import review_page, telling
from requests_app.admin.reading import PageAdmin
from requests_app.models import CertificateRequest, OverrideKind, RowKind
from requests_app.services import (
    acting,
    commenting,
    confirming,
    incidents,
    installing,
    preparing,
    reviewing,
    submitting,
)
from requests_app.states import Action, State
from requests_app.states.request import LABELS
from requests_app.views import showing
from requests_app.views.finding import tell

WAITING_FOR_REGISTRARS = (State.REVIEWING, State.PREPARED, State.HELD)


class QueueFilter(admin.SimpleListFilter):
    """What waits for a registrar is what one sees first; a search looks everywhere; everything else is a click away."""

    title = gettext_lazy("queue")
    parameter_name = "queue"

    def __init__(self, request: HttpRequest, params: Any, model: Any, model_admin: Any) -> None:
        self._unasked = "all" if request.GET.get(SEARCH_VAR) else "mine"
        super().__init__(request, params, model, model_admin)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        first = [("mine", gettext_lazy("Waits for a registrar")), ("all", gettext_lazy("Every request"))]
        return [*first, *((state.value, LABELS[state]) for state in State)]

    def value(self) -> str:
        return super().value() or self._unasked

    def choices(self, changelist: Any) -> Iterator[Any]:
        for value, label in self.lookup_choices:
            query = changelist.get_query_string({self.parameter_name: value})
            yield {"selected": self.value() == value, "query_string": query, "display": label}

    def queryset(self, request: HttpRequest, queryset: QuerySet[CertificateRequest]) -> QuerySet[CertificateRequest]:
        if self.value() == "mine":
            return queryset.filter(state__in=WAITING_FOR_REGISTRARS)
        return queryset if self.value() == "all" else queryset.filter(state=self.value())


@admin.register(CertificateRequest)
class CertificateRequestAdmin(PageAdmin):
    """Queue and decision page."""

    list_display = ("reference", "common_name", "state_badge", "applicant_name", "applied", "touched")
    list_display_links = ("reference", "common_name")
    list_filter = (QueueFilter, "purpose")
    show_facets = admin.ShowFacets.NEVER
    list_select_related = ("applicant",)
    search_fields = ("common_name", "=id", "applicant__name_ja", "applicant__name_en")
    date_hierarchy = "applied_at"
    ordering = ("touched_at",)

    @admin.display(description=gettext_lazy("number"), ordering="pk")
    def reference(self, obj: CertificateRequest) -> str:
        return obj.reference

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_badge(self, obj: CertificateRequest) -> str:
        """The state as on every other page: colour, shape and word."""
        label = LABELS[State(obj.state)]
        badge = render_to_string("components/state_badge.html", {"state": obj.state, "label": label})
        if obj.held_at is None:
            return badge
        held = render_to_string("components/tone_badge.html", {"tone": "warning", "label": _("On hold")})
        return format_html("{} {}", badge, held)

    @admin.display(description=gettext_lazy("applicant"), ordering="applicant")
    def applicant_name(self, obj: CertificateRequest) -> str:
        return obj.applicant.display_name

    @admin.display(description=gettext_lazy("applied at"), ordering="applied_at")
    def applied(self, obj: CertificateRequest) -> str:
        return _minute(obj.applied_at)

    @admin.display(description=gettext_lazy("last changed at"), ordering="touched_at")
    def touched(self, obj: CertificateRequest) -> str:
        return _minute(obj.touched_at)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the list under its own name; Django's heading speaks of a choice to be made."""
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("<int:pk>/approve/", self.posting(approve), name="requests_app_approve"),
            path("<int:pk>/override/", self.posting(override), name="requests_app_override"),
            path("<int:pk>/record-answer/", self.posting(record_answer), name="requests_app_record_answer"),
            path("<int:pk>/accept/", self.posting(accept), name="requests_app_accept"),
            path("<int:pk>/correct/", self.posting(correct), name="requests_app_correct"),
            path("<int:pk>/decide-kind/", self.posting(decide_kind), name="requests_app_decide_kind"),
            path("<int:pk>/resubmit/", self.posting(resubmit), name="requests_app_resubmit"),
            path("<int:pk>/installed/", self.posting(installed), name="requests_app_installed"),
            path("<int:pk>/unauthorised/", self.posting(unauthorised), name="requests_app_unauthorised"),
            path("<int:pk>/comment/", self.posting(comment), name="requests_app_comment"),
            path("<int:pk>/act/<str:action>/", self.posting(act), name="requests_app_act"),
        ]
        return own + super().get_urls()

    def page(self, request: HttpRequest, found: CertificateRequest) -> HttpResponse:
        """Show people, names with evidence, conflicts, CSR verdict, row, history, and the decisions one may take."""
        context = {
            **self.admin_site.each_context(request),
            **review_page.context(found, desk_actor(request)),
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/requests_app/review.html", context)


def _minute(moment: datetime | None) -> str:
    return formats.date_format(timezone.localtime(moment), "Y-m-d H:i") if moment else ""


def _page(pk: int) -> str:
    return reverse("admin:requests_app_certificaterequest_change", args=[pk])


def _decide(request: HttpRequest, pk: int, action: Action, verb: Any) -> HttpResponse:
    """Call the verb, and say what became of it on the request's page."""
    get_object_or_404(CertificateRequest, pk=pk)
    try:
        verb(_posted(request))
    except errors.EvidenceTooOld as error:
        confirming.look_up_again(pk, actor=desk_actor(request))
        tell(request, error)
    except errors.RowRefused as error:
        tell(request, error)
        for sentence in showing.tsv_sentences(error.problems):
            messages.error(request, sentence)
    except errors.RequestError as error:
        tell(request, error)
    else:
        messages.success(request, _("Recorded: %(action)s.") % {"action": showing.action_label(action)})
    return redirect(_page(pk))


def _posted(request: HttpRequest) -> dict[str, Any]:
    """Return digest and reason; a missing or malformed digest stays empty and is refused by the verb.

    Raises TextRefused when the reason cannot be taken: to go on without it would decide something else.
    """
    form = forms.DecisionForm(request.POST)
    if not form.is_valid() and "reason" in form.errors:
        raise errors.TextRefused(problem=" ".join(map(str, form.errors["reason"])))
    return {"digest": form.cleaned_data.get("digest", ""), "reason": form.cleaned_data.get("reason", "")}


def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve the version whose digest was shown."""
    return _decide(
        request,
        pk,
        Action.APPROVE,
        lambda given: reviewing.approve(pk, actor=desk_actor(request), digest=given["digest"], reason=given["reason"]),
    )


def override(request: HttpRequest, pk: int) -> HttpResponse:
    """Override one point of one name, with a reason."""
    form = forms.OverrideForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Nothing was decided: the form was not complete."))
        return redirect(_page(pk))
    given = form.cleaned_data
    return _decide(
        request,
        pk,
        Action.OVERRIDE,
        lambda _given: confirming.override(
            pk,
            name=given["name"],
            kind=OverrideKind(given["kind"]),
            reason=given["reason"],
            digest=given["digest"],
            actor=desk_actor(request),
        ),
    )


def record_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down what somebody who is asked said by telephone, in person or in writing."""
    return telling.record(request, get_object_or_404(CertificateRequest, pk=pk), actor=desk_actor(request))


def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept exactly the row that was shown."""
    return _decide(
        request,
        pk,
        Action.ACCEPT,
        lambda given: preparing.accept(pk, actor=desk_actor(request), digest=given["digest"]),
    )


def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the applicant for a correction."""
    return _decide(
        request,
        pk,
        Action.CORRECT,
        lambda given: preparing.ask_for_correction(pk, actor=desk_actor(request), reason=given["reason"]),
    )


def decide_kind(request: HttpRequest, pk: int) -> HttpResponse:
    """Decide between 発行 and 更新."""
    form = forms.KindForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Nothing was decided: the form was not complete."))
        return redirect(_page(pk))
    given = form.cleaned_data
    return _decide(
        request,
        pk,
        Action.DECIDE_KIND,
        lambda _given: preparing.decide_kind(
            pk,
            kind=RowKind(given["kind"]),
            serial=given["serial"],
            reason=given["reason"],
            actor=desk_actor(request),
        ),
    )


def resubmit(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a row that NII refused wait for the next file as it is."""
    return _decide(
        request,
        pk,
        Action.RESUBMIT,
        lambda given: submitting.resubmit(pk, actor=desk_actor(request), digest=given["digest"]),
    )


def installed(request: HttpRequest, pk: int) -> HttpResponse:
    """Record an installation on behalf of the holder, with a note of how it is known."""
    return _decide(
        request,
        pk,
        Action.RECORD_INSTALLED,
        lambda given: installing.record(pk, note=given["reason"], actor=desk_actor(request)),
    )


def unauthorised(request: HttpRequest, pk: int) -> HttpResponse:
    """Report a row that should not have gone to NII."""
    return _decide(
        request,
        pk,
        Action.REPORT_UNAUTHORISED,
        lambda given: incidents.report_unauthorised(pk, reason=given["reason"], actor=desk_actor(request)),
    )


def act(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Take a plain action: return, reject, hold, release. Anything else has no address here."""
    if action not in {plain.value for plain in acting.PLAIN}:
        raise Http404
    return _decide(
        request,
        pk,
        Action(action),
        lambda given: acting.act(pk, Action(action), actor=desk_actor(request), reason=given["reason"]),
    )


def comment(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep a registrar's comment; one that cannot be kept is shown again with the reason."""
    found = get_object_or_404(CertificateRequest, pk=pk)
    form = forms.CommentForm(request.POST)
    if form.is_valid():
        try:
            commenting.comment(pk, form.cleaned_data["text"], actor=desk_actor(request))
        except errors.RequestError as error:
            form.add_error("text", str(error))
        else:
            messages.success(request, _("Your comment is on the page; the others were told by mail."))
            return redirect(f"{reverse('admin:requests_app_certificaterequest_change', args=[pk])}#comments")
    context = {
        **admin.site.each_context(request),
        "title": str(found),
        "opts": CertificateRequest._meta,
        "certificate_request": found,
        "form": form,
    }
    return TemplateResponse(request, "admin/requests_app/comment.html", context, status=422)
