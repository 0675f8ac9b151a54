"""Certificates, holders, public keys."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InventoryConfig(AppConfig):
    """The inventory of certificates."""

    name = "inventory"
    verbose_name = _("Certificates")
