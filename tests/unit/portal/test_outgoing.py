import pytest
from django.db import transaction

from probes import guard
from probes.guard import Deadline, DestinationRefused, Purpose
from upki_portal import outgoing


@pytest.fixture
def production(settings):
    settings.UPKI_DEMO = False
    settings.OIDC_ISSUER = "https://accounts.google.com"
    settings.OIDC_HOSTS = ["oauth2.googleapis.com"]
    settings.SMTP_HOST, settings.SMTP_PORT = "10.0.0.25", 25
    settings.DNS_VIEWS = [{"name": "outside", "resolvers": ["10.0.0.53:53", "[2001:db8::53]:53"]}]
    return outgoing.policy()


def may(policy, purpose, host, port):
    try:
        return bool(guard.check(host, port, purpose=purpose, deadline=Deadline(1), policy=policy))
    except DestinationRefused:
        return False


def test_the_servers_of_the_settings_may_be_reached(production):
    assert may(production, Purpose.DNS, "10.0.0.53", 53)
    assert may(production, Purpose.DNS, "[2001:db8::53]", 53)
    assert may(production, Purpose.SMTP, "10.0.0.25", 25)
    assert production.check_host(Purpose.OPENID, "accounts.google.com", 443)
    assert production.check_host(Purpose.OPENID, "oauth2.googleapis.com", 443)


@pytest.mark.parametrize(
    ("purpose", "host", "port"),
    [
        (Purpose.DNS, "10.0.0.54", 53),
        (Purpose.DNS, "10.0.0.53", 80),
        (Purpose.SMTP, "10.0.0.26", 25),
        (Purpose.SMTP, "10.0.0.25", 80),
        (Purpose.OPENID, "10.0.0.25", 443),
        (Purpose.OPENID, "accounts.example.com", 443),
        (Purpose.OPENID, "accounts.google.com", 80),
        (Purpose.TLS, "10.0.0.25", 443),
    ],
)
def test_nothing_else_may_be_reached(production, purpose, host, port):
    assert not may(production, purpose, host, port)


def test_the_demonstration_reaches_loopback_only(settings):
    settings.UPKI_DEMO = True
    policy = outgoing.policy()
    assert may(policy, Purpose.SMTP, "127.0.0.1", 12345)
    assert not may(policy, Purpose.SMTP, "192.0.2.1", 25)


@pytest.mark.django_db
def test_a_connection_inside_a_transaction_is_refused():
    outgoing.refuse_in_transaction(Purpose.SMTP, "127.0.0.1", 25)
    with transaction.atomic(), pytest.raises(outgoing.ConnectionInTransaction):
        outgoing.refuse_in_transaction(Purpose.SMTP, "127.0.0.1", 25)
