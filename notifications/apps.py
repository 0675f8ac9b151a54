"""The Django app of outgoing mail."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    """The outbox and its delivery; it knows nothing of certificate requests."""

    name = "notifications"
    verbose_name = _("Mail")

    def ready(self) -> None:
        from notifications import checks  # noqa: F401 (registers the system check)
