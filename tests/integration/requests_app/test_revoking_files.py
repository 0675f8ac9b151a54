"""Files of revocations: what goes into one, NII's stand-in takes it, and what becomes of each row."""

import pytest

from demo.nii.authority import ISSUING_CA
from demo.nii.columns import Kind
from demo.nii.mails import Postman
from demo.nii.system import Mode as NiiMode
from demo.nii.system import SupportSystem
from inventory.serving import Serving
from notifications.models import OutboxMessage
from requests_app import errors, queries
from requests_app.models import Fate, Mode, Revocation, RevocationReason, Submission
from requests_app.services import answering, installing, issuing, revoking, submitting
from requests_app.states import RevocationState as S
from requests_app.states import State
from requests_app.steps.replacing import Statement
from tests import factories, observations, requests, revocations
from tests.requests import Cast
from tests.revocations import accept, ask, certificate, file, state
from tests.unit.demo import nii

pytestmark = pytest.mark.django_db

authority = revocations.authority_fixture


@pytest.fixture
def holder():
    return factories.faculty()


@pytest.fixture
def registrar():
    return factories.registrar()


def accepted(holder, registrar, **options):
    return accept(ask(certificate(holder, **options), holder), registrar)


def upload(submission, registrar, *, mode=Mode.SKIP_BAD):
    content = submitting.download(submission.pk, actor=factories.actor(registrar)).content
    submitting.mark_uploaded(submission.pk, mode=mode, sha256=submission.sha256, actor=factories.actor(registrar))
    return content


def answer(submission, registrar, pasted):
    return answering.record(submission.pk, pasted=pasted, sha256=submission.sha256, actor=factories.actor(registrar))


def test_a_file_is_the_accepted_rows_leaked_keys_first(holder, registrar):
    first = accepted(holder, registrar)
    leaked = ask(certificate(holder), holder, reason=RevocationReason.KEY_COMPROMISE)
    submission = file(first, leaked, by=registrar)
    assert [line.revocation for line in submission.rows.order_by("position")] == [leaked, first]
    assert submission.file_name == f"upki-revoke-{submission.reference}.tsv"
    assert upload(submission, registrar) == bytes(leaked.content) + bytes(first.content)
    assert [state(first), state(leaked)] == [S.SUBMITTED, S.SUBMITTED]
    assert answer(submission, registrar, None).taken == 2
    assert [state(first), state(leaked)] == [S.SUBMITTED, S.SUBMITTED], "done only when a list or a proof says so"


def test_niis_stand_in_takes_the_file_and_its_crl_proves_it(holder, registrar, tmp_path, settings):
    system = SupportSystem(tmp_path, postman=Postman("127.0.0.1", 9), registrar_mail=nii.REGISTRAR, address=nii.ADDRESS)
    settings.ISSUERS_FILE = str(tmp_path / "ca" / ISSUING_CA)
    system.upload(Kind.ISSUE, NiiMode.ABORT, "a.tsv", nii.file(nii.issue_row()))
    (issued,) = system.applications
    old = certificate(holder, name=nii.CN, serial=str(issued.serial), subject_dn=nii.dn())
    revocation = accept(ask(old, holder), registrar)
    with pytest.raises(errors.NotRevokedYet):
        revoking.record_status(revocation.pk, system.revocation_list(), actor=factories.actor(registrar))
    submission = file(revocation, by=registrar)
    result = system.upload(Kind.REVOKE, NiiMode.ABORT, submission.file_name, upload(submission, registrar))
    assert result.text == ""
    answer(submission, registrar, None)
    revoking.record_status(revocation.pk, system.revocation_list(), actor=factories.actor(registrar))
    assert state(revocation) == S.REVOKED
    old.refresh_from_db()
    assert old.revoked_at == issued.revoked_at.replace(microsecond=0)


@pytest.mark.parametrize("mode", Mode)
def test_a_refused_row_waits_again_with_niis_words(mode, holder, registrar):
    bad, good = accepted(holder, registrar), accepted(holder, registrar)
    submission = file(bad, good, by=registrar)
    upload(submission, registrar, mode=mode)
    answer(submission, registrar, "206:1,主体者DN,DN情報のフォーマットが不正です。")
    assert state(bad) == S.ACCEPTED
    assert state(good) == (S.ACCEPTED if mode == Mode.ABORT_ALL else S.SUBMITTED)
    refused = queries.last_refusal_of_revocation(bad)
    assert refused.replies[0]["code"] == 206
    assert refused.replies[0]["column"] == 1
    assert file(bad, by=registrar).rows.get().revocation == bad


def test_a_discarded_file_frees_its_rows(holder, registrar):
    revocation = accepted(holder, registrar)
    submission = file(revocation, by=registrar)
    with pytest.raises(errors.NothingToFile):
        file(revocation, by=registrar)
    with pytest.raises(errors.InLiveFile):
        revoking.cancel(revocation.pk, actor=factories.actor(holder))
    submitting.discard(submission.pk, actor=factories.actor(registrar))
    assert state(revocation) == S.ACCEPTED
    assert file(revocation, by=registrar).pk != submission.pk


def test_what_is_still_served_stays_out_until_it_is_overridden(holder, registrar):
    served, free = accepted(holder, registrar), accepted(holder, registrar)
    leaked = ask(certificate(holder), holder, reason=RevocationReason.KEY_COMPROMISE)
    observations.show({served.certificate_id: Serving.SOMEWHERE, leaked.certificate_id: Serving.EVERYWHERE})
    digests = {one.digest for one in (served, free, leaked)}
    built = submitting.build_revocations(shown=digests, actor=factories.actor(registrar))
    submission = Submission.objects.get(pk=built.submission_id)
    assert built.served == 1
    assert {line.revocation for line in submission.rows.all()} == {free, leaked}
    revoking.override_served(served.pk, reason="保持者と確認済み", actor=factories.actor(registrar))
    assert file(served, by=registrar).rows.get().revocation == served


def test_a_row_of_ones_own_waits_for_another_registrar(registrar):
    holding = factories.registrar()
    revocation = accepted(holding, registrar)
    built = submitting.build_revocations(shown={revocation.digest}, actor=factories.actor(holding))
    assert (built.submission_id, built.interested) == (None, 1)
    submission = file(revocation, by=registrar)
    with pytest.raises(errors.Interested):
        submitting.discard(submission.pk, actor=factories.actor(holding))


def test_who_makes_no_file(holder, registrar):
    revocation = accepted(holder, registrar)
    for who in (holder, factories.auditor()):
        with pytest.raises(errors.NotPermitted):
            submitting.build_revocations(shown={revocation.digest}, actor=factories.actor(who))


def test_proof_that_comes_before_the_answer_stands(holder, registrar, authority):
    """A list or a CRL can be faster than the registrar: the file goes on, the revocation is done."""
    revocation = accepted(holder, registrar, issuer=authority.spki_sha256)
    submission = file(revocation, by=registrar)
    crl = authority.crl(revocation.certificate)
    revoking.record_status(revocation.pk, crl, actor=factories.actor(registrar))
    upload(submission, registrar)
    answer(submission, registrar, "206:1,主体者DN,すでに失効しています。")
    assert state(revocation) == S.REVOKED


def test_a_word_about_another_file_is_refused(holder, registrar):
    submission = file(accepted(holder, registrar), by=registrar)
    submitting.download(submission.pk, actor=factories.actor(registrar))
    with pytest.raises(errors.FileChanged):
        submitting.mark_uploaded(submission.pk, mode=Mode.SKIP_BAD, sha256="0" * 64, actor=factories.actor(registrar))


def test_niis_own_file_is_marked_by_hand(holder, registrar):
    revocation = accepted(holder, registrar)
    own = revoking.download(revocation.pk, actor=factories.actor(registrar))
    assert (own.name, own.content) == (f"upki-revoke-{revocation.reference}.tsv", bytes(revocation.content))
    revoking.mark_submitted(revocation.pk, actor=factories.actor(registrar))
    assert state(revocation) == S.SUBMITTED


def test_after_a_renewal_the_revocation_completes_the_request(authority):
    cast = Cast()
    old = certificate(cast.applicant, name=requests.name(), issuer=authority.spki_sha256)
    request = cast.request(State.SUBMITTED, common_name=old.common_name, replaced_ids=(old.pk,))
    issuing.record(request.pk, authority.issue_for(request), actor=factories.actor(cast.applicant))
    installing.report(request.pk, statements={old.pk: Statement(Fate.REVOKE)}, actor=factories.actor(cast.applicant))
    revocation = request.revocations.get()
    asked = OutboxMessage.objects.filter(kind="revocation_asked").values_list("person_id", flat=True)
    assert set(asked) == {cast.registrar.pk}, "its people said so themselves"
    request.refresh_from_db()
    observations.show({old.pk: Serving.NOWHERE, request.certificate_id: Serving.EVERYWHERE})
    by = factories.actor(cast.registrar)
    revoking.accept(revocation.pk, digest=revocations.digest(revocation), actor=by, green_only=True)
    revoking.mark_submitted(revocation.pk, actor=by)
    revoking.record_status(revocation.pk, authority.crl(old), actor=by)
    request.refresh_from_db()
    assert (request.state, request.outcome) == (State.COMPLETED, "INSTALLED")
    assert "4\t" in bytes(Revocation.objects.get().content).decode()
