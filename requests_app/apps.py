"""Requests, confirmations, zones, rows for NII, incidents."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RequestsAppConfig(AppConfig):
    """Registers the kinds of mail and the rule that no connection opens inside a transaction."""

    name = "requests_app"
    verbose_name = _("Certificate requests")

    def ready(self) -> None:
        from requests_app import mails

        mails.register()
