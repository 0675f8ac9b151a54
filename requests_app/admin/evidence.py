"""Read-only pages of what decisions rest on."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from requests_app import queries, texts
from requests_app.admin.reading import ReadOnlyAdmin, filter_in_words
from requests_app.models import Confirmation, Decision, NameObservation, NameOverride


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
