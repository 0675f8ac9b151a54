"""When holders are told that a certificate ends, the gate before the first mails, and proposed holders."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ExpiryRung(models.Model):
    """One day on which the holders of a certificate hear that it ends. Sent when due and not yet sent."""

    certificate = models.ForeignKey(
        "inventory.Certificate", models.CASCADE, related_name="expiry_rungs", verbose_name=_("certificate")
    )
    days_before = models.SmallIntegerField(_("days before the end"))
    due_on = models.DateField(_("due on"), db_index=True)
    """A day in Tokyo."""
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    is_counted = models.BooleanField(_("counted as sent"), default=False)
    """Was due before the portal knew the certificate: no mail left for it."""
    escalated_at = models.DateTimeField(_("told to the registrars at"), null=True, blank=True)
    """The registrars hear of the last days, and at every rung of a certificate whose holders nobody can reach."""

    class Meta:
        verbose_name = _("expiry reminder")
        verbose_name_plural = _("expiry reminders")
        ordering = ("due_on", "pk")
        constraints = (
            models.UniqueConstraint(fields=("certificate", "days_before"), name="rung_once"),
            models.CheckConstraint(
                condition=Q(is_counted=False) | Q(sent_at__isnull=False), name="rung_counted_is_sent"
            ),
        )

    def __str__(self) -> str:
        return f"{self.certificate}: {self.days_before}"


class ExpiryGate(models.Model):
    """A registrar opened the gate: from then on mails about certificates of the first list may leave."""

    opened_at = models.DateTimeField(_("opened at"), default=timezone.now)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("opened by")
    )

    class Meta:
        verbose_name = _("gate of the expiry mails")
        verbose_name_plural = _("gate of the expiry mails")

    def __str__(self) -> str:
        return f"{timezone.localtime(self.opened_at):%Y-%m-%d}"


class NotNeeded(models.Model):
    """A holder said that a certificate need not be renewed: the reminders end. Taken back, they go on."""

    certificate = models.ForeignKey(
        "inventory.Certificate", models.PROTECT, related_name="not_needed", verbose_name=_("certificate")
    )
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("said by"))
    reason = models.TextField(_("reason"), blank=True)
    said_at = models.DateTimeField(_("said at"), default=timezone.now)
    taken_back_at = models.DateTimeField(_("taken back at"), null=True, blank=True)
    taken_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("taken back by"),
    )

    class Meta:
        verbose_name = _("certificate not needed any more")
        verbose_name_plural = _("certificates not needed any more")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("certificate",), condition=Q(taken_back_at__isnull=True), name="not_needed_once"
            ),
            models.CheckConstraint(
                condition=Q(taken_back_at__isnull=True, taken_back_by__isnull=True)
                | Q(taken_back_at__isnull=False, taken_back_by__isnull=False),
                name="not_needed_taken_back_at_and_by_together",
            ),
        )

    def __str__(self) -> str:
        return f"{self.certificate}"


class HolderProposal(models.Model):
    """The list's contact address is a known person's: probably the holder. A registrar confirms or dismisses."""

    certificate = models.ForeignKey(
        "inventory.Certificate", models.CASCADE, related_name="holder_proposals", verbose_name=_("certificate")
    )
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("person"))
    mail = models.CharField(_("address in NII's list"), max_length=254)
    made_at = models.DateTimeField(_("made at"), default=timezone.now)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("settled by")
    )
    is_confirmed = models.BooleanField(_("confirmed"), null=True, blank=True)
    """None: nobody has looked yet."""

    class Meta:
        verbose_name = _("proposed holder")
        verbose_name_plural = _("proposed holders")
        ordering = ("settled_at", "person", "certificate")
        constraints = (
            models.UniqueConstraint(fields=("certificate", "person"), name="proposal_once"),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True, settled_by__isnull=True, is_confirmed__isnull=True)
                | Q(settled_at__isnull=False, settled_by__isnull=False, is_confirmed__isnull=False),
                name="proposal_settled_at_by_and_how_together",
            ),
        )

    def __str__(self) -> str:
        return f"{self.certificate}: {self.person}"
