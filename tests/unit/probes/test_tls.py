"""A look at a server over TLS: what it shows, and that no server can hold or break the one who looks."""

import ipaddress
import socket
import time

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from probes import guard, tls
from probes.tls import Outcome, Target
from tests.tls_server import RawServer, TlsServer, self_signed

NAME = "www.cs.uec.ac.jp"


def look(port: int, *, address: str = "127.0.0.1", lifetime: float = 3.0) -> tls.Look:
    return tls.look(Target(NAME, address, port), lifetime=lifetime)


def test_the_certificate_is_read_whatever_it_is_and_the_name_is_asked_for(tmp_path):
    certificate = self_signed("somebody.example")
    with TlsServer(certificate, tmp_path) as server:
        seen = look(server.port)
    assert seen.outcome is Outcome.SERVED
    assert seen.certificate == certificate.public_bytes(Encoding.DER)
    assert server.names_asked == [NAME]


def test_each_address_is_looked_at_by_itself(tmp_path):
    one, two = self_signed(NAME), self_signed(NAME)
    with TlsServer(one, tmp_path) as first, TlsServer(two, tmp_path, address="127.0.0.2", port=first.port):
        targets = [Target(NAME, address, first.port) for address in ("127.0.0.1", "127.0.0.2")]
        seen = {look.target.address: look.certificate for look in tls.look_many(targets)}
    assert seen == {"127.0.0.1": one.public_bytes(Encoding.DER), "127.0.0.2": two.public_bytes(Encoding.DER)}


def test_nothing_listens():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    assert look(port).outcome is Outcome.REFUSED


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")


def drip(connection: socket.socket) -> None:
    for octet in b"\x16\x03\x03\x40\x00" + b"\x02" * 1000:
        connection.sendall(bytes([octet]))
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("serve", "outcome"),
    [
        (lambda connection: connection.sendall(b"220 mail.example ESMTP\r\n"), Outcome.NO_TLS),
        (lambda connection: None, Outcome.NO_TLS),
        (reset, Outcome.NO_TLS),
        (lambda connection: connection.sendall(b"\x16\x03\x03\xff\xff" + b"\0" * 70_000), Outcome.NO_TLS),
        (lambda connection: time.sleep(5), Outcome.TIMEOUT),
        (drip, Outcome.TIMEOUT),
    ],
    ids=["speaks first", "closes", "resets", "garbage", "silent", "drips"],
)
def test_no_server_holds_or_breaks_a_look(serve, outcome):
    began = time.monotonic()
    with RawServer(serve) as server:
        assert look(server.port, lifetime=1.0).outcome is outcome
    assert time.monotonic() - began < 4


def test_a_server_that_resets_has_one_outcome_however_quick_it_is():
    """The reset arrives before `connect` returns, or after: which of them is chance."""
    with RawServer(reset) as server:
        assert {look(server.port).outcome for _ in range(100)} == {Outcome.NO_TLS}


def test_a_network_that_is_not_admitted_is_not_reached(tmp_path):
    policy = guard.Policy((guard.Rule(guard.Purpose.TLS, (ipaddress.ip_network("127.0.0.2/32"),), guard.ANY_PORT),))
    with TlsServer(self_signed(NAME), tmp_path) as server:
        before = guard.install(policy)
        try:
            assert look(server.port).outcome is Outcome.NOT_ADMITTED
        finally:
            guard.install(before)
    assert server.names_asked == []
