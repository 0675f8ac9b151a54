"""What every answer of the portal carries, whoever asks and however it ends."""

import json
from datetime import timedelta
from io import BytesIO

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from kombu import serialization
from kombu.exceptions import ContentDisallowed

from accounts import sessions
from requests_app.states import State
from tests import factories, requests
from tests.unit.portal.processes import printed, production
from upki_portal.celery import app

pytestmark = pytest.mark.django_db

TEN_MEGABYTES = 10 * 1024 * 1024
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


@pytest.fixture(autouse=True)
def nothing_counted_yet():
    cache.clear()


@pytest.fixture
def cast():
    return requests.Cast()


def signed_in(person, **options):
    client = Client(**options)
    client.force_login(person)
    return client


def portal_page(cast):
    return signed_in(cast.applicant).get(reverse("requests:list"))


def request_page(cast):
    return signed_in(cast.applicant).get(reverse("requests:detail", args=[cast.request(State.REVIEWING).pk]))


def draft_page(cast):
    return signed_in(cast.applicant).get(reverse("requests:edit", args=[cast.request().pk]))


def own_page(cast):
    return signed_in(cast.applicant).get(reverse("own_page"))


def confirmations_page(cast):
    return signed_in(cast.administrator).get(reverse("requests:confirmations"))


def admin_start(cast):
    return signed_in(cast.registrar).get(reverse("admin:index"))


def admin_changelist(cast):
    cast.request(State.REVIEWING)
    return signed_in(cast.registrar).get(reverse("admin:requests_app_certificaterequest_changelist"))


def admin_review(cast):
    pk = cast.request(State.REVIEWING).pk
    return signed_in(cast.registrar).get(reverse("admin:requests_app_certificaterequest_change", args=[pk]))


def admin_people(cast):
    return signed_in(cast.registrar).get(reverse("admin:accounts_user_changelist"))


def sign_in_page(cast):
    return Client().get(reverse("login"))


def closed_link(cast):
    return Client().get("/l/not-a-link/")


def forbidden(cast):
    return signed_in(cast.applicant).get(reverse("role_list"))


def forbidden_at_the_desk(cast):
    return signed_in(cast.applicant).get("/admin/login/")


def without_csrf_token(cast):
    return signed_in(cast.applicant, enforce_csrf_checks=True).post(reverse("sign_out_everywhere"))


def not_found(cast):
    return signed_in(cast.applicant).get("/nothing/here/")


def hidden(cast):
    return signed_in(factories.faculty()).get(reverse("requests:detail", args=[cast.request().pk]))


def too_large(cast):
    return Client().post(reverse("set_language"), {"file": _upload(TEN_MEGABYTES)})


def too_often(cast):
    client = Client()
    for _ in range(10):
        client.post("/accounts/emergency/wrong/")
    return client.post("/accounts/emergency/wrong/")


def private_key(cast):
    pasted = requests.private_key_pem(1).decode()
    return signed_in(cast.applicant).post(reverse("requests:new"), {"purpose": pasted})


PAGES = [
    (portal_page, 200),
    (request_page, 200),
    (draft_page, 200),
    (own_page, 200),
    (confirmations_page, 200),
    (admin_start, 200),
    (admin_changelist, 200),
    (admin_review, 200),
    (admin_people, 200),
    (sign_in_page, 200),
    (closed_link, 410),
    (forbidden, 403),
    (forbidden_at_the_desk, 403),
    (without_csrf_token, 403),
    (not_found, 404),
    (hidden, 404),
    (too_large, 413),
    (too_often, 429),
    (private_key, 422),
]


@pytest.mark.parametrize(("ask", "status"), PAGES, ids=[ask.__name__ for ask, _status in PAGES])
def test_every_kind_of_page_carries_every_header(cast, settings, ask, status):
    answer = ask(cast)
    assert answer.status_code == status
    assert directives(answer) == POLICY | {"form-action": f"'self' {settings.OIDC_ISSUER}"}
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["X-Request-Id"]


@pytest.mark.parametrize(("ask", "status"), PAGES, ids=[ask.__name__ for ask, _status in PAGES])
def test_no_page_needs_what_the_policy_refuses(cast, ask, status):
    text = ask(cast).content.decode()
    for refused in (" style=", "<style", " onclick=", " onload=", " onsubmit=", "javascript:", "data:"):
        assert refused not in text, refused
    assert "<script>" not in text


def directives(answer) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in answer.headers["Content-Security-Policy"].split(";"))
    return {name: value for name, _space, value in parts if name}


# --- Cookies and HSTS of a server with https ---

HTTPS_SETTINGS = (
    "SESSION_COOKIE_NAME",
    "CSRF_COOKIE_NAME",
    "LANGUAGE_COOKIE_NAME",
    "SESSION_COOKIE_SECURE",
    "CSRF_COOKIE_SECURE",
    "LANGUAGE_COOKIE_SECURE",
    "SECURE_HSTS_SECONDS",
    "SECURE_SSL_REDIRECT",
    "SECURE_PROXY_SSL_HEADER",
    "TRUSTED_PROXY",
)


@pytest.fixture(scope="module")
def of_a_server() -> dict[str, object]:
    """Return what the settings make of a server's environment."""
    return json.loads(
        printed(production(), f"__import__('json').dumps({{n: getattr(s, n) for n in {HTTPS_SETTINGS}}})")
    )


@pytest.fixture
def https(settings, of_a_server) -> Client:
    """A browser at a portal with a server's settings, behind its proxy."""
    for name, value in of_a_server.items():
        setattr(settings, name, value)
    return Client(headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"})


def test_every_cookie_is_bound_to_the_host_and_to_https(https):
    person = factories.faculty()
    https.force_login(person)
    https.get(reverse("requests:new"))
    https.post(reverse("set_language"), {"language": "en", "next": "/"})
    assert set(https.cookies) == {"__Host-sessionid", "__Host-csrftoken", "__Host-language"}
    answers = [https.get(reverse("own_page")), https.post(reverse("set_language"), {"language": "ja"})]
    morsels = {name: morsel for answer in answers for name, morsel in answer.cookies.items()}
    assert set(morsels) >= {"__Host-csrftoken", "__Host-language"}
    for name, morsel in {**dict(https.cookies), **morsels}.items():
        assert morsel["secure"], name
        assert morsel["path"] == "/", name
        assert not morsel["domain"], name
    for morsel in morsels.values():
        assert morsel["httponly"]
        assert morsel["samesite"] == "Lax"


def test_the_session_cookie_is_closed_to_scripts_and_other_sites(https):
    https.force_login(factories.faculty())
    store = https.session
    store[sessions.SEEN_AT] -= 120  # so that the answer writes the session and sends its cookie
    store.save()
    cookie = https.get(reverse("own_page")).cookies["__Host-sessionid"]
    assert cookie["secure"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/"
    assert not cookie["domain"]


def test_https_answers_tell_browsers_to_stay_there(https):
    answer = https.get(reverse("login"))
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_http_is_led_to_https_but_the_health_page_answers(https, settings):
    plain = Client()
    redirected = plain.get("/accounts/login/")
    assert redirected.status_code == 301
    assert redirected.headers["Location"].startswith("https://")
    assert plain.get(reverse("health")).status_code == 200


def test_the_proxys_word_about_the_address_counts_and_the_clients_does_not(https):
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.1, 192.0.2.7"}
    for _ in range(10):
        Client(headers=headers).post("/accounts/emergency/wrong/")
    # The same address by the proxy's word, another by the client's own: still the same who asks.
    headers["X-Forwarded-For"] = "203.0.113.9, 192.0.2.7"
    assert Client(headers=headers).post("/accounts/emergency/wrong/").status_code == 429
    headers["X-Forwarded-For"] = "198.51.100.1, 192.0.2.8"
    assert Client(headers=headers).post("/accounts/emergency/wrong/").status_code != 429


def test_without_a_proxy_nobodys_word_counts():
    for number in range(10):
        Client(headers={"X-Forwarded-For": f"192.0.2.{number}"}).post("/accounts/emergency/wrong/")
    answer = Client(headers={"X-Forwarded-For": "192.0.2.99"}).post("/accounts/emergency/wrong/")
    assert answer.status_code == 429


# --- Bodies ---


def _upload(size: int) -> SimpleUploadedFile:
    return SimpleUploadedFile("large.csr", b"A" * size)


class Untouched:
    """A body that nobody may read."""

    def read(self, *args: object) -> bytes:
        raise AssertionError("the body was read")

    readline = read


def test_a_large_body_is_refused_before_a_byte_is_read():
    answer = Client().request(
        **{
            "REQUEST_METHOD": "POST",
            "PATH_INFO": reverse("set_language"),
            "CONTENT_TYPE": "multipart/form-data; boundary=b",
            "CONTENT_LENGTH": str(TEN_MEGABYTES),
            "wsgi.input": Untouched(),
        }
    )
    assert answer.status_code == 413


def test_a_large_upload_is_refused_in_both_languages_and_changes_nothing(settings):
    person = factories.faculty(language="ja")
    answer = signed_in(person).post(reverse("set_language"), {"language": "en", "file": _upload(TEN_MEGABYTES)})
    assert answer.status_code == 413
    text = answer.content.decode()
    assert "送信されたデータが大きすぎます" in text
    assert "What was sent is too large" in text
    person.refresh_from_db()
    assert person.language == "ja", "the view never ran"
    assert settings.LANGUAGE_COOKIE_NAME not in answer.cookies


@pytest.mark.parametrize("length", ["-1", "1e3", "１２"])
def test_a_length_that_is_no_number_is_refused_or_read_as_empty(length):
    answer = Client().request(
        **{
            "REQUEST_METHOD": "POST",
            "PATH_INFO": reverse("set_language"),
            "CONTENT_LENGTH": length,
            "wsgi.input": BytesIO() if length.isdecimal() else Untouched(),
        }
    )
    assert answer.status_code in {302, 413}


def test_an_upload_below_the_limit_reaches_no_file(settings, tmp_path):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "missing")  # a temporary file could not be made there
    below = settings.BODY_LIMIT_BYTES - 4096
    answer = Client().post(reverse("set_language"), {"language": "en", "file": _upload(below)})
    assert answer.status_code == 302
    assert answer.cookies[settings.LANGUAGE_COOKIE_NAME].value == "en"


# --- Sessions and messages ---


def test_a_session_is_written_at_most_once_a_minute():
    client = signed_in(factories.faculty())
    before = Session.objects.get(session_key=client.session.session_key)
    for _ in range(3):
        client.get(reverse("own_page"))
    after = Session.objects.get(session_key=client.session.session_key)
    assert (after.session_data, after.expire_date) == (before.session_data, before.expire_date)


def test_last_seen_moves_on_after_a_minute():
    client = signed_in(factories.faculty())
    store = client.session
    store[sessions.SEEN_AT] -= 61
    store.save()
    client.get(reverse("own_page"))
    assert client.session[sessions.SEEN_AT] > store[sessions.SEEN_AT]


def test_use_never_moves_the_absolute_end(settings):
    client = signed_in(factories.faculty())
    store = client.session
    store[sessions.SIGNED_IN_AT] -= settings.SESSION_ABSOLUTE_HOURS * 3600 + 1
    store.save()
    assert client.get(reverse("own_page")).status_code == 302
    assert not Session.objects.filter(
        session_key=store.session_key, expire_date__gt=timezone.now() + timedelta(seconds=1)
    ).exists()


def test_a_worker_takes_json_only():
    assert list(app.conf.accept_content) == ["json"]
    content_type, encoding, body = serialization.dumps({"a": 1}, serializer="pickle")
    with pytest.raises(ContentDisallowed):
        serialization.loads(body, content_type, encoding, accept=app.conf.accept_content)
