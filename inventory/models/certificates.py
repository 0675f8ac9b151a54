"""Certificates as facts without a state, the names in them, and who holds them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Provenance(models.TextChoices):
    """How a certificate came to be known. Only ISSUED and LISTED count for 発行/更新, serials and holders."""

    ISSUED = "ISSUED", _("Issued for a request of this portal")
    LISTED = "LISTED", _("From NII's list")
    SEEN = "SEEN", _("Seen on a server")


class RevocationSource(models.TextChoices):
    """What said that a certificate is revoked. A file that was uploaded says nothing yet."""

    LIST = "LIST", _("NII's list")
    CRL = "CRL", _("Certificate revocation list (CRL)")
    OCSP = "OCSP", _("OCSP answer")


class Certificate(models.Model):
    """One certificate. Its identity is the SHA-256 of its DER, or NII's application id with the serial until then."""

    provenance = models.CharField(_("provenance"), max_length=8, choices=Provenance.choices)
    der = models.BinaryField(_("certificate (DER)"), null=True, blank=True)
    der_sha256 = models.CharField(_("SHA-256 fingerprint"), max_length=64, null=True, blank=True, unique=True)
    issuer_spki_sha256 = models.CharField(_("SHA-256 of the issuer's public key"), max_length=64, blank=True)
    serial = models.CharField(_("serial number"), max_length=50)
    """Decimal digits: 20 octets do not fit a database's integer."""
    nii_application_id = models.CharField(_("NII's application id"), max_length=40, blank=True)
    subject_dn = models.CharField(_("subject DN"), max_length=250)
    common_name = models.CharField(_("CN"), max_length=64, db_index=True)
    spki_sha256 = models.CharField(_("SHA-256 of the public key"), max_length=64, blank=True, db_index=True)
    not_before = models.DateTimeField(_("valid from"), null=True, blank=True)
    not_after = models.DateTimeField(_("valid until"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    revocation_source = models.CharField(
        _("where the revocation was read"), max_length=4, choices=RevocationSource.choices, blank=True
    )
    recorded_at = models.DateTimeField(_("recorded at"), default=timezone.now)

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        ordering = ("-not_after", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=("issuer_spki_sha256", "serial"),
                condition=~Q(issuer_spki_sha256=""),
                name="certificate_issuer_and_serial_once",
            ),
            models.UniqueConstraint(
                fields=("nii_application_id", "serial"),
                condition=~Q(nii_application_id=""),
                name="certificate_nii_id_and_serial_once",
            ),
            models.CheckConstraint(
                condition=Q(der_sha256__isnull=False) | ~Q(nii_application_id=""), name="certificate_has_identity"
            ),
            models.CheckConstraint(condition=Q(provenance__in=Provenance.values), name="certificate_known_provenance"),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revocation_source="") | Q(revoked_at__isnull=False),
                name="certificate_revocation_has_moment",
            ),
        )

    def __str__(self) -> str:
        return f"{self.common_name} ({self.serial})"

    @property
    def subject(self) -> str:
        """The audit subject."""
        return f"certificate:{self.pk}"


class CertificateName(models.Model):
    """One name that a certificate is for, lower case; the CN among them."""

    certificate = models.ForeignKey(
        Certificate, models.CASCADE, related_name="certificate_names", verbose_name=_("certificate")
    )
    name = models.CharField(_("name"), max_length=64, db_index=True)

    class Meta:
        verbose_name = _("name of a certificate")
        verbose_name_plural = _("names of certificates")
        constraints = (models.UniqueConstraint(fields=("certificate", "name"), name="certificate_name_once"),)

    def __str__(self) -> str:
        return self.name


class Holding(models.Model):
    """Somebody holds (held) a certificate: dated, ended rather than deleted."""

    certificate = models.ForeignKey(Certificate, models.PROTECT, related_name="holdings", verbose_name=_("certificate"))
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="holdings", verbose_name=_("person")
    )
    from_at = models.DateTimeField(_("from"), default=timezone.now)
    until_at = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("holder")
        verbose_name_plural = _("holders")
        constraints = (
            models.UniqueConstraint(
                fields=("certificate", "person"), condition=Q(until_at__isnull=True), name="holding_once_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(until_at__isnull=True) | Q(until_at__gte=F("from_at")), name="holding_from_before_until"
            ),
        )

    def __str__(self) -> str:
        return f"{self.person} – {self.certificate}"
