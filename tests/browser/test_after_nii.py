"""Journeys through pages only, from NII's answer on: installed, renewed, revoked, wrong, leaked."""

import re
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


def renew(portal: Portal, sign_in: SignIn, nii: SupportSite, tmp_path: Path, name: str) -> str:
    """The holder renews from the certificate's page, up to the installation; return the address of the request."""
    applicant = sign_in(accounts.FACULTY, at="/certificates/")
    applicant.get_by_role("link", name=name).first.click()
    submit(applicant, "/renew/")
    expect(applicant).to_have_url(re.compile(r"/edit/$"))
    # NII's list knows neither purpose nor software; names, contact and what is replaced are filled in.
    applicant.locator("input[name=purpose][value=RESEARCH_EDUCATION]").check()
    applicant.locator("input[name=software]").fill("nginx 1.26")
    applicant.locator("button[name=check]").click()
    submit(applicant, "/check/")
    expect(applicant).to_have_url(re.compile(r"/requests/\d+/$"))
    request_page = applicant.url
    registrar = confirm_and_approve(portal, sign_in, name)
    send_a_csr(applicant, request_page, tmp_path)
    submit_file(portal, registrar, kind="RENEW", nii_kind="更新", nii=nii.address, folder=tmp_path)
    give_certificate(applicant, request_page, portal.nii_link(accounts.FACULTY, name), tmp_path)
    applicant.goto(request_page)
    badge(applicant, "発行済み")
    submit(applicant, "/installed/")
    badge(applicant, "設置済み")
    return request_page


def take_in_the_list(portal: Portal, registrar: Page, nii: SupportSite, folder: Path) -> None:
    """The registrar saves NII's list, gives it to the portal, confirms its date; the sweep takes it in."""
    registrar.goto(nii.address)
    with registrar.expect_download() as download:
        registrar.locator('a[href="/serverAll.tsv"]').click()
    file = folder / "serverAll.tsv"
    download.value.save_as(file)
    registrar.goto(portal.address + "/admin/inventory/listimport/upload/")
    registrar.locator("input[type=file]").set_input_files(file)
    registrar.locator('form[enctype="multipart/form-data"] button').last.click()
    submit(registrar, "/confirm/")
    portal.sweep()


def test_a_renewal_ends_with_the_old_certificates_revocation(
    portal: Portal, sign_in: SignIn, nii: SupportSite, tmp_path: Path
):
    name = "www.cs.uec.ac.jp"
    request_page = renew(portal, sign_in, nii, tmp_path, name)
    registrar = sign_in(accounts.REGISTRAR, at=portal.link(accounts.REGISTRAR, "失効"))
    submit(registrar, "/accept/")
    submit_file(portal, registrar, kind="REVOKE", nii_kind="失効", nii=nii.address, folder=tmp_path)
    take_in_the_list(portal, registrar, nii, tmp_path)
    applicant = sign_in(accounts.FACULTY, at=request_page)
    badge(applicant, "完了")
    assert portal.mail(accounts.FACULTY, "失効")


def test_a_leaked_key_is_reported_and_revoked(portal: Portal, sign_in: SignIn, nii: SupportSite, tmp_path: Path):
    name = "www.cs.uec.ac.jp"
    holder = sign_in(accounts.FACULTY, at="/certificates/")
    holder.get_by_role("link", name=name).first.click()
    holder.locator('a[href$="/revoke/"]').first.click()
    holder.locator("input[name=reason][value='1']").check()
    submit(holder, "/revoke/")
    expect(holder.locator("main")).to_contain_text("鍵")
    assert portal.mail(accounts.REGISTRAR, "至急")
    registrar = sign_in(accounts.REGISTRAR)
    submit_file(portal, registrar, kind="REVOKE", nii_kind="失効", nii=nii.address, folder=tmp_path)
    take_in_the_list(portal, registrar, nii, tmp_path)
    holder.goto(holder.url)
    assert portal.mail(accounts.FACULTY, "失効しました")
