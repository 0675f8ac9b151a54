import pytest
from django.core.checks import run_checks
from django.db import connection

from tests.requests import certificate_pem
from tests.static import PRODUCTION
from tests.unit.portal.processes import DEMO, production, start
from upki_portal import checks


@pytest.fixture
def server(settings):
    """A server's settings, about which the portal's own checks have nothing to say."""
    settings.UPKI_DEMO = False
    settings.PORTAL_IS_HTTPS = settings.TRUSTED_PROXY = True
    settings.PORTAL_HOST = "portal.example.ac.jp"
    settings.ALLOWED_HOSTS = ["portal.example.ac.jp"]
    settings.DATABASES["default"]["ENGINE"], before = (
        "django.db.backends.postgresql",
        settings.DATABASES["default"]["ENGINE"],
    )
    settings.BROKER_URL = "redis://127.0.0.1/1"
    settings.SMTP_HOST, settings.SMTP_TLS = "smtp.example.ac.jp", "starttls"
    settings.ISSUERS_FILE = PRODUCTION["UPKI_ISSUERS"]
    yield settings
    settings.DATABASES["default"]["ENGINE"] = before


def found() -> list[str]:
    return [str(finding.id) for finding in checks.check_deployment(None)]


def test_a_server_is_in_order(server):
    assert found() == []


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("UPKI_DEMO", True, "upki.W001"),
        ("PORTAL_IS_HTTPS", False, "upki.W002"),
        ("BROKER_URL", "filesystem://", "upki.W004"),
        ("DNS_VIEWS", [], "upki.W005"),
        ("TRUSTED_PROXY", False, "upki.W006"),
        ("ALLOWED_HOSTS", ["*"], "upki.W007"),
        ("ALLOWED_HOSTS", ["www.example.ac.jp"], "upki.W007"),
        ("SMTP_TLS", "none", "upki.W008"),
    ],
)
def test_each_setting_of_a_desk_is_reported(server, name, value, code):
    setattr(server, name, value)
    assert found() == [code]


def test_a_missing_or_foreign_file_of_issuers_is_reported(server, tmp_path):
    foreign = tmp_path / "leaf.pem"
    foreign.write_text(certificate_pem("www.cs.uec.ac.jp")[0])
    for path in ("", str(tmp_path / "missing.pem"), str(foreign)):
        server.ISSUERS_FILE = path
        assert found() == ["upki.W010"]


def test_an_issuer_that_ends_soon_is_reported(server, monkeypatch):
    monkeypatch.setattr(checks, "ISSUER_DAYS", 366)
    assert found() == ["upki.W011"]


def test_sqlite_is_reported(server):
    server.DATABASES["default"]["ENGINE"] = "django.db.backends.sqlite3"
    assert found() == ["upki.W003"]


def test_a_mail_server_on_this_machine_needs_no_tls(server):
    server.SMTP_HOST, server.SMTP_TLS = "127.0.0.1", "none"
    assert found() == []


def test_files_that_nobody_collected_are_an_error(server, tmp_path):
    server.WHITENOISE_USE_FINDERS, server.STATIC_ROOT = False, tmp_path
    assert found() == ["upki.E001"]
    (tmp_path / "staticfiles.json").write_text("{}")
    assert found() == []


@pytest.mark.django_db
def test_a_missing_cache_table_is_reported(settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "nowhere"}}
    assert [one.id for one in checks.check_cache_table(None, databases=["default"])] == ["upki.W009"]
    settings.CACHES["default"]["LOCATION"] = connection.introspection.table_names()[0]
    assert checks.check_cache_table(None, databases=["default"]) == []


def test_the_database_is_not_asked_unless_named():
    assert checks.check_cache_table(None) == []


def test_unknown_fields_of_the_institution_are_an_error():
    done = start(DEMO | {"UPKI_INSTITUTION": '{"colour": "red"}'}, "manage.py", "check")
    assert done.returncode == 1
    assert "upki.E003" in done.stderr


def test_check_deploy_is_silent_with_a_servers_settings():
    done = start(production(), "manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert (done.returncode, done.stderr) == (0, "")


def test_check_deploy_reports_the_demonstration(tmp_path):
    done = start(DEMO | {"UPKI_VAR": str(tmp_path)}, "manage.py", "check", "--deploy")
    assert done.returncode == 0, "warnings only"
    for code in ("upki.W001", "upki.W002", "upki.W003", "upki.W004"):
        assert code in done.stderr


def test_check_says_in_one_sentence_that_the_database_is_away(tmp_path):
    environment = production(DATABASE_URL="postgresql://portal@127.0.0.1:1/portal", CACHE_URL="")
    done = start(environment, "manage.py", "check", "--database", "default", "--tag", "database")
    assert "upki.E002" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_checks_are_registered(settings):
    settings.UPKI_DEMO = True
    assert "upki.W001" in {finding.id for finding in run_checks(include_deployment_checks=True)}
