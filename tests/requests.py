"""Requests for tests, moved to a state by the verbs themselves, and certification requests made on the spot."""

from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from itertools import count

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from audit.actors import SYSTEM
from demo.nii.authority import Fault
from inventory import recording
from inventory.models import Certificate, ListImport, Provenance
from requests_app import evidence, queries
from requests_app.institution import policy
from requests_app.models import (
    CertificateRequest,
    Fate,
    Mode,
    NameObservation,
    RowKind,
    Submission,
    Zone,
    ZoneAdministration,
)
from requests_app.services import (
    acting,
    answering,
    applying,
    confirming,
    drafting,
    installing,
    issuing,
    preparing,
    reviewing,
    submitting,
)
from requests_app.states import Action, State
from requests_app.steps import freezing
from requests_app.steps import issuing as issuing_steps
from requests_app.steps.contents import Contents
from requests_app.steps.replacing import Statement
from tests import authority, factories

_numbers = count(1)
POOL = 12
"""Keys made once for a test run; a request takes the next one."""


AFTER_NII = frozenset({State.ISSUED, State.INSTALLED, State.COMPLETED})
AT_NII = frozenset({State.SUBMITTED, State.HELD, *AFTER_NII})


@cache
def key(number: int) -> rsa.RSAPrivateKey:
    """Return one of the pool's RSA keys of 2048 bits."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def csr_pem(common_name: str, *, key_number: int | None = None, dns_names: Sequence[str] = (), ou: str = "") -> bytes:
    """Return a PEM request with UEC's subject DN, by a key that no other call had unless `key_number` says so."""
    chosen = key(key_number if key_number is not None else 1000 + next(_numbers))
    attributes = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
        x509.NameAttribute(NameOID.STATE_OR_PROVINCE_NAME, "tokyo"),
        x509.NameAttribute(NameOID.LOCALITY_NAME, "chofu"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "The University of Electro-Communications"),
    ]
    if ou:
        attributes.append(x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, ou))
    attributes.append(x509.NameAttribute(NameOID.COMMON_NAME, common_name))
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(attributes))
    if dns_names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name) for name in dns_names]), critical=False
        )
    return builder.sign(chosen, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def certificate_pem(common_name: str) -> tuple[str, int]:
    """Return a self-signed certificate in PEM and its serial number: enough to read the number from."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    now = timezone.now()
    serial = x509.random_serial_number()
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key(0).public_key())
    builder = builder.serial_number(serial).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    return builder.sign(key(0), hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode(), serial


def private_key_pem(key_number: int) -> bytes:
    """Return a pool key's private half as PKCS#8, for the tests that paste it where it must not be."""
    return key(key_number).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def zone(name: str, *administrators: User) -> Zone:
    """Return a zone with these administrators."""
    found, _made = Zone.objects.get_or_create(name=name)
    for person in administrators:
        ZoneAdministration.objects.create(zone=found, person=person)
    return found


def name() -> str:
    """Return a host name that no other test uses."""
    return f"host{next(_numbers)}.cs.uec.ac.jp"


def contents(**changes: object) -> Contents:
    """Return what a correct application says."""
    given: dict[str, object] = {"purpose": "RESEARCH_EDUCATION", "common_name": name(), "software": "nginx 1.24"}
    return Contents(**(given | changes))  # type: ignore[arg-type]


def observe(host: str, *, outcome: str = "ADDRESS", caa: str = "NONE", views: Sequence[str] | None = None) -> None:
    """Store an observation of `host` in every configured view, as the sweep does."""
    for view in views or evidence.view_names():
        NameObservation.objects.create(
            name=host,
            view=view,
            outcome=outcome,
            exists=outcome == "ADDRESS",
            temporary=outcome in {"SERVFAIL", "TIMEOUT"},
            caa=caa,
            answer={"addresses": ["192.0.2.1"] if outcome == "ADDRESS" else [], "resolver": "127.0.0.1:53"},
            observed_at=timezone.now(),
        )


def list_is_fresh() -> None:
    """Note that NII's list of today is in the inventory, so that 発行 can be told from 更新."""
    ListImport.objects.create(listed_at=timezone.now(), completed_at=timezone.now())


class Cast:
    """The people around one request: applicant, zone administrator, registrar, and whom a test adds."""

    def __init__(self) -> None:
        self.applicant = factories.faculty()
        self.administrator = factories.zone_person()
        self.registrar = factories.registrar()
        Zone.objects.get_or_create(name="uec.ac.jp")
        zone("cs.uec.ac.jp", self.administrator)

    def request(self, state: State = State.DRAFT, *, csr: bool = False, **changes: object) -> CertificateRequest:
        """Return a request that the verbs brought to `state`."""
        pk = drafting.create(contents(**changes), actor=factories.actor(self.applicant))
        request = CertificateRequest.objects.get(pk=pk)
        if csr:
            preparing.upload(pk, csr_pem(request.common_name), actor=factories.actor(self.applicant))
        if state != State.DRAFT:
            self.advance(request, state)
        request.refresh_from_db()
        assert request.state == state, f"{request.state} instead of {state}"
        return request

    def apply(self, request: CertificateRequest) -> None:
        """The applicant applies for what stands in the draft."""
        request.refresh_from_db()
        applying.apply(request.pk, actor=factories.actor(self.applicant), digest=freezing.digest(request))

    def confirm(self, request: CertificateRequest) -> None:
        """DNS shows every name and the zone's administrator says yes to each."""
        for host in request.names:
            observe(host)
        for confirmation in request.confirmations.filter(state="ASKED"):
            confirming.answer(confirmation.pk, is_yes=True, reason="", actor=factories.actor(self.administrator))
        confirming.settle(request.pk)

    def approve(self, request: CertificateRequest) -> None:
        """The registrar approves what stands in the current version."""
        request.refresh_from_db()
        reviewing.approve(
            request.pk, actor=factories.actor(self.registrar), digest=request.current_version.digest, reason=""
        )

    def upload(self, request: CertificateRequest) -> str:
        """The applicant uploads a CSR; returns the row's digest."""
        preparing.upload(request.pk, csr_pem(request.common_name), actor=factories.actor(self.applicant))
        return str(request.rows.get(superseded_at=None).digest)

    def advance(self, request: CertificateRequest, state: State) -> None:
        """The verbs take a draft on to `state`, on its shortest way there."""
        if state == State.INSTALLED:
            request.replaced.add(self.old_certificate(request.common_name))
        self.apply(request)
        if state == State.CONFIRMING:
            return
        if state == State.WITHDRAWN:
            acting.act(request.pk, Action.WITHDRAW, actor=factories.actor(self.applicant))
            return
        self.confirm(request)
        if state in {State.RETURNED, State.REJECTED}:
            action = Action.RETURN if state == State.RETURNED else Action.REJECT
            acting.act(request.pk, action, actor=factories.actor(self.registrar), reason="なぜなら")
            return
        if state == State.REVIEWING:
            return
        self.approve(request)
        if state == State.APPROVED:
            return
        if state in {State.QUEUED, *AT_NII}:
            list_is_fresh()
        digest = self.upload(request)
        preparing.send(request.pk, actor=factories.actor(self.applicant), digest=digest)
        if state in AT_NII:
            self._advance_at_nii(request, state)

    def _advance_at_nii(self, request: CertificateRequest, state: State) -> None:
        submission = self.upload_file(self.file(request), mode=Mode.SKIP_BAD)
        if state == State.HELD:
            self.answer(submission, "338:1,利用管理者FQDN,保留されました。")
        if state in AFTER_NII:
            self.answer(submission, None)
            self.issue(request)
        if state in {State.INSTALLED, State.COMPLETED}:
            self.install(request)

    def old_certificate(self, common_name: str) -> Certificate:
        """A certificate of NII's list that the applicant holds and that ends in 20 days."""
        now, serial = timezone.now(), str(5_082_414_538_221_694_000 + next(_numbers))
        facts = recording.Facts(
            serial=serial,
            subject_dn=policy().subject_dn(common_name),
            common_name=common_name,
            names=(common_name,),
            not_before=now - timedelta(days=178),
            not_after=now + timedelta(days=20),
            nii_application_id=f"A{serial}",
        )
        with transaction.atomic():
            return recording.add_certificate(
                facts, provenance=Provenance.LISTED, holder_ids=[self.applicant.pk], actor=SYSTEM
            )

    def issue(self, request: CertificateRequest, *, fault: Fault = Fault.NONE) -> issuing_steps.Placed:
        """NII issues for the row, and the applicant records the certificate."""
        found = authority.pinned().issue_for(request, fault=fault)
        return issuing.record(request.pk, found, actor=factories.actor(self.applicant))

    def install(self, request: CertificateRequest, fate: Fate = Fate.REVOKE, reason: str = "") -> None:
        """The applicant reports the installation, with one word for all that is replaced."""
        said = {pk: Statement(fate, reason) for pk in request.replaced.values_list("pk", flat=True)}
        installing.report(request.pk, statements=said, actor=factories.actor(self.applicant))

    def file(self, *requests: CertificateRequest) -> Submission:
        """The registrar makes a file of these queued requests' rows."""
        rows = [request.rows.get(superseded_at=None) for request in requests]
        built = submitting.build(
            RowKind(rows[0].kind), shown={row.digest for row in rows}, actor=factories.actor(self.registrar)
        )
        return Submission.objects.get(pk=built.submission_id)

    @staticmethod
    def build_all(registrar: User) -> submitting.Built:
        """This registrar makes a file of every 発行 row that waits."""
        shown = set(queries.queued_rows(RowKind.ISSUE).values_list("digest", flat=True))
        return submitting.build(RowKind.ISSUE, shown=shown, actor=factories.actor(registrar))

    def upload_file(self, submission: Submission, *, mode: Mode) -> Submission:
        """The registrar downloads the file and marks it as uploaded."""
        submitting.download(submission.pk, actor=factories.actor(self.registrar))
        submitting.mark_uploaded(
            submission.pk, mode=mode, sha256=submission.sha256, actor=factories.actor(self.registrar)
        )
        return submission

    def resubmit(self, request: CertificateRequest) -> None:
        """The registrar lets the same row go again."""
        digest = request.rows.get(superseded_at=None).digest
        submitting.resubmit(request.pk, actor=factories.actor(self.registrar), digest=digest)

    def answer(self, submission: Submission, pasted: str | None) -> answering.Recorded:
        """The registrar records NII's answer; None: every row was taken."""
        return answering.record(
            submission.pk, pasted=pasted, sha256=submission.sha256, actor=factories.actor(self.registrar)
        )
