"""The Django app of people, sign-in, employment and roles."""

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """`User` is the person, AUTH_USER_MODEL."""

    name = "accounts"
    verbose_name = _("People and roles")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what other apps look up by name: mail kinds, and the clock of each new session."""
        from accounts import mails, signing
        from notifications import kinds

        kinds.register(*mails.KINDS)
        user_logged_in.connect(signing.start_clock, dispatch_uid="accounts.start_clock")
