"""Load the demonstration's data, through the services that people use: roster, roles, zones, inventory, requests.

Running it again changes nothing: what is there stays.
"""

import csv
import io
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from audit.actors import Actor

DEMO_DAYS = 300
"""Days for which the demonstration's roles hold."""


def main() -> None:
    """Load what is missing; a run that was interrupted is completed by the next one."""
    django.setup()
    from accounts.models import RoleGrant, RosterImport
    from inventory.models import ListImport
    from requests_app.models import CertificateRequest, Zone

    steps = (
        (RosterImport, load_people),
        (RoleGrant, load_roles),
        (Zone, load_zones),
        (ListImport, load_certificates),
        (CertificateRequest, load_requests),
    )
    for model, load in steps:
        if not model._default_manager.exists():
            load()


def _table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()


def load_people() -> None:
    """Import the roster; the person who is not on it stays unknown."""
    from accounts import roster_file
    from accounts.services import roster
    from audit.actors import SYSTEM
    from demo.accounts import ACCOUNTS

    columns = (
        "account",
        "name_ja",
        "name_en",
        "affiliation_ja",
        "affiliation_en",
        "mail",
        "employment",
        "from",
        "until",
    )
    rows = [
        (a.account, a.name_ja, a.name_en, a.affiliation_ja, a.affiliation_en, a.mail, a.employment, "2024-04-01", "")
        for a in ACCOUNTS
        if a.is_on_roster
    ]
    file = roster_file.read(_table(columns, rows))
    roster.apply(file, plan_digest=roster.plan(file).digest, actor=SYSTEM, made_by="demo")


def load_roles() -> None:
    """The first two registrars by command; the auditor offered by one and confirmed by the other."""
    from django.utils import timezone

    from accounts.choices import Role
    from accounts.services import roles
    from demo.accounts import AUDITOR, REGISTRAR, SECOND_REGISTRAR

    until_at = timezone.now() + timedelta(days=DEMO_DAYS)
    for registrar in (REGISTRAR, SECOND_REGISTRAR):
        roles.grant_first(registrar.account, Role.REGISTRAR, until_at=until_at, made_by="demo")
    grant = roles.offer(AUDITOR.account, Role.AUDITOR, until_at=until_at, actor=_actor(REGISTRAR.account))
    roles.confirm(grant, actor=_actor(SECOND_REGISTRAR.account))


def _actor(account: str) -> "Actor":
    from accounts import queries as people
    from audit.actors import Actor, Door

    person = people.find_by_account(account)
    if person is None:
        raise LookupError(account)
    return Actor(person.pk, "", Door.COMMAND)


def load_zones() -> None:
    """Import zones and administrators."""
    from demo.accounts import ACCOUNTS, REGISTRAR
    from requests_app.services import zones

    rows = [(zone, account.account, "", "", "") for account in ACCOUNTS for zone in account.zones]
    zones.import_first(_table(("zone", "account", "deputy_of", "from", "until"), rows), actor=_actor(REGISTRAR.account))


def load_certificates() -> None:
    """Let NII's stand-in issue the certificates of the past, and record what its list says of them."""
    from demo.environment import NII_URL
    from demo.history import issue_the_past
    from demo.nii.client import Client

    client = Client(NII_URL)
    issue_the_past(client)
    record_listed(client.server_all())


def record_listed(server_all: bytes) -> None:
    """Take NII's list in as a registrar does, and confirm who holds what; once more changes nothing."""
    from django.utils import timezone

    from demo.accounts import REGISTRAR
    from inventory.models import HolderProposal, ListImport
    from requests_app.services import holders, listing

    actor = _actor(REGISTRAR.account)
    pk = listing.stage(server_all, actor=actor)
    if ListImport.objects.get(pk=pk).confirmed_at is None:
        listing.confirm(pk, listed_on=timezone.localdate(), actor=actor)
    while listing.apply_chunk(pk):
        pass
    for proposal in HolderProposal.objects.filter(settled_at=None).values_list("pk", flat=True):
        holders.confirm(proposal, actor=actor)


def load_requests() -> None:
    """A draft and a request that waits for its zone, so that no page is empty on the first visit."""
    from demo.accounts import STAFF, STUDENT
    from requests_app.models import CertificateRequest
    from requests_app.services import applying, drafting
    from requests_app.steps import freezing
    from requests_app.steps.contents import Contents

    actor = _actor(STAFF.account)
    club = Contents(
        purpose="STUDENT_ACTIVITY",
        common_name="robocon.club.uec.ac.jp",
        manager_accounts=(STUDENT.account,),
        software="nginx 1.24",
    )
    pk = drafting.create(club, actor=actor)
    applying.apply(pk, actor=actor, digest=freezing.digest(CertificateRequest.objects.get(pk=pk)))
    drafting.create(Contents(purpose="STUDENT_ACTIVITY", common_name="mma.club.uec.ac.jp"), actor=actor)


if __name__ == "__main__":
    main()
