"""`python -m csr`: exit codes, JSON as the issue fixes it, languages, and never a traceback."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from csr.__main__ import main
from tests.unit.csr import building as b
from tests.unit.csr import vectors

ROOT = Path(__file__).parents[3]


@pytest.fixture
def file(tmp_path):
    def write(content):
        path = tmp_path / "request.csr"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def test_accepted_is_0(file, capsys):
    assert main(["check", file(b.pem(b.request()))]) == 0
    assert "受け付けられるCSRです" in capsys.readouterr().out


def test_refused_is_1(file, capsys):
    assert main(["check", file(b.pem(b.request(b.subject(L="Chofu")))), "--lang", "en"]) == 1
    assert "Did you mean “chofu”?" in capsys.readouterr().out


def test_what_is_no_request_is_1(file):
    assert main(["check", file("hello")]) == 1


def test_no_such_file_is_2(tmp_path, capsys):
    assert main(["check", str(tmp_path / "nothing")]) == 2
    assert capsys.readouterr().out == ""


def test_folder_is_2(tmp_path):
    assert main(["check", str(tmp_path)]) == 2


def test_wrong_usage_is_2(file):
    with pytest.raises(SystemExit) as ended:
        main(["check"])
    assert ended.value.code == 2
    assert main(["check", file("x"), "--name", "a.uec.ac.jp"]) == 2


def test_json_has_the_fields_of_the_contract(file, capsys):
    content = b.pem(b.request(None, [b.dns_request(b.FQDN)]))
    assert main(["check", file(content), "--json", "--fqdn", b.FQDN, "--lang", "en"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["accepted"] is True
    assert answer["common_name"] == b.FQDN
    assert answer["dns_names"] == [b.FQDN]
    assert answer["subject"][0] == ["C", "JP"]
    assert (answer["key"]["algorithm"], answer["key"]["bits"]) == ("RSA", 2048)
    assert len(answer["key"]["spki_sha256"]) == 64
    assert all({"code", "severity", "params", "text"} <= set(problem) for problem in answer["problems"])


def test_names_must_be_among_those_given(file):
    content = file(b.pem(b.request(None, [b.dns_request(b.FQDN, "web.uec.ac.jp")])))
    assert main(["check", content, "--fqdn", b.FQDN]) == 1
    assert main(["check", content, "--fqdn", b.FQDN, "--name", "web.uec.ac.jp"]) == 0
    assert main(["check", content, "--fqdn", "web.uec.ac.jp", "--name", b.FQDN]) == 1


def test_command_says_where_further_names_go(capsys):
    assert main(["command", "--fqdn", b.FQDN, "--name", "web.uec.ac.jp", "--lang", "en"]) == 0
    printed = capsys.readouterr().out
    assert "column 13" in printed
    assert "dNSName=www.cs.uec.ac.jp,dNSName=web.uec.ac.jp" in printed


def test_command_for_a_name_that_is_not_taken_prints_none(capsys):
    assert main(["command", "--fqdn", "www.example.com"]) == 1
    assert capsys.readouterr().out == ""


def test_printed_openssl_command_makes_an_accepted_request(tmp_path):
    printed = subprocess.run(
        [sys.executable, "-m", "csr", "command", "--fqdn", b.FQDN], cwd=ROOT, capture_output=True, check=True
    ).stdout
    subprocess.run(["sh"], input=printed, cwd=tmp_path, capture_output=True, check=True)
    (made,) = tmp_path.glob("*.csr")
    assert main(["check", str(made), "--fqdn", b.FQDN]) == 0


def test_no_vector_writes_to_standard_error(tmp_path):
    """A library's English warning would be shown to the user."""
    vector = vectors.load(vectors.FOLDER / "subject-long.vector")
    (tmp_path / "csr").write_bytes(vector.given)
    command = [sys.executable, "-m", "csr", "check", str(tmp_path / "csr")]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, check=False).stderr == b""
