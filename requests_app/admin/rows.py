"""Rows for NII and CSRs as they are stored; incidents with their resolution."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actors import desk_actor
from csr.problems import Problem as CsrProblem
from requests_app import errors, forms
from requests_app.admin import reasons
from requests_app.admin.reading import ReadOnlyAdmin
from requests_app.models import Csr, Incident, TsvRow
from requests_app.services import incidents
from requests_app.steps import rows as steps
from requests_app.views import showing
from requests_app.views.finding import tell


@admin.register(TsvRow)
class TsvRowAdmin(ReadOnlyAdmin):
    """The rows."""

    list_display = ("request", "kind", "serial", "digest", "made_at", "sent_at", "superseded_at")
    list_filter = ("kind",)
    list_select_related = ("request",)
    search_fields = ("request__common_name", "digest")
    exclude = ("content", "kind_reason")
    readonly_fields = ("why",)

    @admin.display(description=gettext_lazy("why 発行 or 更新"))
    def why(self, row: TsvRow) -> str:
        return steps.reason_text(row.kind_reason)


@admin.register(Csr)
class CsrAdmin(ReadOnlyAdmin):
    """CSRs by name and key; the bytes are not shown."""

    list_display = ("request", "common_name", "key_description", "spki_sha256", "uploaded_at", "superseded_at")
    list_select_related = ("request",)
    search_fields = ("common_name", "spki_sha256")
    exclude = ("der", "problems")
    readonly_fields = ("findings",)

    @admin.display(description=gettext_lazy("findings"))
    def findings(self, csr: Csr) -> str:
        """The sentences, one in each line."""
        found = showing.csr_findings([CsrProblem.from_json(problem) for problem in csr.problems])
        return "\n".join(finding.text for finding in found)


@admin.register(Incident)
class IncidentAdmin(ReadOnlyAdmin):
    """Incidents, the most urgent first; closing one takes a sentence about what was done."""

    list_display = ("kind", "request", "opened_at", "due", "owner", "resolved_at")
    list_filter = ("kind", ("resolved_at", admin.EmptyFieldListFilter))
    list_select_related = ("request", "owner")

    @admin.display(description=gettext_lazy("due"), ordering="due_at")
    def due(self, incident: Incident) -> str:
        """The moment, marked while the incident is open."""
        moment = formats.date_format(timezone.localtime(incident.due_at), "Y-m-d H:i")
        if incident.resolved_at:
            return moment
        tone = "error" if incident.due_at < timezone.now() else "warning"
        return render_to_string("components/tone_badge.html", {"tone": tone, "label": moment})

    def get_urls(self) -> list[URLPattern]:
        own = [path("<int:pk>/resolve/", self.posting(resolve), name="requests_app_resolve")]
        return own + super().get_urls()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the incident with the form that closes it."""
        resolve_form = reasons.empty_form("resolve", required=True)
        resolve_form.fields["reason"].label = _("What was found, and what was done")
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), "resolve_form": resolve_form}
        )


def resolve(request: HttpRequest, pk: int) -> HttpResponse:
    """Close an incident."""
    get_object_or_404(Incident, pk=pk)
    form = forms.ReasonForm(request.POST)
    try:
        incidents.resolve(
            pk, resolution=form.cleaned_data["reason"] if form.is_valid() else "", actor=desk_actor(request)
        )
        messages.success(request, _("The incident was closed."))
    except errors.RequestError as error:
        tell(request, error)
    return redirect("admin:requests_app_incident_change", pk)
