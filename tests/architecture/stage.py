"""The people and requests that the walks use: one request in each state of the table, made by the verbs themselves."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.db import models, transaction
from django.utils import timezone

from accounts.choices import Role
from accounts.models import BreakGlass, EmergencyLink, EmploymentQuestion, RosterImport, User
from accounts.services import employment, roles
from audit import checkpoints
from audit.actors import SYSTEM
from audit.models import Event
from inventory import recording
from inventory.models import (
    Certificate,
    Endpoint,
    HolderProposal,
    ListImport,
    NiiApplication,
    PublicKey,
    TlsObservation,
)
from notifications.models import BouncedAddress, OutboxMessage
from requests_app.models import (
    CertificateRequest,
    HandOver,
    Incident,
    NameOverride,
    OverrideKind,
    RevocationReason,
    ZoneChange,
)
from requests_app.services import confirming, drafting, handing_over, lapsing, revoking
from requests_app.states import State
from tests import factories, requests, revocations


class Kind(StrEnum):
    """Who asks."""

    APPLICANT = "applicant"
    PREPARER = "preparer"
    MANAGER = "manager"
    CONTACT = "contact"
    STRANGER = "another applicant"
    STUDENT = "student"
    ZONE_ADMINISTRATOR = "zone administrator"
    REGISTRAR = "registrar"
    AUDITOR = "auditor"
    SETTINGS_ADMINISTRATOR = "settings administrator"
    LEFT = "somebody who left"
    NOBODY = "nobody"


class Cast(requests.Cast):
    """An application prepared by one person for another, with a manager and a manager who is the contact."""

    def __init__(self) -> None:
        super().__init__()
        self.preparer = factories.staff()
        self.manager = factories.faculty()
        self.contact = factories.staff()

    def draft(self) -> CertificateRequest:
        """The preparer's draft; the contact has agreed."""
        contents = requests.contents(
            applicant_account=self.applicant.account,
            manager_accounts=(self.manager.account, self.contact.account),
            contact_account=self.contact.account,
        )
        pk = drafting.create(contents, actor=factories.actor(self.preparer))
        drafting.agree_to_be_contact(pk, actor=factories.actor(self.contact))
        return CertificateRequest.objects.get(pk=pk)

    def in_state(self, state: State) -> CertificateRequest:
        """A request that the verbs brought to `state`."""
        made = self.draft()
        if state == State.LAPSED:
            self.advance(made, State.APPROVED)
            self.lapse(made)
        elif state != State.DRAFT:
            self.advance(made, state)
        made.refresh_from_db()
        assert made.state == state
        return made

    @staticmethod
    def lapse(request: CertificateRequest) -> None:
        """Nobody touched it for years."""
        long_ago = timezone.now() - timedelta(days=3650)
        CertificateRequest.objects.filter(pk=request.pk).update(touched_at=long_ago, lapse_warned_at=long_ago)
        lapsing.lapse(request.pk)


@dataclass(frozen=True)
class Stage:
    """Everything that an address can name."""

    cast: Cast
    people: dict[Kind, User]
    requests: dict[State, CertificateRequest]
    rows: dict[str, models.Model]
    """One row of each model that the desk shows, by its label ("accounts.user")."""


@contextmanager
def set_up() -> Iterator[Stage]:
    """Make the stage in a transaction that is rolled back; verbs see it as a test's own (their `durable` holds)."""
    with rolled_back():
        yield _make()


@contextmanager
def rolled_back() -> Iterator[None]:
    """Undo everything at the end, as Django's TestCase does around each of its tests."""
    block = transaction.atomic()
    block._from_testcase = True
    block.__enter__()
    try:
        yield
    finally:
        transaction.set_rollback(True)
        block.__exit__(None, None, None)


def _make() -> Stage:
    cast = Cast()
    people = {
        Kind.APPLICANT: cast.applicant,
        Kind.PREPARER: cast.preparer,
        Kind.MANAGER: cast.manager,
        Kind.CONTACT: cast.contact,
        Kind.STRANGER: factories.faculty(),
        Kind.STUDENT: factories.student(),
        Kind.ZONE_ADMINISTRATOR: cast.administrator,
        Kind.REGISTRAR: cast.registrar,
        Kind.AUDITOR: factories.auditor(),
        Kind.SETTINGS_ADMINISTRATOR: factories.settings_administrator(),
        Kind.LEFT: factories.faculty(),
    }
    made = {state: cast.in_state(state) for state in State}
    return Stage(cast, people, made, _rows(cast, people, made))


def _rows(cast: Cast, people: dict[Kind, User], made: dict[State, CertificateRequest]) -> dict[str, models.Model]:
    now = timezone.now()
    reviewing, queued = made[State.REVIEWING], made[State.QUEUED]
    grant = roles.offer(
        people[Kind.STRANGER].account,
        Role.AUDITOR,
        until_at=now + timedelta(days=90),
        actor=factories.actor(factories.registrar()),
    )
    employment.ask(note="", actor=factories.actor(people[Kind.STUDENT]))
    certificate = _certificate(cast.applicant)
    given = [
        cast.applicant,
        made[State.SUBMITTED].submission_rows.get().submission,
        RosterImport.objects.create(
            file_sha256="0" * 64, people_count=1, added_count=1, changed_count=0, ended_count=0
        ),
        people[Kind.STRANGER].role_grants.get(pk=grant),
        EmploymentQuestion.objects.get(),
        BreakGlass.objects.create(person=people[Kind.STRANGER], reason="x", until_at=now),
        EmergencyLink.objects.create(person=cast.registrar, token_sha256="0" * 64, expires_at=now),
        queued,
        reviewing.confirmations.first(),
        requests.NameObservation.objects.filter(name=reviewing.common_name).first(),
        _override(cast, made[State.CONFIRMING]),
        queued.decisions.first(),
        requests.Zone.objects.get(name="cs.uec.ac.jp"),
        ZoneChange.objects.create(content=b"zone,account\nnew.uec.ac.jp,\n", proposed_by=people[Kind.STRANGER]),
        queued.rows.get(),
        queued.csrs.get(),
        Incident.objects.create(kind="KEY_COMPROMISE", request=queued, due_at=now),
        Event.objects.first(),
        checkpoints.make(),
        certificate,
        revoking.ask(
            certificate.pk,
            reason=RevocationReason.CESSATION_OF_OPERATION,
            comment="",
            actor=factories.actor(cast.applicant),
        ),
        _hand_over(cast.applicant, people[Kind.STRANGER]),
        PublicKey.objects.first(),
        Endpoint.objects.create(name="old.cs.uec.ac.jp"),
        TlsObservation.objects.create(name="old.cs.uec.ac.jp", port=443, outcome="REFUSED", observed_at=now),
        ListImport.objects.first(),
        NiiApplication.objects.create(application_id="A1", state=4, common_name="old.cs.uec.ac.jp", listed_at=now),
        HolderProposal.objects.create(certificate=certificate, person=people[Kind.STRANGER], mail="a@uec.example"),
        OutboxMessage.objects.first(),
        BouncedAddress.objects.create(address="gone@uec.example"),
    ]
    return {row._meta.label_lower: row for row in given if row is not None}


def _hand_over(holder: User, successor: User) -> HandOver:
    """Another certificate than the stage's: whoever is asked sees it."""
    held = revocations.certificate(holder, name="handed-over.cs.uec.ac.jp")
    pk = handing_over.ask_for_certificate(held.pk, account=successor.account, actor=factories.actor(holder))
    return HandOver.objects.get(pk=pk)


def _override(cast: Cast, request: CertificateRequest) -> NameOverride:
    confirming.override(
        request.pk,
        name=request.common_name,
        kind=OverrideKind.EXISTENCE,
        reason="外からは見えないサーバ",
        digest=request.current_version.digest,
        actor=factories.actor(cast.registrar),
    )
    return request.overrides.get()


def _certificate(holder: User) -> Certificate:
    now = timezone.now()
    facts = recording.Facts(
        serial="77",
        subject_dn="CN=old.cs.uec.ac.jp,O=The University of Electro-Communications,L=chofu,ST=tokyo,C=JP",
        common_name="old.cs.uec.ac.jp",
        names=("old.cs.uec.ac.jp",),
        not_before=now - timedelta(days=1),
        not_after=now + timedelta(days=98),
        spki_sha256="7" * 64,
        nii_application_id="A1",
    )
    return recording.add_certificate(facts, provenance="LISTED", holder_ids=[holder.pk], actor=SYSTEM)
