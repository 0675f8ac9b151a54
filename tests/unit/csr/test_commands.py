"""The printed commands are run, and other tools too: what they make is accepted."""

import datetime
import re
import shutil
import subprocess

import pytest

from csr import check, commands
from csr.policy import UEC
from tests.unit.csr.vectors import ENVIRONMENT

FQDN = "www.cs.uec.ac.jp"
DAY = datetime.date(2026, 11, 23)


def needs(tool):
    return pytest.mark.skipif(shutil.which(tool) is None, reason=f"{tool} is not installed")


def run(line, folder, **options):
    return subprocess.run(["sh", "-c", line], cwd=folder, capture_output=True, check=True, timeout=120, **options)


def codes(path):
    result = check(path.read_bytes(), UEC, names=[FQDN])
    assert result.accepted, result.problems
    assert result.common_name == FQDN
    return {problem.code for problem in result.problems} - {ENVIRONMENT}


@needs("openssl")
def test_the_openssl_commands_make_an_accepted_request(tmp_path):
    for line in commands.openssl(FQDN, UEC, on=DAY):
        run(line, tmp_path)
    assert codes(tmp_path / f"{FQDN}-20261123.csr") == set()
    assert (tmp_path / f"{FQDN}-20261123.key").exists()


@needs("openssl")
def test_the_openssl_commands_make_a_new_key_each_time(tmp_path):
    hashes = set()
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        run("; ".join(commands.openssl(FQDN, UEC, on=DAY)), folder)
        hashes.add(check((folder / f"{FQDN}-20261123.csr").read_bytes(), UEC).spki_sha256)
    assert len(hashes) == 2


@needs("keytool")
def test_the_keytool_commands_make_an_accepted_request(tmp_path):
    for line in commands.keytool(FQDN, UEC, on=DAY):
        run(f"{line} -storepass changeit", tmp_path)
    assert codes(tmp_path / f"{FQDN}-20261123.csr") == {"extension.ignored"}


@needs("certtool")
def test_a_request_of_certtool_is_accepted(tmp_path):
    subject = dict(UEC.attributes())
    template = (
        f'country = {subject["C"]}\nstate = "{subject["ST"]}"\nlocality = "{subject["L"]}"\n'
        f'organization = "{subject["O"]}"\ncn = "{FQDN}"\ntls_www_server\nsigning_key\nencryption_key\n'
    )
    (tmp_path / "template").write_text(template)
    run("certtool --generate-privkey --key-type=rsa --bits=2048 --outfile key", tmp_path)
    run("certtool --generate-request --load-privkey key --template template --outfile csr", tmp_path)
    assert codes(tmp_path / "csr") <= {"extension.ignored", "san.column_13"}


def test_the_certreq_file_names_the_whole_subject_and_a_new_key():
    lines = commands.certreq(FQDN, UEC, on=DAY)
    assert f'Subject="C=JP,S=tokyo,L=chofu,O={UEC.organization},CN={FQDN}"' in lines
    assert {"KeyLength=2048", "HashAlgorithm=SHA256", "RequestType=PKCS10"} <= set(lines)


@pytest.mark.parametrize("tool", commands.TOOLS.values(), ids=commands.TOOLS.keys())
def test_commands_have_neither_unit_nor_mail_nor_further_names(tool):
    text = "\n".join(tool(FQDN, UEC))
    assert not re.search(r"\bOU=|mail|subjectAltName|\bsan\b", text, re.IGNORECASE)
    assert f"{FQDN}-YYYYMMDD" in text


@needs("openssl")
def test_values_with_special_characters_are_escaped(tmp_path):
    import dataclasses

    other = dataclasses.replace(UEC, organization='A/B + "C" $D `E` \\ F, G')
    run(commands.openssl(FQDN, other, on=DAY)[1], tmp_path)
    assert check((tmp_path / f"{FQDN}-20261123.csr").read_bytes(), other).accepted
