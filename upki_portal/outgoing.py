"""Where the portal may connect to: the policy of probes/guard.py, made from the settings."""

import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connections

from probes import guard, tls
from probes.guard import Policy, Purpose, Rule

HTTPS_PORT = 443


class ConnectionInTransaction(RuntimeError):
    """A connection was opened inside a database transaction, which would hold its locks for as long as it waits."""


def install() -> None:
    """Open the gate for what the settings name, and close it inside transactions."""
    guard.install(policy())
    if refuse_in_transaction not in guard.before_connect:
        guard.before_connect.append(refuse_in_transaction)


def policy() -> Policy:
    """Return the policy: what the settings name (resolvers, mail server, provider, networks for TLS), and no more."""
    if settings.UPKI_DEMO:
        # The demonstration's and the tests' servers stand anywhere on loopback.
        return Policy(tuple(Rule(purpose, guard.LOOPBACK, guard.ANY_PORT) for purpose in Purpose))
    issuer = urlsplit(settings.OIDC_ISSUER)
    provider = frozenset(host.lower() for host in (issuer.hostname or "", *settings.OIDC_HOSTS))
    mail_server = frozenset({settings.SMTP_HOST.lower()})
    return Policy(
        (
            *_dns_rules(),
            Rule(Purpose.SMTP, guard.ANYWHERE, {settings.SMTP_PORT}, hosts=mail_server),
            Rule(Purpose.TLS, tuple(settings.TLS_NETWORKS), tls.PORTS),
            Rule(Purpose.OPENID, guard.ANYWHERE, {HTTPS_PORT, issuer.port or HTTPS_PORT}, hosts=provider),
        )
    )


def _dns_rules() -> Iterator[Rule]:
    for view in settings.DNS_VIEWS:
        for resolver in view["resolvers"]:
            address, _, port = resolver.rpartition(":")
            yield Rule(Purpose.DNS, (ipaddress.ip_network(address.strip("[]")),), {int(port)})


def refuse_in_transaction(purpose: Purpose, host: str, port: int) -> None:
    """Raise ConnectionInTransaction inside `atomic` (what Django wraps around a test does not count)."""
    for connection in connections.all(initialized_only=True):
        if any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
            raise ConnectionInTransaction(f"{purpose} connection inside a database transaction")
