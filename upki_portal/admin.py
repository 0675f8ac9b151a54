"""Read-only pages of what the lower floors keep: events, mails, certificates, keys."""

from typing import ClassVar

from django.contrib import admin

from audit.models import Checkpoint, Event
from inventory.models import Certificate, CertificateName, Holding, ListImport, PublicKey
from notifications.models import OutboxMessage
from requests_app.admin.reading import ReadOnlyAdmin, TabularInline


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("at", "subject", "sequence", "action", "actor_person", "actor_role", "door")
    list_filter = ("door", "actor_role")
    search_fields = ("=subject", "=action")
    date_hierarchy = "at"


@admin.register(Checkpoint)
class CheckpointAdmin(ReadOnlyAdmin):
    list_display = ("number", "at", "hash")


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnlyAdmin):
    """Mails: what was sent to whom, and what is stuck. The texts hold no link that opens."""

    list_display = ("created_at", "kind", "address", "state", "attempts", "sent_at", "last_fault")
    list_filter = ("state", "kind")
    search_fields = ("address", "=key")


class _Names(TabularInline):
    model = CertificateName
    can_delete = False
    extra = max_num = 0


class _Holdings(TabularInline):
    model = Holding
    can_delete = False
    extra = max_num = 0


@admin.register(Certificate)
class CertificateAdmin(ReadOnlyAdmin):
    list_display = ("common_name", "serial", "provenance", "not_before", "not_after", "revoked_at")
    list_filter = ("provenance",)
    search_fields = ("common_name", "=serial", "certificate_names__name")
    inlines: ClassVar = (_Names, _Holdings)
    exclude = ("der",)


@admin.register(PublicKey)
class PublicKeyAdmin(ReadOnlyAdmin):
    list_display = ("spki_sha256", "taken_by", "taken_at", "blocked_at")
    search_fields = ("=spki_sha256", "=taken_by")


@admin.register(ListImport)
class ListImportAdmin(ReadOnlyAdmin):
    list_display = ("listed_at", "imported_at", "certificates")
