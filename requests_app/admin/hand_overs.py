"""Hand-overs at the desk: to read. Who asks and who answers does so on the portal's pages."""

from django.contrib import admin

from requests_app.admin.reading import ReadOnlyAdmin
from requests_app.models import HandOver


@admin.register(HandOver)
class HandOverAdmin(ReadOnlyAdmin):
    """Who was asked by whom to take what over, and what became of it."""

    list_display = ("__str__", "state", "asked_by", "asked_at", "settled_at")
    list_filter = ("state",)
    list_select_related = ("request", "certificate", "successor", "asked_by")
    search_fields = ("request__common_name", "certificate__common_name", "=certificate__serial", "=request__id")
    date_hierarchy = "asked_at"
