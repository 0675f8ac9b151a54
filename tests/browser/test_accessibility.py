"""Every page by axe (WCAG 2.2 AA), at two widths, in both languages; the way through by keyboard; the screenshots.

With UPKI_SCREENSHOTS every page is kept as a picture in that folder; `make screenshots` sets UPKI_PICTURES, too, which
names the pages that README shows.
"""

import os
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts import days
from accounts.choices import Role
from accounts.models import BreakGlass
from demo import accounts as people
from inventory.models import Certificate, HolderProposal, ListImport
from requests_app.models import (
    Absence,
    CertificateRequest,
    Confirmation,
    Revocation,
    StandingGrant,
    Submission,
    Zone,
    ZoneChange,
)
from requests_app.services import needing
from requests_app.states import State
from tests import factories, requests
from tests.browser.conftest import Portal
from tsv.problems import warning

SignIn = Callable[..., Page]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = {"ja": (1280,), "en": (390,)}
"""Japanese as on a desk, English as on a telephone: each page is asked both ways without asking everything twice."""
SERIOUS = {"serious", "critical", "moderate"}


class DemoCast(requests.Cast):
    """The demonstration's people in the parts of a request."""

    def __init__(self) -> None:
        self.applicant = _person(people.FACULTY)
        self.administrator = _person(people.ZONE_ADMINISTRATOR)
        self.registrar = _person(people.REGISTRAR)


def _person(account: people.DemoAccount) -> "factories.User":
    found = factories.User.objects.filter(account_names__account=account.account).first()
    assert found
    return found


@pytest.fixture
def scene(portal: Portal, settings: Any) -> dict[State, CertificateRequest]:
    """One request in each state that has a page of its own look."""
    cast = DemoCast()
    names = {State.CONFIRMING: "lab", State.REVIEWING: "api", State.APPROVED: "git2"}
    made = {state: cast.request(state, common_name=f"{host}.cs.uec.ac.jp") for state, host in names.items()}
    made[State.RETURNED] = cast.request(State.RETURNED, common_name="old.cs.uec.ac.jp")
    made[State.DRAFT] = cast.request(State.DRAFT, common_name="new.cs.uec.ac.jp")
    cast.upload(made[State.APPROVED])
    old = cast.old_certificate("www2.cs.uec.ac.jp")
    made[State.ISSUED] = cast.request(State.ISSUED, common_name="www2.cs.uec.ac.jp", replaced_ids=(old.pk,))
    made[State.INSTALLED] = cast.request(State.INSTALLED, common_name="www3.cs.uec.ac.jp")
    made[State.COMPLETED] = cast.request(State.COMPLETED, common_name="www4.cs.uec.ac.jp")
    made[State.SUBMITTED] = cast.request(State.SUBMITTED, common_name="mail3.cs.uec.ac.jp")
    lists(old, cast.applicant)
    factories.grant_role(cast.registrar, Role.BREAK_GLASS)
    now = timezone.now()
    ZoneChange.objects.create(
        content=f"zone,account\nlab.cs.uec.ac.jp,{cast.administrator.account}\ncs.uec.ac.jp,\n".encode(),
        reason="研究室の移転",
        proposed_by=factories.registrar(),
    )
    BreakGlass.objects.create(person=factories.registrar(), reason="連休で誰にも連絡がつかない。", until_at=now)
    installed = made[State.INSTALLED].certificate_id
    needing.say_not_needed(installed, reason="サーバを停止しました。", actor=factories.actor(cast.applicant))
    today = timezone.localdate()
    settings.CLOSED_DAYS = [(today + timedelta(days=15), today + timedelta(days=25))]
    absence_and_grant(cast, made[State.COMPLETED])
    return made


def absence_and_grant(cast: DemoCast, request: CertificateRequest) -> None:
    """The zone's administrator is away today, and granted the renewals of a name."""
    question = request.confirmations.get()
    Absence.objects.create(person=cast.administrator, from_on=days.today(), until_on=days.today() + timedelta(days=3))
    StandingGrant.objects.create(
        confirmation=question,
        zone=question.zone,
        name=question.name,
        grantor=cast.administrator,
        applicant=cast.applicant,
        purpose=question.purpose,
        until_on=days.today() + timedelta(days=90),
    )


def lists(certificate: Certificate, person: "factories.User") -> None:
    """A list of NII's that waits, one that is in the inventory, and a proposed holder."""
    now = timezone.now()
    preview = {
        "newest_at": now.isoformat(),
        "counts": {"rows": 3, "certificates_new": 2, "unreadable": 1, "unexpected": 1, "not_pinned": 1},
        "states": {"4": 1, "5": 2},
        "problems": [warning("list.certificate_unreadable", "INF").at(line=3).as_json()],
        "problem_count": 2,
    }
    ListImport.objects.create(file_sha256="1" * 64, listed_at=now, preview=preview)
    ListImport.objects.create(file_sha256="2" * 64, listed_at=now, preview=preview, completed_at=now)
    HolderProposal.objects.create(certificate=certificate, person=person, mail="kojima@cc.uec.ac.jp")


def applicant_pages(scene: dict[State, CertificateRequest]) -> list[tuple[str, str]]:
    pages = [("list", "/requests/"), ("new", "/requests/new/"), ("person", "/accounts/me/"), ("hosting", "/hosting/")]
    pages += [(f"request-{state.lower()}", f"/requests/{request.pk}/") for state, request in scene.items()]
    pages += [
        ("draft", f"/requests/{scene[State.DRAFT].pk}/edit/"),
        ("check", f"/requests/{scene[State.DRAFT].pk}/check/"),
        ("csr", f"/requests/{scene[State.APPROVED].pk}/csr/"),
        ("amend", f"/requests/{scene[State.APPROVED].pk}/amend/"),
        ("adjust", f"/requests/{scene[State.APPROVED].pk}/adjust/"),
        ("certificate-file", f"/requests/{scene[State.SUBMITTED].pk}/certificate/"),
        ("installed", f"/requests/{scene[State.ISSUED].pk}/installed/"),
        ("give-up", f"/requests/{scene[State.ISSUED].pk}/give-up/"),
        ("replaced", f"/requests/{scene[State.INSTALLED].pk}/replaced/"),
        ("certificate", f"/certificates/{scene[State.ISSUED].certificate_id}/"),
        ("not-needed", f"/certificates/{scene[State.ISSUED].certificate_id}/not-needed/"),
        ("not-needed-said", f"/certificates/{scene[State.INSTALLED].certificate_id}/"),
        ("revoke", f"/certificates/{scene[State.ISSUED].certificate_id}/revoke/"),
        ("accessibility", "/accessibility/"),
    ]
    return pages


def desk_pages(scene: dict[State, CertificateRequest]) -> list[tuple[str, str]]:
    desk = "/admin/requests_app"
    file = Submission.objects.latest("pk")
    waiting = ListImport.objects.get(file_sha256="1" * 64)
    return [
        ("desk", "/admin/"),
        ("desk-queue", f"{desk}/certificaterequest/"),
        ("desk-review", f"{desk}/certificaterequest/{scene[State.REVIEWING].pk}/change/"),
        ("desk-confirming", f"{desk}/certificaterequest/{scene[State.CONFIRMING].pk}/change/"),
        ("desk-tsv", f"{desk}/submission/queue/"),
        ("desk-files", f"{desk}/submission/"),
        ("desk-file", f"{desk}/submission/{file.pk}/change/"),
        ("desk-issued", f"{desk}/certificaterequest/{scene[State.ISSUED].pk}/change/"),
        ("desk-installed", f"{desk}/certificaterequest/{scene[State.INSTALLED].pk}/change/"),
        ("desk-record", "/admin/inventory/certificate/record/"),
        ("desk-closed", "/admin/inventory/certificate/?ends=closed"),
        ("desk-certificate", f"/admin/inventory/certificate/{scene[State.ISSUED].certificate_id}/change/"),
        ("desk-revocations", f"{desk}/revocation/"),
        ("desk-revocation", f"{desk}/revocation/{Revocation.objects.latest('pk').pk}/change/"),
        ("desk-lists", "/admin/inventory/listimport/"),
        ("desk-list-upload", "/admin/inventory/listimport/upload/"),
        ("desk-list-waiting", f"/admin/inventory/listimport/{waiting.pk}/change/"),
        ("desk-list-complete", f"/admin/inventory/listimport/{waiting.pk + 1}/change/"),
        ("desk-holders", "/admin/inventory/holderproposal/open/"),
        ("desk-zones", f"{desk}/zone/import/"),
        ("desk-zone-lines", f"{desk}/zone/{Zone.objects.get(name='cs.uec.ac.jp').pk}/lines/"),
        ("desk-zone-changes", f"{desk}/zonechange/"),
        ("desk-zone-change", f"{desk}/zonechange/{ZoneChange.objects.get().pk}/change/"),
        ("desk-break-glass", "/admin/accounts/breakglass/open/"),
        ("desk-broken", f"/admin/accounts/breakglass/{BreakGlass.objects.get().pk}/change/"),
        ("desk-people", "/admin/accounts/user/"),
        ("desk-mail", "/admin/notifications/outboxmessage/"),
    ]


def look_at(page: Page, address: str, name: str, *, language: str) -> list[str]:
    """Open a page at the widths of its language; return what axe finds, and keep a picture where one is wanted."""
    found = []
    for width in WIDTHS[language]:
        page.set_viewport_size({"width": width, "height": 900})
        answered = page.goto(address)
        assert answered is not None
        assert answered.status == 200, f"{address}: {answered.status}"
        folder = os.environ.get("UPKI_SCREENSHOTS")
        wanted = os.environ.get("UPKI_PICTURES", name).split()
        if folder and name in wanted:
            page.screenshot(path=str(Path(folder) / f"{name}-{language}-{width}.png"), full_page=True)
        results = Axe().run(page, options={"runOnly": {"type": "tag", "values": TAGS}})
        for violation in results.response["violations"]:
            if violation["impact"] in SERIOUS:
                nodes = [node["html"][:160] for node in violation["nodes"][:2]]
                found.append(f"{name} ({width}, {language}) {violation['id']}: {violation['help']} {nodes}")
    return found


@pytest.mark.parametrize("language", ["ja", "en"])
def test_axe_finds_nothing_on_any_page(portal: Portal, scene: dict, sign_in: SignIn, settings, language: str):
    settings.STANDING_GRANTS = True
    everybody = (
        (people.FACULTY, applicant_pages(scene)),
        (people.REGISTRAR, desk_pages(scene)),
        (people.ZONE_ADMINISTRATOR, zone_pages()),
    )
    found = []
    for account, pages in everybody:
        _person(account).__class__.objects.filter(pk=_person(account).pk).update(language=language)
        page = sign_in(account)
        page.remove_listener("console", page_note(page))
        for name, path in pages:
            found += look_at(page, portal.address + path, name, language=language)
    assert not found, "\n".join(found)


def page_note(page: Page) -> object:
    """Return the listener that collects violations: axe adds styles of its own, which are not the portal's."""
    return page.upki_note  # type: ignore[attr-defined]


def zone_pages() -> list[tuple[str, str]]:
    question = Confirmation.objects.filter(state="ASKED", zone__name="cs.uec.ac.jp").first()
    assert question
    return [
        ("confirmations", "/confirmations/"),
        ("confirmation", f"/confirmations/{question.pk}/"),
        ("my-zones", "/zones/"),
    ]


def test_application_by_keyboard_alone(portal: Portal, sign_in: SignIn):
    page = sign_in(people.FACULTY)
    page.goto(portal.address + "/requests/new/", wait_until="load")
    page.bring_to_front()
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_attribute("href", "#main")
    page.keyboard.press("Enter")
    _tab_to(page, "purpose")
    page.keyboard.press("Space")
    _tab_to(page, "common_name")
    page.keyboard.type("lab.cs.uec.ac.jp")
    _tab_to(page, "software")
    page.keyboard.type("nginx 1.24")
    _tab_to(page, "check")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("lab.cs.uec.ac.jp")
    page.locator("form[action$='/check/'] .button--primary").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/requests/\d+/$"))
    assert CertificateRequest.objects.get(common_name="lab.cs.uec.ac.jp").state == State.CONFIRMING


def _tab_to(page: Page, name: str) -> None:
    """Press Tab until the field or button of this name has the focus, which must be visible."""
    for _press in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('name')") == name:
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"no visible focus on {name}"
            return
    raise AssertionError(f"{name} cannot be reached by Tab")
