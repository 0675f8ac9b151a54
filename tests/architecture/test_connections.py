"""No waiting for the network while a transaction holds its locks, and no way out but the gate."""

import ast
from collections.abc import Callable

import pytest
from django.db import transaction

from probes import dns, guard, http, smtp, tls
from probes.guard import Deadline, Purpose
from tests.architecture import sources
from upki_portal import outgoing

SOCKET_MODULES = {
    "socket",
    "ssl",
    "smtplib",
    "http.client",
    "urllib.request",
    "urllib3",
    "requests",
    "asyncio",
    "ftplib",
}

LAWFUL = {
    "accounts/adapters.py": "names the faults of a session that probes/http.py made",
    "accounts/openid.py": "takes its sessions from probes/http.py",
    "accounts/views/signing_in.py": "names the faults of a session that probes/http.py made",
    "notifications/transport.py": "takes its connections from probes/smtp.py",
}
"""Modules outside probes/ and the demonstration that import something that could connect, and why they may."""

CONNECTING_CALLS = {
    "create_connection",
    "create_datagram_endpoint",
    "urlopen",
    "HTTPConnection",
    "HTTPSConnection",
    "SMTP",
    "SMTP_SSL",
    "Session",
    "open_connection",
    "getaddrinfo",
    "gethostbyname",
}


def test_the_gate_is_closed_inside_transactions_in_every_process():
    """The wiring's AppConfig.ready installs it: web, worker, beat and commands alike."""
    assert outgoing.refuse_in_transaction in guard.before_connect
    assert guard.installed() != guard.NOTHING


def by_guard() -> None:
    guard.connect("127.0.0.1", 9, purpose=Purpose.SMTP, timeout=1).close()


def by_datagram() -> None:
    guard.datagram_socket("127.0.0.1", 9, purpose=Purpose.DNS, deadline=Deadline(1))[0].close()


def by_dns() -> None:
    dns.look_up("www.uec.ac.jp", view=dns.View("inside", (("127.0.0.1", 9),)), lifetime=1)


def by_dns_in_threads() -> None:
    list(dns.look_up_many(["www.uec.ac.jp"], [dns.View("inside", (("127.0.0.1", 9),))]))


def by_smtp() -> None:
    smtp.GuardedSMTP("127.0.0.1", 9, timeout=1)


def by_http() -> None:
    http.guarded_session(timeout=1).get("http://127.0.0.1:9/")


def by_tls() -> None:
    tls.look(tls.Target("www.uec.ac.jp", "127.0.0.1", 9), lifetime=1)


def by_tls_in_threads() -> None:
    list(tls.look_many([tls.Target("www.uec.ac.jp", "127.0.0.1", 9)]))


CONNECTING = [by_guard, by_datagram, by_dns, by_dns_in_threads, by_smtp, by_http, by_tls, by_tls_in_threads]


@pytest.mark.parametrize("connect", CONNECTING)
@pytest.mark.django_db
def test_nothing_connects_inside_a_transaction(connect: Callable[[], None]):
    with transaction.atomic(), pytest.raises(outgoing.ConnectionInTransaction):
        connect()


@pytest.mark.django_db
def test_a_durable_transaction_counts_too():
    @transaction.atomic(durable=True)
    def verb() -> None:
        by_guard()

    with pytest.raises(outgoing.ConnectionInTransaction):
        verb()


def imported(tree: ast.Module) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_only_the_probes_import_what_connects():
    portal = [package for package in sources.PACKAGES if package not in {"demo", "probes"}]
    found = {
        path
        for path, tree in sources.modules(*portal)
        if any(name == module or name.startswith(f"{module}.") for name in imported(tree) for module in SOCKET_MODULES)
    }
    assert found == set(LAWFUL)


def test_those_who_may_import_it_open_nothing_themselves():
    for path in LAWFUL:
        calls = {
            ast.unparse(node.func)
            for node in ast.walk(sources.tree_of(sources.ROOT / path))
            if isinstance(node, ast.Call) and sources.called_name(node) in CONNECTING_CALLS
        }
        assert not calls, path


def test_verbs_and_steps_know_no_probe():
    """Two services look outside, at DNS and at servers, and neither is a verb while it does."""
    found = {
        path
        for path, tree in sources.modules("requests_app/services", "requests_app/steps", "requests_app/models")
        if any(name.startswith("probes") for name in imported(tree))
    }
    observers = {f"requests_app/services/{name}.py" for name in ("observing", "observing_tls")}
    assert found == observers
    for path in observers:
        observing = sources.tree_of(sources.ROOT / path)
        asking = {
            node.name
            for node in ast.walk(observing)
            if isinstance(node, ast.FunctionDef)
            and any(
                isinstance(call, ast.Call) and sources.called_name(call) in {"look_up", "look_up_many", "look_many"}
                for call in ast.walk(node)
            )
        }
        assert asking, path
        assert asking.isdisjoint(verb.name for verb in sources.verbs(observing))
