"""Read-only pages of what decisions rest on, and the import of zones."""

import hashlib

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from requests_app import errors, forms
from requests_app.admin.reading import ReadOnlyAdmin, TabularInline
from requests_app.admin.request import desk_actor
from requests_app.models import Confirmation, Decision, NameObservation, NameOverride, Zone, ZoneAdministration
from requests_app.services import zones


@admin.register(Confirmation)
class ConfirmationAdmin(ReadOnlyAdmin):
    list_display = ("name", "kind", "zone", "applicant", "state", "asked_at", "settled_at")
    list_filter = ("state", "kind")
    list_select_related = ("zone", "applicant")
    search_fields = ("name",)


@admin.register(NameObservation)
class NameObservationAdmin(ReadOnlyAdmin):
    list_display = ("name", "view", "outcome", "caa", "observed_at")
    list_filter = ("view", "outcome")
    search_fields = ("name",)


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
        importing = permission_required("requests_app.change_zones", raise_exception=True)(import_zones)
        return [
            path("import/", self.admin_site.admin_view(importing), name="requests_app_import_zones"),
            *super().get_urls(),
        ]


def import_zones(request: HttpRequest) -> HttpResponse:
    """Show the difference that a file would make; with its digest posted back, apply it."""
    form = forms.ZoneImportForm(request.POST or None, request.FILES or None)
    context = {**admin.site.each_context(request), "title": _("Import of zones"), "form": form}
    if request.method != "POST" or not form.is_valid():
        return TemplateResponse(
            request, "admin/requests_app/import_zones.html", context, status=422 if form.errors else 200
        )
    content = form.cleaned_data["zones_file"].read()
    digest = hashlib.sha256(content).hexdigest()
    try:
        if request.POST.get("digest") == digest:
            applied = zones.apply_import(content, actor=desk_actor(request))
            messages.success(
                request,
                _("The zones were imported: %(added)s added, %(ended)s ended.")
                % {"added": len(applied.added), "ended": len(applied.ended)},
            )
            return redirect("admin:requests_app_zone_changelist")
        context |= {"difference": zones.describe(zones.read(content)), "digest": digest}
    except errors.ImportRefused as error:
        context |= {"problems": error.problems}
        return TemplateResponse(request, "admin/requests_app/import_zones.html", context, status=422)
    return TemplateResponse(request, "admin/requests_app/import_zones.html", context)
