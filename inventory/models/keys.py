"""Which public keys are taken or blocked."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PublicKey(models.Model):
    """A public key that is taken (by a request or a certificate) or blocked. One row for each key, by constraint."""

    spki_sha256 = models.CharField(_("SHA-256 of the public key"), max_length=64, unique=True)
    taken_by = models.CharField(_("taken by"), max_length=40, blank=True)
    """Audit subject of the request or certificate; empty: free (or only blocked)."""
    taken_at = models.DateTimeField(_("taken at"), null=True, blank=True)
    blocked_at = models.DateTimeField(_("blocked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("public key")
        verbose_name_plural = _("public keys")

    def __str__(self) -> str:
        return self.spki_sha256[:16]
