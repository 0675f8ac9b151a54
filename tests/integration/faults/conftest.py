"""What the tests of faults share: the cast, browsers of its people, name servers, and an empty cache."""

from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.models import User
from accounts.signing import BACKEND
from demo.dns_server import DnsServer, Zone
from tests import requests
from tests.integration.faults import stored

Browse = Callable[[User | None], Client]


@pytest.fixture(autouse=True)
def _empty_cache(request: pytest.FixtureRequest) -> None:
    """Rate limits count per person, and numbers of people come again after a rollback."""
    request.getfixturevalue("db")
    cache.clear()


@pytest.fixture
def cast() -> requests.Cast:
    """Applicant, zone administrator and registrar."""
    return requests.Cast()


@pytest.fixture
def browse() -> Browse:
    """Return a browser of somebody who is signed in (None: of nobody); an error of the portal is a page, as outside."""

    def browser_of(person: User | None) -> Client:
        client = Client(raise_request_exception=False)
        if person is not None:
            client.force_login(person, backend=BACKEND)
        return client

    return browser_of


def english(*people):
    """Let them read English, so that the sentences can be compared."""
    for person in people:
        person.language = "en"
        person.save()


@pytest.fixture
def refuses():
    """Return a check: what was asked gets this status and sentence, and nothing in the database changed."""

    def check(client, method, address, data=None, *, status, sentence="", **more):
        before = stored.standing()
        response = getattr(client, method)(address, data or {}, **more)
        assert response.status_code == status, response.content.decode()[:2000]
        assert stored.standing() == before
        page = client.get(response.headers["Location"]) if status == 302 else response
        assert sentence in page.content.decode()
        return response

    return check


class NameServers:
    """The inside and the outside view, both with the same records until a test says otherwise."""

    def __init__(self, outside: DnsServer, inside: DnsServer) -> None:
        self.outside, self.inside = outside, inside

    def add(self, name: str) -> None:
        """Give the name an address in both views."""
        for server in (self.outside, self.inside):
            server.zone.add(f"{name}. 300 IN A 192.0.2.1")

    def fail(self, name: str, failure: str) -> None:
        """Let the name fail in both views."""
        for server in (self.outside, self.inside):
            server.zone.fail(name, failure)

    def heal(self, name: str) -> None:
        """Take failure and records of the name away."""
        for server in (self.outside, self.inside):
            server.zone.remove(name)


@pytest.fixture
def name_servers(settings) -> Iterator[NameServers]:
    """Two real name servers, named in the settings as the portal's views."""
    with DnsServer(Zone()) as outside, DnsServer(Zone()) as inside:
        settings.DNS_VIEWS = [
            {"name": "outside", "resolvers": [f"127.0.0.1:{outside.port}"]},
            {"name": "inside", "resolvers": [f"127.0.0.1:{inside.port}"]},
        ]
        yield NameServers(outside, inside)
