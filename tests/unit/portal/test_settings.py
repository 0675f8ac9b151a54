import json
from datetime import date

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.unit.portal.processes import DEMO, printed, production, refusal, start
from upki_portal.env import Environment


def test_a_servers_settings_are_accepted():
    assert refusal(production()) == ""


@pytest.mark.parametrize("name", ["SECRET_KEY", "OIDC_ISSUER", "OIDC_CLIENT_SECRET"])
def test_a_server_needs(name):
    sentence = refusal(production(**{name: ""}))
    assert f"{name} is required" in sentence


def test_nothing_is_needed_for_the_demonstration():
    assert refusal(DEMO) == ""


def test_the_demonstrations_secret_is_refused_outside_of_it():
    assert "SECRET_KEY is the demonstration's" in refusal(production(SECRET_KEY="demonstration-only" * 4))


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"PORTAL_URL": "http://portal.example.ac.jp"}, "PORTAL_URL (portal.example.ac.jp)"),
        ({"UPKI_BIND": "0.0.0.0"}, "UPKI_BIND (0.0.0.0)"),
        ({"UPKI_BIND": "::"}, "UPKI_BIND (::)"),
        ({"OIDC_ISSUER": "https://accounts.google.com"}, "OIDC_ISSUER (accounts.google.com)"),
        ({"SMTP_HOST": "192.0.2.25"}, "SMTP_HOST (192.0.2.25)"),
        # A name is not an address: what it leads to is somebody else's to say.
        ({"SMTP_HOST": "localhost.example.ac.jp"}, "SMTP_HOST (localhost.example.ac.jp)"),
        (
            {"DNS_VIEWS": '[{"name": "inside", "resolvers": ["127.0.0.1:53", "192.0.2.53:53"]}]'},
            "DNS_VIEWS 192.0.2.53:53 (192.0.2.53)",
        ),
    ],
)
def test_a_demonstration_with_a_host_elsewhere_is_refused_by_name(changes, named):
    sentence = refusal(DEMO | changes)
    assert "UPKI_DEMO=1" in sentence
    assert named in sentence
    assert sentence.count("(") == 1, "only what is elsewhere is named"


def test_every_host_elsewhere_is_named_at_once():
    sentence = refusal(DEMO | {"UPKI_BIND": "0.0.0.0", "SMTP_HOST": "192.0.2.25"})
    assert "UPKI_BIND" in sentence
    assert "SMTP_HOST" in sentence


def test_a_demonstration_on_ipv6_loopback_is_accepted():
    assert refusal(DEMO | {"UPKI_BIND": "::1", "SMTP_HOST": "localhost", "PORTAL_URL": "http://[::1]:8000"}) == ""


def test_an_issuer_without_tls_is_refused_outside_the_demonstration():
    assert "OIDC_ISSUER must begin with https://" in refusal(production(OIDC_ISSUER="http://127.0.0.1:8001"))


@pytest.mark.parametrize("demo", ["0", "1"])
@pytest.mark.parametrize("debug", ["0", "1"])
def test_debugging_and_demonstration_are_independent(demo, debug):
    environment = (DEMO if demo == "1" else production()) | {"UPKI_DEBUG": debug}
    assert printed(environment, "s.UPKI_DEMO, s.DEBUG") == f"({demo == '1'}, {debug == '1'})"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("UPKI_DEMO", "yes", "must be 0 or 1"),
        ("UPKI_DEBUG", "true", "must be 0 or 1"),
        ("SMTP_PORT", "twentyfive", "must be a whole number"),
        ("SESSION_IDLE_MINUTES", "-1", "must be a whole number"),
        ("OIDC_TIMEOUT_SECONDS", "0", "must be from 1 to 4"),
        ("OIDC_TIMEOUT_SECONDS", "5", "must be from 1 to 4"),
        ("SMTP_TLS", "ssl", "must be one of none, starttls, tls"),
        ("DATABASE_URL", "mysql://127.0.0.1/portal", "must begin with sqlite:/// or postgresql://"),
        ("PORTAL_URL", "portal.example.ac.jp", "without a path"),
        ("PORTAL_URL", "https://portal.example.ac.jp/upki", "without a path"),
        ("OIDC_BROWSER_ORIGINS", "https://idp.example.ac.jp; script-src *", "without a path"),
        ("UPKI_INSTITUTION", "[]", "must be a JSON object"),
        ("DNS_VIEWS", "outside=192.0.2.53", "is not JSON"),
        ("DNS_VIEWS", "{}", "must be a list"),
        ("DNS_VIEWS", '[{"name": "outside"}]', "must be a list"),
        ("DNS_VIEWS", '[{"name": "outside", "resolvers": []}]', "must be a list"),
        ("DNS_VIEWS", '[{"name": "outside", "resolvers": ["192.0.2.53"]}]', "ADDRESS:PORT"),
        ("DNS_VIEWS", '[{"name": "outside", "resolvers": ["dns.example.ac.jp:53"]}]', "ADDRESS:PORT"),
        ("DNS_VIEWS", '[{"name": "outside", "resolvers": ["192.0.2.53:70000"]}]', "ADDRESS:PORT"),
        (
            "DNS_VIEWS",
            json.dumps([{"name": "outside", "resolvers": ["192.0.2.53:53"]}] * 2),
            "names a view twice",
        ),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_by_name(name, value, said):
    sentence = refusal(production(**{name: value}))
    assert sentence.startswith(name)
    assert said in sentence


def test_no_refusal_repeats_a_secret():
    done = start(production(SMTP_TLS="ssl", SECRET_KEY="s3cret-key-of-the-test" * 3, SMTP_PASSWORD="pass-of-the-test"))
    assert "s3cret-key" not in done.stderr
    assert "pass-of-the-test" not in done.stderr


def test_https_hardens_cookies_and_transport():
    said = printed(
        production(),
        "s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.LANGUAGE_COOKIE_NAME, s.SESSION_COOKIE_SECURE,"
        "s.CSRF_COOKIE_SECURE, s.LANGUAGE_COOKIE_SECURE, s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS",
    )
    names = "'__Host-sessionid', '__Host-csrftoken', '__Host-language'"
    assert said == f"({names}, True, True, True, True, 31536000)"


def test_a_proxy_is_believed_only_when_the_settings_say_so():
    expression = "getattr(s, 'SECURE_PROXY_SSL_HEADER', None)"
    assert printed(production(UPKI_TRUSTED_PROXY="0"), expression) == "None"
    assert printed(production(), expression) == "('HTTP_X_FORWARDED_PROTO', 'https')"


def test_further_origins_of_the_sign_in_stand_in_the_policy():
    expression = "s.CONTENT_SECURITY_POLICY['DIRECTIVES']['form-action']"
    said = printed(production(OIDC_BROWSER_ORIGINS="https://idp.example.ac.jp"), expression)
    assert said == "[\"'self'\", 'https://accounts.example.ac.jp', 'https://idp.example.ac.jp']"


def test_uploads_stay_in_memory_up_to_the_limit_whatever_it_is():
    expression = "s.FILE_UPLOAD_HANDLERS, s.FILE_UPLOAD_MAX_MEMORY_SIZE, s.DATA_UPLOAD_MAX_MEMORY_SIZE"
    said = printed(production(UPKI_BODY_LIMIT_BYTES="5000000"), expression)
    assert said == "(['django.core.files.uploadhandler.MemoryFileUploadHandler'], 5000000, 5000000)"


def test_celery_takes_json_only():
    expression = "s.CELERY_ACCEPT_CONTENT, s.CELERY_TASK_SERIALIZER, s.CELERY_EVENT_SERIALIZER"
    assert printed(production(), expression) == "(['json'], 'json', 'json')"


def test_postgresql_connections_are_kept_looked_at_first_and_given_up_in_time():
    names = "('CONN_MAX_AGE', 'CONN_HEALTH_CHECKS', 'OPTIONS')"
    said = printed(production(), f"[s.DATABASES['default'][n] for n in {names}]")
    assert said == "[60, True, {'connect_timeout': 4}]"


def test_collected_static_files_get_names_of_their_content():
    said = printed(production(UPKI_STATIC_FROM_SOURCE="0"), "s.STORAGES['staticfiles']['BACKEND']")
    assert said == "whitenoise.storage.CompressedManifestStaticFilesStorage"


def test_every_static_file_can_be_collected(tmp_path):
    environment = production(UPKI_STATIC_FROM_SOURCE="0", UPKI_VAR=str(tmp_path))
    done = start(environment, "manage.py", "collectstatic", "--noinput")
    assert done.returncode == 0, done.stderr
    assert "Found another file" not in done.stdout
    assert (tmp_path / "static" / "staticfiles.json").is_file()


@pytest.mark.parametrize(
    "value",
    [
        "2026-12-28",
        "2026-12-28/",
        "2026-12-28/2027-01-04/2027-01-05",
        "2026-12-28/2027-13-04",
        "28.12.2026/04.01.2027",
        "2027-01-04/2026-12-28",
        "2026-12-28/2027-12-04",
        "2026-12-28/2027-01-04,2027-01-04/2027-01-05",
    ],
)
def test_closed_days_that_cannot_be_meant_are_refused(value):
    with pytest.raises(ImproperlyConfigured, match="CLOSED_DAYS"):
        Environment({"CLOSED_DAYS": value}).periods("CLOSED_DAYS", "")


def test_closed_days_are_read_in_their_order():
    value = "2027-08-12/2027-08-16, 2026-12-28/2027-01-04"
    assert Environment({"CLOSED_DAYS": value}).periods("CLOSED_DAYS", "") == [
        (date(2026, 12, 28), date(2027, 1, 4)),
        (date(2027, 8, 12), date(2027, 8, 16)),
    ]
    assert Environment({}).periods("CLOSED_DAYS", "") == []
