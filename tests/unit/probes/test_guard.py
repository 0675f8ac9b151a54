import ipaddress
import socket
import threading

import pytest

from probes import guard
from probes.guard import Deadline, DestinationRefused, Policy, Purpose, Rule
from tests.unit.probes.name_server import TcpServer

PUBLIC_HTTPS = Policy((Rule(Purpose.OPENID, guard.ANYWHERE, {443}, public_only=True),))


def answering(monkeypatch, *answers):
    """Let the system's resolver give one list of addresses after the other."""
    remaining = list(answers)
    asked = []

    def getaddrinfo(host, port, **_):
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in remaining.pop(0)]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


def check(host, port=443, policy=PUBLIC_HTTPS, purpose=Purpose.OPENID):
    return [str(one.address) for one in guard.check(host, port, purpose=purpose, deadline=Deadline(5), policy=policy)]


def test_nothing_may_be_reached_before_a_policy_is_installed():
    guard.install(guard.NOTHING)
    with TcpServer(lambda connection: None) as server, pytest.raises(DestinationRefused):
        guard.connect("127.0.0.1", server.port, purpose=Purpose.SMTP, timeout=1)
    assert server.connections == 0


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%1",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
        "2002:a00:1::",
        "64:ff9b::a00:1",
        "64:ff9b::7f00:1",
        "2001:0:a00:1::1",
    ],
)
def test_addresses_that_the_internet_does_not_route_are_refused(address):
    with pytest.raises(DestinationRefused) as refused:
        check(address)
    assert refused.value.code == "guard.destination_refused"


@pytest.mark.parametrize("address", ["130.153.0.1", "142.250.0.1", "2404:6800::1", "64:ff9b::8efa:1"])
def test_addresses_that_the_internet_routes_pass(address):
    assert check(address) == [address]


def test_port_and_purpose_and_host_are_checked():
    with pytest.raises(DestinationRefused):
        check("142.250.0.1", port=25)
    with pytest.raises(DestinationRefused):
        check("142.250.0.1", purpose=Purpose.SMTP)
    named = Policy((Rule(Purpose.OPENID, guard.ANYWHERE, {443}, hosts=frozenset({"accounts.google.com"})),))
    with pytest.raises(DestinationRefused):
        check("142.250.0.1", policy=named)


def test_a_refused_host_is_not_even_looked_up(monkeypatch):
    asked = answering(monkeypatch)
    with pytest.raises(DestinationRefused):
        check(
            "accounts.example.com",
            policy=Policy((Rule(Purpose.OPENID, guard.ANYWHERE, {443}, hosts=frozenset({"x"})),)),
        )
    assert asked == []


def test_only_the_permitted_addresses_of_a_name_are_used(monkeypatch):
    answering(monkeypatch, ["10.0.0.1", "142.250.0.1", "142.250.0.1"])
    assert check("accounts.google.com") == ["142.250.0.1"]


def test_the_connection_goes_to_the_checked_address_though_dns_changes_its_answer(monkeypatch):
    with TcpServer(lambda connection: connection.sendall(b"checked")) as server:
        asked = answering(monkeypatch, ["127.0.0.1"], ["192.0.2.1"])
        with guard.connect("rebinding.example", server.port, purpose=Purpose.SMTP, timeout=5) as connection:
            assert connection.recv(7) == b"checked"
            assert connection.getpeername() == ("127.0.0.1", server.port)
    assert asked == ["rebinding.example"]


def test_the_next_address_is_tried_when_the_first_is_closed(monkeypatch):
    with TcpServer(lambda connection: connection.sendall(b"hello")) as server:
        answering(monkeypatch, ["127.0.0.2", "127.0.0.1"])
        with guard.connect("two.example", server.port, purpose=Purpose.SMTP, timeout=5) as connection:
            assert connection.recv(5) == b"hello"


def test_a_hanging_system_resolver_ends_at_the_deadline(monkeypatch):
    release = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: release.wait(20) and [])
    try:
        with pytest.raises(TimeoutError):
            guard.connect("slow.example", 25, purpose=Purpose.SMTP, timeout=0.2)
    finally:
        release.set()


def test_an_unknown_name_is_an_ordinary_error(monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(socket.gaierror):
        guard.connect("nowhere.example", 25, purpose=Purpose.SMTP, timeout=1)


@pytest.mark.parametrize("name", ["a" * 70 + ".example", "..", "\udc80"])
def test_what_is_no_host_name_is_an_ordinary_error(name):
    with pytest.raises(socket.gaierror):
        guard.connect(name, 25, purpose=Purpose.SMTP, timeout=1)


def test_a_hook_can_forbid_a_connection_before_anything_is_opened():
    class InTransaction(Exception):
        pass

    def forbid(purpose, host, port):
        raise InTransaction(purpose, host, port)

    with TcpServer(lambda connection: None) as server:
        guard.before_connect.append(forbid)
        try:
            with pytest.raises(InTransaction) as raised:
                guard.connect("127.0.0.1", server.port, purpose=Purpose.SMTP, timeout=1)
            with pytest.raises(InTransaction):
                guard.datagram_socket("127.0.0.1", 53, purpose=Purpose.DNS, deadline=Deadline(1))
        finally:
            guard.before_connect.remove(forbid)
    assert raised.value.args == (Purpose.SMTP, "127.0.0.1", server.port)
    assert server.connections == 0


def test_a_watch_cuts_a_connection_that_goes_on_for_ever():
    def drip(connection):
        while True:
            connection.sendall(b".")
            threading.Event().wait(0.02)

    deadline = Deadline(0.3)
    with (
        TcpServer(drip) as server,
        guard.connect("127.0.0.1", server.port, purpose=Purpose.TLS, timeout=deadline) as connection,
    ):
        watch = guard.Watch(deadline)
        watch.add(connection)
        while connection.recv(100):
            pass
        watch.close()
    assert deadline.has_passed


def test_networks_may_be_named_one_by_one():
    relay = Policy((Rule(Purpose.SMTP, (ipaddress.ip_network("10.20.0.0/16"),), {25}),))
    assert check("10.20.1.1", 25, relay, Purpose.SMTP) == ["10.20.1.1"]
    with pytest.raises(DestinationRefused):
        check("10.21.1.1", 25, relay, Purpose.SMTP)
