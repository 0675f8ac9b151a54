"""A browser, the portal on its address, and the real servers around it: OpenID provider, DNS, mail."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from playwright.sync_api import BrowserContext, ConsoleMessage, Page
from pytest_django.live_server_helper import LiveServer

from demo import accounts, history, load
from demo.accounts import DemoAccount
from demo.dns_server import DemoNameServers
from demo.identity_provider import IdentityProvider
from demo.mail_sink import KeptMail, MailSink
from demo.nii.mails import Postman
from demo.nii.site import SupportSite
from demo.nii.system import SupportSystem
from notifications import delivery
from requests_app import tasks
from requests_app.services import observing
from tests import settings as ports

# Playwright's loop runs in this thread; Django takes that for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

CHROMIUM = "/usr/bin/chromium"
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": CHROMIUM_ARGUMENTS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, object]) -> dict[str, object]:
    return {**browser_context_args, "viewport": {"width": 1280, "height": 900}, "locale": "en-US"}


@pytest.fixture(scope="session")
def provider() -> Iterator[IdentityProvider]:
    with IdentityProvider(port=ports.OIDC_PORT) as running:
        yield running


@pytest.fixture(scope="session")
def name_servers() -> Iterator[DemoNameServers]:
    servers = DemoNameServers(outside_port=ports.DNS_OUTSIDE_PORT, inside_port=ports.DNS_INSIDE_PORT)
    servers.start()
    yield servers
    servers.stop()


@pytest.fixture(scope="session")
def portal_server(django_db_setup: None) -> Iterator[LiveServer]:
    server = LiveServer(f"127.0.0.1:{ports.PORTAL_PORT}")
    yield server
    server.stop()


@pytest.fixture
def mail_sink() -> Iterator[MailSink]:
    sink = MailSink(port=ports.MAIL_PORT)
    # In a thread of its own: Playwright's loop runs in this one.
    with ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(sink.start).result()
    yield sink
    sink.stop()


@pytest.fixture
def nii(tmp_path: Path, mail_sink: MailSink, past: bytes) -> Iterator[SupportSite]:
    """The stand-in for NII's support system with its pages, which issued the past and mails to the sink."""
    folder = tmp_path / "nii"
    made = Path(settings.ISSUERS_FILE).parent.parent
    shutil.copytree(made / "ca", folder / "ca")
    shutil.copy(made / "state.json", folder / "state.json")
    postman = Postman("127.0.0.1", ports.MAIL_PORT)
    with SupportSite(folder, postman=postman, registrar_mail=accounts.REGISTRAR.mail) as running:
        yield running


class Portal:
    """What a journey needs besides pages: the sweeps that worker and beat run, and the mails that came."""

    def __init__(self, mail_sink: MailSink) -> None:
        self.address = settings.PORTAL_URL
        self._mail_sink = mail_sink

    def sweep(self) -> None:
        """Let the background work happen once: names looked up, mails delivered, over the network."""
        observing.look_up_due()
        tasks.take_in_lists()
        delivery.deliver_pending()

    def mail(self, account: DemoAccount, words: str) -> KeptMail:
        """Return the newest mail to somebody whose subject has `words`."""
        self.sweep()
        found = [m for m in self._mail_sink.messages if account.mail in str(m.message["To"]) and words in m.subject]
        assert found, f"no mail “{words}” to {account.mail}: {[m.subject for m in self._mail_sink.messages]}"
        return found[-1]

    def nii_link(self, account: DemoAccount, name: str) -> str:
        """Return the link of NII's mail about a certificate: it opens once, and comes to the contact alone."""
        mails = [m for m in self._mail_sink.messages if account.mail in str(m.message["To"]) and name in m.text]
        links = [link for mail in mails for link in mail.links if "/certificates/" in link]
        assert links, [m.subject for m in self._mail_sink.messages]
        return str(links[-1])

    def link(self, account: DemoAccount, words: str) -> str:
        """Return the link of that mail."""
        found = re.findall(rf"{re.escape(self.address)}/l/\S+", self.mail(account, words).text)
        assert found, "no link in the mail"
        return str(found[0])


@pytest.fixture(scope="session")
def past() -> bytes:
    """NII's list of the certificates that the demonstration begins with."""
    nobody = Postman("127.0.0.1", 1)
    # Its CA is the one that the settings of the tests pin.
    folder = Path(settings.ISSUERS_FILE).parent.parent
    nii = SupportSystem(folder, postman=nobody, registrar_mail="", address="http://127.0.0.1")
    history.issue_the_past(nii)
    return nii.server_all()


@pytest.fixture
def portal(
    transactional_db: None,
    portal_server: LiveServer,
    provider: IdentityProvider,
    name_servers: DemoNameServers,
    mail_sink: MailSink,
    past: bytes,
) -> Portal:
    """The portal with the demonstration's people, zones and certificates."""
    cache.clear()
    load.load_people()
    load.load_roles()
    load.load_zones()
    load.record_listed(past)
    return Portal(mail_sink)


@pytest.fixture
def sign_in(portal: Portal, new_context: Callable[..., BrowserContext]) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a browser of its own for somebody, signed in at the provider by clicks.

    A violation of the content security policy or a script error on any page fails the test at its end.
    """
    opened: dict[str, Page] = {}
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # A page that answers 403 or 422 is meant to; the browser reports it as a failed resource.
        if message.type == "error" and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    def by_clicks(account: DemoAccount, *, at: str = "/") -> Page:
        page = opened.get(account.account)
        if page is None:
            page = opened[account.account] = new_context().new_page()
            page.set_default_timeout(10_000)
            page.on("console", note)
            # For the test that runs axe, which adds styles of its own: those are not the portal's.
            page.upki_note = note  # type: ignore[attr-defined]
            page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(at if at.startswith("http") else portal.address + at)
        if "/accounts/login/" in page.url:
            page.locator("main button.button--primary").click()
            page.locator(f'button[value="{account.account}"]').click()
            # The click begins a chain of redirects; whoever presses a key before its end presses it elsewhere.
            page.wait_for_url(f"{portal.address}/**", wait_until="load")
        return page

    yield by_clicks
    assert not complaints
