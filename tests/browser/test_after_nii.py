"""Journeys through pages only, from NII's answer on: installed, renewed, revoked, wrong, leaked."""

from pathlib import Path

from playwright.sync_api import Page, expect

from demo import accounts
from demo.nii.site import SupportSite
from tests.browser.conftest import Portal
from tests.browser.hands import (
    SignIn,
    apply,
    confirm_and_approve,
    give_certificate,
    send_a_csr,
    submit,
    submit_file,
)


def badge(page: Page, state: str) -> None:
    """The page shows this state at its top."""
    expect(page.locator("main .badge").first).to_contain_text(state)


def bring_back(portal: Portal, sign_in: SignIn, nii: SupportSite, tmp_path: Path, name: str, fault: str = "") -> str:
    """A new request goes the whole way to the certificate from NII; return the address of its page."""
    applicant = sign_in(accounts.FACULTY)
    apply(applicant, name)
    request_page = applicant.url
    registrar = confirm_and_approve(portal, sign_in, name)
    send_a_csr(applicant, request_page, tmp_path)
    submit_file(portal, registrar, kind="ISSUE", nii_kind="発行", nii=nii.address, folder=tmp_path, fault=fault)
    give_certificate(applicant, request_page, portal.nii_link(accounts.FACULTY, name), tmp_path)
    return request_page


def test_a_new_request_is_completed(portal: Portal, sign_in: SignIn, nii: SupportSite, tmp_path: Path):
    name = "lab.cs.uec.ac.jp"
    request_page = bring_back(portal, sign_in, nii, tmp_path, name)
    applicant = sign_in(accounts.FACULTY, at=request_page)
    badge(applicant, "発行済み")
    assert name in portal.mail(accounts.FACULTY, "証明書がポータルに届きました").text
    with applicant.expect_download() as download:
        applicant.locator('a[href$="/certificate.pem"]').click()
    assert Path(download.value.path()).read_bytes().startswith(b"-----BEGIN CERTIFICATE-----")
    submit(applicant, "/installed/")
    badge(applicant, "完了")
    applicant.goto(request_page)
    expect(applicant.locator("main")).to_contain_text("設置済み。置き換えた証明書の処理も完了")


def test_a_wrong_certificate_is_an_incident(portal: Portal, sign_in: SignIn, nii: SupportSite, tmp_path: Path):
    request_page = bring_back(portal, sign_in, nii, tmp_path, "lab.cs.uec.ac.jp", fault="OTHER_NAME")
    applicant = sign_in(accounts.FACULTY, at=request_page)
    badge(applicant, "NII保留")
    registrar = sign_in(accounts.REGISTRAR, at=portal.link(accounts.REGISTRAR, "インシデント"))
    expect(registrar.locator("body")).to_contain_text("証明書が受け付けた内容と異なる")
