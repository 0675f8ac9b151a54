"""Whole journeys through pages only: from the sign-in at the provider to the TSV file, and back for a correction."""

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command
from playwright.sync_api import BrowserContext, expect

from demo import accounts
from tests.browser.conftest import Portal
from tests.browser.hands import DN, SignIn, answer, apply, openssl, submit


def test_from_sign_in_to_the_file_for_nii(portal: Portal, sign_in: SignIn, tmp_path: Path):
    name = "lab.cs.uec.ac.jp"
    applicant = sign_in(accounts.FACULTY)
    apply(applicant, name)
    request_page = applicant.url
    portal.sweep()

    administrator = sign_in(accounts.ZONE_ADMINISTRATOR, at=portal.link(accounts.ZONE_ADMINISTRATOR, name))
    expect(administrator.locator("main")).to_contain_text(accounts.FACULTY.name_ja)
    answer(administrator, administrator.url, yes=True)

    registrar = sign_in(accounts.REGISTRAR, at=portal.link(accounts.REGISTRAR, name))
    expect(registrar.locator("main")).to_contain_text(name)
    submit(registrar, "/approve/")

    assert portal.mail(accounts.FACULTY, name).text.count("openssl")
    applicant.goto(portal.link(accounts.FACULTY, name))
    applicant.goto(request_page + "csr/")
    csr = openssl(applicant.locator(".copy-block code").first.inner_text(), tmp_path)
    applicant.locator("input[name=csr_file]").set_input_files(csr)
    submit(applicant, "/csr/upload/")
    expect(applicant.locator("main")).to_contain_text(DN.format(name))
    submit(applicant, "/csr/send/")

    expected = expected_row(csr, name)
    with applicant.expect_download() as download:
        applicant.evaluate(f"window.location.href = '{request_page}tsv/'")
    assert Path(download.value.path()).read_bytes() == expected

    registrar.goto(portal.address + "/admin/requests_app/submission/queue/")
    submit(registrar, "/build/ISSUE/")
    with registrar.expect_download() as download:
        submit(registrar, "/download/")
    assert Path(download.value.path()).read_bytes() == expected
    registrar.reload()
    registrar.locator("input[name=mode][value=ABORT_ALL]").check()
    submit(registrar, "/uploaded/")
    registrar.locator("textarea[name=replies]").fill("212:1,主体者DN,指定したDNはすでに存在しています。")
    submit(registrar, "/replies/")
    applicant.goto(request_page)
    expect(applicant.locator("main .badge").first).to_contain_text("NII保留")
    expect(applicant.locator("main")).to_contain_text("指定したDNはすでに存在しています。")


def expected_row(csr: Path, name: str) -> bytes:
    """Write the row by hand from NII's rules, without the portal's writer."""
    body = "".join(line for line in csr.read_text().splitlines() if "-----" not in line)
    who = accounts.FACULTY
    cells = [
        DN.format(name),
        "3",
        "",
        "",
        "",
        "",
        body,
        who.name_ja,
        who.affiliation_ja,
        who.mail,
        name,
        "nginx 1.24",
        "",
    ]
    return ("\t".join(cells) + "\r\n").encode("cp932")


def test_returned_corrected_and_approved(portal: Portal, sign_in: SignIn):
    name = "api.cs.uec.ac.jp"
    applicant = sign_in(accounts.FACULTY)
    apply(applicant, name)
    request_page = applicant.url
    administrator = sign_in(accounts.ZONE_ADMINISTRATOR, at=portal.link(accounts.ZONE_ADMINISTRATOR, name))
    answer(administrator, administrator.url, yes=True)
    portal.sweep()

    registrar = sign_in(accounts.REGISTRAR, at=portal.link(accounts.REGISTRAR, name))
    desk_page = registrar.url
    form = registrar.locator('form[action$="/act/RETURN/"]')
    registrar.locator("details:has(form[action$='/act/RETURN/']) summary").click()
    form.locator("textarea").fill("ソフトウェアの版を書いてください")
    form.locator("button").click()

    assert "ソフトウェアの版を書いてください" in portal.mail(accounts.FACULTY, name).text
    applicant.goto(request_page + "edit/")
    applicant.locator("input[name=software]").fill("Apache 2.4.62")
    applicant.locator("button[name=check]").click()
    submit(applicant, "/check/")

    registrar.goto(desk_page)
    submit(registrar, "/approve/")
    applicant.goto(request_page)
    expect(applicant.locator("main .badge").first).to_contain_text("承認済み")


def test_zone_administrators_no_reaches_the_applicant(portal: Portal, sign_in: SignIn):
    name = "www.ee.uec.ac.jp"
    applicant = sign_in(accounts.FACULTY)
    apply(applicant, name)
    request_page = applicant.url
    portal.sweep()
    who = accounts.SECOND_ZONE_ADMINISTRATOR
    administrator = sign_in(who, at=portal.link(who, name))
    answer(administrator, administrator.url, yes=False, reason="この研究室のサーバではありません")
    applicant.goto(request_page)
    expect(applicant.locator("main")).to_contain_text("この研究室のサーバではありません")


def test_link_of_somebody_else_opens_nothing(portal: Portal, sign_in: SignIn):
    applicant = sign_in(accounts.FACULTY)
    apply(applicant, "git.cs.uec.ac.jp")
    link = portal.link(accounts.ZONE_ADMINISTRATOR, "git.cs.uec.ac.jp")
    stranger = sign_in(accounts.STAFF)
    answered = stranger.goto(link)
    assert answered is not None
    assert answered.status == 403


@pytest.mark.parametrize("account", [accounts.PART_TIME, accounts.NOT_ON_ROSTER])
def test_who_may_not_apply_is_told_why(portal: Portal, sign_in: SignIn, account: accounts.DemoAccount):
    page = sign_in(account)
    expect(page.locator("main")).to_be_visible()
    page.goto(portal.address + "/requests/new/")
    page.locator("input[name=common_name]").fill("lab.cs.uec.ac.jp")
    page.locator("button[name=check]").click()
    expect(page.locator("main .error-summary").first).to_be_visible()


def test_emergency_address_signs_in(portal: Portal, new_context: Callable[..., BrowserContext]):
    printed = io.StringIO()
    call_command("emergency_login", accounts.REGISTRAR.account, stdout=printed)
    page = new_context().new_page()
    page.goto(printed.getvalue().strip())
    page.locator("main form .button--primary").click()
    expect(page).to_have_url(re.compile(r"/requests/$"))
    expect(page.locator("header")).to_contain_text(accounts.REGISTRAR.name_ja)
