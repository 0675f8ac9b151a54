"""`manage.py check`: every registered kind has its two texts, and the settings of the mail server make sense."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.template import TemplateDoesNotExist, TemplateSyntaxError

from notifications import kinds, rendering
from notifications.transport import TLS_MODES


@register("notifications")
def check_mail_texts(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Return an error for each text that is missing or cannot be read."""
    findings: list[CheckMessage] = []
    for kind in kinds.all_kinds():
        for language in rendering.LANGUAGES:
            try:
                rendering.load(kind.name, language)
            except (TemplateDoesNotExist, TemplateSyntaxError, rendering.MailTextError) as fault:
                findings.append(Error(f"Mail “{kind.name}” in {language}: {fault}", id="notifications.E001"))
    return findings


@register("notifications")
def check_mail_server(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Return an error for a mode of TLS that does not exist."""
    if settings.SMTP_TLS in TLS_MODES:
        return []
    return [Error(f"SMTP_TLS must be one of {', '.join(TLS_MODES)}.", id="notifications.E002")]


@register("notifications", deploy=True)
def check_mail_password(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Return a warning when the portal's password would cross the network in the clear."""
    if not settings.SMTP_USER or settings.SMTP_TLS != "none":
        return []
    return [
        Warning("SMTP_USER without SMTP_TLS: the password crosses the network in the clear.", id="notifications.W001")
    ]
