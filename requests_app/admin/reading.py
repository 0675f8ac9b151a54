"""The base of every admin page of ours: nothing is added, changed or deleted through a model form."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
else:
    # Django's admin classes take a parameter in the type stubs only.
    ModelAdmin, TabularInline = admin.ModelAdmin, admin.TabularInline


class ReadOnlyAdmin(ModelAdmin):
    """Rows are written by verbs; the admin shows them to whoever has the view permission."""

    actions = None
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def posting(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        """Return `view` behind the one guard of every decision at the desk: signed in, a registrar, by POST."""
        guarded = require_POST(permission_required("requests_app.review", raise_exception=True)(view))
        return self.admin_site.admin_view(guarded)


def filter_in_words(field: str, word: Callable[[str], str]) -> tuple[str, type[admin.AllValuesFieldListFilter]]:
    """Return an entry for `list_filter`: the stored codes of `field`, each shown by its word."""

    class InWords(admin.AllValuesFieldListFilter):
        def choices(self, changelist: Any) -> Iterator[Any]:
            stored = set(self.lookup_choices)
            for choice in super().choices(changelist):
                display = choice["display"]
                yield {**choice, "display": word(str(display)) if display in stored else display}

    return field, InWords
