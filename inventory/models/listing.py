"""NII's list of certificates (serverAll.tsv): each import with its chunks, and each application of it as facts."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ListImport(models.Model):
    """NII's list was given: previewed, confirmed with its date, taken in chunk by chunk, complete, or discarded.

    The date of the newest complete one decides whether 発行 can be told from 更新.
    """

    file_sha256 = models.CharField(_("SHA-256 of the file"), max_length=64, blank=True)
    """Empty for what came by no file (the demonstration's first data)."""
    listed_at = models.DateTimeField(_("date of the list"))
    """The newest 最終更新日 in it until a registrar confirmed it (or another one)."""
    imported_at = models.DateTimeField(_("given at"), default=timezone.now)
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("given by")
    )
    certificates = models.PositiveIntegerField(_("certificates"), default=0)
    preview = models.JSONField(_("preview"), default=dict)
    """Counts that the registrar saw before confirming, and the problems of rows that could not be read."""
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    completed_at = models.DateTimeField(_("complete at"), null=True, blank=True)
    discarded_at = models.DateTimeField(_("discarded at"), null=True, blank=True)
    lease_until = models.DateTimeField(_("held by a worker until"), null=True, blank=True)

    class Meta:
        verbose_name = _("import of NII's list")
        verbose_name_plural = _("imports of NII's list")
        ordering = ("-listed_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=("file_sha256",),
                condition=~Q(file_sha256="") & Q(discarded_at__isnull=True, completed_at__isnull=True),
                name="list_file_once",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True, confirmed_by__isnull=True)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
                name="list_confirmed_at_and_by_together",
            ),
            models.CheckConstraint(
                condition=Q(completed_at__isnull=True) | Q(discarded_at__isnull=True), name="list_complete_or_discarded"
            ),
        )

    def __str__(self) -> str:
        return f"{timezone.localtime(self.listed_at):%Y-%m-%d}"

    @property
    def subject(self) -> str:
        """The audit subject."""
        return f"listing:{self.pk}"


class ListChunk(models.Model):
    """Up to 200 rows of a list, waiting to be taken in; emptied once they were, for they name people."""

    listing = models.ForeignKey(ListImport, models.CASCADE, related_name="chunks", verbose_name=_("import"))
    position = models.PositiveIntegerField(_("position"))
    rows = models.JSONField(_("rows"), default=list)
    row_count = models.PositiveIntegerField(_("rows"), default=0)
    applied_at = models.DateTimeField(_("taken in at"), null=True, blank=True)

    class Meta:
        verbose_name = _("part of a list")
        verbose_name_plural = _("parts of lists")
        ordering = ("listing", "position")
        constraints = (models.UniqueConstraint(fields=("listing", "position"), name="chunk_position_once"),)

    def __str__(self) -> str:
        return f"{self.listing}:{self.position}"


class NiiApplication(models.Model):
    """One row of NII's list: an application there and what became of it. Facts; never a state of the portal's."""

    application_id = models.CharField(_("NII's application id"), max_length=40, unique=True)
    state = models.SmallIntegerField(_("state at NII"))
    """tsv.listing_cells.State."""
    common_name = models.CharField(_("CN"), max_length=64, db_index=True)
    subject_dn = models.CharField(_("subject DN"), max_length=250)
    names = models.JSONField(_("names"), default=list)
    serial = models.CharField(_("serial number"), max_length=50, blank=True)
    old_serial = models.CharField(_("serial number of the certificate replaced"), max_length=50, blank=True)
    spki_sha256 = models.CharField(_("SHA-256 of the public key"), max_length=64, blank=True, db_index=True)
    contact_mail = models.CharField(_("contact's mail address"), max_length=254, blank=True)
    error_code = models.CharField(_("error code"), max_length=40, blank=True)
    revocation_error_code = models.CharField(_("error code of the revocation"), max_length=40, blank=True)
    applied_at = models.DateTimeField(_("applied at"), null=True, blank=True)
    link_expires_at = models.DateTimeField(_("link expires at"), null=True, blank=True)
    updated_at = models.DateTimeField(_("last changed at NII"), null=True, blank=True)
    listed_at = models.DateTimeField(_("date of the list"))
    """Which list said so: an older one never overwrites it."""
    certificate = models.ForeignKey(
        "inventory.Certificate",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="nii_applications",
        verbose_name=_("certificate"),
    )

    class Meta:
        verbose_name = _("application in NII's list")
        verbose_name_plural = _("applications in NII's list")
        ordering = ("-applied_at", "-pk")
        indexes = (models.Index(fields=("serial",), name="nii_application_serial"),)

    def __str__(self) -> str:
        return f"{self.application_id} {self.common_name}"
