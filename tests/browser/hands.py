"""What people do on pages, over and over: apply, answer, make a CSR, press the button of a form."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from demo import accounts
from tests.browser.conftest import Portal

SignIn = Callable[..., Page]
DN = "CN={},O=The University of Electro-Communications,L=chofu,ST=tokyo,C=JP"


def submit(page: Page, action_ends_with: str) -> None:
    """Press the button of the form that posts to this address."""
    page.locator(f'form[action$="{action_ends_with}"] button:not([type="button"])').last.click()


def apply(page: Page, name: str, *, software: str = "nginx 1.24") -> None:
    """Fill in the application, look at the check page, apply; the browser is then on the request's page."""
    page.goto(page.url.split("/requests")[0] + "/requests/new/")
    page.locator("input[name=purpose][value=RESEARCH_EDUCATION]").check()
    page.locator("input[name=common_name]").fill(name)
    page.locator("input[name=software]").fill(software)
    page.locator("button[name=check]").click()
    expect(page).to_have_url(re.compile(r"/check/$"))
    submit(page, "/check/")
    expect(page).to_have_url(re.compile(r"/requests/\d+/$"))


def openssl(commands: str, folder: Path) -> Path:
    """Run the very commands that the page shows; return the CSR's file."""
    subprocess.run(["bash", "-euo", "pipefail", "-c", commands], cwd=folder, check=True, capture_output=True)
    (made,) = [*folder.glob("*.csr"), *folder.glob("*csr*.pem")][:1]
    return made


def answer(page: Page, address: str, *, yes: bool, reason: str = "") -> None:
    """Follow the mail's link as the zone administrator and answer."""
    page.goto(address)
    page.locator(f"input[name=answer][value={'yes' if yes else 'no'}]").check()
    page.locator("textarea[name=reason]").fill(reason)
    page.locator("main form .button--primary").click()


def confirm_and_approve(portal: Portal, sign_in: SignIn, name: str) -> Page:
    """The zone's administrator says yes and the registrar approves, each from their mail; return the registrar."""
    portal.sweep()
    administrator = sign_in(accounts.ZONE_ADMINISTRATOR, at=portal.link(accounts.ZONE_ADMINISTRATOR, name))
    answer(administrator, administrator.url, yes=True)
    registrar = sign_in(accounts.REGISTRAR, at=portal.link(accounts.REGISTRAR, name))
    submit(registrar, "/approve/")
    return registrar


def send_a_csr(applicant: Page, request_page: str, folder: Path) -> Path:
    """Run the page's commands, upload the CSR, send the row; return the CSR."""
    applicant.goto(request_page + "csr/")
    csr = openssl(applicant.locator(".copy-block code").first.inner_text(), folder)
    applicant.locator("input[name=csr_file]").set_input_files(csr)
    submit(applicant, "/csr/upload/")
    submit(applicant, "/csr/send/")
    return csr


def submit_file(
    portal: Portal, registrar: Page, *, kind: str, nii_kind: str, nii: str, folder: Path, fault: str = ""
) -> None:
    """Make the file of a kind, give it to NII on its page, mark it as uploaded, record that every row was taken."""
    registrar.goto(portal.address + "/admin/requests_app/submission/queue/")
    submit(registrar, f"/build/{kind}/")
    file_page = registrar.url
    with registrar.expect_download() as download:
        submit(registrar, "/download/")
    file = folder / f"{kind.lower()}.tsv"
    download.value.save_as(file)
    registrar.goto(nii)
    registrar.locator(f"input[name=kind][value={nii_kind}]").check()
    registrar.locator("input[name=file]").set_input_files(file)
    registrar.locator("select[name=fault]").select_option(fault)
    registrar.locator('form[action="/upload"] button').click()
    expect(registrar.locator("body")).to_contain_text("ファイルのアップロード処理が完了しました。登録: 1件")
    registrar.goto(file_page)
    registrar.locator("input[name=mode][value=ABORT_ALL]").check()
    submit(registrar, "/uploaded/")
    submit(registrar, "/taken/")


def give_certificate(applicant: Page, request_page: str, link: str, folder: Path) -> None:
    """Save the certificate from NII's link, which opens once, and give it to the portal."""
    with applicant.expect_download() as download:
        applicant.evaluate(f"window.location.href = '{link}'")
    file = folder / "from-nii.cer"
    download.value.save_as(file)
    applicant.goto(request_page + "certificate/")
    applicant.locator("input[name=certificate_file]").set_input_files(file)
    applicant.locator("main form .button--primary").click()
