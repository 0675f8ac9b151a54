"""What a list may meet: other rows of the same request, its own past, facts without PEM, and serial numbers twice."""

import csv
import io
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from demo.nii.listing import HEADER
from demo.nii.reading import read_subject
from inventory.models import Certificate, ListImport, NiiApplication
from notifications.models import OutboxMessage
from requests_app import tasks
from requests_app.admin import list_page
from requests_app.models import Incident, IncidentKind, Mode, Revocation, Submission
from requests_app.services import incidents, listing, preparing
from requests_app.states import State
from requests_app.steps import list_preview
from tests import factories, lists
from tests.requests import Cast
from tests.unit.demo import nii as cells

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return Cast()


def at_nii(cast, nii):
    """A request whose file the stand-in took."""
    request = cast.request(State.SUBMITTED)
    nii.take(request.submission_rows.get().submission)
    return request


def revoked(nii, name):
    """Let NII revoke what was picked up; return its list."""
    nii.system.pick_up(nii.place.token())
    nii.revoke(name)
    return nii.server_all()


def edited(content, cells_by_name):
    """Return the list with these cells in every row."""
    rows = list(csv.reader(io.StringIO(content.decode("cp932"), newline=""), delimiter="\t"))
    for row in rows[1:]:
        for name, value in cells_by_name.items():
            row[HEADER.index(name)] = value
    out = io.StringIO(newline="")
    csv.writer(out, delimiter="\t", lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode("cp932")


def state(request):
    request.refresh_from_db()
    return request.state


def test_a_revocation_without_pem_in_the_list_counts_for_a_requests_certificate(cast, nii):
    request = at_nii(cast, nii)
    lists.take_in(nii.server_all(), by=cast.registrar)
    lists.take_in(lists.without_pem(revoked(nii, request.common_name)), by=cast.registrar)
    request.refresh_from_db()
    assert request.certificate.revoked_at
    assert request.state == State.COMPLETED
    assert Certificate.objects.count() == 1


def test_a_list_without_pem_gives_no_request_a_certificate(cast, nii):
    request = at_nii(cast, nii)
    lists.take_in(lists.without_pem(nii.server_all()), by=cast.registrar)
    assert state(request) == State.SUBMITTED
    assert not Certificate.objects.exists()


def test_a_certificate_for_a_row_that_was_replaced_issues_nothing(cast, nii):
    """What the registrar accepted last is another row, with another key and perhaps other names."""
    request = at_nii(cast, nii)
    content = nii.server_all()
    cast.answer(request.submission_rows.get().submission, "338:1,利用管理者FQDN,保留されました。")
    preparing.ask_for_correction(request.pk, reason="鍵を作り直す", actor=factories.actor(cast.registrar))
    request.refresh_from_db()
    preparing.send(request.pk, actor=factories.actor(cast.applicant), digest=cast.upload(request))
    cast.upload_file(cast.file(request), mode=Mode.SKIP_BAD)
    for turn in (b"", b"\r\n"):
        lists.take_in(content + turn, by=cast.registrar)
        assert state(request) == State.SUBMITTED
        assert Incident.objects.get().kind == IncidentKind.LATE


def test_a_refusal_listed_before_the_file_was_marked_holds_the_request_later(cast, nii):
    request = cast.request(State.QUEUED)
    submission = cast.file(request)
    nii.system.fail(request.names)
    nii.take(submission)
    lists.take_in(nii.server_all(), by=cast.registrar)
    cast.upload_file(submission, mode=Mode.SKIP_BAD)
    lists.take_in(nii.server_all() + b"\r\n", by=cast.registrar)
    assert state(request) == State.HELD


def test_an_old_refusal_without_a_time_of_day_holds_no_row_that_went_again(cast, nii):
    request = cast.request(State.SUBMITTED)
    first = request.submission_rows.get().submission
    nii.system.fail(request.names)
    nii.take(first)
    content = edited(nii.server_all(), {"発行・更新申請-日時": f"{timezone.localdate():%Y/%m/%d}"})
    cast.answer(first, "338:1,利用管理者FQDN,保留されました。")
    lists.take_in(content, by=cast.registrar)
    cast.resubmit(request)
    request.refresh_from_db()
    cast.upload_file(cast.file(request), mode=Mode.SKIP_BAD)
    lists.take_in(content + b"\r\n", by=cast.registrar)
    assert state(request) == State.SUBMITTED


def test_a_list_that_did_not_change_may_be_given_again_on_a_later_day(cast, nii):
    nii.issue("www.cs.uec.ac.jp")
    content = nii.server_all()
    pk = lists.take_in(content, by=cast.registrar)
    ListImport.objects.update(listed_at=timezone.now() - timedelta(days=8))
    again = lists.take_in(content, by=cast.registrar)
    assert again != pk
    assert timezone.localdate(ListImport.objects.get(pk=again).listed_at) == timezone.localdate()
    assert Certificate.objects.count() == 1


def test_a_list_with_an_unknown_ca_may_be_given_again_when_the_ca_is_known(cast, nii, settings):
    nii.issue("www.cs.uec.ac.jp")
    content, settings.ISSUERS_FILE = nii.server_all(), ""
    lists.take_in(content, by=cast.registrar)
    settings.ISSUERS_FILE = str(nii.issuers_file)
    lists.take_in(content, by=cast.registrar)
    assert Certificate.objects.exists()


@pytest.mark.parametrize("is_newer_first", [False, True])
def test_of_two_lists_of_one_day_the_rows_own_last_change_decides(cast, nii, is_newer_first):
    """The first was downloaded in the morning and confirmed at noon; the second one's newest change lies between."""
    nii.clock.now -= timedelta(hours=1)
    nii.issue("www.cs.uec.ac.jp", at=nii.clock.now - timedelta(days=2))
    morning = nii.server_all()
    nii.revoke("www.cs.uec.ac.jp")
    noon = nii.server_all()
    for content in (noon, morning) if is_newer_first else (morning, noon):
        lists.take_in(content, by=cast.registrar)
    assert NiiApplication.objects.get().state in {7, 10}


def test_the_revocation_of_an_unauthorised_certificate_ends_with_it(cast, nii):
    request = at_nii(cast, nii)
    incidents.report_unauthorised(request.pk, reason="申請と違う", actor=factories.actor(cast.registrar))
    lists.take_in(revoked(nii, request.common_name), by=cast.registrar)
    assert state(request) == State.COMPLETED
    assert Revocation.objects.get().state == "REVOKED"


def test_a_revocation_left_open_ends_with_the_next_list(cast, nii):
    request = at_nii(cast, nii)
    lists.take_in(nii.server_all(), by=cast.registrar)
    content = revoked(nii, request.common_name)
    lists.take_in(content, by=cast.registrar)
    request.refresh_from_db()
    left = Revocation.objects.create(certificate=request.certificate, reason=5, asked_by=cast.applicant)
    lists.take_in(content + b"\r\n", by=cast.registrar)
    left.refresh_from_db()
    assert left.state == "REVOKED"


def test_a_revocation_that_nii_could_not_do_revokes_nothing(cast, nii):
    nii.issue("www.cs.uec.ac.jp")
    at = f"{timezone.localtime():%Y-%m-%d %H:%M:%S}"
    failed = {"失効申請-処理完了日時": at, "失効申請-認証局連携APIエラーコード": "901"}
    lists.take_in(edited(nii.server_all(), failed), by=cast.registrar)
    assert Certificate.objects.get().revoked_at is None


def test_holders_hear_of_a_revocation_that_nobody_asked_for_here_once(cast, nii):
    """Of what nobody holds the registrars hear; but nobody of what came revoked in the first list."""
    request = at_nii(cast, nii)
    nii.issue("www.cs.uec.ac.jp", "before.cs.uec.ac.jp")
    nii.revoke("before.cs.uec.ac.jp")
    lists.take_in(nii.server_all(), by=cast.registrar)
    nii.revoke("www.cs.uec.ac.jp")
    nii.revoke(request.common_name)
    for turn in (b"", b"\r\n"):
        lists.take_in(nii.server_all() + turn, by=cast.registrar)
        mails = OutboxMessage.objects.filter(kind="certificate_revoked")
        told = {mail.person_id: mail.body for mail in mails}
        assert (len(mails), told.keys()) == (2, {cast.applicant.pk, cast.registrar.pk})
        assert request.common_name in told[cast.applicant.pk]
        assert "www.cs.uec.ac.jp" in told[cast.registrar.pk]


def test_a_serial_number_twice_is_said_on_the_lists_page(cast, nii):
    nii.issue("www.cs.uec.ac.jp")
    (application,) = nii.system.applications
    pinned = lists.take_in(nii.server_all(), by=cast.registrar)
    assert not list_page.context(ListImport.objects.get(pk=pinned))["warnings"]
    subject, public_key = read_subject(application.subject), cells.key(1).public_key()
    made = nii.system.authority.issue(
        subject, ("www.cs.uec.ac.jp",), public_key, serial=application.serial, at=timezone.now()
    )
    pem = made.public_bytes(Encoding.PEM).decode()
    pk = lists.take_in(lists.with_pem(nii.server_all(), pem), by=cast.registrar)
    (warning,) = list_page.context(ListImport.objects.get(pk=pk))["warnings"]
    assert "2" in warning.text
    assert Certificate.objects.count() == 1


def test_a_nul_in_a_cell_that_cannot_be_read_is_no_obstacle(cast, nii):
    """PostgreSQL keeps no NUL, in JSON neither."""
    nii.issue("www.cs.uec.ac.jp")
    odd = edited(nii.server_all(), {"URL期限": "20\0" + "26"})
    preview = ListImport.objects.get(pk=lists.take_in(odd, by=cast.registrar)).preview
    assert preview["problem_count"] == 1
    assert "\0" not in str(preview["problems"])
    assert Certificate.objects.count() == 1


def test_a_list_given_up_in_the_middle_does_not_claim_that_nothing_was_taken_in(cast, nii, monkeypatch):
    monkeypatch.setattr(list_preview, "LOOKED_UP_AT_ONCE", 1)
    nii.issue("www.cs.uec.ac.jp", "mail.cs.uec.ac.jp")
    pk, actor = lists.give(nii.server_all(), by=cast.registrar), factories.actor(cast.registrar)
    untouched = list_page.discarded(ListImport.objects.get(pk=pk))
    listing.confirm(pk, listed_on=timezone.localdate(), actor=actor)
    assert listing.apply_chunk(pk)
    listing.discard(pk, actor=actor)
    assert Certificate.objects.count() == 1
    assert list_page.discarded(ListImport.objects.get(pk=pk)) != untouched


def test_a_list_that_brings_nothing_new_takes_the_same_queries_for_many_requests_as_for_few(cast, nii):
    taken = []
    for more in (1, 3):
        for _ in range(more):
            at_nii(cast, nii)
        lists.take_in(nii.server_all(), by=cast.registrar)
        pk = lists.give(nii.server_all() + b"\r\n", by=cast.registrar)
        listing.confirm(pk, listed_on=timezone.localdate(), actor=factories.actor(cast.registrar))
        with CaptureQueriesContext(connection) as queries:
            lists.apply_all(pk)
        taken.append(len(queries))
    assert taken[0] == taken[1]


def test_what_became_of_an_earlier_file_reminds_nobody_of_the_next_one(cast, nii):
    request = cast.request(State.SUBMITTED)
    first = request.submission_rows.get().submission
    cast.answer(first, None)
    nii.system.fail(request.names)
    nii.take(first)
    lists.take_in(nii.server_all(), by=cast.registrar)
    cast.resubmit(request)
    request.refresh_from_db()
    second = cast.upload_file(cast.file(request), mode=Mode.SKIP_BAD)
    long_ago = timezone.now() - timedelta(days=22)
    Submission.objects.filter(pk=first.pk).update(answered_at=long_ago)
    tasks.remind_after_nii()
    assert not OutboxMessage.objects.filter(kind__in=["fetch_certificate", "nothing_came"]).exists()
    cast.answer(second, None)
    Submission.objects.filter(pk=second.pk).update(answered_at=long_ago)
    tasks.remind_after_nii()
    assert OutboxMessage.objects.filter(kind="nothing_came").count() == 1
