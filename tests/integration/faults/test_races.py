"""Two at once: exactly one decision, event and set of mails, and an unbroken chain of events, on either database.

SQLite has one writer at a time, PostgreSQL locks rows: each alone hides a mistake that the other shows.
"""

from functools import partial

import pytest

from accounts import roster_file
from accounts.services import roster
from audit.actors import SYSTEM
from audit.models import Event
from audit.verification import verify_all
from inventory.models import PublicKey
from notifications.models import OutboxMessage
from requests_app import errors
from requests_app.models import (
    Incident,
    Mode,
    NameLookup,
    NameObservation,
    RowKind,
    SubmissionRow,
    ZoneAdministration,
    ZoneChange,
)
from requests_app.services import (
    acting,
    answering,
    applying,
    confirming,
    drafting,
    incidents,
    observing,
    preparing,
    reviewing,
    submitting,
    zones,
)
from requests_app.states import Action, State
from requests_app.steps import freezing, zone_file
from tests import factories, requests
from tests.integration.faults.together import at_once, refused

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("repetitions", [10, pytest.param(100, marks=pytest.mark.soak)]),
]


def actions(subject: str) -> list[str]:
    """Return the actions of a subject's events, in order; the whole trail is unbroken."""
    assert verify_all().findings == []
    return list(Event.objects.filter(subject=subject).order_by("sequence").values_list("action", flat=True))


def mails_since(pk: int) -> list[tuple[str, int | None]]:
    """Return kind and addressee of the mails put into the outbox after the one numbered `pk`."""
    return sorted(OutboxMessage.objects.filter(pk__gt=pk).values_list("kind", "person_id"))


def newest_mail() -> int:
    return OutboxMessage.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def with_row(cast):
    """Return an approved request with a row to send. All have the same key, which `let_go` frees: keys are dear."""
    requests.list_is_fresh()
    request = cast.request(State.APPROVED)
    pem = requests.csr_pem(request.common_name, key_number=1)
    preparing.upload(request.pk, pem, actor=factories.actor(cast.applicant))
    return request


def send(cast, request):
    return preparing.send(request.pk, actor=factories.actor(cast.applicant), digest=request.rows.get().digest)


def let_go(cast, request):
    """Withdraw the request, so that the next one may have its key."""
    request.refresh_from_db()
    if request.state != State.WITHDRAWN:
        acting.act(request.pk, Action.WITHDRAW, actor=factories.actor(cast.applicant))
    Incident.objects.all().delete()
    PublicKey.objects.update(blocked_at=None)


def test_of_approval_and_rejection_one_counts(cast, repetitions):
    other = factories.registrar()
    for _ in range(repetitions):
        request = cast.request(State.REVIEWING)
        before, digest = newest_mail(), request.current_version.digest
        results = at_once(
            partial(reviewing.approve, request.pk, actor=factories.actor(cast.registrar), digest=digest),
            partial(acting.act, request.pk, Action.REJECT, actor=factories.actor(other), reason="なぜなら"),
        )
        assert [type(error) for error in refused(results)] == [errors.TransitionNotAllowed]
        request.refresh_from_db()
        is_approved = isinstance(results[1], errors.RequestError)
        assert request.state == (State.APPROVED if is_approved else State.REJECTED)
        assert request.decisions.count() == is_approved
        decided = [action for action in actions(request.subject) if action in {"APPROVE", "REJECT"}]
        assert decided == ["APPROVE" if is_approved else "REJECT"]
        kind = "request_approved" if is_approved else "request_rejected"
        assert mails_since(before) == [(kind, cast.applicant.pk)]


def test_two_approvals_are_one(cast, repetitions):
    other = factories.registrar()
    for number in range(repetitions):
        request = cast.request(State.REVIEWING)
        before, digest = newest_mail(), request.current_version.digest
        # Odd rounds are a double click of one registrar, even ones two registrars.
        second = cast.registrar if number % 2 else other
        results = at_once(
            *(
                partial(reviewing.approve, request.pk, actor=factories.actor(person), digest=digest)
                for person in (cast.registrar, second)
            )
        )
        assert [type(error) for error in refused(results)] == [errors.TransitionNotAllowed]
        assert request.decisions.count() == 1
        assert actions(request.subject).count("APPROVE") == 1
        assert mails_since(before) == [("request_approved", cast.applicant.pk)]


def test_a_double_click_applies_once(cast, repetitions):
    for _ in range(repetitions):
        request = cast.request(State.DRAFT)
        before, digest = newest_mail(), freezing.digest(request)
        results = at_once(
            *[partial(applying.apply, request.pk, actor=factories.actor(cast.applicant), digest=digest)] * 2
        )
        assert [type(error) for error in refused(results)] == [errors.TransitionNotAllowed]
        assert request.versions.count() == 1
        assert request.confirmations.count() == 1
        assert actions(request.subject) == ["CREATE", "APPLY"]
        assert mails_since(before) == [
            ("application_received", cast.applicant.pk),
            ("confirm_name", cast.administrator.pk),
        ]


def test_names_in_crossed_order_do_not_lock_each_other(cast, repetitions):
    for _ in range(repetitions):
        names = [requests.name() for _ in range(4)]
        pair = [
            cast.request(State.DRAFT, common_name=order[0], further_names=tuple(order[1:]))
            for order in (names, names[::-1])
        ]
        results = at_once(
            *(
                partial(
                    applying.apply, request.pk, actor=factories.actor(cast.applicant), digest=freezing.digest(request)
                )
                for request in pair
            )
        )
        assert results == [None, None]
        assert NameLookup.objects.filter(name__in=names).count() == len(names)


def test_sending_and_withdrawing_end_withdrawn(cast, repetitions):
    for _ in range(repetitions):
        request = with_row(cast)
        results = at_once(
            partial(send, cast, request),
            partial(acting.act, request.pk, Action.WITHDRAW, actor=factories.actor(cast.applicant)),
        )
        assert results[1] is None
        request.refresh_from_db()
        assert request.state == State.WITHDRAWN
        was_sent = results[0] == State.QUEUED
        assert was_sent or isinstance(results[0], errors.TransitionNotAllowed)
        assert actions(request.subject)[-1 - was_sent :] == ["SEND"] * was_sent + ["WITHDRAW"]
        assert not PublicKey.objects.filter(taken_by=request.subject).exists(), "a withdrawn request frees its key"


def test_of_yes_and_no_one_is_the_first_answer(cast, repetitions):
    deputy = factories.zone_person()
    requests.zone("cs.uec.ac.jp", deputy)
    for _ in range(repetitions):
        request = cast.request(State.CONFIRMING)
        requests.observe(request.common_name)
        question = request.confirmations.get()
        results = at_once(
            partial(confirming.answer, question.pk, is_yes=True, reason="", actor=factories.actor(cast.administrator)),
            partial(confirming.answer, question.pk, is_yes=False, reason="知りません", actor=factories.actor(deputy)),
        )
        first = question.answers.get(is_first=True)
        question.refresh_from_db()
        request.refresh_from_db()
        assert question.state == ("YES" if first.is_yes else "NO")
        assert request.state == (State.REVIEWING if first.is_yes else State.RETURNED)
        # After a yes the later no is kept and blocks; after a no the question is closed with its request.
        assert question.answers.count() == (2 if first.is_yes else 1)
        assert [type(error) for error in refused(results)] == ([] if first.is_yes else [errors.NotAsked])
        moved = [action for action in actions(question.subject) if not action.startswith("LATER_")]
        assert len(moved) == 1
        assert len([action for action in actions(request.subject) if action in {"SETTLE", "REFUSE"}]) == 1


def test_of_two_requests_with_one_key_one_is_sent(cast, repetitions):
    for _ in range(repetitions):
        pair = [with_row(cast) for _ in range(2)]
        results = at_once(*(partial(send, cast, request) for request in pair))
        assert [type(error) for error in refused(results)] == [errors.KeyUsedBefore]
        for request, result in zip(pair, results, strict=True):
            request.refresh_from_db()
            was_sent = result == State.QUEUED
            assert request.state == (State.QUEUED if was_sent else State.APPROVED)
            assert actions(request.subject).count("SEND") == was_sent
            assert PublicKey.objects.filter(taken_by=request.subject).count() == was_sent
        for request in pair:
            let_go(cast, request)


def test_two_sweeps_take_different_names(cast, name_servers, repetitions):
    for _ in range(repetitions):
        NameLookup.objects.all().delete()
        NameObservation.objects.all().delete()
        request = cast.request(State.CONFIRMING, further_names=(requests.name(), requests.name()))
        for name in request.names:
            name_servers.add(name)
        name_servers.outside.asked.clear()
        assert sum(at_once(observing.look_up_due, observing.look_up_due)) == 3
        assert sorted(name for name, kind in name_servers.outside.asked if kind == "A") == sorted(request.names)
        assert NameObservation.objects.count() == 3 * 2
        assert not NameLookup.objects.exclude(lease_until=None).exists()


def build(cast, *waiting, by=None):
    shown = {request.rows.get(superseded_at=None).digest for request in waiting}
    return partial(submitting.build, RowKind.ISSUE, shown=shown, actor=factories.actor(by or cast.registrar))


def test_of_a_file_and_a_correction_the_later_one_is_refused(cast, repetitions):
    for _ in range(repetitions):
        request = with_row(cast)
        send(cast, request)
        results = at_once(
            build(cast, request),
            partial(preparing.ask_for_correction, request.pk, actor=factories.actor(cast.registrar), reason="なぜなら"),
        )
        request.refresh_from_db()
        is_filed = isinstance(results[0], submitting.Built)
        expected = errors.InLiveFile if is_filed else errors.NothingToFile
        assert [type(error) for error in refused(results)] == [expected]
        assert request.state == (State.QUEUED if is_filed else State.APPROVED)
        assert request.submission_rows.filter(state="OPEN").count() == is_filed
        assert actions(request.subject).count("CORRECT") == (not is_filed)
        if is_filed:
            submitting.discard(results[0].submission_id, actor=factories.actor(cast.registrar))
        let_go(cast, request)


def test_two_registrars_build_at_once_and_no_row_is_in_two_files(cast, repetitions):
    other = factories.registrar()
    waiting = [cast.request(State.QUEUED) for _ in range(3)]
    for number in range(repetitions):
        # Odd rounds show the rows in overlapping parts, even ones all of them to both.
        parts = (waiting[:2], waiting[1:]) if number % 2 else (waiting, waiting)
        results = at_once(build(cast, *parts[0]), build(cast, *parts[1], by=other))
        built = [result for result in results if isinstance(result, submitting.Built)]
        assert all(isinstance(error, errors.NothingToFile) for error in refused(results))
        filed = list(SubmissionRow.objects.filter(state="OPEN").values_list("request_id", flat=True))
        assert sorted(filed) == sorted(request.pk for request in waiting)
        for file in built:
            submitting.discard(file.submission_id, actor=factories.actor(cast.registrar))
    for request in waiting:
        assert request.decisions.filter(kind="ACCEPTANCE", void_at=None).count() == 1
        assert actions(request.subject).count("FILE") == actions(request.subject).count("UNFILE") == repetitions


def test_of_uploaded_and_discarded_one_counts(cast, repetitions):
    request = cast.request(State.QUEUED)
    for _ in range(repetitions):
        submission = cast.file(request)
        actor = factories.actor(cast.registrar)
        submitting.download(submission.pk, actor=actor)
        results = at_once(
            partial(
                submitting.mark_uploaded, submission.pk, mode=Mode.ABORT_ALL, sha256=submission.sha256, actor=actor
            ),
            partial(submitting.discard, submission.pk, actor=factories.actor(factories.registrar())),
        )
        assert [type(error) for error in refused(results)] == [errors.SubmissionMoved]
        submission.refresh_from_db()
        request.refresh_from_db()
        is_uploaded = submission.state == "UPLOADED"
        assert request.state == (State.SUBMITTED if is_uploaded else State.QUEUED)
        if is_uploaded:
            cast.answer(submission, "213:申請ファイルに入力がありません。")
            request.refresh_from_db()
            assert request.state == State.QUEUED


def test_an_answer_recorded_twice_counts_once(cast, repetitions):
    waiting = [cast.request(State.QUEUED) for _ in range(2)]
    for _ in range(repetitions):
        submission = cast.upload_file(cast.file(*waiting), mode=Mode.SKIP_BAD)
        before = newest_mail()
        results = at_once(
            *(
                partial(
                    answering.record,
                    submission.pk,
                    pasted="338:2,x,y",
                    sha256=submission.sha256,
                    actor=factories.actor(person),
                )
                for person in (cast.registrar, factories.registrar())
            )
        )
        assert [type(error) for error in refused(results)] == [errors.SubmissionMoved]
        assert sorted(submission.rows.values_list("state", flat=True)) == ["REFUSED", "TAKEN"]
        assert mails_since(before) == [("accepted_by_nii", cast.applicant.pk), ("held_by_nii", cast.applicant.pk)]
        held = submission.rows.get(position=2).request
        cast.resubmit(held)
        taken = submission.rows.get(position=1).request
        waiting = [held, cast.request(State.QUEUED)]
        assert actions(taken.subject).count("TAKE_AT_NII") == 1


def test_a_key_shown_while_its_request_is_withdrawn(cast, repetitions):
    for number in range(repetitions):
        request = with_row(cast)
        send(cast, request)
        spki = request.csrs.get().spki_sha256
        results = at_once(
            partial(incidents.report_shown_key, spki, actor=factories.actor(cast.applicant)),
            partial(acting.act, request.pk, Action.WITHDRAW, actor=factories.actor(cast.applicant)),
        )
        assert refused(results) == []
        assert PublicKey.objects.get(spki_sha256=spki).blocked_at is not None
        assert actions(request.subject)[-1] == "WITHDRAW"
        assert actions(f"key:{spki}") == ["PRIVATE_KEY_SHOWN"] * (number + 1)
        let_go(cast, request)


def test_a_change_of_zones_is_applied_once(cast, repetitions):
    appliers = factories.registrar(), factories.settings_administrator()
    first, second = factories.zone_person(), factories.zone_person()
    for number in range(repetitions):
        request = cast.request(State.CONFIRMING, common_name=f"www.z{number}.uec.ac.jp")
        lines = ["zone,account", *(f"z{number}.uec.ac.jp,{person.account}" for person in (first, second))]
        content = "\n".join(lines).encode()
        pk = zones.propose(content, reason="", actor=factories.actor(cast.registrar))
        digest = zone_file.read(content).digest
        results = at_once(*[partial(zones.apply, pk, digest=digest, actor=factories.actor(one)) for one in appliers])
        assert [type(one) for one in refused(results)] == [errors.ZoneChangeOver]
        administrations = ZoneAdministration.objects.filter(zone__name=f"z{number}.uec.ac.jp", until_at=None)
        assert sorted(administrations.values_list("person_id", flat=True)) == sorted([first.pk, second.pk])
        assert request.confirmations.filter(state="ASKED").count() == 1
        assert len(actions("zones")) == 2 * (number + 1)


def test_a_change_of_zones_is_applied_or_discarded(cast, repetitions):
    other = factories.registrar()
    for number in range(repetitions):
        content = f"zone,account\na{number}.uec.ac.jp,{cast.administrator.account}\n".encode()
        pk = zones.propose(content, reason="", actor=factories.actor(cast.registrar))
        results = at_once(
            partial(zones.apply, pk, digest=zone_file.read(content).digest, actor=factories.actor(other)),
            partial(zones.discard, pk, reason="x", actor=factories.actor(cast.registrar)),
        )
        assert [type(one) for one in refused(results)] == [errors.ZoneChangeOver]
        change = ZoneChange.objects.get(pk=pk)
        is_made = ZoneAdministration.objects.filter(zone__name=f"a{number}.uec.ac.jp").exists()
        assert is_made == (change.applied_at is not None) == (change.discarded_at is None)
        assert actions(change.subject) == ["PROPOSE_ZONES", "APPLY_ZONES" if is_made else "DISCARD_ZONES"]


def test_an_import_of_the_roster_and_a_draft_do_not_lock_each_other(cast, settings, repetitions):
    settings.OPEN_DRAFTS_PER_PERSON = repetitions
    manager, *_crowd, author = people = [factories.faculty() for _ in range(40)]
    lines = [",".join(roster_file.COLUMNS)]
    for person in people:
        place = f"{person.affiliation_ja},{person.affiliation_en}"
        names = f"{person.account},{person.name_ja},{person.name_en}"
        lines.append(f"{names},{place},{person.mail_address},FULL_TIME_FACULTY,2020-04-01,")
    file = roster_file.read("\n".join(lines).encode())
    contents = requests.contents(manager_accounts=(manager.account,))
    for _ in range(repetitions):
        shown = roster.plan(file)
        results = at_once(
            partial(roster.apply, file, plan_digest=shown.digest, actor=SYSTEM),
            partial(drafting.create, contents, actor=factories.actor(author)),
        )
        assert refused(results) == []
        assert actions(f"request:{results[1]}") == ["CREATE"]


def test_a_key_shown_twice_at_once_is_one_incident(cast, repetitions):
    for number in range(repetitions):
        request = with_row(cast)
        send(cast, request)
        before, spki = newest_mail(), request.csrs.get().spki_sha256
        for _again in range(2):
            at_once(*[partial(incidents.report_shown_key, spki, actor=factories.actor(cast.applicant))] * 2)
        incident = Incident.objects.get(spki_sha256=spki)
        assert actions(f"key:{spki}") == ["PRIVATE_KEY_SHOWN"] * 4 * (number + 1)
        assert actions(incident.subject) == ["OPEN"]
        assert mails_since(before) == [("key_compromise", cast.registrar.pk)]
        let_go(cast, request)
