"""What servers showed over TLS: where the portal looks, and what it saw. Evidence; it never blocks anybody."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Endpoint(models.Model):
    """A name whose server is looked at daily: on port 443, or the one that a holder stated."""

    name = models.CharField(_("name"), max_length=64, unique=True)
    port = models.PositiveIntegerField(_("port"), default=443)
    stated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("stated by")
    )
    next_at = models.DateTimeField(_("next look"), null=True, blank=True, db_index=True)
    observed_at = models.DateTimeField(_("last seen at"), null=True, blank=True)
    """The moment that all observations of the last look carry."""
    lease_until = models.DateTimeField(_("held by a worker until"), null=True, blank=True)

    class Meta:
        verbose_name = _("server to look at")
        verbose_name_plural = _("servers to look at")
        ordering = ("name",)
        constraints = (models.CheckConstraint(condition=Q(port__gte=1, port__lte=65535), name="endpoint_port_exists"),)

    def __str__(self) -> str:
        return f"{self.name}:{self.port}"


class TlsObservation(models.Model):
    """What one address of a name served at one moment, or why nothing was seen. Never changed."""

    name = models.CharField(_("name"), max_length=64)
    port = models.PositiveIntegerField(_("port"))
    address = models.CharField(_("address"), max_length=45, blank=True)
    """Empty where no address was found or admitted: `outcome` says why."""
    outcome = models.CharField(_("outcome"), max_length=24)
    """probes.tls outcome code; SERVED is the only one with a certificate."""
    certificate = models.ForeignKey(
        "inventory.Certificate",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="observations",
        verbose_name=_("certificate"),
    )
    chain_length = models.PositiveSmallIntegerField(_("certificates sent"), default=0)
    """With 1 the intermediate certificate is missing."""
    observed_at = models.DateTimeField(_("observed at"))

    class Meta:
        verbose_name = _("TLS observation")
        verbose_name_plural = _("TLS observations")
        ordering = ("-observed_at", "name", "address")
        indexes = (models.Index(fields=("name", "-observed_at"), name="tls_observation_latest"),)

    def __str__(self) -> str:
        return f"{self.name}:{self.port} ({self.address}): {self.outcome}"
