import threading

import pytest
import requests

from probes import guard, http
from tests.unit.probes.name_server import TcpServer

ACCOUNTS = b'{"issuer": "http://127.0.0.1"}'


def answering(head, body=b"", *, pause=0.0):
    """Talk HTTP once: read the question's head, send the answer, byte by byte if `pause` (seconds) is given."""

    def talk(connection):
        connection.recv(4096)
        whole = b"HTTP/1.1 " + head.replace(b"\n", b"\r\n") + b"\r\n\r\n" + body
        for start in range(0, len(whole), 1 if pause else len(whole)):
            connection.sendall(whole[start : start + 1] if pause else whole)
            threading.Event().wait(pause)

    return talk


def fetch(server, *, timeout=5.0, scheme="http", **options):
    with http.guarded_session(timeout=timeout, **options) as session:
        return session.get(f"{scheme}://127.0.0.1:{server.port}/.well-known/openid-configuration")


def test_a_small_answer_arrives_whole():
    with TcpServer(answering(b"200 OK\nContent-Type: application/json\nContent-Length: 30", ACCOUNTS)) as server:
        answer = fetch(server)
    assert answer.json() == {"issuer": "http://127.0.0.1"}
    assert answer.status_code == 200


def test_a_form_is_posted_and_errors_keep_their_body():
    talk = answering(
        b"400 Bad Request\nContent-Type: application/json\nContent-Length: 27", b'{"error": "invalid_grant"}\n'
    )
    with TcpServer(talk) as server, http.guarded_session(timeout=5) as session:
        answer = session.post(f"http://127.0.0.1:{server.port}/token", data={"code": "x"})
    assert answer.json() == {"error": "invalid_grant"}


@pytest.mark.parametrize("status", [b"301 M", b"302 F", b"303 S", b"307 T", b"308 P"])
def test_a_redirection_is_refused(status):
    with TcpServer(lambda connection: None) as other:
        head = status + b"\nContent-Length: 0\nLocation: http://127.0.0.1:%d/" % other.port
        with TcpServer(answering(head)) as server, pytest.raises(http.RedirectRefused) as refused:
            fetch(server)
    assert refused.value.code == "guard.redirect_refused"
    assert other.connections == 0


def test_a_large_answer_is_refused_with_or_without_a_length():
    for head in (b"200 OK\nContent-Length: 2000", b"200 OK\nConnection: close"):
        with TcpServer(answering(head, b"x" * 2000)) as server, pytest.raises(http.AnswerTooLarge):
            fetch(server, max_bytes=1000)


def test_a_destination_outside_the_policy_is_refused_and_not_reached():
    with TcpServer(answering(b"200 OK")) as server, pytest.raises(http.RequestRefused) as refused:
        fetch(server, policy=guard.NOTHING)
    assert isinstance(refused.value, guard.OutsideGuard)
    assert server.connections == 0


@pytest.mark.parametrize(
    "talk",
    [
        pytest.param(lambda connection: threading.Event().wait(3), id="silent"),
        pytest.param(answering(b"200 OK\nX-Long: " + b"x" * 4000, pause=0.02), id="headers byte by byte"),
        pytest.param(answering(b"200 OK\nContent-Length: 4000", b"x" * 4000, pause=0.02), id="body byte by byte"),
        pytest.param(answering(b"200 OK\nConnection: close", b"x" * 4000, pause=0.02), id="body without length"),
    ],
)
def test_a_slow_server_ends_at_the_deadline(talk):
    with TcpServer(talk) as server, pytest.raises(requests.Timeout):
        fetch(server, timeout=0.4)


def test_a_silent_tls_server_ends_at_the_deadline():
    with TcpServer(lambda connection: threading.Event().wait(3)) as server, pytest.raises(requests.Timeout):
        fetch(server, timeout=0.4, scheme="https")


def test_one_deadline_bounds_several_sessions():
    deadline = guard.Deadline(0.2)
    with TcpServer(lambda connection: threading.Event().wait(3)) as server:
        with pytest.raises(requests.Timeout):
            fetch(server, timeout=deadline)
        with pytest.raises(requests.Timeout):
            fetch(server, timeout=deadline)
    assert server.connections <= 1


def test_a_broken_answer_is_a_connection_error():
    for talk in (lambda connection: None, answering(b"200 OK\nContent-Length: 50", b"short")):
        with TcpServer(talk) as server, pytest.raises(requests.ConnectionError):
            fetch(server)


def test_proxies_of_the_environment_are_not_used(monkeypatch):
    with TcpServer(answering(b"200 OK\nContent-Length: 0")) as server:
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
        assert fetch(server).status_code == 200
