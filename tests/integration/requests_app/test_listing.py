"""NII's list taken in: what it changes, what it never changes, and that nothing is lost or done twice."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from audit.actors import SYSTEM
from audit.models import Event
from audit.verification import verify_all
from csr import certificates
from demo.nii.authority import Fault
from inventory import queries as inventory
from inventory.models import (
    Certificate,
    ExpiryGate,
    ExpiryRung,
    HolderProposal,
    ListChunk,
    ListImport,
    NiiApplication,
    Provenance,
    PublicKey,
    RevocationSource,
)
from notifications.models import OutboxMessage
from requests_app import errors, tasks
from requests_app.models import Incident, IncidentKind, Mode, Revocation, RevocationReason
from requests_app.services import holders, listing
from requests_app.states import State
from requests_app.steps import issuing, list_preview, revoking
from tests import factories, lists
from tests.requests import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return Cast()


def at_nii(cast, nii, **options):
    """A request whose file the stand-in took."""
    request = cast.request(State.SUBMITTED)
    nii.take(request.submission_rows.get().submission, **options)
    return request


def test_a_list_is_previewed_and_changes_nothing_before_it_is_confirmed(cast, nii):
    nii.issue("www.cs.uec.ac.jp", "mail.cs.uec.ac.jp")
    pk = lists.give(nii.server_all(), by=cast.registrar)
    given = ListImport.objects.get(pk=pk)
    assert given.preview["counts"]["rows"] == given.preview["counts"]["certificates_new"] == 2
    assert not listing.apply_chunk(pk)
    assert not Certificate.objects.exists()
    assert not NiiApplication.objects.exists()


def test_a_confirmed_list_fills_the_inventory(cast, nii):
    nii.issue("www.cs.uec.ac.jp")
    pk = lists.take_in(nii.server_all(), by=cast.registrar)
    certificate = Certificate.objects.get()
    assert certificate.provenance == Provenance.LISTED
    assert certificate.der_sha256
    assert NiiApplication.objects.get().certificate == certificate
    assert PublicKey.objects.get(spki_sha256=certificate.spki_sha256).taken_by == certificate.subject
    assert inventory.newest_with_common_name("www.cs.uec.ac.jp") == certificate
    taken = ListImport.objects.get(pk=pk)
    assert taken.completed_at
    assert inventory.list_date() == taken.listed_at
    assert all(chunk.rows == [] for chunk in ListChunk.objects.all())


def traces(certificate):
    """Everything that recording a certificate leaves, without what differs between any two."""
    event = Event.objects.get(subject=certificate.subject)
    return (
        [(rung.days_before, rung.due_on, rung.is_counted) for rung in certificate.expiry_rungs.order_by("due_on")],
        [name.name.split(".", 1)[1] for name in certificate.certificate_names.all()],
        (event.sequence, event.action, sorted(event.details), event.details["holders"], event.details["provenance"]),
        PublicKey.objects.get(spki_sha256=certificate.spki_sha256).taken_by == certificate.subject,
        (certificate.provenance, bool(certificate.der), bool(certificate.nii_application_id)),
    )


def test_certificates_recorded_together_are_as_if_recorded_one_by_one(cast, nii):
    nii.issue("www.cs.uec.ac.jp")
    (application,) = nii.system.applications
    (found,) = certificates.read(application.certificate.encode()).certificates
    issuing.place_unasked(found, actor=SYSTEM, nii_application_id=application.application_id)
    nii.issue("mail.cs.uec.ac.jp", "ftp.cs.uec.ac.jp")
    lists.take_in(nii.server_all(), by=cast.registrar)
    alone, *together = Certificate.objects.order_by("pk")
    assert [traces(one) for one in together] == [traces(alone)] * 2
    assert verify_all().findings == []


def test_a_certificate_that_stands_twice_in_a_list_is_recorded_once(cast, nii):
    nii.issue("www.cs.uec.ac.jp")
    header, rows = nii.server_all().split(b"\r\n", 1)
    (application,) = nii.system.applications
    other = application.application_id.encode()[:-1] + b"X"
    again = rows.replace(application.application_id.encode(), other, 1)
    lists.take_in(header + b"\r\n" + rows + again, by=cast.registrar)
    assert NiiApplication.objects.count() == 2
    assert {one.certificate for one in NiiApplication.objects.all()} == {Certificate.objects.get()}
    assert Event.objects.filter(action="CERTIFICATE_RECORDED").count() == 1


def test_nothing_of_the_pin_or_other_addresses_is_kept(cast, nii):
    nii.issue("www.cs.uec.ac.jp")
    pk = lists.give(nii.server_all(), by=cast.registrar)
    (stored,) = ListChunk.objects.get(listing=pk).rows
    assert "BEGIN CERTIFICATE REQUEST" not in str(stored)
    assert not [name for name in stored if "pin" in name or "contact_name" in name or "other" in name]


def test_the_same_file_twice_is_one_import_and_a_second_list_changes_nothing(cast, nii):
    request = at_nii(cast, nii)
    nii.issue("www.cs.uec.ac.jp")
    content = nii.server_all()
    pk = lists.take_in(content, by=cast.registrar)
    assert lists.give(content, by=cast.registrar) == pk
    events, mails = Event.objects.count(), OutboxMessage.objects.count()
    again = lists.take_in(content + b"\r\n", by=cast.registrar)
    assert again != pk
    assert Event.objects.exclude(subject=f"listing:{again}").count() == events
    assert OutboxMessage.objects.count() == mails
    request.refresh_from_db()
    assert request.state == State.ISSUED


def test_a_certificate_for_a_submitted_row_issues_its_request(cast, nii):
    request = at_nii(cast, nii)
    lists.take_in(nii.server_all(), by=cast.registrar)
    request.refresh_from_db()
    assert request.state == State.ISSUED
    assert request.certificate.provenance == Provenance.ISSUED
    assert request.certificate.holdings.get().person == cast.applicant
    assert not Incident.objects.exists()
    assert not HolderProposal.objects.exists()


@pytest.mark.parametrize("fault", [Fault.OTHER_NAME, Fault.OTHER_KEY, Fault.OTHER_SUBJECT])
def test_a_wrong_certificate_holds_the_request_with_one_incident(cast, nii, fault):
    request = at_nii(cast, nii, fault=fault)
    lists.take_in(nii.server_all(), by=cast.registrar)
    request.refresh_from_db()
    assert request.state == State.HELD
    assert Incident.objects.get().kind == IncidentKind.MISMATCH
    events = Event.objects.filter(subject=request.subject).count()
    lists.take_in(nii.server_all() + b"\r\n", by=cast.registrar)
    assert Event.objects.filter(subject=request.subject).count() == events
    assert Incident.objects.count() == 1


def test_a_refusal_in_the_list_holds_the_request_once(cast, nii):
    request = cast.request(State.SUBMITTED)
    nii.system.fail(request.names)
    nii.take(request.submission_rows.get().submission)
    content = nii.server_all()
    lists.take_in(content, by=cast.registrar)
    request.refresh_from_db()
    assert request.state == State.HELD
    reason = Event.objects.filter(subject=request.subject, action="LIST_REFUSAL").get().payload["reason"]
    assert "338" in reason
    assert "CAA" in reason
    # the file's answer is recorded later, and the same row goes again
    cast.answer(request.submission_rows.get().submission, None)
    cast.resubmit(request)
    request.refresh_from_db()
    cast.upload_file(cast.file(request), mode=Mode.SKIP_BAD)
    lists.take_in(content + b"\r\n", by=cast.registrar)
    request.refresh_from_db()
    assert request.state == State.SUBMITTED, "it tells of what was refused before"


def test_yesterdays_list_after_todays_changes_no_fact(cast, nii):
    nii.issue("www.cs.uec.ac.jp")
    yesterday = nii.server_all()
    nii.clock.now += timedelta(seconds=5)
    nii.place.system.pick_up(nii.place.token())
    nii.revoke("www.cs.uec.ac.jp")
    newer = nii.server_all()
    nii_today = lists.take_in(newer, by=cast.registrar)
    ListImport.objects.filter(pk=nii_today).update(listed_at=timezone.now())
    NiiApplication.objects.update(listed_at=timezone.now())
    state = NiiApplication.objects.get().state
    old = lists.give(yesterday, by=cast.registrar)
    ListImport.objects.filter(pk=old).update(listed_at=timezone.now() - timedelta(days=1))
    listing.confirm(old, listed_on=timezone.localdate() - timedelta(days=1), actor=factories.actor(cast.registrar))
    lists.apply_all(old)
    assert NiiApplication.objects.get().state == state
    assert Certificate.objects.get().revoked_at
    assert inventory.list_date() == ListImport.objects.get(pk=nii_today).listed_at


def test_a_list_is_of_no_day_to_come_nor_older_than_what_it_tells(cast, nii):
    nii.issue("www.cs.uec.ac.jp")
    pk = lists.give(nii.server_all(), by=cast.registrar)
    today, actor = timezone.localdate(), factories.actor(cast.registrar)
    with pytest.raises(errors.ListDateInFuture):
        listing.confirm(pk, listed_on=today + timedelta(days=1), actor=actor)
    with pytest.raises(errors.ListDateTooEarly):
        listing.confirm(pk, listed_on=today - timedelta(days=3), actor=actor)
    listing.confirm(pk, listed_on=today, actor=actor)
    with pytest.raises(errors.ListMoved):
        listing.confirm(pk, listed_on=today, actor=actor)


def test_a_list_that_cannot_be_taken_in_is_given_up_and_stands_in_no_others_way(cast, nii):
    nii.issue("www.cs.uec.ac.jp")
    pk, actor = lists.give(nii.server_all(), by=cast.registrar), factories.actor(cast.registrar)
    listing.confirm(pk, listed_on=timezone.localdate(), actor=actor)
    listing.discard(pk, actor=actor)
    assert not listing.apply_chunk(pk)
    with pytest.raises(errors.ListMoved):
        listing.discard(pk, actor=actor)
    assert not ListChunk.objects.exists()
    lists.take_in(nii.server_all(), by=cast.registrar)
    assert Certificate.objects.exists()


def test_a_discarded_list_leaves_no_rows_and_may_be_given_again(cast, nii):
    nii.issue("www.cs.uec.ac.jp")
    pk = lists.give(nii.server_all(), by=cast.registrar)
    listing.discard(pk, actor=factories.actor(cast.registrar))
    assert not ListChunk.objects.exists()
    assert lists.give(nii.server_all(), by=cast.registrar) != pk


def test_only_registrars_give_and_confirm_lists(cast, nii):
    nii.issue("www.cs.uec.ac.jp")
    pk = lists.give(nii.server_all(), by=cast.registrar)
    for somebody in (cast.applicant, factories.auditor()):
        actor = factories.actor(somebody)
        with pytest.raises(errors.NotPermitted):
            listing.stage(nii.server_all(), actor=actor)
        with pytest.raises(errors.NotPermitted):
            listing.confirm(pk, listed_on=timezone.localdate(), actor=actor)
        with pytest.raises(errors.NotPermitted):
            listing.discard(pk, actor=actor)


@pytest.mark.parametrize(
    ("content", "error"),
    [(b"", errors.ListEmpty), (b"a\tb\r\n1\t2\r\n", errors.ListHeaderMissing), (b"x" * 101, errors.ListTooLarge)],
)
def test_a_file_that_is_no_list_is_refused(cast, settings, content, error):
    settings.LIST_LIMIT_BYTES = 100
    with pytest.raises(error):
        lists.give(content, by=cast.registrar)
    assert not ListImport.objects.exists()


def test_broken_rows_do_not_lose_the_others(cast, nii):
    nii.issue("www.cs.uec.ac.jp", "mail.cs.uec.ac.jp", "ftp.cs.uec.ac.jp")
    content = nii.server_all().replace(b"CN=mail.cs.uec.ac.jp,", b"XX=mail.cs.uec.ac.jp,", 1)
    pk = lists.take_in(content, by=cast.registrar)
    assert set(Certificate.objects.values_list("common_name", flat=True)) == {"www.cs.uec.ac.jp", "ftp.cs.uec.ac.jp"}
    preview = ListImport.objects.get(pk=pk).preview
    assert preview["counts"]["unreadable"] == 1
    assert preview["problem_count"] == 1


def test_a_process_that_dies_in_the_middle_loses_and_repeats_nothing(cast, nii, monkeypatch):
    monkeypatch.setattr(list_preview, "LOOKED_UP_AT_ONCE", 2)
    nii.issue(*(f"h{number}.cs.uec.ac.jp" for number in range(5)))
    pk = lists.give(nii.server_all(), by=cast.registrar)
    listing.confirm(pk, listed_on=timezone.localdate(), actor=factories.actor(cast.registrar))
    assert listing.apply_chunk(pk)
    assert Certificate.objects.count() == 2
    with monkeypatch.context() as broken:
        broken.setattr("requests_app.steps.listed.propose_holders", _die)
        with pytest.raises(KeyboardInterrupt):
            listing.apply_chunk(pk)
    assert Certificate.objects.count() == 2, "the chunk is undone as a whole"
    lists.apply_all(pk)
    assert Certificate.objects.count() == 5
    assert Event.objects.filter(action="CERTIFICATE_RECORDED").count() == 5
    assert not listing.apply_chunk(pk)


def _die(_batch):
    raise KeyboardInterrupt


def test_after_the_go_live_an_unknown_certificate_is_an_incident_and_before_it_is_none(cast, nii, settings):
    settings.GO_LIVE_ON = timezone.localdate() - timedelta(days=10)
    nii.issue("old.cs.uec.ac.jp", at=timezone.now() - timedelta(days=30))
    nii.issue("new.cs.uec.ac.jp", at=timezone.now() - timedelta(days=1))
    pk = lists.take_in(nii.server_all(), by=cast.registrar)
    assert ListImport.objects.get(pk=pk).preview["counts"]["unexpected"] == 1
    incident = Incident.objects.get()
    assert (incident.kind, incident.certificate.common_name) == (IncidentKind.UNEXPECTED, "new.cs.uec.ac.jp")


def test_a_certificate_listed_before_its_file_was_marked_goes_to_its_request_later(cast, nii):
    request = cast.request(State.QUEUED)
    submission = cast.file(request)
    nii.take(submission)
    lists.take_in(nii.server_all(), by=cast.registrar)
    cast.upload_file(submission, mode=Mode.SKIP_BAD)
    lists.take_in(nii.server_all() + b"\r\n", by=cast.registrar)
    request.refresh_from_db()
    assert request.state == State.ISSUED
    assert request.certificate.provenance == Provenance.ISSUED
    assert request.certificate.holdings.get().person == cast.applicant


def test_a_certificate_without_pem_is_completed_by_the_one_that_comes_later(cast, nii):
    nii.issue("www.cs.uec.ac.jp")
    lists.take_in(lists.without_pem(nii.server_all()), by=cast.registrar)
    bare = Certificate.objects.get()
    assert bare.der is None
    assert bare.nii_application_id
    lists.take_in(nii.server_all(), by=cast.registrar)
    whole = Certificate.objects.get()
    assert whole.pk == bare.pk
    assert whole.der_sha256
    assert whole.spki_sha256
    assert whole.expiry_rungs.exists()
    lists.take_in(lists.without_pem(nii.server_all()) + b"\r\n", by=cast.registrar)
    assert Certificate.objects.get().der_sha256 == whole.der_sha256


def test_a_certificate_of_an_unknown_ca_is_counted_and_not_recorded(cast, nii, settings):
    nii.issue("www.cs.uec.ac.jp")
    settings.ISSUERS_FILE = ""
    pk = lists.take_in(nii.server_all(), by=cast.registrar)
    assert not Certificate.objects.exists()
    preview = ListImport.objects.get(pk=pk).preview
    assert preview["counts"]["not_pinned"] == len(preview["not_pinned_lines"]) == 1
    assert NiiApplication.objects.count() == 1


def test_a_revocation_in_the_list_settles_the_one_that_was_asked(cast, nii):
    nii.issue("www.cs.uec.ac.jp")
    lists.take_in(nii.server_all(), by=cast.registrar)
    asked = revoking.open_revocation(
        Certificate.objects.get(),
        reason=RevocationReason.SUPERSEDED,
        actor=factories.actor(cast.registrar),
        on_behalf=True,
    )
    nii.revoke("www.cs.uec.ac.jp")
    lists.take_in(nii.server_all(), by=cast.registrar)
    certificate = Certificate.objects.get()
    assert certificate.revoked_at
    assert certificate.revocation_source == RevocationSource.LIST
    assert Revocation.objects.get(pk=asked.pk).state == "REVOKED"


def test_what_nii_waits_for_is_a_fact_beside_the_request(cast, nii):
    request = at_nii(cast, nii)
    lists.take_in(nii.server_all(), by=cast.registrar)
    request.refresh_from_db()
    (fact,) = inventory.nii_facts(spki_sha256=[request.certificate.spki_sha256])
    assert fact.state in {3, 4}
    assert fact.link_expires_at
    assert [fact] == inventory.nii_facts(certificate_id=request.certificate_id)


def test_the_contact_on_record_is_proposed_as_holder_of_a_valid_certificate(cast, nii):
    holder = factories.staff()
    address = holder.mail_addresses.get().address
    nii.issue("www.cs.uec.ac.jp", c10=f"{address[:2].upper()}{address[2:]}".replace("uec.example", "cc.uec.ac.jp"))
    nii.issue("ended.cs.uec.ac.jp", at=timezone.now() - timedelta(days=450))
    holder.mail_addresses.update(address=address.replace("uec.example", "cc.uec.ac.jp"))
    lists.take_in(nii.server_all(), by=cast.registrar)
    proposal = HolderProposal.objects.get()
    assert (proposal.person, proposal.certificate.common_name) == (holder, "www.cs.uec.ac.jp")


def test_rungs_that_were_due_before_the_first_import_count_as_sent(cast, nii):
    nii.issue("ended.cs.uec.ac.jp", at=timezone.now() - timedelta(days=450))
    nii.issue("www.cs.uec.ac.jp")
    lists.take_in(nii.server_all(), by=cast.registrar)
    ended = ExpiryRung.objects.filter(certificate__common_name="ended.cs.uec.ac.jp")
    assert ended.exists()
    assert all(rung.is_counted and rung.sent_at for rung in ended)
    assert not ExpiryRung.objects.filter(certificate__common_name="www.cs.uec.ac.jp", is_counted=True).exists()
    assert not OutboxMessage.objects.filter(kind__contains="expiry").exists()


def test_the_sweep_takes_in_confirmed_lists_and_leaves_one_that_another_worker_holds(cast, nii):
    nii.issue("www.cs.uec.ac.jp")
    pk = lists.give(nii.server_all(), by=cast.registrar)
    assert tasks.take_in_lists() == 0
    listing.confirm(pk, listed_on=timezone.localdate(), actor=factories.actor(cast.registrar))
    held = timezone.now() + timedelta(seconds=30)
    ListImport.objects.filter(pk=pk).update(lease_until=held)
    assert tasks.take_in_lists() == 0
    assert not Certificate.objects.exists()
    ListImport.objects.filter(pk=pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert tasks.take_in_lists() == 1, "the lease of a dead worker ends"
    assert Certificate.objects.exists()
    assert tasks.take_in_lists() == 0


def test_the_command_shows_and_with_a_date_takes_in(cast, nii, tmp_path, capsys):
    nii.issue("www.cs.uec.ac.jp")
    file = tmp_path / "serverAll.tsv"
    file.write_bytes(nii.server_all())
    call_command("import_list", file, by=cast.registrar.account)
    assert "certificates_new: 1" in capsys.readouterr().out
    assert not Certificate.objects.exists()
    call_command("import_list", file, by=cast.registrar.account, confirm_date=timezone.localdate())
    assert Certificate.objects.exists()
    with pytest.raises(CommandError):
        call_command("import_list", file, by=cast.applicant.account)


def propose(person):
    certificate = Certificate.objects.create(
        provenance=Provenance.LISTED, serial="7", nii_application_id="A1", common_name="www.cs.uec.ac.jp"
    )
    return HolderProposal.objects.create(certificate=certificate, person=person, mail="a@uec.example")


def test_a_registrar_confirms_a_proposed_holder_once_and_never_for_themself(cast):
    proposal = propose(cast.registrar)
    with pytest.raises(errors.ProposalForOneself):
        holders.confirm(proposal.pk, actor=factories.actor(cast.registrar))
    with pytest.raises(errors.NotPermitted):
        holders.confirm(proposal.pk, actor=factories.actor(cast.applicant))
    other = factories.actor(factories.registrar())
    holders.confirm(proposal.pk, actor=other)
    assert inventory.holder_ids([proposal.certificate_id]) == {cast.registrar.pk}
    with pytest.raises(errors.ProposalSettled):
        holders.dismiss(proposal.pk, actor=other)


def test_a_dismissed_proposal_makes_no_holder(cast):
    proposal = propose(cast.applicant)
    holders.dismiss(proposal.pk, actor=factories.actor(cast.registrar))
    assert not inventory.holder_ids([proposal.certificate_id])


def test_the_gate_opens_once(cast):
    with pytest.raises(errors.NotPermitted):
        holders.open_gate(actor=factories.actor(cast.applicant))
    holders.open_gate(actor=factories.actor(cast.registrar))
    with pytest.raises(errors.GateIsOpen):
        holders.open_gate(actor=factories.actor(cast.registrar))
    assert ExpiryGate.objects.count() == 1
