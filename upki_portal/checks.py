"""System checks: what `manage.py check --deploy` tells an operator besides Django's own.

Each says what goes wrong on the server and what to set. With `--database default` the cache's table is looked for too.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError, connections
from django.utils import timezone
from django.utils.translation import gettext as _

from requests_app import institution
from upki_portal.env import is_loopback


@register(Tags.security, deploy=True)
def check_deployment(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Return a finding for each setting that is fine on a desk and wrong on a server."""
    return [*_reach(), *_servers(), *_static_files(), *_issuers()]


ISSUER_DAYS = 90
"""Days before the end of an issuing CA's certificate from which an operator is told to look for the next one."""


def _issuers() -> Iterator[CheckMessage]:
    found = institution.issuers()
    if not found:
        yield Warning(
            _(
                "UPKI_ISSUERS names no file with the certificate of an issuing CA: no certificate is recognised as one "
                "that NII issued. See docs/operating.md."
            ),
            id="upki.W010",
        )
    for issuer in found:
        if issuer.not_after < timezone.now() + timedelta(days=ISSUER_DAYS):
            yield Warning(
                _(
                    "UPKI_ISSUERS: the certificate of “%(name)s” ends on %(day)s. Add the certificate of the next "
                    "issuing CA to the file, and remove this one when nothing that it issued is valid any more."
                )
                % {"name": issuer.common_name, "day": timezone.localtime(issuer.not_after).date().isoformat()},
                id="upki.W011",
            )


def _reach() -> Iterator[CheckMessage]:
    if settings.UPKI_DEMO:
        yield Warning(_("UPKI_DEMO=1: anybody who reaches this portal signs in with a click."), id="upki.W001")
    if not settings.PORTAL_IS_HTTPS:
        yield Warning(_("PORTAL_URL is not https: cookies and pages travel in the clear."), id="upki.W002")
    elif not settings.TRUSTED_PROXY:
        yield Warning(
            _("PORTAL_URL is https, but UPKI_TRUSTED_PROXY=0: behind a proxy every page leads to itself for ever."),
            id="upki.W006",
        )
    if "*" in settings.ALLOWED_HOSTS or settings.PORTAL_HOST not in settings.ALLOWED_HOSTS:
        yield Warning(
            _("ALLOWED_HOSTS must name the host of PORTAL_URL, and must not be “*” (a foreign Host header)."),
            id="upki.W007",
        )


def _servers() -> Iterator[CheckMessage]:
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        yield Warning(_("DATABASE_URL names SQLite: for the first minute and small use."), id="upki.W003")
    if settings.BROKER_URL.startswith("filesystem:"):
        yield Warning(_("BROKER_URL names the embedded broker: one machine only."), id="upki.W004")
    if not settings.DNS_VIEWS:
        yield Warning(_("DNS_VIEWS is empty: no name can be looked up."), id="upki.W005")
    if settings.SMTP_TLS == "none" and not is_loopback(settings.SMTP_HOST):
        yield Warning(
            _("SMTP_TLS=none: mails with their links cross the network in the clear; use starttls or tls."),
            id="upki.W008",
        )


def _static_files() -> Iterator[CheckMessage]:
    if settings.WHITENOISE_USE_FINDERS:
        return
    if not Path(settings.STATIC_ROOT, ManifestStaticFilesStorage.manifest_name).is_file():
        yield Error(
            _("UPKI_STATIC_FROM_SOURCE=0, but nothing was collected: run “manage.py collectstatic”."), id="upki.E001"
        )


@register(Tags.database)
def check_cache_table(app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Return a warning while the table of the database's cache is missing: every rate limit needs it.

    A warning, because `migrate` asks too, and comes before `createcachetable` the first time.
    """
    cache = settings.CACHES["default"]
    if "default" not in (databases or ()) or not cache["BACKEND"].endswith("DatabaseCache"):
        return []
    try:
        tables = connections["default"].introspection.table_names()
    except DatabaseError:
        return [Error(_("The database that DATABASE_URL names does not answer."), id="upki.E002")]
    if cache["LOCATION"] in tables:
        return []
    return [Warning(_("The cache's table is missing: run “manage.py createcachetable”."), id="upki.W009")]


@register()
def check_institution(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Return an error when UPKI_INSTITUTION names fields that the policy does not have."""
    try:
        institution.policy()
    except (TypeError, ValueError) as fault:
        return [
            Error(_("UPKI_INSTITUTION does not fit csr.policy.Policy: %(fault)s") % {"fault": fault}, id="upki.E003")
        ]
    return []
