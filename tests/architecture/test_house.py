"""The house keeps its shape: layout, sizes, texts for every code, and README saying what the code says."""

import ast
import configparser
import os
import re
import subprocess
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from celery import current_app
from django.conf import settings
from django.utils import translation

import accounts.errors
import requests_app.errors
from accounts.errors import AccountError
from notifications import kinds
from requests_app import mails
from requests_app.errors import RequestError
from requests_app.management.commands.state_diagrams import DIAGRAMS, with_diagrams
from tests.architecture import sources
from tests.architecture.sources import ROOT
from upki_portal.env import DECLARED

pytestmark = pytest.mark.embedded

MAX_LINES = 400
MAX_LINES_OF_TESTS = 550
"""A list of cases is read case by case, so it may be longer than a module that is read as a whole."""

VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "tools", "base", "lib", "shared"}

FOLDERS = {".ci", "bench", "deploy", "docs", "templates", "tests", *sources.PACKAGES}
FILES = {
    ".gitignore",
    ".gitattributes",
    ".dockerignore",
    "CHANGELOG.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "manage.py",
    "pyproject.toml",
    "requirements.lock",
}


def tracked() -> list[Path]:
    """Every file that is committed or about to be, from the root."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    return [Path(name) for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def tracked_code() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".py" and "migrations" not in path.parts]


def test_modules_stay_short():
    lengths = {path: len((ROOT / path).read_text(encoding="utf-8").splitlines()) for path in tracked_code()}
    too_long = {
        str(path): lines
        for path, lines in lengths.items()
        if lines > (MAX_LINES_OF_TESTS if path.parts[0] == "tests" else MAX_LINES)
    }
    assert too_long == {}


def test_modules_are_named_after_their_subject():
    names = {part for path in tracked_code() for part in (*path.parts[:-1], path.stem)}
    assert not names & VAGUE_NAMES


def test_the_top_level_is_the_plan():
    tops = {path.parts[0] for path in tracked()}
    assert tops <= FOLDERS | FILES
    for package in sources.PACKAGES:
        assert (ROOT / package / "__init__.py").is_file(), package
    inside = {"errors", "forms", "states", "models", "steps", "services", "views", "admin", "management", "migrations"}
    assert {path.name for path in (ROOT / "requests_app").iterdir() if (path / "__init__.py").is_file()} == inside


def test_the_lock_file_names_no_address():
    assert "://" not in (ROOT / "requirements.lock").read_text(encoding="utf-8")


def places_of_this_machine() -> set[str]:
    """Where the checkout lies, and where the package tools of this machine are told to look."""
    found = {
        f"{ROOT}/",
        *(f"{beside}/" for beside in ROOT.parent.iterdir() if beside.is_dir() and len(beside.name) > 3),
    }
    told = [value for name, value in os.environ.items() if re.fullmatch(r"(PIP|UV)_.*(INDEX|LINKS).*", name)]
    for path in ("/etc/pip.conf", "~/.pip/pip.conf", "~/.config/pip/pip.conf"):
        told_by_file = configparser.ConfigParser(interpolation=None)
        told_by_file.read(Path(path).expanduser())
        told += [v for section in told_by_file.values() for k, v in section.items() if "index" in k or "links" in k]
    for word in " ".join(told).split():
        parts = urlsplit(word)
        found.add(parts.hostname or parts.path)
    return {place for place in found if place not in {"", "/", "pypi.org"}}


def test_no_file_names_a_place_of_this_machine():
    places = places_of_this_machine()
    assert places
    found = [
        f"{path}: {place}"
        for path in tracked()
        for text in [(ROOT / path).read_bytes()]
        for place in places
        if place.encode() in text
    ]
    assert not found


@pytest.mark.parametrize(
    ("module", "base"),
    [(requests_app.errors, RequestError), (accounts.errors, AccountError)],
    ids=["requests", "people"],
)
def test_every_error_has_a_code_of_its_own_and_a_sentence(module, base):
    errors = [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, base)
        and f"{value.__module__}.".startswith(f"{module.__name__}.")
    ]
    abstract = {base, *(error for error in errors if "code" not in vars(error))}
    codes = Counter(error.code for error in errors if error not in abstract)
    assert {code: count for code, count in codes.items() if count > 1} == {}
    assert all(re.fullmatch(r"[a-z_]+\.[a-z0-9_]+", code) for code in codes)
    for error in errors:
        if error not in abstract:
            with translation.override("en"):
                assert error.text, error


def test_every_kind_of_mail_has_both_texts():
    registered = {kind.name for kind in kinds.all_kinds() if not kind.name.startswith("example_")}
    folders = {path.name for path in (ROOT / "templates" / "notifications").iterdir() if path.is_dir()}
    assert folders == registered
    for name in registered:
        for language in ("ja", "en"):
            text = (ROOT / "templates" / "notifications" / name / f"{language}.txt").read_text(encoding="utf-8")
            first, blank, *body = text.splitlines()
            assert first.startswith("Subject: "), name
            assert blank == "", name
            assert "".join(body).strip(), name


def test_every_kind_of_mail_is_sent_by_somebody():
    """A kind that nothing enqueues is a text that nobody maintains."""
    named = {notice.kind for notices in mails.NOTICES.values() for notice in notices}
    for _path, tree in sources.modules(
        "accounts", "requests_app", "inventory", "audit", "notifications", "upki_portal"
    ):
        named |= {
            constant.value
            for call in ast.walk(tree)
            if isinstance(call, ast.Call)
            for argument in call.args
            for constant in ast.walk(argument)
            if isinstance(constant, ast.Constant) and isinstance(constant.value, str)
        }
        named |= {
            constant.value
            for choice in ast.walk(tree)
            if isinstance(choice, ast.IfExp | ast.Assign)
            for constant in ast.walk(choice)
            if isinstance(constant, ast.Constant)
            and isinstance(constant.value, str)
            and not isinstance(getattr(choice, "value", None), ast.Tuple)
        }
    unsent = {kind.name for kind in kinds.all_kinds() if not kind.name.startswith("example_")} - named
    assert not unsent


def readme() -> str:
    return (ROOT / "README.md").read_text(encoding="utf-8")


def test_readme_has_every_setting_once():
    table = re.search(r"<!-- settings -->(.*)<!-- /settings -->", readme(), re.DOTALL)
    assert table, "README.md has no settings table"
    listed = re.findall(r"^\| `([A-Z_]+)` \|", table[1], re.MULTILINE)
    declared = [setting.name for setting in DECLARED]
    assert sorted(listed) == sorted(set(declared))
    assert len(declared) == len(set(declared)), "a variable is read twice"


def test_readme_shows_the_tables_as_they_are():
    """`manage.py state_diagrams README.md` brings them up to date."""
    assert with_diagrams(readme()) == readme()


def test_diagrams_need_their_markers():
    with pytest.raises(ValueError, match="markers"):
        with_diagrams("no markers here")
    assert set(DIAGRAMS) == {"request", "confirmation", "submission", "submission-row", "revocation", "hand-over"}


def test_celery_speaks_json_only():
    assert settings.CELERY_ACCEPT_CONTENT == ["json"]
    assert {settings.CELERY_TASK_SERIALIZER, settings.CELERY_EVENT_SERIALIZER} == {"json"}
    assert settings.SESSION_SERIALIZER.endswith("JSONSerializer")


def test_every_task_is_a_sweep_without_arguments():
    tasks = dict(sources.tasks())
    assert tasks
    for name, node in tasks.items():
        assert ast.unparse(node.args) == "", name
    scheduled = {entry["task"]: entry for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert set(scheduled) == set(tasks)
    for name, entry in scheduled.items():
        assert entry["options"]["expires"] == entry["schedule"], name
        assert entry.keys() == {"task", "schedule", "options"}, f"{name} is given no arguments"
    assert current_app.conf.task_ignore_result


PUBLISHING = {"delay", "apply_async", "send_task", "subtask", "si", "Producer", "default_producer"}
"""Attributes of Celery's applications and tasks through which something gets to the broker."""


def test_nobody_publishes_a_task():
    """With the broker down `.delay()` holds its caller for seconds; beat alone publishes."""
    found = [
        f"{path}: {ast.unparse(node)}"
        for path, tree in sources.modules()
        for node in ast.walk(tree)
        # Named, not only called: `on_commit(task.delay)` publishes as well.
        if isinstance(node, ast.Attribute) and node.attr in PUBLISHING
    ]
    assert not found


MARKED_SAFE = {
    "templates/components/field.html": "help texts of forms, written by us (Django's own template does the same)",
    "requests_app/admin/request.py": "format_html, which escapes what it joins",
    "notifications/rendering.py": "mails are plain text",
}
"""Where a text is let through without escaping, and why that is safe."""


def test_escaping_is_switched_off_at_the_named_places_only():
    unsafe = re.compile(r"\|\s*safe\b|\|\s*safeseq\b|mark_safe|SafeString|format_html|autoescape|html_safe")
    shown = [path for path in tracked() if path.suffix in {".py", ".html", ".txt"} and path.parts[0] in SHOWING]
    found = {str(path) for path in shown if unsafe.search((ROOT / path).read_text(encoding="utf-8"))}
    assert found <= set(MARKED_SAFE)


SHOWING = {"templates", "upki_portal", "requests_app", "inventory", "accounts", "audit", "notifications"}


def test_the_policy_of_pages_allows_nothing_inline():
    for name, sources_ in settings.CONTENT_SECURITY_POLICY["DIRECTIVES"].items():
        assert not {"'unsafe-inline'", "'unsafe-eval'", "'unsafe-hashes'", "*", "data:", "https:"} & set(sources_), name


def test_views_find_requests_through_visible_to():
    """No view of the portal reads a request, or what hangs on it, but through queries."""
    hanging = {
        "Submission",
        "SubmissionRow",
        "CertificateRequest",
        "Confirmation",
        "Csr",
        "TsvRow",
        "Version",
        "Decision",
        "Certificate",
        "HandOver",
        "Incident",
        "Revocation",
    }
    found = [
        f"{path}: {ast.unparse(node)}"
        for path, tree in sources.modules("requests_app/views")
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and node.attr == "objects" and ast.unparse(node.value) in hanging)
        or (
            isinstance(node, ast.Call)
            and sources.called_name(node) in {"get_object_or_404", "get_list_or_404"}
            and ast.unparse(node.args[0]) in hanging
        )
    ]
    assert not found
    finding = ast.unparse(sources.tree_of(ROOT / "requests_app/views/finding.py"))
    assert "queries.visible_to(person_of(request))" in finding


def test_every_view_of_one_request_begins_with_find():
    """… and every view of one certificate with find_certificate."""
    for path, tree in sources.modules("requests_app/views"):
        for view in tree.body:
            if not isinstance(view, ast.FunctionDef) or "pk" not in {argument.arg for argument in view.args.args}:
                continue
            own = {"confirmation", "cancel_absence", "withdraw_grant"}
            if view.name in {"find", "find_certificate", *own} or view.name.startswith("_"):
                # Those are found among the questions, absences and grants of the person.
                continue
            first = next(node for node in view.body if not isinstance(node, ast.Expr))
            begins = ast.unparse(first)
            found = "find(request, pk)" in begins or "find_certificate(request, pk)" in begins
            assert found, f"{path}: {view.name}"
