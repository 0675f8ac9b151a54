"""Read-only pages of what servers showed over TLS."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from inventory.models import Endpoint, TlsObservation
from requests_app import texts
from requests_app.admin.reading import ReadOnlyAdmin, filter_in_words


@admin.register(Endpoint)
class EndpointAdmin(ReadOnlyAdmin):
    list_display = ("name", "port", "observed_at", "next_at", "stated_by")
    list_select_related = ("stated_by",)
    search_fields = ("name",)


@admin.register(TlsObservation)
class TlsObservationAdmin(ReadOnlyAdmin):
    list_display = ("name", "port", "address", "what", "certificate", "observed_at")
    list_filter = (filter_in_words("outcome", texts.tls_outcome),)
    list_select_related = ("certificate",)
    search_fields = ("name", "address")
    fields = ("name", "port", "address", "what", "certificate", "observed_at")

    @admin.display(description=gettext_lazy("outcome"), ordering="outcome")
    def what(self, observation: TlsObservation) -> str:
        return texts.tls_outcome(observation.outcome)
