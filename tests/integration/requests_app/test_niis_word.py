"""What NII says after it took a row, by mail or telephone: it issues or revokes nothing."""

import pytest
from django.test import Client
from django.urls import reverse

from notifications.models import OutboxMessage
from requests_app import errors, tasks
from requests_app.models import Mode
from requests_app.services import acting, answering, revoking, submitting
from requests_app.states import Action, State
from requests_app.states import RevocationState as S
from tests import factories
from tests.requests import Cast
from tests.revocations import accept, ask, certificate, state

pytestmark = pytest.mark.django_db

SAID = "NII より電話: CAA レコードのため発行できない。"


@pytest.fixture
def cast():
    return Cast()


def hold(request, by):
    acting.act(request.pk, Action.HOLD_AT_NII, actor=factories.actor(by), reason=SAID)
    request.refresh_from_db()


def taken(cast):
    """A request whose row NII took."""
    request = cast.request(State.QUEUED)
    cast.answer(cast.upload_file(cast.file(request), mode=Mode.SKIP_BAD), None)
    return request


def test_a_row_that_nii_took_and_never_issues_is_held_with_what_nii_said(cast):
    request = taken(cast)
    hold(request, cast.registrar)
    assert request.state == State.HELD
    told = OutboxMessage.objects.filter(kind="held_by_nii", person_id=cast.applicant.pk).get()
    assert "CAA レコード" in told.body
    client = Client()
    for person, name in (
        (cast.applicant, "requests:detail"),
        (cast.registrar, "admin:requests_app_certificaterequest_change"),
    ):
        client.force_login(person, backend="accounts.backends.RoleBackend")
        shown = client.get(reverse(name, args=[request.pk]))
        assert shown.context["refusal_by_nii"]["said"] == SAID
        assert SAID in shown.content.decode()
    cast.resubmit(request)
    assert cast.file(request).rows.count() == 1


def test_what_was_refused_before_is_not_taken_for_the_last_word(cast):
    """212 asks for a renewal; once the renewal is taken and held for another reason, the same row may go again."""
    request = cast.request(State.QUEUED)
    cast.answer(cast.upload_file(cast.file(request), mode=Mode.SKIP_BAD), "338:1,利用管理者FQDN,保留されました。")
    cast.resubmit(request)
    cast.answer(cast.upload_file(cast.file(request), mode=Mode.SKIP_BAD), None)
    hold(request, cast.registrar)
    client = Client()
    client.force_login(cast.applicant, backend="accounts.backends.RoleBackend")
    shown = client.get(reverse("requests:detail", args=[request.pk])).context["refusal_by_nii"]
    assert (shown["messages"], shown["said"]) == ([], SAID)


def test_nobody_interested_says_so_and_nobody_without_a_reason(cast):
    request = taken(cast)
    with pytest.raises(errors.NotPermitted):
        hold(request, cast.applicant)
    with pytest.raises(errors.ReasonRequired):
        acting.act(request.pk, Action.HOLD_AT_NII, actor=factories.actor(cast.registrar), reason=" ")


def test_niis_answer_to_the_file_comes_first(cast):
    request = cast.request(State.SUBMITTED)
    with pytest.raises(errors.InLiveFile):
        hold(request, cast.registrar)
    client = Client()
    client.force_login(cast.registrar, backend="accounts.backends.RoleBackend")
    page = reverse("admin:requests_app_certificaterequest_change", args=[request.pk])
    assert client.get(page).context["plain"] == []
    cast.answer(request.submission_rows.get().submission, None)
    assert [one["action"] for one in client.get(page).context["plain"]] == ["HOLD_AT_NII"]


def test_a_file_of_whose_rows_the_list_said_everything_is_answered(cast):
    requests = [cast.request(State.QUEUED) for _ in range(2)]
    file = cast.upload_file(cast.file(*requests), mode=Mode.ABORT_ALL)
    cast.issue(requests[0])
    tasks.complete_requests()
    file.refresh_from_db()
    assert file.state == "UPLOADED", "one row still waits"
    cast.issue(requests[1])
    for _again in range(2):
        tasks.complete_requests()
    file.refresh_from_db()
    assert (file.state, set(file.rows.values_list("state", flat=True))) == ("ANSWERED", {"TAKEN"})
    client = Client()
    client.force_login(cast.registrar, backend="accounts.backends.RoleBackend")
    assert client.get(file.get_absolute_url()).status_code == 200


def test_a_revocation_that_nii_did_not_make_waits_for_another_file():
    registrar, holder = factories.registrar(), factories.faculty()
    revocation = ask(certificate(holder), holder)
    accept(revocation, registrar)
    by = factories.actor(registrar)
    built = submitting.build_revocations(shown={revocation.digest}, actor=by)
    file = submitting.download(built.submission_id, actor=by)
    sha256 = revocation.submission_rows.get().submission.sha256
    submitting.mark_uploaded(built.submission_id, mode=Mode.SKIP_BAD, sha256=sha256, actor=by)
    with pytest.raises(errors.InLiveFile):
        revoking.note_not_revoked(revocation.pk, reason=SAID, actor=by)
    answering.record(built.submission_id, pasted=None, sha256=sha256, actor=by)
    client = Client()
    client.force_login(registrar, backend="accounts.backends.RoleBackend")
    page = reverse("admin:requests_app_revocation_change", args=[revocation.pk])
    assert client.get(page).context["may"]["note_not_revoked"]
    client.post(reverse("admin:requests_app_revocation_not_revoked", args=[revocation.pk]), {"reason": SAID})
    assert state(revocation) == S.ACCEPTED
    assert SAID in client.get(page).content.decode()
    again = submitting.build_revocations(shown={revocation.digest}, actor=by)
    assert submitting.download(again.submission_id, actor=by).content == file.content
