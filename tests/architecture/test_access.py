"""Every address is asked by everybody, in every state of a request; the table says who gets what.

The people and requests are made once; what a request of the walk writes is rolled back after it. A POST has no body:
it must leave every state as it was (two exceptions stand in the table) and never end in an error.
"""

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from audit.models import Event
from requests_app.models import CertificateRequest, Confirmation
from requests_app.states import State
from tests.architecture import access_table, addresses
from tests.architecture.access_table import NO_ROLE, SIGN_IN, TABLE, Answer, Row
from tests.architecture.stage import Kind, Stage, rolled_back

pytestmark = pytest.mark.django_db

ONE_STATE = State.REVIEWING
"""Where the state makes no difference, the request is asked in this one."""

ASKED_IN_EVERY_STATE = access_table.READERS | {Kind.STRANGER, Kind.ZONE_ADMINISTRATOR}
SIGN_IN_PAGES = ("/accounts/login/", "/admin/login/")
LAWFUL_SOURCES = re.compile(r"'self'|'none'|https?://[^\s;*]+")
INLINE = re.compile(
    r"<style|<script(?![^>]*\ssrc=)(?![^>]*application/json)|\sstyle\s*=|<[^>]+\son[a-z]+\s*=\s*[\"']", re.I
)


class Walk:
    """Browsers of everybody, and what was unexpected."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.clients = {kind: Client(raise_request_exception=False) for kind in Kind}
        for kind, person in stage.people.items():
            self.clients[kind].force_login(person)
        left = stage.people[Kind.LEFT]
        left.is_active = False
        left.save()
        self.unexpected: list[str] = []

    def visit(self, row: Row, method: str, kind: Kind, state: State = ONE_STATE) -> None:
        """Ask, compare with the table, and undo what the answer wrote."""
        client = self.clients[kind]
        cookies = client.cookies.copy()
        path = addresses.filled(row.address, self.values(row, state))
        before = snapshot()
        with rolled_back():
            response = getattr(client, method)(path)
            after = snapshot()
        client.cookies = cookies
        cache.clear()
        where = f"{method.upper()} {path} by {kind}" + (f" in {state}" if row.is_of_request else "")
        self.expect(where, answer_of(response), row.expected(method, kind, state))
        if method == "post" and row.moves:
            self.expect(f"{where}, state", after.pop("states").get(self.pk(state)), row.moved(kind, state))
            before.pop("states")
        if method == "post" and kind in row.drafts:
            made = set(after["states"]) - set(before["states"])
            self.expect(f"{where}, drafts", [after["states"].pop(pk) for pk in made], [State.DRAFT])
        if method == "post" and response.status_code < HTTPStatus.BAD_REQUEST:
            # A lawful post may be in the audit trail; it moves nothing.
            del before["events"], after["events"]
        self.expect(f"{where}, rows", after, before)
        self.expect(f"{where}, page", faults_of_page(response), [])

    def expect(self, where: str, got: object, expected: object) -> None:
        if got != expected:
            self.unexpected.append(f"{where}: {got} instead of {expected}")

    def pk(self, state: State) -> int:
        return self.stage.requests[state].pk

    def values(self, row: Row, state: State) -> dict[str, str]:
        """What stands for the parameters of the row's address."""
        rows = self.stage.rows
        parts = row.address.split("/")
        model = ".".join(parts[1:3])
        pk = rows[model].pk if row.is_desk and model in rows else 0
        if row.address.startswith("confirmations/"):
            question = self.stage.requests[state].confirmations.first()
            pk = question.pk if question else 0
        elif row.address.startswith("certificates/"):
            pk = rows["inventory.certificate"].pk
        elif row.is_of_request:
            pk = self.pk(state)
        return {
            "pk": str(pk),
            "object_id": str(pk),
            "grant_id": str(rows["accounts.rolegrant"].pk),
            "certificate_id": str(rows["inventory.certificate"].pk),
            "hand_over_id": str(rows["requests_app.handover"].pk),
            "question_id": str(rows["accounts.employmentquestion"].pk),
            **row.values,
        }


def snapshot() -> dict[str, Any]:
    """What a request without a body has no business to change."""
    return {
        "states": dict(CertificateRequest.objects.values_list("pk", "state")),
        "questions": dict(Confirmation.objects.values_list("pk", "state")),
        "events": Event.objects.count(),
    }


def answer_of(response: HttpResponse) -> Answer:
    """The status, or SIGN_IN for a redirect to one of the sign-in pages."""
    leads_to = response.headers.get("Location", "")
    if response.status_code == HTTPStatus.FOUND and leads_to.startswith(SIGN_IN_PAGES):
        return SIGN_IN
    return response.status_code


def faults_of_page(response: HttpResponse) -> list[str]:
    """What a page says against the content security policy; it is on every answer."""
    policy = response.headers.get("Content-Security-Policy", "")
    faults = []
    for directive in filter(None, map(str.strip, policy.split(";"))):
        name, *sources = directive.split()
        faults += [f"{name} {source}" for source in sources if not LAWFUL_SOURCES.fullmatch(source)]
    if "default-src 'none'" not in policy:
        faults.append("no policy")
    if response.headers.get("Content-Type", "").startswith("text/html"):
        faults += [f"inline: {found[0]}" for found in INLINE.finditer(response.content.decode())]
    return faults


@pytest.fixture(scope="module")
def walk(built: Stage, django_db_blocker) -> Walk:
    with django_db_blocker.unblock():
        return Walk(built)


@pytest.fixture(autouse=True)
def own_cache(settings) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "walk"}}
    cache.clear()


def asked(row: Row, method: str, state: State) -> Iterator[Kind]:
    """Who asks for a page of one request. The desk looks at roles before anything else, so few need every state."""
    if state == ONE_STATE:
        yield from Kind
    elif row.depends_on_state(method):
        yield from access_table.VIEWERS if row.is_desk else ASKED_IN_EVERY_STATE


WITH_EVERY_KIND_OF_ROW = (State.DRAFT, ONE_STATE, State.HELD, State.INSTALLED)
"""States whose pages read everything that a page can: in these PostgreSQL is asked, too."""


@pytest.mark.parametrize(
    "state",
    [pytest.param(one, marks=() if one in WITH_EVERY_KIND_OF_ROW else pytest.mark.embedded) for one in State],
)
def test_addresses_of_a_request(walk, state):
    walk.unexpected.clear()
    for row in TABLE.values():
        if row.is_of_request:
            for method in ("get", "post"):
                for kind in asked(row, method, state):
                    walk.visit(row, method, kind, state)
    assert not walk.unexpected, "\n".join(walk.unexpected)


@pytest.mark.parametrize("kind", Kind)
def test_other_addresses(walk, kind):
    """At the desk's pages about tables one person without a role stands for the others, each in their turn."""
    walk.unexpected.clear()
    in_turn = sorted(NO_ROLE)
    for number, row in enumerate(TABLE.values()):
        if row.is_of_request:
            continue
        if row.is_desk and kind in NO_ROLE and kind != in_turn[number % len(in_turn)]:
            continue
        for method in ("get", "post"):
            walk.visit(row, method, kind)
    assert not walk.unexpected, "\n".join(walk.unexpected)


def test_every_address_has_a_row():
    known = {address for address, _pattern in addresses.all_patterns()}
    assert known - set(TABLE) == set(), "addresses without a row in access_table.py"
    assert set(TABLE) - known == set(), "rows in access_table.py without an address"


def test_only_the_declared_addresses_are_open_to_anybody():
    """LoginRequiredMiddleware reads this mark; the walk shows that it holds."""
    open_addresses = {
        address
        for address, pattern in addresses.all_patterns()
        if not getattr(pattern.callback, "login_required", True)
    }
    assert open_addresses == {row.address for row in TABLE.values() if row.anonymous}


def test_an_unknown_address_is_404(client):
    assert client.get("/nothing-here/").status_code == HTTPStatus.NOT_FOUND


def test_the_walk_would_notice(walk):
    """A table that expects something else fails: the walk does look."""
    walk.unexpected.clear()
    wrong = Row("requests/<int:pk>/", access_table.OK, access_table.OK)
    walk.visit(wrong, "get", Kind.STRANGER)
    walk.visit(wrong, "post", Kind.APPLICANT)
    assert [line.rpartition(": ")[2] for line in walk.unexpected] == ["404 instead of 200", "405 instead of 200"]
    walk.unexpected.clear()
