"""NII's list at the desk: given, previewed, confirmed or discarded, and followed while it is taken in."""

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actors import desk_actor
from inventory.models import ListImport, NiiApplication
from requests_app import errors, forms, texts
from requests_app.admin import list_page
from requests_app.admin.list_page import Phase
from requests_app.admin.reading import PageAdmin, ReadOnlyAdmin, filter_in_words
from requests_app.services import listing as services
from requests_app.views.finding import tell

RELOAD_SECONDS = 5
"""How often a browser asks again for the page of a list that is being taken in: told by a header, without a script."""
STILL = "still"
"""With this in its address the page stays as it is: who is read a page aloud can stop the reloading (WCAG 2.2.2)."""


@admin.register(ListImport)
class ListImportAdmin(PageAdmin):
    """The lists, the newest first, and one with what it would bring or brought."""

    list_display = ("listed_at", "state_badge", "imported_at", "imported_by", "certificates")
    list_select_related = ("imported_by",)
    search_fields = ("=file_sha256",)

    @admin.display(description=gettext_lazy("state"))
    def state_badge(self, listing: ListImport) -> str:
        """How far the list has come: colour, shape and word."""
        tone, label = list_page.PHASES[list_page.phase(listing)]
        return render_to_string("components/tone_badge.html", {"tone": tone, "label": label})

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("upload/", self.guarded(upload), name="inventory_listimport_upload"),
            path("<int:pk>/confirm/", self.posting(confirm), name="inventory_listimport_confirm"),
            path("<int:pk>/discard/", self.posting(discard), name="inventory_listimport_discard"),
        ]
        return own + super().get_urls()

    def page(self, request: HttpRequest, found: ListImport) -> HttpResponse:
        """Show one list; while it is taken in, the page comes again by itself."""
        return _page(request, found)


def _page(
    request: HttpRequest, listing: ListImport, *, date_form: forms.ListDateForm | None = None, status: int = 200
) -> HttpResponse:
    newest_on = timezone.localdate(min(listing.listed_at, timezone.now()))
    is_reloading = list_page.phase(listing) is Phase.APPLYING and STILL not in request.GET
    context = {
        **admin.site.each_context(request),
        **list_page.context(listing),
        "opts": ListImport._meta,
        "is_reloading": is_reloading,
        "date_form": date_form or forms.ListDateForm(initial={"listed_on": newest_on}, auto_id="id_confirm_%s"),
    }
    response = TemplateResponse(request, "admin/requests_app/list.html", context, status=status)
    if is_reloading:
        response.headers["Refresh"] = str(RELOAD_SECONDS)
    return response


def upload(request: HttpRequest) -> HttpResponse:
    """Ask for the file; POST keeps it with its preview, and nothing is taken in yet."""
    form, status = forms.ListFileForm(), 200
    if request.method == "POST":
        form, status = forms.ListFileForm(request.POST, request.FILES), 422
        if form.is_valid():
            try:
                pk = services.stage(form.cleaned_data["list_file"].read(), actor=desk_actor(request))
                return redirect("admin:inventory_listimport_change", pk)
            except errors.RequestError as error:
                form.add_error("list_file", str(error))
                status = error.status
    context = {
        **admin.site.each_context(request),
        "title": _("Import NII's list"),
        "opts": ListImport._meta,
        "form": form,
    }
    return TemplateResponse(request, "admin/requests_app/list_upload.html", context, status=status)


def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the list be taken in as that of a day."""
    listing = get_object_or_404(ListImport, pk=pk)
    form = forms.ListDateForm(request.POST, auto_id="id_confirm_%s")
    if not form.is_valid():
        return _page(request, listing, date_form=form, status=422)
    try:
        services.confirm(pk, listed_on=form.cleaned_data["listed_on"], actor=desk_actor(request))
        messages.success(request, _("Confirmed. The list is being taken in; you may leave this page."))
    except (errors.ListDateInFuture, errors.ListDateTooEarly) as error:
        form.add_error("listed_on", str(error))
        return _page(request, listing, date_form=form, status=error.status)
    except errors.RequestError as error:
        tell(request, error)
    return redirect("admin:inventory_listimport_change", pk)


def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Give up a list that is not complete."""
    listing = get_object_or_404(ListImport, pk=pk)
    try:
        services.discard(pk, actor=desk_actor(request))
        listing.refresh_from_db()
        messages.success(request, list_page.discarded(listing))
    except errors.RequestError as error:
        tell(request, error)
    return redirect("admin:inventory_listimport_change", pk)


def _state_word(state: str) -> str:
    return texts.nii_state(int(state))


@admin.register(NiiApplication)
class NiiApplicationAdmin(ReadOnlyAdmin):
    """What NII's newest list said about each application."""

    list_display = ("application_id", "common_name", "state_in_words", "serial", "updated_at", "listed_at")
    list_filter = (filter_in_words("state", _state_word),)
    search_fields = ("common_name", "=serial", "=application_id")
    fields = (
        *("application_id", "state_in_words", "common_name", "subject_dn", "names", "serial", "old_serial"),
        *("spki_sha256", "contact_mail", "error_code", "revocation_error_code", "applied_at", "link_expires_at"),
        *("updated_at", "listed_at", "certificate"),
    )

    @admin.display(description=gettext_lazy("state at NII"), ordering="state")
    def state_in_words(self, application: NiiApplication) -> str:
        """What the state means, and who has to do what."""
        return texts.nii_state(application.state)
