"""Certification requests (PKCS#10) that came in, the TSV rows made from them, and incidents about keys."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from requests_app.models.request import CertificateRequest, Version


class Csr(models.Model):
    """A certification request that csr.check accepted, as its DER bytes. Refused uploads are not stored."""

    request = models.ForeignKey(
        CertificateRequest, models.CASCADE, related_name="csrs", verbose_name=_("certificate request")
    )
    der = models.BinaryField(_("CSR (DER)"))
    spki_sha256 = models.CharField(_("SHA-256 of the public key"), max_length=64, db_index=True)
    common_name = models.CharField(_("CN"), max_length=64)
    dns_names = models.JSONField(_("dNSNames"), default=list)
    key_description = models.CharField(pgettext_lazy("CSR", "key"), max_length=40)
    problems = models.JSONField(_("findings"), default=list)
    """Warnings and information: codes and parameters, never sentences."""
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("uploaded by")
    )
    uploaded_at = models.DateTimeField(_("uploaded at"), default=timezone.now)
    superseded_at = models.DateTimeField(_("replaced at"), null=True, blank=True)

    class Meta:
        verbose_name = _("CSR")
        verbose_name_plural = _("CSRs")
        ordering = ("-uploaded_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=("request",), condition=Q(superseded_at__isnull=True), name="csr_one_current"
            ),
        )

    def __str__(self) -> str:
        return f"{self.common_name} {self.spki_sha256[:12]}"


class RowKind(models.TextChoices):
    """Which of NII's files the row belongs in."""

    ISSUE = "ISSUE", "発行"
    RENEW = "RENEW", "更新"


class TsvRow(models.Model):
    """One row for NII, byte for byte as it will be submitted. An acceptance names its SHA-256. Never changed."""

    request = models.ForeignKey(
        CertificateRequest, models.PROTECT, related_name="rows", verbose_name=_("certificate request")
    )
    version = models.ForeignKey(Version, models.PROTECT, related_name="rows", verbose_name=_("version"))
    csr = models.ForeignKey(Csr, models.PROTECT, related_name="rows", verbose_name=_("CSR"))
    kind = models.CharField(_("kind"), max_length=6, choices=RowKind.choices)
    kind_reason = models.CharField(_("why 発行 or 更新"), max_length=40)
    """Code of the reason why 発行 or 更新 (texts.KIND_REASONS)."""
    serial = models.CharField(_("serial number of the certificate replaced"), max_length=50, blank=True)
    content = models.BinaryField(_("bytes"))
    digest = models.CharField(_("SHA-256 of the row"), max_length=64)
    made_at = models.DateTimeField(_("made at"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("sent by")
    )
    superseded_at = models.DateTimeField(_("replaced at"), null=True, blank=True)

    class Meta:
        verbose_name = _("TSV row")
        verbose_name_plural = _("TSV rows")
        ordering = ("-made_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=("request",), condition=Q(superseded_at__isnull=True), name="row_one_current"
            ),
            models.CheckConstraint(condition=Q(kind__in=RowKind.values), name="row_known_kind"),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True, sent_by__isnull=True)
                | Q(sent_at__isnull=False, sent_by__isnull=False),
                name="row_sent_at_and_by_together",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.digest[:12]}"


class IncidentKind(models.TextChoices):
    """What went wrong."""

    KEY_COMPROMISE = "KEY_COMPROMISE", _("A private key was shown")
    MISMATCH = "MISMATCH", _("A certificate differs from what was accepted for it")
    UNEXPECTED = "UNEXPECTED", _("NII issued a certificate that nobody asked for here")
    LATE = "LATE", _("A certificate came for a request that had ended")
    UNAUTHORISED = "UNAUTHORISED", _("A row was submitted that should not have been")


class Incident(models.Model):
    """Something that registrars have to look into, until a dated moment."""

    kind = models.CharField(_("kind"), max_length=24, choices=IncidentKind.choices)
    request = models.ForeignKey(
        CertificateRequest,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="incidents",
        verbose_name=_("certificate request"),
    )
    certificate = models.ForeignKey(
        "inventory.Certificate", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("certificate")
    )
    spki_sha256 = models.CharField(_("SHA-256 of the public key"), max_length=64, blank=True)
    findings = models.JSONField(_("findings"), default=list)
    """What differs: codes and parameters of csr.problems, never sentences."""
    opened_at = models.DateTimeField(_("opened at"), default=timezone.now)
    due_at = models.DateTimeField(_("due"))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("owner")
    )
    resolution = models.TextField(_("resolution"), blank=True)
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("resolved by")
    )

    class Meta:
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        ordering = ("resolved_at", "due_at")
        constraints = (
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True, resolved_by__isnull=True)
                | Q(resolved_at__isnull=False, resolved_by__isnull=False),
                name="incident_resolved_at_and_by_together",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.opened_at:%Y-%m-%d}"

    @property
    def subject(self) -> str:
        """The audit subject."""
        return f"incident:{self.pk}"
