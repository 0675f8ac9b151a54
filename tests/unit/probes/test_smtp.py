import smtplib
import threading

import pytest

from probes import guard
from probes.smtp import GuardedSMTP
from tests.unit.probes.name_server import TcpServer


def greet(connection):
    connection.sendall(b"220 ready\r\n")
    connection.recv(100)
    connection.sendall(b"250 hello\r\n")
    connection.recv(100)
    connection.sendall(b"221 bye\r\n")


def test_a_conversation_passes_the_gate():
    with TcpServer(greet) as server, GuardedSMTP("127.0.0.1", server.port, timeout=5) as client:
        assert client.ehlo("portal.uec.ac.jp")[0] == 250


def test_a_mail_server_outside_the_policy_is_not_reached():
    guard.install(guard.NOTHING)
    with TcpServer(greet) as server, pytest.raises(guard.DestinationRefused):
        GuardedSMTP("127.0.0.1", server.port, timeout=5)
    assert server.connections == 0


@pytest.mark.parametrize("pause", [0.02, 30])
def test_a_greeting_without_end_stops_at_the_deadline(pause):
    def drip(connection):
        while True:
            connection.sendall(b"2")
            threading.Event().wait(pause)

    with TcpServer(drip) as server, pytest.raises((smtplib.SMTPException, TimeoutError)):
        GuardedSMTP("127.0.0.1", server.port, timeout=0.3)
