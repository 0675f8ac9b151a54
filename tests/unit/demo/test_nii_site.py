"""The support system's pages and addresses."""

import re
import shutil
from datetime import timedelta

import pytest
import requests

from demo.mail_sink import MailSink
from demo.nii.authority import Fault
from demo.nii.client import Client
from demo.nii.columns import Kind
from demo.nii.mails import Postman
from demo.nii.site import SupportSite
from demo.nii.system import Mode
from tests.unit.demo import nii
from tests.unit.demo.nii import CN, file, issue_row
from tsv import listing


@pytest.fixture
def sink():
    with MailSink() as sink:
        yield sink


@pytest.fixture
def site(tmp_path, authority_folder, sink):
    shutil.copytree(authority_folder, tmp_path / "nii" / "ca")
    postman = Postman("127.0.0.1", sink.port)
    with SupportSite(tmp_path / "nii", postman=postman, registrar_mail=nii.REGISTRAR) as site:
        yield site


def post(site, content, *, name="発行.tsv", kind="発行", mode="全件処理を中断する", **more):
    fields = {"kind": kind, "mode": mode, "fault": "", **more}
    return requests.post(f"{site.address}/upload", data=fields, files={"file": (name, content)}, timeout=5)


def test_a_file_goes_in_on_the_page_and_the_certificate_comes_once_by_the_link(site, sink):
    front = requests.get(site.address, timeout=5).text
    for words in ("発行", "更新", "失効", "全件処理を中断する", "入力値不備のないデータのみ登録する", "serverAll.tsv"):
        assert words in front
    done = post(site, file(issue_row()))
    assert done.status_code == 200
    assert "ファイルのアップロード処理が完了しました。" in done.text
    assert "登録: 1件" in done.text
    assert CN in requests.get(site.address, timeout=5).text

    (link,) = sink.messages[0].links
    first = requests.get(link, timeout=5)
    assert first.text.startswith("-----BEGIN CERTIFICATE-----\n")
    assert f'filename="{CN}.cer"' in first.headers["Content-Disposition"]
    second = requests.get(link, timeout=5)
    assert second.status_code == 410
    assert "BEGIN" not in second.text


def test_the_result_page_shows_messages_that_can_be_pasted(site):
    done = post(site, file(issue_row(), issue_row("b.uec.ac.jp", c10="<b>")), mode="入力値不備のないデータのみ登録する")
    shown = re.search(r'<pre id="messages">(.*?)</pre>', done.text, re.DOTALL)
    assert shown[1] == "206:2,利用管理者mail,利用管理者mailはメール形式ではありません。"
    assert "登録: 1件" in done.text
    assert "<td>NG</td>" in done.text


def test_the_file_arrives_octet_by_octet(site):
    content = file(issue_row()).removesuffix(b"\n") + b"\n\r\n--x\r\n"
    client = Client(site.address)
    by_form = post(site, content).text
    client.upload(Kind.ISSUE, Mode.ABORT, "a.tsv", content)
    first, second = (site.system.result(f"U{number:09d}") for number in (1, 2))
    assert first.sha256 == second.sha256
    assert first.sha256 in by_form


@pytest.mark.parametrize("fields", [{"kind": "x"}, {"mode": "x"}, {"fault": "x"}])
def test_an_incomplete_form_is_refused(site, fields):
    assert post(site, b"x", **fields).status_code == 400
    assert requests.post(f"{site.address}/upload", data={"kind": "発行"}, timeout=5).status_code == 400


@pytest.mark.parametrize("path", ["/x", "/uploads/U1", "/upload"])
def test_no_other_page(site, path):
    assert requests.get(f"{site.address}{path}", timeout=5).status_code == 404


def test_a_program_does_what_a_person_does(site, sink):
    client = Client(site.address)
    client.fail(["gpu.cs.uec.ac.jp"])
    done = client.upload(
        Kind.ISSUE, Mode.SKIP, "a.tsv", file(issue_row(), issue_row("gpu.cs.uec.ac.jp"), issue_row("x.example.jp"))
    )
    assert [row["outcome"] for row in done["rows"]] == ["OK", "OK", "NG"]
    assert done["messages"][0].startswith("932:3,主体者DN,")
    spoiled = client.upload(
        Kind.ISSUE,
        Mode.ABORT,
        "b.tsv",
        file(issue_row("b.uec.ac.jp")),
        fault=Fault.OTHER_NAME,
        history_at=nii.START - timedelta(days=20),
    )
    assert spoiled["messages"] == []
    assert [entry.state for entry in listing.read(client.server_all()).entries] == [4, -2, 5]
    assert client.issuers_pem() == site.system.authority.issuer_pem
    assert len(sink.messages) == 1


def test_a_program_that_asks_wrongly_is_told(site):
    moment = {"kind": "発行", "mode": "全件処理を中断する", "history_at": "2026-01-01T00:00:00"}
    answers = [requests.post(f"{site.address}/api/upload", params=asked, timeout=5) for asked in ({}, moment)]
    assert [answer.status_code for answer in answers] == [400, 400]


def test_the_largest_file_fits(site):
    row = issue_row(c8="あ" * 64, c9="あ" * 64, c12="あ" * 128, c7="A" * 2048)
    assert "913" not in post(site, file(*[row] * 99)).text


def test_a_certificate_is_on_the_page_once_it_was_picked_up(site, sink):
    post(site, file(issue_row()))
    (one,) = site.system.applications
    address = f"{site.address}/issued/{one.application_id}.cer"
    assert requests.get(address, timeout=5).status_code == 404
    assert address.removeprefix(site.address) not in requests.get(site.address, timeout=5).text
    site.system.pick_up(one.token)
    assert requests.get(address, timeout=5).text == site.system.applications[0].certificate
    assert address.removeprefix(site.address) in requests.get(site.address, timeout=5).text
    assert requests.get(f"{site.address}/issued/nothing.cer", timeout=5).status_code == 404
