"""Zones, who administers them, who is away, and changes that wait for a second person."""

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


class Absence(models.Model):
    """A zone administrator is away on these Tokyo days, both included: others of the zone are asked in their place."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="absences", verbose_name=_("person")
    )
    from_on = models.DateField(_("first day"))
    until_on = models.DateField(_("last day"))
    made_at = models.DateTimeField(_("entered at"), default=timezone.now)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        ordering = ("from_on", "pk")
        constraints = (
            models.CheckConstraint(condition=Q(until_on__gte=F("from_on")), name="absence_from_before_until"),
        )

    def __str__(self) -> str:
        return f"{self.person}: {self.from_on} – {self.until_on}"


class ZoneChange(models.Model):
    """A change of zones that one person proposed and another applies, as the CSV that was given."""

    content = models.BinaryField(_("file"))
    sha256 = models.CharField(_("SHA-256 of the file"), max_length=64)
    reason = models.TextField(_("reason"), blank=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("proposed by")
    )
    proposed_at = models.DateTimeField(_("proposed at"), default=timezone.now)
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("applied by")
    )
    applied_at = models.DateTimeField(_("applied at"), null=True, blank=True)
    discarded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("discarded by"),
    )
    discarded_at = models.DateTimeField(_("discarded at"), null=True, blank=True)

    class Meta:
        verbose_name = _("change of zones")
        verbose_name_plural = _("changes of zones")
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(applied_at__isnull=True, applied_by__isnull=True)
                | Q(applied_at__isnull=False, applied_by__isnull=False),
                name="zone_change_applied_at_and_by_together",
            ),
            models.CheckConstraint(
                condition=Q(discarded_at__isnull=True, discarded_by__isnull=True)
                | Q(discarded_at__isnull=False, discarded_by__isnull=False),
                name="zone_change_discarded_at_and_by_together",
            ),
            models.CheckConstraint(
                condition=Q(applied_at__isnull=True) | Q(discarded_at__isnull=True), name="zone_change_ends_once"
            ),
            models.CheckConstraint(
                condition=Q(applied_by__isnull=True) | ~Q(applied_by=F("proposed_by")),
                name="zone_change_by_two_people",
            ),
        )

    def __str__(self) -> str:
        return f"Z{self.pk}"

    @property
    def subject(self) -> str:
        """The audit subject."""
        return f"zone-change:{self.pk}"

    @property
    def is_waiting(self) -> bool:
        """Whether it was neither applied nor discarded."""
        return self.applied_at is None and self.discarded_at is None
