"""Revocations of certificates, and what a request's holder says about the certificates that it replaced."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from requests_app.models.request import CertificateRequest
from requests_app.states.revocation import LABELS, OPEN_STATES, RevocationState


class RevocationReason(models.IntegerChoices):
    """What NII takes in column 5 (upki.md §6.1); the codes are those of RFC 5280, 5.3.1."""

    UNSPECIFIED = 0, _("Something else (0)")
    KEY_COMPROMISE = 1, _("The private key leaked, or may have leaked (1)")
    AFFILIATION_CHANGED = 3, _("The subject DN changes (3)")
    SUPERSEDED = 4, _("Replaced by another certificate (4)")
    CESSATION_OF_OPERATION = 5, _("The name or the service is not used any more (5)")


class Revocation(models.Model):
    """One wish to revoke one certificate, until it is a fact. `state` is written by transitions.py alone."""

    certificate = models.ForeignKey(
        "inventory.Certificate", models.PROTECT, related_name="revocations", verbose_name=_("certificate")
    )
    request = models.ForeignKey(
        CertificateRequest,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="revocations",
        verbose_name=_("certificate request"),
    )
    """The request whose certificate replaces it, or that gave it up; none when a holder asked by itself."""
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=[(s.value, LABELS[s]) for s in RevocationState],
        default=RevocationState.REQUESTED,
    )
    reason = models.PositiveSmallIntegerField(_("reason"), choices=RevocationReason.choices)
    comment = models.TextField(_("comment for NII"), blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked at"), default=timezone.now)
    on_behalf = models.BooleanField(_("asked by a registrar on behalf"), default=False)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("accepted by")
    )
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    content = models.BinaryField(_("bytes"), null=True, blank=True)
    """The TSV row as it is submitted; made when the revocation is accepted."""
    digest = models.CharField(_("SHA-256 of the row"), max_length=64, blank=True)
    served_override_reason = models.TextField(_("why it is revoked although a server shows it"), blank=True)
    served_overridden_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)

    class Meta:
        verbose_name = _("revocation")
        verbose_name_plural = _("revocations")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("certificate",),
                condition=Q(state__in=sorted(s.value for s in OPEN_STATES)),
                name="revocation_one_open",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in RevocationState]), name="revocation_known_state"
            ),
            models.CheckConstraint(condition=Q(reason__in=RevocationReason.values), name="revocation_known_reason"),
            models.CheckConstraint(
                condition=~Q(reason=RevocationReason.UNSPECIFIED.value) | ~Q(comment=""),
                name="revocation_unspecified_has_comment",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True, accepted_by__isnull=True, digest="")
                | Q(accepted_at__isnull=False, accepted_by__isnull=False) & ~Q(digest=""),
                name="revocation_accepted_at_by_and_row_together",
            ),
            models.CheckConstraint(
                condition=Q(served_override_reason="", served_overridden_by__isnull=True)
                | ~Q(served_override_reason="") & Q(served_overridden_by__isnull=False),
                name="revocation_override_reason_and_by_together",
            ),
        )

    def __str__(self) -> str:
        return f"{self.reference} {self.certificate}"

    @property
    def reference(self) -> str:
        """The number people quote: V000012."""
        return f"V{self.pk:06d}"

    @property
    def subject(self) -> str:
        """The audit subject."""
        return f"revocation:{self.pk}"


class Fate(models.TextChoices):
    """What becomes of a certificate that was replaced."""

    REVOKE = "REVOKE", _("Replaced everywhere: revoke it")
    KEEP = "KEEP", _("Keep it")


class Replacement(models.Model):
    """What the holder said about one certificate that a request replaced; the last word counts."""

    request = models.ForeignKey(
        CertificateRequest, models.PROTECT, related_name="replacements", verbose_name=_("certificate request")
    )
    certificate = models.ForeignKey(
        "inventory.Certificate", models.PROTECT, related_name="replacements", verbose_name=_("certificate")
    )
    fate = models.CharField(_("what becomes of it"), max_length=6, choices=Fate.choices)
    reason = models.TextField(_("reason"), blank=True)
    """Why it is kept, or why names that the new certificate lacks are given up."""
    stated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("stated by")
    )
    stated_at = models.DateTimeField(_("stated at"), default=timezone.now)

    class Meta:
        verbose_name = _("certificate replaced")
        verbose_name_plural = _("certificates replaced")
        ordering = ("request", "certificate")
        constraints = (
            models.UniqueConstraint(fields=("request", "certificate"), name="replacement_once"),
            models.CheckConstraint(condition=Q(fate__in=Fate.values), name="replacement_known_fate"),
            models.CheckConstraint(
                condition=Q(fate=Fate.REVOKE.value) | ~Q(reason=""), name="replacement_kept_has_reason"
            ),
        )

    def __str__(self) -> str:
        return f"{self.request.reference} {self.certificate}: {self.fate}"
