"""System checks: what `manage.py check --deploy` tells an operator besides Django's own."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register
from django.utils.translation import gettext as _


@register(Tags.security, deploy=True)
def check_deployment(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Return a warning for each setting that is fine on a desk and wrong on a server."""
    findings: list[CheckMessage] = []
    if settings.UPKI_DEMO:
        findings.append(
            Warning(_("UPKI_DEMO=1: anybody who reaches this portal signs in with a click."), id="upki.W001")
        )
    if not settings.PORTAL_IS_HTTPS:
        findings.append(Warning(_("PORTAL_URL is not https: cookies and pages travel in the clear."), id="upki.W002"))
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        findings.append(Warning(_("DATABASE_URL names SQLite: for the first minute and small use."), id="upki.W003"))
    if settings.BROKER_URL.startswith("filesystem:"):
        findings.append(Warning(_("BROKER_URL names the embedded broker: one machine only."), id="upki.W004"))
    if not settings.DNS_VIEWS:
        findings.append(Warning(_("DNS_VIEWS is empty: no name can be looked up."), id="upki.W005"))
    return findings
