"""Read-only pages of what the lower floors keep: events, mails, certificates, keys."""

import json
from collections import Counter
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts import days
from accounts.actors import desk_actor
from accounts.models.person import public_id
from audit.models import Checkpoint, Event
from inventory.models import Certificate, CertificateName, Holding, PublicKey
from notifications.models import OutboxMessage
from requests_app import endings, errors, texts
from requests_app.admin import issued
from requests_app.admin.reading import ReadOnlyAdmin, TabularInline, filter_in_words
from requests_app.services import resending
from requests_app.views.finding import tell


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """Events in words; the code of the action, which the search takes, stands on the event's own page."""

    list_display = ("at", "subject", "sequence", "what", "who", "role", "way")
    list_filter = (filter_in_words("door", texts.door), filter_in_words("actor_role", texts.role))
    search_fields = ("=subject", "=action")
    date_hierarchy = "at"
    fields = (
        "at",
        "subject",
        "sequence",
        "what",
        "action",
        "who",
        "role",
        "way",
        "details",
        "payload_hash",
        "previous_hash",
        "hash",
    )

    @admin.display(description=_("what happened"), ordering="action")
    def what(self, event: Event) -> str:
        return texts.event(event.action)

    @admin.display(description=_("person"), ordering="actor_person")
    def who(self, event: Event) -> str:
        """The number by which people speak of a person."""
        return public_id(event.actor_person) if event.actor_person else ""

    @admin.display(description=_("acting role"), ordering="actor_role")
    def role(self, event: Event) -> str:
        return texts.role(event.actor_role)

    @admin.display(description=_("door"), ordering="door")
    def way(self, event: Event) -> str:
        return texts.door(event.door)

    @admin.display(description=_("details"))
    def details(self, event: Event) -> str:
        if event.is_erased:
            return str(_("erased after their retention"))
        return json.dumps(event.payload, ensure_ascii=False, sort_keys=True)


@admin.register(Checkpoint)
class CheckpointAdmin(ReadOnlyAdmin):
    list_display = ("number", "at", "hash")


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnlyAdmin):
    """Mails: what was sent to whom, and what is stuck. The texts hold no link that opens."""

    list_display = ("created_at", "about", "address", "state", "sent_at", "last_fault")
    list_filter = ("state", filter_in_words("kind", texts.mail))
    search_fields = ("address", "=key")

    actions = ("send_selected_again",)

    def has_review_permission(self, request: HttpRequest) -> bool:
        """Whether somebody may have mails sent again."""
        return request.user.is_authenticated and request.user.has_perm("requests_app.review")

    @admin.action(description=_("Send the selected mails again"), permissions=["review"])
    def send_selected_again(self, request: HttpRequest, queryset: QuerySet[OutboxMessage]) -> None:
        """Send the parked ones again, each for itself, after a fault of the mail server was mended."""
        sent, refused = 0, []
        for pk in queryset.order_by("pk").values_list("pk", flat=True):
            try:
                resending.send_again(pk, actor=desk_actor(request))
                sent += 1
            except errors.RequestError as error:
                refused.append(str(error))
        if sent:
            text = ngettext("%(count)s mail is being sent again.", "%(count)s mails are being sent again.", sent)
            messages.success(request, text % {"count": sent})
        for sentence, number in Counter(refused).items():
            messages.error(request, f"{sentence} ({number})")

    @admin.display(description=_("kind"), ordering="kind")
    def about(self, mail: OutboxMessage) -> str:
        return texts.mail(mail.kind)

    def get_urls(self) -> list[URLPattern]:
        own = path("<int:pk>/send-again/", self.posting(send_again), name="notifications_outboxmessage_send_again")
        return [own, *super().get_urls()]


def send_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a parked mail again."""
    get_object_or_404(OutboxMessage, pk=pk)
    try:
        resending.send_again(pk, actor=desk_actor(request))
        messages.success(request, gettext("The mail is being sent again."))
    except errors.RequestError as error:
        tell(request, error)
    return redirect("admin:notifications_outboxmessage_change", pk)


class _Names(TabularInline):
    model = CertificateName
    can_delete = False
    extra = max_num = 0


class _Holdings(TabularInline):
    model = Holding
    can_delete = False
    extra = max_num = 0


class EndsFilter(admin.SimpleListFilter):
    """What the desk's first page counts: no renewal was reported or seen of these."""

    title = _("end without a renewal")
    parameter_name = "ends"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("week", _("within a week")), ("closed", _("while the office is closed"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Certificate]) -> QuerySet[Certificate]:
        today = days.today()
        if self.value() == "week":
            found = endings.ending_within_a_week(today=today)
        elif self.value() == "closed":
            found = endings.ending_in_closed_periods(today=today)
        else:
            return queryset
        return queryset.filter(pk__in=[one.pk for one in found])


@admin.register(Certificate)
class CertificateAdmin(ReadOnlyAdmin):
    list_display = ("common_name", "serial", "provenance", "not_before", "not_after", "revoked_at")
    list_filter = ("provenance", EndsFilter)
    search_fields = ("common_name", "=serial", "certificate_names__name")
    inlines: ClassVar = (_Names, _Holdings)
    exclude = ("der",)

    def get_urls(self) -> list[URLPattern]:
        own = [path("record/", self.guarded(issued.certificates), name="inventory_record_certificates")]
        return own + super().get_urls()


@admin.register(PublicKey)
class PublicKeyAdmin(ReadOnlyAdmin):
    list_display = ("spki_sha256", "taken_by", "taken_at", "blocked_at")
    search_fields = ("=spki_sha256", "=taken_by")
