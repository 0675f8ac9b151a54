import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from tests.unit.tsv import vectors
from tsv import __main__ as command_line
from tsv import fields, reading, showing
from tsv.fields import Kind

SUBJECT = {
    NameOID.COUNTRY_NAME: "JP",
    NameOID.STATE_OR_PROVINCE_NAME: "tokyo",
    NameOID.LOCALITY_NAME: "chofu",
    NameOID.ORGANIZATION_NAME: "The University of Electro-Communications",
    NameOID.COMMON_NAME: "www.cs.uec.ac.jp",
}


def _request(**changes):
    key = rsa.generate_private_key(65537, 2048)
    subject = SUBJECT | {getattr(NameOID, name): value for name, value in changes.items()}
    name = x509.Name([x509.NameAttribute(oid, value) for oid, value in subject.items()])
    built = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    return built.public_bytes(serialization.Encoding.PEM).decode()


@pytest.fixture(scope="module")
def pem():
    return _request()


@pytest.fixture(scope="module")
def other_pem():
    return _request(COMMON_NAME="web.cs.uec.ac.jp")


@pytest.fixture
def issue(pem):
    return {
        "csr": pem,
        "profile": 3,
        "contact_name": "電通　太郎",
        "contact_affiliation": "情報基盤センター",
        "contact_mail": "taro@cc.uec.ac.jp",
        "software": "nginx1.24",
        "dns_names": ["b.uec.ac.jp"],
    }


REVOKE = {"subject": vectors.SUBJECT, "serial": "0x2304", "reason": 4, "comment": "", "contact_mail": ""}


def _build(folder: Path, records, *, kind="issue", output="out.tsv"):
    source = folder / "in.json"
    source.write_text(records if isinstance(records, str) else json.dumps(records), "utf-8")
    return command_line.main(["build", "--kind", kind, str(source), "-o", str(folder / output)])


def test_an_issue_file_is_written(tmp_path, issue):
    assert _build(tmp_path, [issue]) == 0

    (record,) = reading.read((tmp_path / "out.tsv").read_bytes(), Kind.ISSUE).records
    assert record.subject == vectors.SUBJECT
    assert record.fqdn == "www.cs.uec.ac.jp"
    assert record.dns_names == ("www.cs.uec.ac.jp", "b.uec.ac.jp")


def test_a_renewal_file_has_the_serial_number_in_decimal(tmp_path, issue):
    assert _build(tmp_path, [issue | {"old_serial": "0x2304"}], kind="renew") == 0

    assert (tmp_path / "out.tsv").read_bytes().split(b"\t")[3] == b"8964"


def test_a_serial_number_may_come_from_a_certificate(tmp_path):
    certificate = _certificate(serial=4660)

    assert _build(tmp_path, [REVOKE | {"serial": certificate}], kind="revoke") == 0

    assert (tmp_path / "out.tsv").read_bytes().split(b"\t")[3] == b"4660"


def test_a_certificate_that_cannot_be_read_is_refused(tmp_path):
    broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"

    assert _build(tmp_path, [REVOKE | {"serial": broken}], kind="revoke") == 1


def _certificate(*, serial):
    import datetime

    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "www.cs.uec.ac.jp")])
    begin = datetime.datetime(2026, 4, 1, tzinfo=datetime.UTC)
    built = x509.CertificateBuilder(name, name, key.public_key(), serial, begin, begin + datetime.timedelta(days=198))
    return built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def test_one_refused_record_and_no_file_is_written(tmp_path, capsys, issue):
    bad = issue | {"contact_name": "髙橋①", "contact_mail": "taro"}

    assert _build(tmp_path, [issue, bad, issue | {"software": ""}]) == 1

    assert not (tmp_path / "out.tsv").exists()
    listed = capsys.readouterr().err
    for line, code in ((2, "tsv.character_not_writable"), (2, "tsv.mail_malformed"), (3, "tsv.required")):
        assert any(text.startswith(f"{line}行目") and code in text for text in listed.splitlines())


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"profile": 11}, "tsv.profile_unknown"),
        ({"csr": "no request"}, ""),
        ({"unknown": 1}, "tsv.input_key_unknown"),
        ({"dns_names": ["*.uec.ac.jp"]}, "tsv.name_wildcard"),
    ],
)
def test_a_bad_record_is_refused(tmp_path, capsys, issue, change, code):
    assert _build(tmp_path, [issue | change]) == 1

    assert code in capsys.readouterr().err
    assert not (tmp_path / "out.tsv").exists()


def test_a_request_outside_the_policy_is_refused(tmp_path, issue):
    foreign = _request(ORGANIZATION_NAME="Another University")

    assert _build(tmp_path, [issue | {"csr": foreign}]) == 1


def test_more_than_99_records_are_several_files(tmp_path):
    records = [REVOKE | {"serial": number} for number in range(1, 201)]

    assert _build(tmp_path, records, kind="revoke") == 0

    written = sorted(path.name for path in tmp_path.glob("*.tsv"))
    assert written == ["out-1.tsv", "out-2.tsv", "out-3.tsv"]
    assert [(tmp_path / name).read_bytes().count(b"\r\n") for name in written] == [99, 99, 2]


@pytest.mark.parametrize(
    ("records", "output", "status"),
    [("{", "out.tsv", 2), ([], "out.tsv", 1), ([REVOKE], "out.csv", 1), ([REVOKE], "no/such/out.tsv", 2)],
)
def test_the_exit_status_tells_refused_from_unreadable(tmp_path, records, output, status):
    assert _build(tmp_path, records, kind="revoke", output=output) == status


def test_a_missing_file_is_status_2(tmp_path):
    for command in (["check", "--kind", "issue"], ["show"], ["explain"]):
        assert command_line.main([*command, str(tmp_path / "none.tsv")]) == 2
    assert (
        command_line.main(["build", "--kind", "revoke", str(tmp_path / "x.json"), "-o", str(tmp_path / "y.tsv")]) == 2
    )


def test_check_as_json(tmp_path, capsys, issue):
    _build(tmp_path, [issue])
    capsys.readouterr()

    assert command_line.main(["check", str(tmp_path / "out.tsv"), "--kind", "issue", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["accepted"] is True
    assert report["rows"] == 1

    assert command_line.main(["check", str(tmp_path / "out.tsv"), "--kind", "renew", "--json", "--lang", "en"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["accepted"] is False
    assert {problem["code"] for problem in report["problems"]} >= {"tsv.wrong_kind", "tsv.required"}
    assert all(problem["text"] for problem in report["problems"])


def test_a_request_that_belongs_to_another_row_is_found(tmp_path, capsys, issue, other_pem):
    _build(tmp_path, [issue, issue | {"csr": other_pem, "dns_names": []}])
    rows = [line.split(b"\t") for line in (tmp_path / "out.tsv").read_bytes().splitlines()]
    rows[0][6], rows[1][6] = rows[1][6], rows[0][6]
    (tmp_path / "out.tsv").write_bytes(b"".join(b"\t".join(row) + b"\r\n" for row in rows))

    assert command_line.main(["check", str(tmp_path / "out.tsv"), "--kind", "issue"]) == 1


def test_a_subject_that_is_not_the_requests_is_found(tmp_path, capsys, issue):
    _build(tmp_path, [issue])
    content = (tmp_path / "out.tsv").read_bytes().replace(b",L=chofu", b",L=Chofu", 1)
    (tmp_path / "out.tsv").write_bytes(content)

    assert command_line.main(["check", str(tmp_path / "out.tsv"), "--kind", "issue"]) == 1
    assert "tsv.csr_subject_differs" in capsys.readouterr().err


def test_show_aligns_wide_characters(tmp_path, capsys):
    (tmp_path / "issue.tsv").write_bytes(vectors.issue_row().encode("shift_jis"))

    assert command_line.main(["show", str(tmp_path / "issue.tsv")]) == 0

    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "発行申請"
    cells = ("CN=www", "3  RSA", "電通　太郎", "情報基盤", "taro@cc", "nginx1.24")
    starts = {showing.width(line[: line.index(cell)]) for line in shown for cell in cells if cell in line}
    assert len(starts) == 1
    assert any(line.endswith("電通　太郎") for line in shown)


def test_show_of_a_long_request_gives_its_ends_and_length(tmp_path, capsys, issue):
    _build(tmp_path, [issue])

    command_line.main(["show", str(tmp_path / "out.tsv"), "--lang", "en"])

    line = next(line for line in capsys.readouterr().out.splitlines() if "Certification request" in line)
    assert "…" in line
    assert line.endswith("characters)")


def test_show_neutralises_what_would_steer_a_terminal(tmp_path, capsys):
    (tmp_path / "x.tsv").write_bytes(vectors.revocation_row(comment="\x1b[2J消").encode("shift_jis"))

    command_line.main(["show", str(tmp_path / "x.tsv")])

    captured = capsys.readouterr()
    assert "\x1b" not in captured.out + captured.err
    assert "\\x1b[2J消" in captured.out


def test_show_reads_niis_list(tmp_path, capsys):
    header = vectors.load("listing_header.json")
    values = {"主体者DN": vectors.SUBJECT, "状態": "5", "発行・更新申請-シリアル番号": "4660", "アクセスPIN": "PIN123"}
    row = "\t".join(values.get(name, "") for name in header)
    (tmp_path / "serverAll.tsv").write_bytes(("\t".join(header) + "\r\n" + row + "\r\n").encode("cp932"))

    assert command_line.main(["show", str(tmp_path / "serverAll.tsv")]) == 0

    shown = capsys.readouterr().out
    assert "4660  (12:34)" in shown
    assert "証明書発行処理完了" in shown
    assert "PIN123" not in shown


def test_explain_and_columns(tmp_path, capsys):
    (tmp_path / "reply.txt").write_text("212:1,主体者DN,指定したDNはすでに存在しています。", "utf-8")

    assert command_line.main(["explain", str(tmp_path / "reply.txt")]) == 0
    assert "更新" in capsys.readouterr().out
    assert command_line.main(["columns"]) == 0
    assert capsys.readouterr().out.startswith("# Columns")


def test_standard_input_and_a_terminal_that_is_not_utf_8():
    done = subprocess.run(
        [sys.executable, "-m", "tsv", "show"],
        input=vectors.issue_row().encode("shift_jis"),
        capture_output=True,
        check=False,
        cwd=vectors.FOLDER.parents[2],
        env={"PYTHONIOENCODING": "ascii", "PATH": ""},
    )

    assert done.returncode == 0, done.stderr
    assert b"nginx1.24" in done.stdout


@pytest.mark.parametrize(
    ("text", "columns"), [("abc", 3), ("電通", 4), ("ｱ", 1), ("か\u3099", 2), ("Å", 1), ("", 0), ("\u200b", 0)]
)
def test_the_width_of_a_text(text, columns):
    assert showing.width(text) == columns
    assert showing.width(showing.pad(text, 10)) == 10
    assert isinstance(io.StringIO(showing.printable(text)).read(), str)


def test_the_package_needs_nothing_but_the_standard_library():
    code = (
        "import sys, tsv.writing, tsv.reading, tsv.listing, tsv.replies, tsv.texts, tsv.documentation, tsv.showing;"
        "print([m for m in ('django', 'cryptography', 'csr') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=vectors.FOLDER.parents[2]
    )
    assert done.stdout.strip() == "[]"
    assert fields.COLUMN_COUNT == 13
