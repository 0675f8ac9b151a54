"""HTTP that no browser sends, at every address: huge numbers, NUL, broken UTF-8, broken bodies, wrong methods."""

from collections import defaultdict
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import Client

from requests_app.states import State
from tests import factories
from tests.architecture.addresses import all_patterns, filled
from tests.integration.faults import stored
from tests.integration.faults.test_private_keys import field_names

pytestmark = pytest.mark.django_db

BOUNDARY = "multipart/form-data; boundary=x"
NUMBERS = ("0", str(2**31), str(2**63), str(10**40), "9" * 5000)
WORDS = ("%00", "a%00b", "%FF%FE", "%ED%A0%80", "..%2F..%2Fetc", "%E2%80%AE", "'\"<script>")
QUERIES = (
    *("q=%00", "state=%00", "queue=%00", "o=9999", "p=99999999999999999999", "e=1", "_facets=%00", "all=%00"),
    *("q=%FF%FE%ED%A0%80", "%FF=%FF", "q=" + "a" * 6000, "id__exact=9" + "9" * 30, "id__exact=x", "o=%00.%00"),
    *("applied_at__year=0", "applied_at__year=99999", "applied_at__gte=x", "next=//evil.example", "next=%00"),
)
FILTERS = (
    *("certificaterequest/?queue=%00", "certificaterequest/?purpose__exact=%00", "confirmation/?state__exact=%00"),
    *("confirmation/?kind__exact=%00", "nameobservation/?view=%00", "nameobservation/?outcome=%00"),
    *("decision/?kind__exact=%00", "tsvrow/?kind__exact=%00", "incident/?resolved_at__isempty=%00"),
    *("certificaterequest/?applied_at__year=10000", "certificaterequest/?applied_at__month=13", "csr/?q=%00"),
)
TEXTS = ("a\0b", "\0", "\ufffd\ud83d", "a" * 20_000, "'\";--", "{{7*7}}%s%(x)s{0}", "\u202e")
METHODS = ("PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "CONNECT", "get", "\u00c9")

turns = pytest.mark.parametrize("turns", [1, pytest.param(20, marks=pytest.mark.soak)])
"""Each address meets so many of the odd things; in normal runs they take turns, long runs try all with all."""


def addresses(number, **words):
    """Return (pattern, address) of every address, its numbers and tokens filled with `number`."""
    fitting = {"action": "WITHDRAW", "kind": "ISSUE", "provider_id": "uec", "app_label": "requests_app", "url": "none/"}
    values = defaultdict(lambda: number, fitting | words)
    return sorted({(address, filled(address, values)) for address, _pattern in all_patterns()})


def taking_turns(all_addresses, odd, turns):
    """Yield (position, address, odd thing), each address with `turns` of the odd things."""
    for position, address in enumerate(all_addresses):
        for turn in range(min(turns, len(odd))):
            yield position + turn, address, odd[(position + turn) % len(odd)]


@pytest.fixture
def people(cast, browse):
    """Browsers of the applicant and of a registrar, who may reach every address."""
    return [browse(cast.applicant), browse(cast.registrar)]


@turns
def test_numbers_and_words_that_are_none(people, turns):
    before = stored.standing()
    patterns = [pattern for pattern, _address in addresses("1") if "<" in pattern]
    for position, pattern, odd in taking_turns(patterns, NUMBERS + WORDS, turns):
        address = filled(pattern, defaultdict(lambda odd=odd: odd))
        client = people[position // 2 % 2] if pattern.startswith("requests") else people[1]
        for method in (client.get, client.post):
            assert method(address).status_code != 500, address
    assert stored.standing() == before


@turns
def test_queries_of_nonsense(cast, people, turns):
    cast.request(State.CONFIRMING)
    before = stored.standing()
    walked = [address for _pattern, address in addresses("1")]
    for position, address, query in taking_turns(walked, QUERIES, turns):
        client = people[position % 2] if address.startswith("/requests") else people[1]
        assert client.get(f"{address}?{query}").status_code != 500, (address, query)
    assert stored.standing() == before


@pytest.mark.parametrize("address", FILTERS)
def test_filters_of_nonsense(cast, browse, address):
    cast.request(State.APPROVED)
    assert browse(cast.registrar).get(f"/admin/requests_app/{address}").status_code != 500


@turns
def test_nonsense_in_every_field(cast, browse, turns):
    request = cast.request(State.APPROVED)
    fields = field_names()
    # Withdrawing needs no field, so that nonsense in one is no reason against it.
    walked = [address for _pattern, address in addresses(str(request.pk)) if "WITHDRAW" not in address]
    for position, address, text in taking_turns(walked, TEXTS, turns):
        client = browse((cast.applicant, cast.registrar)[not address.startswith("/requests")])
        body = urlencode(dict.fromkeys(fields, text.encode("utf-8", "surrogatepass")))
        response = client.post(address, body, content_type="application/x-www-form-urlencoded")
        assert response.status_code != 500, (position, address, text[:9])
    request.refresh_from_db()
    assert request.state == State.APPROVED
    assert request.software == "nginx 1.24"


BODIES = {
    "empty": (BOUNDARY, b""),
    "no end": (BOUNDARY, b'--x\r\nContent-Disposition: form-data; name="software"\r\n\r\nnginx'),
    "no name": (BOUNDARY, b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--\r\n"),
    "no disposition": (BOUNDARY, b"--x\r\n\r\na\r\n--x--\r\n"),
    "bad base64": (
        BOUNDARY,
        b'--x\r\nContent-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64\r\n\r\n%%%\r\n--x--\r\n',
    ),
    "long header": (BOUNDARY, b"--x\r\nContent-Disposition: " + b"a" * 5000 + b"\r\n\r\na\r\n--x--\r\n"),
    "file named NUL": (
        BOUNDARY,
        b'--x\r\nContent-Disposition: form-data; name="csr_file"; filename="a\0/../b"\r\n\r\na\r\n--x--\r\n',
    ),
    "no boundary": ("multipart/form-data", b"--x\r\n\r\n"),
    "long boundary": ("multipart/form-data; boundary=" + "x" * 300, b"x"),
    "strange boundary": ("multipart/form-data; boundary=\u00e9", b"x"),
    "unknown charset": (f"{BOUNDARY}; charset=klingon", b"--x--\r\n"),
    "form in UTF-7": ("application/x-www-form-urlencoded; charset=utf-7", b"software=+ADw-"),
    "form in UTF-16": ("application/x-www-form-urlencoded; charset=utf-16", b"software=a"),
    "broken UTF-8": ("application/x-www-form-urlencoded", b"software=%ff%fe&common_name=\xff\xfe&\xff=\xff"),
    "too many fields": ("application/x-www-form-urlencoded", b"&".join(b"a=%d" % n for n in range(2000))),
    "JSON": ("application/json", b'{"software": "nginx"'),
    "no type": ("", b"software=nginx"),
    "strange type": ("\0\0;;;===", b"software=nginx"),
    "XML": ("text/xml", b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'),
}


@pytest.mark.parametrize("name", BODIES)
def test_bodies_of_nonsense(cast, people, name):
    content_type, body = BODIES[name]
    request = cast.request(State.APPROVED)
    before = stored.standing()
    for address in (
        *("/requests/new/", f"/requests/{request.pk}/csr/upload/", f"/requests/{request.pk}/csr/send/"),
        *(f"/requests/{request.pk}/amend/", "/accounts/roles/offer/", "/accounts/language/"),
        *("/admin/requests_app/zone/import/", "/admin/accounts/user/import/"),
        f"/admin/requests_app/certificaterequest/{request.pk}/approve/",
    ):
        for client in people:
            response = client.generic("POST", address, body, content_type=content_type)
            assert response.status_code != 500, address
            if name in {"too many fields", "no boundary", "long header"}:
                assert response.status_code == 400
    changed = {
        table: rows for table, rows in stored.standing().items() if rows != before[table] and not _is_a_draft(table)
    }
    assert changed == {}


def _is_a_draft(table):
    """A form with a half-read or empty body is an empty draft, which may be saved at any time."""
    return table in {"requests_app_certificaterequest", "audit_event", "sqlite_sequence"}


def test_too_many_files_are_refused(cast, browse):
    client = browse(cast.applicant)
    before = stored.standing()
    part = b'--x\r\nContent-Disposition: form-data; name="f%d"; filename="a"\r\n\r\na\r\n'
    body = b"".join(part % number for number in range(200)) + b"--x--\r\n"
    response = client.generic("POST", "/requests/new/", body, content_type=BOUNDARY)
    assert response.status_code == 400
    assert stored.standing() == before


@turns
def test_methods_that_nothing_takes(cast, people, turns):
    request = cast.request(State.APPROVED)
    before = stored.standing()
    walked = [address for _pattern, address in addresses(str(request.pk))]
    for position, address, method in taking_turns(walked, METHODS, turns):
        assert people[position % 2].generic(method, address, b"a=b").status_code != 500, (address, method)
    assert stored.standing() == before


def test_looking_changes_nothing(cast, people):
    request = cast.request(State.APPROVED)
    before = stored.standing()
    for _pattern, address in addresses(str(request.pk)):
        client = people[not address.startswith(("/requests", "/confirmations"))]
        for method in (client.get, client.head):
            assert method(address).status_code != 500, address
    assert stored.standing() == before


def test_what_posts_is_not_fetched(cast, browse):
    request = cast.request(State.APPROVED)
    for address in ("delete/", "act/WITHDRAW/", "look-up/", "csr/upload/", "csr/send/"):
        assert browse(cast.applicant).get(f"/requests/{request.pk}/{address}").status_code == 405
    for address in ("approve/", "accept/", "correct/", "override/", "decide-kind/", "act/RETURN/"):
        page = browse(cast.registrar).get(f"/admin/requests_app/certificaterequest/{request.pk}/{address}")
        assert page.status_code == 405


COOKIES = [
    "\\000aaaaaaaaaa",
    "a" * 4000,
    "\\377\\376aaaaaaaa",
    "../../etc/passwd",
    "'; --aaaaaaaaa",
    "\u00ff" * 40,
]


@pytest.mark.parametrize("value", COOKIES, ids=range(len(COOKIES)))
def test_cookies_of_nonsense(value):
    client = Client(raise_request_exception=False)
    names = (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME, "messages")
    for name in names:
        for address in ("/requests/", "/accounts/login/", "/health/", "/l/"):
            response = client.get(address, headers={"Cookie": f'{name}="{value}"'})
            assert response.status_code != 500, (name, address)


@pytest.mark.parametrize(
    "header", ["Host", "X-Forwarded-For", "X-Forwarded-Proto", "Referer", "Accept-Language", "Range"]
)
def test_headers_of_nonsense(cast, browse, header):
    client = browse(cast.applicant)
    for value in ("\0", "a" * 5000, "\u00ff\u00fe", "a, b; c=d", "[::1", "999.999.999.999", "%s{0}", "http://["):
        for address in ("/requests/", "/requests/new/"):
            response = client.get(address, headers={header: value})
            assert response.status_code != 500, value


def test_a_stranger_s_signature_opens_no_session(cast):
    client = Client(raise_request_exception=False)
    response = client.get("/requests/", headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={'a' * 32}"})
    assert response.status_code == 302
    assert factories.student().pk not in {client.session.get("_auth_user_id")}
