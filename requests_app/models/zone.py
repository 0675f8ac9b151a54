"""Zones and who administers them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Zone(models.Model):
    """A part of the institution's domain with administrators of its own. The longest zone wins for a name."""

    name = models.CharField(_("zone"), max_length=253, unique=True)

    class Meta:
        verbose_name = _("zone")
        verbose_name_plural = _("zones")
        ordering = ("name",)
        permissions: ClassVar = [("change_zones", "Import zones and their administrators")]

    def __str__(self) -> str:
        return self.name


class ZoneAdministration(models.Model):
    """Somebody administers a zone from a moment until another; a deputy names whose deputy they are."""

    zone = models.ForeignKey(Zone, models.PROTECT, related_name="administrations", verbose_name=_("zone"))
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="zone_administrations", verbose_name=_("person")
    )
    deputy_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("deputy of")
    )
    from_at = models.DateTimeField(_("from"), default=timezone.now)
    until_at = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("zone administration")
        verbose_name_plural = _("zone administrations")
        ordering = ("zone", "from_at", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("zone", "person"), condition=Q(until_at__isnull=True), name="zone_person_once_without_end"
            ),
            models.CheckConstraint(
                condition=Q(until_at__isnull=True) | Q(until_at__gte=F("from_at")), name="zone_from_before_until"
            ),
        )

    def __str__(self) -> str:
        return f"{self.zone}: {self.person}"
