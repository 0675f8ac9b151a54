"""Zones at the desk: look at them, propose a change as a file or as lines, and decide about what others proposed."""

import base64
import hashlib
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_GET

from accounts.actors import desk_actor
from audit import queries as audit
from requests_app import errors, forms
from requests_app.admin import reasons
from requests_app.admin.reading import PageAdmin, ReadOnlyAdmin, TabularInline
from requests_app.models import Zone, ZoneAdministration, ZoneChange
from requests_app.services import zones
from requests_app.steps import zone_file
from requests_app.views import timelines
from requests_app.views.finding import tell

PERMISSION = "requests_app.change_zones"
DOWNLOAD_NAME = "zones.csv"


class AdministrationInline(TabularInline):
    model = ZoneAdministration
    fk_name = "zone"
    can_delete = False
    extra = max_num = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[ZoneAdministration]:
        return super().get_queryset(request).select_related("person", "deputy_of")


@admin.register(Zone)
class ZoneAdmin(ReadOnlyAdmin):
    """Zones with their administrators, all of them as a file, and the pages that propose a change."""

    list_display = ("name",)
    search_fields = (
        "name",
        "administrations__person__account_names__account",
        "administrations__person__name_ja",
        "administrations__person__name_en",
    )
    inlines = (AdministrationInline,)

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("import/", self.guarded(propose, permission=PERMISSION), name="requests_app_import_zones"),
            path(
                "download/",
                self.guarded(require_GET(download), permission="requests_app.view_zone"),
                name="requests_app_zone_download",
            ),
            path("<int:pk>/lines/", self.guarded(lines, permission=PERMISSION), name="requests_app_zone_lines"),
        ]
        return own + super().get_urls()


@admin.register(ZoneChange)
class ZoneChangeAdmin(PageAdmin):
    """Changes of zones, the newest first: one person proposed each, another applies or discards it."""

    list_display = ("__str__", "state", "proposed_by", "proposed_at", "applied_by", "discarded_by")
    list_filter = (("applied_at", admin.EmptyFieldListFilter), ("discarded_at", admin.EmptyFieldListFilter))
    list_select_related: ClassVar = ("proposed_by", "applied_by", "discarded_by")

    @admin.display(description=gettext_lazy("state"))
    def state(self, change: ZoneChange) -> str:
        """What became of it, in words."""
        if change.is_waiting:
            return pgettext("zone change", "waits")
        return pgettext("zone change", "applied") if change.applied_at else pgettext("zone change", "discarded")

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(f"<int:pk>/{name}/", self.posting(view, permission=PERMISSION), name=f"{_CHANGE}_{name}")
            for name, view in (("apply", apply), ("discard", discard))
        ]
        return own + super().get_urls()

    def page(self, request: HttpRequest, found: ZoneChange) -> HttpResponse:
        """Show what the change would do now, or what it did, and the decision where it waits for this person."""
        return _change_page(request, found)


_CHANGE = "requests_app_zonechange"
_CHANGE_PAGE = f"admin:{_CHANGE}_change"


def propose(request: HttpRequest) -> HttpResponse:
    """Show the difference that a file would make; the page carries the file, so that exactly it is proposed next."""
    if request.method != "POST":
        return _propose_page(request, forms.ZoneImportForm())
    if "propose" in request.POST:
        return _propose(request)
    form = forms.ZoneImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _propose_page(request, form, status=422)
    return _difference_page(request, form)


def lines(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one zone's lines to be changed; what is written goes the way of every file."""
    zone = get_object_or_404(Zone, pk=pk)
    if request.method != "POST":
        written = zone_file.written(Zone.objects.filter(pk=pk))
        return _propose_page(request, forms.ZoneTextForm(initial={"zones_text": written}), zone=zone)
    form = forms.ZoneTextForm(request.POST)
    if not form.is_valid():
        return _propose_page(request, form, zone=zone, status=422)
    return _difference_page(request, form, zone=zone)


def _difference_page(request: HttpRequest, form: forms.ZoneTextForm, **shown: Any) -> HttpResponse:
    content = form.content()
    carried = {"content": base64.b64encode(content).decode()}
    return _compared(request, content, form, forms.ZoneProposeForm(initial=carried, auto_id="p_%s"), **shown)


def _compared(
    request: HttpRequest,
    content: bytes,
    form: forms.ZoneTextForm,
    propose_form: forms.ZoneProposeForm,
    *,
    status: int = 200,
    **shown: Any,
) -> HttpResponse:
    try:
        difference = zone_file.read(content)
    except errors.ImportRefused as error:
        return _propose_page(request, form, problems=error.problems, status=422, **shown)
    return _propose_page(
        request,
        form,
        difference=zone_file.describe(difference),
        compared=True,
        digest=hashlib.sha256(content).hexdigest(),
        propose_form=propose_form,
        status=status,
        **shown,
    )


def _propose(request: HttpRequest) -> HttpResponse:
    """Propose the file that the page carried, if it still has the digest that was shown."""
    form = forms.ZoneProposeForm(request.POST, auto_id="p_%s")
    if not form.is_valid():
        if "content" in form.errors:
            problems = [_("Please choose the file again.")]
            return _propose_page(request, forms.ZoneImportForm(), problems=problems, status=422)
        return _compared(request, form.cleaned_data["content"], forms.ZoneImportForm(), form, status=422)
    try:
        pk = zones.propose(form.cleaned_data["content"], reason=form.cleaned_data["reason"], actor=desk_actor(request))
    except errors.ImportRefused as error:
        return _propose_page(request, forms.ZoneImportForm(), problems=error.problems, status=422)
    except errors.NothingToChange as error:
        return _propose_page(request, forms.ZoneImportForm(), problems=[str(error)], status=422)
    messages.success(request, _("The change was proposed. Another registrar or settings administrator applies it."))
    return redirect(_CHANGE_PAGE, pk)


def _propose_page(request: HttpRequest, form: forms.ZoneTextForm, *, status: int = 200, **shown: Any) -> HttpResponse:
    zone = shown.get("zone")
    title = _("Change the zone %(zone)s") % {"zone": zone} if zone else _("Change zones")
    context = {**admin.site.each_context(request), "title": title, "form": form, **shown}
    return TemplateResponse(request, "admin/requests_app/import_zones.html", context, status=status)


def download(request: HttpRequest) -> HttpResponse:
    """Return every zone with its administrators as CSV, with the mark by which Excel knows UTF-8."""
    answer = HttpResponse(zone_file.written(Zone.objects.all()).encode("utf-8-sig"), content_type="text/csv")
    answer["Content-Disposition"] = f'attachment; filename="{DOWNLOAD_NAME}"'
    return answer


def _change_page(request: HttpRequest, change: ZoneChange) -> HttpResponse:
    problems: tuple[object, ...] = ()
    difference = None
    try:
        difference = zone_file.read(bytes(change.content)) if change.is_waiting else _applied(change)
    except errors.ImportRefused as error:
        problems = error.problems
    may_decide = change.is_waiting and request.user.is_authenticated and request.user.has_perm(PERMISSION)
    actor = desk_actor(request)
    may_apply = may_decide and difference is not None and not zones.why_not_apply(change, difference, actor=actor)
    context = {
        **admin.site.each_context(request),
        "title": str(change),
        "opts": ZoneChange._meta,
        "change": change,
        "compared": difference is not None,
        "difference": zone_file.describe(difference) if difference else [],
        "digest": difference.digest if difference else "",
        "problems": problems,
        "is_own": change.proposed_by_id == actor.person_id,
        "may_apply": may_apply,
        "may_decide": may_decide,
        "discard_form": reasons.empty_form("discard", required=True),
        "entries": timelines.of_subjects([change.subject]),
    }
    return TemplateResponse(request, "admin/requests_app/zone_change.html", context)


def _applied(change: ZoneChange) -> zone_file.Difference | None:
    """Return what an applied change did, as its event tells; None for a discarded one, or after the retention."""
    payloads = [event.payload for event in audit.history([change.subject]) if event.action == "APPLY_ZONES"]
    return zone_file.from_payload(payloads[0]) if payloads and payloads[0] else None


def apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Apply the change whose difference was shown."""
    get_object_or_404(ZoneChange, pk=pk)
    form = forms.DigestForm(request.POST)
    digest = form.cleaned_data["digest"] if form.is_valid() else ""
    try:
        zones.apply(pk, digest=digest, actor=desk_actor(request))
    except errors.RequestError as error:
        # The page names every problem of a file that cannot be taken any more.
        tell(request, error)
    else:
        messages.success(request, _("The change was applied. Everybody concerned gets a mail."))
    return redirect(_CHANGE_PAGE, pk)


def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Discard the change, with a reason."""
    get_object_or_404(ZoneChange, pk=pk)
    try:
        zones.discard(pk, reason=reasons.posted(request), actor=desk_actor(request))
    except errors.RequestError as error:
        tell(request, error)
    else:
        messages.success(request, _("The change was discarded. Nothing was changed."))
    return redirect(_CHANGE_PAGE, pk)
