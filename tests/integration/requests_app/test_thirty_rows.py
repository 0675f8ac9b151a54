"""A file of thirty rows of which NII's stand-in refuses two, in both of its modes."""

from collections import Counter

import pytest

from demo.nii.columns import Kind
from demo.nii.system import Mode as NiiMode
from requests_app.models import CertificateRequest, Mode, RowKind, Submission
from requests_app.services import answering, preparing, submitting
from requests_app.states import State
from tests import factories, lists
from tests.requests import Cast, csr_pem, list_is_fresh

pytestmark = pytest.mark.django_db

ROWS = 30


@pytest.fixture
def nii(tmp_path):
    with lists.running(tmp_path) as running:
        yield running


def queued(cast: Cast, number: int) -> CertificateRequest:
    """A queued request whose key is the same in both modes: keys take their time."""
    request = cast.request(State.APPROVED)
    applicant = factories.actor(cast.applicant)
    preparing.upload(request.pk, csr_pem(request.common_name, key_number=2000 + number), actor=applicant)
    preparing.send(request.pk, actor=applicant, digest=request.rows.get(superseded_at=None).digest)
    return request


@pytest.mark.parametrize(
    ("mode", "nii_mode", "freed_state"),
    [(Mode.ABORT_ALL, NiiMode.ABORT, State.QUEUED), (Mode.SKIP_BAD, NiiMode.SKIP, State.SUBMITTED)],
)
def test_two_of_thirty_rows_are_refused(nii, mode, nii_mode, freed_state):
    cast = Cast()
    list_is_fresh()
    requests = [queued(cast, number) for number in range(ROWS)]
    refused = {requests[4].pk, requests[20].pk}
    # NII has these names already, which the portal cannot know before the next list: error 212.
    nii.issue(requests[4].common_name, requests[20].common_name)
    submission = cast.upload_file(cast.file(*requests), mode=mode)
    content = submitting.download(submission.pk, actor=factories.actor(cast.registrar)).content
    result = nii.system.upload(Kind.ISSUE, nii_mode, submission.file_name, content)
    assert len(result.taken) == (0 if mode is Mode.ABORT_ALL else ROWS - 2)

    recorded = answering.record(
        submission.pk, pasted=result.text, sha256=submission.sha256, actor=factories.actor(cast.registrar)
    )
    assert recorded.refused == 2
    for request in requests:
        request.refresh_from_db()
    assert {request.pk for request in requests if request.state == State.HELD} == refused
    assert Counter(request.state for request in requests) == {State.HELD: 2, freed_state: ROWS - 2}

    if mode is Mode.ABORT_ALL:
        again = cast.file(*(request for request in requests if request.pk not in refused))
        assert again.rows.count() == ROWS - 2
        cast.upload_file(again, mode=mode)
        content = submitting.download(again.pk, actor=factories.actor(cast.registrar)).content
        assert nii.system.upload(Kind.ISSUE, nii_mode, again.file_name, content).text == ""
    assert Submission.objects.filter(kind=RowKind.ISSUE).count() == (2 if mode is Mode.ABORT_ALL else 1)
