"""No waiting for the network while a transaction holds its locks, and no way out but the gate."""

import ast
from collections.abc import Callable
from functools import cache

import pytest
from celery import current_app
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


WAITING = {
    "observing": "requests_app/services/observing.py",
    "observing_tls": "requests_app/services/observing_tls.py",
    "delivery": "notifications/delivery.py",
}
"""Modules that wait for DNS, for servers over TLS, and for the mail server, by the name they are imported by."""

WAITS = {"look_up", "look_up_many", "look_many", "Conversation"}
"""What they wait in."""

MAY_WAIT = {
    "notifications/tasks.py",
    "requests_app/tasks.py",
    "requests_app/management/commands/recheck_names.py",
}


def calls_in(node: ast.AST) -> set[str]:
    return {sources.called_name(call) for call in ast.walk(node) if isinstance(call, ast.Call)}


def waiting_functions(path: str) -> set[str]:
    """Return the functions of a module that call what waits, directly or through each other."""
    tree = sources.tree_of(sources.ROOT / path)
    calls = {node.name: calls_in(node) for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    found: set[str] = set()
    while more := {name for name, called in calls.items() if called & (found | WAITS)} - found:
        found |= more
    assert found, path
    return found


@cache
def all_waiting() -> set[str]:
    return {f"{module}.{name}" for module, path in WAITING.items() for name in waiting_functions(path)}


def waiting_calls(tree: ast.AST) -> set[str]:
    """Return what of the functions that wait is named, as `observing.look_up_due`."""
    return {
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    } & all_waiting()


def test_no_page_waits_for_dns_tls_or_mail():
    """Sweeps and commands do. A page waits for the OpenID provider only, which has one deadline for a sign-in."""
    found = {path for path, tree in sources.modules() if path not in WAITING.values() and waiting_calls(tree)}
    assert found == MAY_WAIT
    opening = {path for path, tree in sources.modules() if "notifications.transport.Conversation" in imported(tree)}
    assert opening == {"notifications/delivery.py"}


def test_sweeps_that_wait_have_workers_of_their_own():
    """Two slow look-ups starved the mail where they shared a queue."""
    queues = {}
    for task, node in sources.tasks():
        waits = "probes" if waiting_calls(node) else "default"
        queues[task] = "mail" if task.startswith("notifications.") else waits
    assert set(queues.values()) == {"default", "mail", "probes"}
    routed = {task: current_app.amqp.router.route({}, task)["queue"].name for task in queues}
    assert routed == queues
