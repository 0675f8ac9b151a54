"""The base of every admin page of ours: nothing is added, changed or deleted through a model form."""

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from requests_app import errors
from requests_app.states import Table

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
else:
    # Django's admin classes take a parameter in the type stubs only.
    ModelAdmin, TabularInline = admin.ModelAdmin, admin.TabularInline


class ReadOnlyAdmin(ModelAdmin):
    """Rows are written by verbs; the admin shows them to whoever has the view permission."""

    actions: Any = None
    show_full_result_count = False

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Return the list; what no database can look for (the year 0) is a wrong filter and leads to the whole list."""
        try:
            return super().get_changelist_instance(request)
        except (ValueError, OverflowError) as error:
            raise IncorrectLookupParameters from error

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def posting(
        self, view: Callable[..., HttpResponse], *, permission: str = "requests_app.review"
    ) -> Callable[..., HttpResponse]:
        """Return `view` behind the one guard of every decision at the desk: signed in, by POST, a registrar.

        With another permission: whoever has that.
        """
        return self.admin_site.admin_view(require_POST(permitted(view, permission)))

    def guarded(
        self, view: Callable[..., HttpResponse], *, permission: str = "requests_app.review"
    ) -> Callable[..., HttpResponse]:
        """Return `view` for whoever signed in and has the permission; 403 for anybody else."""
        return self.admin_site.admin_view(permitted(view, permission))


def permitted(
    view: Callable[..., HttpResponse], permission: str = "requests_app.review"
) -> Callable[..., HttpResponse]:
    """Return `view` for whoever has the permission; 403 for anybody else who signed in."""
    return permission_required(permission, raise_exception=True)(view)


class PageAdmin(ReadOnlyAdmin):
    """A model whose rows are shown by a page of ours in the place of Django's form."""

    page: Callable[[HttpRequest, Any], HttpResponse]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the row's page: 403 without the permission to see it, 404 for what is no number of a row."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            pk = self.opts.pk.to_python(object_id)
        except ValidationError as error:
            raise Http404 from error
        return self.page(request, get_object_or_404(self.model, pk=pk))


def refusal_in_words(
    table: Table[Any, Any], state: StrEnum, refusal: Callable[[Any], type[errors.RequestError] | None]
) -> str:
    """Return why this registrar of all may not decide; "" where there is nothing to decide, or nothing against it."""
    for action in table.actions_from(state):
        refused = refusal(action)
        if refused in {errors.Interested, errors.AskerMayNotAccept}:
            return str(refused(action=table.rules[action].label))
    return ""


def filter_in_words(field: str, word: Callable[[str], str]) -> tuple[str, type[admin.AllValuesFieldListFilter]]:
    """Return an entry for `list_filter`: the stored codes of `field`, each shown by its word."""

    class InWords(admin.AllValuesFieldListFilter):
        def choices(self, changelist: Any) -> Iterator[Any]:
            stored = set(self.lookup_choices)
            for choice in super().choices(changelist):
                display = choice["display"]
                yield {**choice, "display": word(str(display)) if display in stored else display}

    return field, InWords
