"""Files for NII: what goes into one, who may touch it, and what becomes of its rows after NII's answer."""

import hashlib
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.choices import EmploymentKind
from accounts.models import Employment, MailAddress
from audit.actors import SYSTEM
from inventory import keys, recording
from inventory.models import PublicKey
from notifications.models import OutboxMessage
from requests_app import errors, queries
from requests_app.models import CertificateRequest, Mode, RowKind, Submission, TsvRow
from requests_app.services import acting, applying, preparing, submitting
from requests_app.states import Action, State
from tests import factories, requests
from tests.requests import Cast

pytestmark = pytest.mark.django_db

REFUSED = {2: "338:2,利用管理者FQDN,保留されました。", 5: "202:5,利用管理者氏名,64桁以内で入力してください。"}
"""What NII says about two of six rows."""


@pytest.fixture
def cast():
    return Cast()


def digest(request: CertificateRequest) -> str:
    return str(request.rows.get(superseded_at=None).digest)


def build(cast: Cast, *waiting: CertificateRequest, by=None) -> submitting.Built:
    shown = {digest(request) for request in waiting}
    return submitting.build(RowKind.ISSUE, shown=shown, actor=factories.actor(by or cast.registrar))


def states(waiting) -> list[str]:
    return [CertificateRequest.objects.get(pk=request.pk).state for request in waiting]


def mails(kind: str) -> int:
    return OutboxMessage.objects.filter(kind=kind).count()


def issue_to(host: str, holder, *, serial: str = "77") -> None:
    """NII's list has a valid certificate for the name."""
    now = timezone.now()
    facts = recording.Facts(
        serial=serial,
        subject_dn=f"CN={host},O=The University of Electro-Communications,L=chofu,ST=tokyo,C=JP",
        common_name=host,
        names=(host,),
        not_before=now - timedelta(days=1),
        not_after=now + timedelta(days=98),
        spki_sha256=hashlib.sha256(host.encode()).hexdigest(),
        nii_application_id=f"A{serial}",
    )
    recording.add_certificate(facts, provenance="LISTED", holder_ids=[holder.pk], actor=SYSTEM)


def test_a_file_is_the_stored_rows_in_the_order_of_sending(cast):
    waiting = [cast.request(State.QUEUED) for _ in range(3)]
    submission = cast.file(*waiting)
    file = submitting.download(submission.pk, actor=factories.actor(cast.registrar))
    assert file.content == b"".join(bytes(request.rows.get().content) for request in waiting)
    assert submission.sha256 == hashlib.sha256(file.content).hexdigest()
    assert file.name == f"upki-issue-{submission.reference}.tsv"
    assert [line.request for line in submission.rows.order_by("position")] == waiting
    assert states(waiting) == [State.QUEUED] * 3


def test_who_makes_the_file_accepts_the_clean_rows_that_were_shown(cast):
    # In this order: a list of today lets the next row go straight into the queue.
    accepted, clean = cast.request(State.PREPARED), cast.request(State.QUEUED)
    preparing.decide_kind(
        accepted.pk, kind=RowKind.ISSUE, serial="", reason="初めて", actor=factories.actor(cast.registrar)
    )
    preparing.accept(accepted.pk, actor=factories.actor(cast.registrar), digest=digest(accepted))
    other = factories.registrar()
    build(cast, clean, accepted, by=other)
    by = {r: r.decisions.get(kind="ACCEPTANCE", void_at=None) for r in (clean, accepted)}
    assert [by[clean].person, by[clean].digest] == [other, digest(clean)]
    assert [by[accepted].person, by[accepted].digest] == [cast.registrar, digest(accepted)]


def test_a_row_that_was_not_shown_stays_out(cast):
    shown, arrived_later = cast.request(State.QUEUED), cast.request(State.QUEUED)
    build(cast, shown)
    assert not arrived_later.submission_rows.exists()
    assert not arrived_later.decisions.filter(kind="ACCEPTANCE").exists()


def test_digests_of_no_row_make_no_file(cast):
    cast.request(State.QUEUED)
    with pytest.raises(errors.NothingToFile):
        submitting.build(RowKind.ISSUE, shown={"0" * 64}, actor=factories.actor(cast.registrar))
    with pytest.raises(errors.NothingToFile):
        submitting.build(RowKind.ISSUE, shown=set(), actor=factories.actor(cast.registrar))
    assert not Submission.objects.exists()


def test_a_held_row_is_in_no_file(cast):
    held, free = cast.request(State.QUEUED), cast.request(State.QUEUED)
    acting.act(held.pk, Action.HOLD, actor=factories.actor(cast.registrar), reason="質問があります")
    built = build(cast, held, free)
    assert [line.request for line in Submission.objects.get(pk=built.submission_id).rows.all()] == [free]
    assert built.gone == 1


def change_address(cast: Cast, request: CertificateRequest) -> None:
    MailAddress.objects.filter(person=cast.applicant).update(address="new@uec.example")


def leave(cast: Cast, request: CertificateRequest) -> None:
    Employment.objects.filter(person=cast.applicant).update(kind=EmploymentKind.PART_TIME)


def show_key(cast: Cast, request: CertificateRequest) -> None:
    keys.block(request.csrs.get().spki_sha256)


def give_name_to_somebody_else(cast: Cast, request: CertificateRequest) -> None:
    # Under another CN: the kind of the row is still 発行, but the name is somebody else's now.
    now = timezone.now()
    facts = recording.Facts(
        serial="78",
        subject_dn="CN=other.cs.uec.ac.jp,O=The University of Electro-Communications,L=chofu,ST=tokyo,C=JP",
        common_name="other.cs.uec.ac.jp",
        names=("other.cs.uec.ac.jp", request.common_name),
        not_before=now - timedelta(days=1),
        not_after=now + timedelta(days=98),
        nii_application_id="A78",
    )
    recording.add_certificate(facts, provenance="LISTED", holder_ids=[factories.faculty().pk], actor=SYSTEM)


def become_a_renewal(cast: Cast, request: CertificateRequest) -> None:
    issue_to(request.common_name, cast.applicant)


@pytest.mark.parametrize("change", [change_address, leave, show_key, give_name_to_somebody_else, become_a_renewal])
def test_a_row_that_changed_goes_back_to_review_and_stays_out(cast, change):
    request = cast.request(State.QUEUED)
    change(cast, request)
    built = build(cast, request)
    assert (built.submission_id, built.changed) == (None, 1)
    assert states([request]) == [State.PREPARED]
    assert not request.decisions.filter(kind="ACCEPTANCE", void_at=None).exists()
    assert not request.submission_rows.exists()


def test_a_changed_row_does_not_keep_the_others_back(cast):
    renewed, other = cast.request(State.QUEUED), cast.request(State.QUEUED)
    become_a_renewal(cast, renewed)
    built = build(cast, renewed, other)
    assert [line.request for line in Submission.objects.get(pk=built.submission_id).rows.all()] == [other]
    assert renewed.rows.get(superseded_at=None).kind == RowKind.RENEW


def test_an_interested_registrar_leaves_the_row_to_another(cast):
    cast.applicant = factories.registrar()
    own = cast.request(State.QUEUED)
    cast.applicant = factories.faculty()
    others = cast.request(State.QUEUED)
    interested = own.applicant
    built = build(cast, own, others, by=interested)
    assert built.interested == 1
    assert [line.request for line in Submission.objects.get(pk=built.submission_id).rows.all()] == [others]
    file = cast.file(own)
    with pytest.raises(errors.Interested):
        submitting.discard(file.pk, actor=factories.actor(interested))
    submitting.download(file.pk, actor=factories.actor(cast.registrar))
    with pytest.raises(errors.Interested):
        submitting.mark_uploaded(file.pk, mode=Mode.SKIP_BAD, sha256=file.sha256, actor=factories.actor(interested))
    assert states([own]) == [State.QUEUED]


@pytest.mark.parametrize("who", [factories.auditor, factories.faculty, factories.settings_administrator])
def test_only_registrars_make_and_fetch_files(cast, who):
    request = cast.request(State.QUEUED)
    stranger = who()
    with pytest.raises(errors.NotPermitted):
        build(cast, request, by=stranger)
    file = cast.file(request)
    for verb in (submitting.download, submitting.discard):
        with pytest.raises(errors.NotPermitted):
            verb(file.pk, actor=factories.actor(stranger))


def test_while_in_a_file_nothing_about_the_request_changes(cast):
    request = cast.request(State.QUEUED)
    file = cast.file(request)
    applicant, registrar = factories.actor(cast.applicant), factories.actor(cast.registrar)
    refused = [
        lambda: acting.act(request.pk, Action.WITHDRAW, actor=applicant),
        lambda: applying.amend(request.pk, requests.contents(common_name=request.common_name), actor=applicant),
        lambda: applying.adjust(request.pk, manager_ids=(), software="Apache 2.4", actor=applicant),
        lambda: acting.act(request.pk, Action.HOLD, actor=registrar, reason="質問"),
        lambda: preparing.ask_for_correction(request.pk, actor=registrar, reason="訂正"),
    ]
    for verb in refused:
        with pytest.raises(errors.InLiveFile):
            verb()
    submitting.discard(file.pk, actor=registrar)
    acting.act(request.pk, Action.WITHDRAW, actor=applicant)
    assert states([request]) == [State.WITHDRAWN]


def test_a_discarded_file_frees_its_rows_and_is_not_given_out(cast):
    request = cast.request(State.QUEUED)
    file = cast.file(request)
    registrar = factories.actor(cast.registrar)
    submitting.discard(file.pk, actor=registrar)
    with pytest.raises(errors.FileDiscarded):
        submitting.download(file.pk, actor=registrar)
    for again in (
        lambda: submitting.discard(file.pk, actor=registrar),
        lambda: submitting.mark_uploaded(file.pk, mode=Mode.SKIP_BAD, sha256=file.sha256, actor=registrar),
    ):
        with pytest.raises(errors.SubmissionMoved):
            again()
    assert cast.file(request).pk != file.pk
    assert mails("submitted_to_nii") == 0


def test_a_file_whose_stored_bytes_changed_is_not_given_out(cast):
    request = cast.request(State.QUEUED)
    file = cast.file(request)
    TsvRow.objects.filter(request=request).update(content=b"something else\r\n")
    with pytest.raises(errors.FileDamaged):
        submitting.download(file.pk, actor=factories.actor(cast.registrar))


def test_what_nobody_downloaded_was_not_uploaded(cast):
    file = cast.file(cast.request(State.QUEUED))
    with pytest.raises(errors.NotDownloaded):
        submitting.mark_uploaded(file.pk, mode=Mode.SKIP_BAD, sha256=file.sha256, actor=factories.actor(cast.registrar))


def test_all_taken_stays_submitted_and_tells_the_people(cast):
    waiting = [cast.request(State.QUEUED) for _ in range(2)]
    file = cast.upload_file(cast.file(*waiting), mode=Mode.ABORT_ALL)
    assert states(waiting) == [State.SUBMITTED] * 2
    assert mails("submitted_to_nii") == 2
    recorded = cast.answer(file, None)
    assert (recorded.taken, recorded.refused, recorded.freed) == (2, 0, 0)
    assert states(waiting) == [State.SUBMITTED] * 2
    assert mails("accepted_by_nii") == 2
    with pytest.raises(errors.SubmissionMoved):
        cast.answer(file, None)
    assert mails("accepted_by_nii") == 2


def queued_with_key(cast: Cast, number: int) -> CertificateRequest:
    """A queued request with one of the pool's keys: making keys takes longer than everything else."""
    requests.list_is_fresh()
    request = cast.request(State.APPROVED)
    pem = requests.csr_pem(request.common_name, key_number=number)
    preparing.upload(request.pk, pem, actor=factories.actor(cast.applicant))
    preparing.send(request.pk, actor=factories.actor(cast.applicant), digest=digest(request))
    return request


@pytest.mark.parametrize("mode", Mode)
def test_two_of_six_rows_refused(cast, mode):
    waiting = [queued_with_key(cast, number) for number in range(6)]
    file = cast.upload_file(cast.file(*waiting), mode=mode)
    recorded = cast.answer(file, "\n".join(REFUSED.values()))
    others = State.QUEUED if mode == Mode.ABORT_ALL else State.SUBMITTED
    assert states(waiting) == [State.HELD if position in REFUSED else others for position in range(1, 7)]
    assert recorded.refused == mails("held_by_nii") == 2
    assert mails("accepted_by_nii") == (0 if mode == Mode.ABORT_ALL else 4)
    stored = {line.position: line.replies for line in file.rows.filter(state="REFUSED")}
    assert {position: [reply["text"] for reply in said] for position, said in stored.items()} == {
        position: [line] for position, line in REFUSED.items()
    }
    assert stored[2][0]["remedy"] == "reply.338.remedy"
    assert stored[5][0]["column"] == 8
    if mode == Mode.ABORT_ALL:
        freed = [request for position, request in enumerate(waiting, 1) if position not in REFUSED]
        again = build(cast, *freed)
        assert Submission.objects.get(pk=again.submission_id).rows.count() == 4
        assert all(r.decisions.filter(kind="ACCEPTANCE", void_at=None).count() == 1 for r in freed)


@pytest.mark.parametrize(
    "pasted",
    [
        "",
        " \n ",
        "ファイルのアップロード処理が完了しました。",
        "212:3,主体者DN,指定したDNはすでに存在しています。",
        "212:0,主体者DN,指定したDNはすでに存在しています。",
        "338:1,利用管理者FQDN,保留\n何かおかしい",
        "202:利用管理者氏名",
        "338:1,x,y\n" * 1001,
    ],
)
def test_what_names_no_row_is_refused_and_changes_nothing(cast, pasted):
    waiting = [cast.request(State.QUEUED) for _ in range(2)]
    file = cast.upload_file(cast.file(*waiting), mode=Mode.SKIP_BAD)
    with pytest.raises((errors.AnswerMissing, errors.AnswerUnreadable)) as refused:
        cast.answer(file, pasted)
    assert str(refused.value)
    file.refresh_from_db()
    assert file.state == "UPLOADED"
    assert states(waiting) == [State.SUBMITTED] * 2


@pytest.mark.parametrize("mode", Mode)
def test_a_message_about_the_whole_file_frees_every_row(cast, mode):
    waiting = [cast.request(State.QUEUED) for _ in range(2)]
    file = cast.upload_file(cast.file(*waiting), mode=mode)
    assert cast.answer(file, "215:機関状態が無効なため申請できません。").freed == 2
    assert states(waiting) == [State.QUEUED] * 2


def held(cast: Cast, said: str = "338:1,利用管理者FQDN,保留されました。") -> CertificateRequest:
    request = cast.request(State.QUEUED)
    cast.answer(cast.upload_file(cast.file(request), mode=Mode.SKIP_BAD), said)
    request.refresh_from_db()
    return request


def test_the_same_row_goes_again_with_its_acceptance(cast):
    request = held(cast)
    cast.resubmit(request)
    file = cast.file(request)
    assert file.rows.get().row == request.rows.get()
    assert request.decisions.filter(kind="ACCEPTANCE").count() == 1
    with pytest.raises(errors.TransitionNotAllowed):
        cast.resubmit(request)


def test_only_the_row_that_was_seen_goes_again(cast):
    request = held(cast)
    with pytest.raises(errors.RowChanged):
        submitting.resubmit(request.pk, actor=factories.actor(cast.registrar), digest="0" * 64)


def test_after_212_the_row_becomes_a_renewal(cast):
    request = held(cast, "212:1,主体者DN,指定したDNはすでに存在しています。")
    with pytest.raises(errors.RenewInstead):
        cast.resubmit(request)
    issue_to(request.common_name, cast.applicant, serial="4711")
    preparing.decide_kind(
        request.pk, kind=RowKind.RENEW, serial="4711", reason="212", actor=factories.actor(cast.registrar)
    )
    row = request.rows.get(superseded_at=None)
    assert (states([request]), row.kind, row.serial) == ([State.PREPARED], RowKind.RENEW, "4711")
    preparing.accept(request.pk, actor=factories.actor(cast.registrar), digest=row.digest)
    assert cast.file(request).kind == RowKind.RENEW


def test_a_new_csr_frees_the_key_unless_it_was_shown(cast):
    request, leaked = held(cast), held(cast)
    spki, bad = (r.csrs.get().spki_sha256 for r in (request, leaked))
    keys.block(bad)
    for one in (request, leaked):
        preparing.ask_for_correction(one.pk, actor=factories.actor(cast.registrar), reason="鍵を作り直してください")
    assert states([request, leaked]) == [State.APPROVED] * 2
    assert keys.is_free(spki, owner="request:0")
    assert not keys.is_free(bad, owner="request:0")


def test_wrong_names_are_applied_for_again(cast):
    request = held(cast)
    acting.act(request.pk, Action.RETURN, actor=factories.actor(cast.registrar), reason="名前が違います")
    assert not request.decisions.filter(void_at=None).exists()
    cast.apply(request)
    request.refresh_from_db()
    assert request.state == State.REVIEWING
    cast.approve(request)


@pytest.mark.parametrize(("action", "ends"), [(Action.REJECT, State.REJECTED), (Action.WITHDRAW, State.WITHDRAWN)])
def test_a_key_that_went_to_nii_is_not_free_when_the_request_ends(cast, action, ends):
    request = held(cast)
    who = cast.applicant if action is Action.WITHDRAW else cast.registrar
    acting.act(request.pk, action, actor=factories.actor(who), reason="認証局が認めない")
    assert states([request]) == [ends]
    assert PublicKey.objects.filter(taken_by=request.subject).exists()


def test_a_second_request_for_a_name_that_is_with_nii_waits_for_a_decision(cast):
    first = cast.request(State.SUBMITTED)
    second = cast.request(State.APPROVED, common_name=first.common_name, installation="二台目")
    row_digest = cast.upload(second)
    assert preparing.send(second.pk, actor=factories.actor(cast.applicant), digest=row_digest) == State.PREPARED
    assert second.rows.get().kind_reason == "earlier_request"


def test_the_desk_counts_files_and_what_nii_holds(cast):
    held(cast)
    cast.file(cast.request(State.QUEUED))
    cast.request(State.QUEUED)
    counts = queries.desk_counts()
    assert {name: counts[name] for name in ("issue", "files", "held_by_nii")} == {
        "issue": 1,
        "files": 1,
        "held_by_nii": 1,
    }
