import logging
import sys

import pytest

from upki_portal import logs

SECRET = "Zm9vYmFyLXNlY3JldA"
"""Stands in every line below where something opens a door."""


def line_of(message: str, *args: object, exc_info: object = None) -> str:
    """Return the line that the portal's handler writes."""
    record = logging.LogRecord("portal", logging.ERROR, __file__, 1, message, args, exc_info)  # type: ignore[arg-type]
    for one in (logs.RequestIdFilter(), logs.SecretsFilter()):
        assert one.filter(record)
    return logging.Formatter("[%(request_id)s] %(message)s").format(record)


@pytest.mark.parametrize(
    "message",
    [
        f"Gone: /l/{SECRET}/",
        f"GET https://portal.example.ac.jp/l/{SECRET}/?a=b",
        f"Forbidden: /accounts/emergency/{SECRET}/",
        f"/accounts/login/?next=%2Fl%2F{SECRET}%2F",
        f"/accounts/oidc/uec/login/callback/?state=open&code={SECRET}",
        f"/accounts/oidc/uec/login/callback/?code=open&state={SECRET}",
        f"https://idp.example.ac.jp/logout?id_token_hint={SECRET}&client_id=upki-portal",
        f"userinfo?access_token={SECRET}",
        f"cannot read -----BEGIN CERTIFICATE REQUEST-----\n{SECRET}\n-----END CERTIFICATE REQUEST-----",
        f"-----BEGIN PRIVATE KEY-----\n{SECRET}",
    ],
)
def test_a_line_loses_what_opens_a_door(message):
    assert SECRET not in line_of(message)
    assert SECRET not in line_of("%s", message)


def test_the_message_of_an_exception_loses_it_too():
    try:
        raise ValueError(f"bad address /l/{SECRET}/")
    except ValueError:
        line = line_of("Internal Server Error", exc_info=sys.exc_info())
    assert "ValueError: bad address /l/…" in line
    assert SECRET not in line


@pytest.mark.parametrize("message", ["GET /requests/12/", "checkpoint 42:9f86d081", "/admin/l/", "state=REVIEWING"])
def test_other_lines_stay_whole(message):
    assert line_of(message) == f"[-] {message}"


def test_a_line_names_its_request():
    token = logs.request_id.set("0123456789abcdef")
    try:
        assert line_of("hello") == "[0123456789abcdef] hello"
    finally:
        logs.request_id.reset(token)
