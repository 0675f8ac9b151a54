"""What an operator copies from deploy/ fits the portal that it runs."""

import importlib.util
import re
import subprocess

import pytest
from django.urls import reverse

from tests.static import PRODUCTION
from tests.unit.portal.processes import ROOT, start
from upki_portal.env import DECLARED

DEPLOY = ROOT / "deploy"
EXAMPLE = (DEPLOY / "portal.env.example").read_text()
NOT_ON_A_SERVER = {"UPKI_DEMO", "UPKI_DEBUG"}


def assignments() -> dict[str, str]:
    return dict(re.findall(r"^#?([A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE))


def test_the_example_names_every_setting_and_no_other():
    assert set(assignments()) == {one.name for one in DECLARED} - NOT_ON_A_SERVER


def test_the_examples_values_stand_in_single_quotes():
    assert [value for value in assignments().values() if not re.fullmatch(r"'[^']*'", value)] == []


def test_the_example_holds_no_secret():
    secrets = {name: value for name, value in assignments().items() if re.search("SECRET|PASSWORD", name)}
    assert set(secrets.values()) == {"''"}


def test_what_the_example_shows_as_default_is_the_default():
    shown = dict(re.findall(r"^#([A-Z_]+)='(.*)'$", EXAMPLE, re.MULTILINE))
    declared = {one.name: one.default for one in DECLARED if one.name not in {"ALLOWED_HOSTS"}}
    assert {name: declared[name] for name in shown if name in declared} == {
        name: value for name, value in shown.items() if name in declared
    }


def test_a_server_starts_with_the_example_once_it_is_filled_in():
    given = {name: value.strip("'") for name, value in re.findall(r"^([A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE)}
    given |= {name: "filled-in-" * 6 for name, value in given.items() if not value}
    given |= {"UPKI_STATIC_FROM_SOURCE": "1", "UPKI_ISSUERS": PRODUCTION["UPKI_ISSUERS"]}
    done = start(given, "manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert (done.returncode, done.stderr) == (0, "")


def test_nginx_takes_what_the_portal_takes_and_keeps_it_in_memory():
    site = (DEPLOY / "nginx" / "upki-portal.conf").read_text()
    assert re.search(r"client_max_body_size +2m;", site)
    assert re.search(r"client_body_buffer_size +2m;", site)
    default = {one.name: one.default for one in DECLARED}
    assert int(default["UPKI_BODY_LIMIT_BYTES"]) == 2 * 1024 * 1024
    upload = site.partition(f"location = {reverse('admin:inventory_listimport_upload')} {{")[2].partition("}")[0]
    assert re.search(r"client_max_body_size +100m;", upload)
    assert re.search(r"proxy_request_buffering +off;", upload), "nginx would write it to a file"
    assert int(default["UPKI_LIST_LIMIT_BYTES"]) == 100 * 1024 * 1024


@pytest.mark.parametrize("arguments", [[], ["everything"]])
def test_run_says_what_it_can_run(arguments):
    done = subprocess.run([DEPLOY / "run", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 64
    assert "web | worker | probes | beat | manage" in done.stderr


def test_run_reads_the_file_of_settings_as_systemd_does(tmp_path):
    file = tmp_path / "portal.env"
    file.write_text("UPKI_DEMO='1'\nSECRET_KEY='a$b c\\n\"d\"'\nUPKI_VAR='" + str(tmp_path) + "'\n")
    code = "from django.conf import settings; print(settings.SECRET_KEY)"
    done = subprocess.run(
        [
            DEPLOY / "run",
            "manage",
            "shell",
            "--no-imports",
            "-c",
            code,
        ],
        env={"PATH": "/usr/bin:/bin", "UPKI_ENV_FILE": str(file), "UPKI_USER": "root"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == 'a$b c\\n"d"', done.stderr


def test_a_backup_gives_the_password_to_pg_dump_out_of_sight():
    spec = importlib.util.spec_from_file_location("backup", DEPLOY / "backup.py")
    backup = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(backup)
    assert backup.connection("postgresql://upki:p%40ss@127.0.0.1:5432/upki") == {
        "PGDATABASE": "upki",
        "PGUSER": "upki",
        "PGPASSWORD": "p@ss",
        "PGHOST": "127.0.0.1",
        "PGPORT": "5432",
    }
    assert backup.connection("postgresql:///upki") == {"PGDATABASE": "upki"}
