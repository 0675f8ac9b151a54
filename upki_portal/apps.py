"""The wiring's own app (checks, admin site)."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class PortalConfig(AppConfig):
    """Registers the deployment checks and opens the gate for outgoing connections."""

    name = "upki_portal"

    def ready(self) -> None:
        from upki_portal import (
            checks,  # noqa: F401  (registers itself; models must be loaded first)
            outgoing,
        )

        outgoing.install()


class PortalAdminConfig(AdminConfig):
    """Django's admin with the portal's site: no password page, registrars and auditors only."""

    default_site = "upki_portal.admin_site.PortalAdminSite"

    def ready(self) -> None:
        """Find the admin pages, then take away those of tables that the portal leaves empty (groups, allauth's)."""
        super().ready()
        from django.apps import apps
        from django.contrib import admin

        from accounts.backends import VIEWED_APPS

        for model in apps.get_models():
            if model._meta.app_label not in VIEWED_APPS and admin.site.is_registered(model):
                admin.site.unregister(model)
