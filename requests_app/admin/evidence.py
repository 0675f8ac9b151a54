"""Read-only pages of what decisions rest on, and the import of zones."""

import base64
import hashlib
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from requests_app import errors, forms, queries, texts
from requests_app.admin.reading import ReadOnlyAdmin, TabularInline, filter_in_words
from requests_app.admin.request import desk_actor
from requests_app.models import Confirmation, Decision, NameObservation, NameOverride, Zone, ZoneAdministration
from requests_app.services import zones


@admin.register(Confirmation)
class ConfirmationAdmin(ReadOnlyAdmin):
    list_display = ("name", "kind", "zone", "applicant", "state", "asked_at", "settled_at")
    list_filter = ("state", "kind")
    list_select_related = ("zone", "applicant")
    search_fields = ("name",)
    exclude = ("manager_ids",)
    readonly_fields = ("managers",)

    @admin.display(description=gettext_lazy("certificate managers"))
    def managers(self, confirmation: Confirmation) -> str:
        return texts.listed(str(person) for person in queries.managers_named(confirmation))


@admin.register(NameObservation)
class NameObservationAdmin(ReadOnlyAdmin):
    list_display = ("name", "seen_from", "found", "caa_says", "observed_at")
    list_filter = (filter_in_words("view", texts.view), filter_in_words("outcome", texts.outcome))
    search_fields = ("name",)
    fields = ("name", "seen_from", "found", "caa_sentence", "observed_at", "answer")

    @admin.display(description=gettext_lazy("DNS view"), ordering="view")
    def seen_from(self, observation: NameObservation) -> str:
        return texts.view(observation.view)

    @admin.display(description=gettext_lazy("outcome"), ordering="outcome")
    def found(self, observation: NameObservation) -> str:
        return texts.outcome(observation.outcome)

    @admin.display(description=gettext_lazy("CAA"), ordering="caa")
    def caa_says(self, observation: NameObservation) -> str:
        return texts.caa_word(observation.caa)

    @admin.display(description=gettext_lazy("CAA"))
    def caa_sentence(self, observation: NameObservation) -> str:
        return texts.caa(observation.caa)


@admin.register(NameOverride)
class NameOverrideAdmin(ReadOnlyAdmin):
    list_display = ("name", "kind", "request", "person", "decided_at")
    list_select_related = ("request", "person")
    search_fields = ("name",)


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    list_display = ("request", "kind", "digest", "person", "decided_at", "void_at")
    list_filter = ("kind",)
    list_select_related = ("request", "person")
    search_fields = ("digest",)


class AdministrationInline(TabularInline):
    model = ZoneAdministration
    fk_name = "zone"
    can_delete = False
    extra = max_num = 0


@admin.register(Zone)
class ZoneAdmin(ReadOnlyAdmin):
    """Zones with their administrators, and the import from CSV: look first, then apply exactly that file."""

    list_display = ("name",)
    search_fields = ("name",)
    inlines = (AdministrationInline,)

    def get_urls(self) -> list[URLPattern]:
        importing = self.guarded(import_zones, permission="requests_app.change_zones")
        return [
            path("import/", importing, name="requests_app_import_zones"),
            *super().get_urls(),
        ]


def import_zones(request: HttpRequest) -> HttpResponse:
    """Show the difference that a file would make; the page carries the file, so that exactly it is applied next."""
    if request.method != "POST":
        return _import_page(request, forms.ZoneImportForm())
    if "apply" in request.POST:
        return _apply_import(request)
    form = forms.ZoneImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _import_page(request, form, status=422)
    return _difference_page(request, form.cleaned_data["zones_file"].read(zones.MAX_BYTES + 1))


def _difference_page(request: HttpRequest, content: bytes) -> HttpResponse:
    try:
        difference = zones.describe(zones.read(content))
    except errors.ImportRefused as error:
        return _import_page(request, forms.ZoneImportForm(), problems=error.problems, status=422)
    return _import_page(
        request,
        forms.ZoneImportForm(),
        difference=difference,
        digest=hashlib.sha256(content).hexdigest(),
        apply_form=forms.ZoneApplyForm(initial={"content": base64.b64encode(content).decode()}, auto_id=False),
    )


def _apply_import(request: HttpRequest) -> HttpResponse:
    """Apply the file that the page carried, if it still has the digest that was shown."""
    form = forms.ZoneApplyForm(request.POST)
    if not form.is_valid():
        return _import_page(request, forms.ZoneImportForm(), problems=[_("Please choose the file again.")], status=422)
    try:
        applied = zones.apply_import(form.cleaned_data["content"], actor=desk_actor(request))
    except errors.ImportRefused as error:
        return _import_page(request, forms.ZoneImportForm(), problems=error.problems, status=422)
    messages.success(
        request,
        _("The zones were imported: %(added)s added, %(ended)s ended.")
        % {"added": len(applied.added), "ended": len(applied.ended)},
    )
    # Not the list of zones: a settings administrator may import, though not read the desk.
    return redirect("admin:requests_app_import_zones")


def _import_page(request: HttpRequest, form: forms.ZoneImportForm, *, status: int = 200, **shown: Any) -> HttpResponse:
    context = {**admin.site.each_context(request), "title": _("Import of zones"), "form": form, **shown}
    return TemplateResponse(request, "admin/requests_app/import_zones.html", context, status=status)
