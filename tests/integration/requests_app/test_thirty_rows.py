"""A file of thirty rows of which NII's stand-in refuses two, in both of its modes."""

from collections import Counter

import pytest

from demo.nii.columns import Kind
from demo.nii.system import Mode as NiiMode
from requests_app.models import CertificateRequest, Mode, Submission
from requests_app.services import preparing, submitting
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
    """A queued request, with a key of the pool where it has one: keys take their time."""
    request = cast.request(State.APPROVED)
    applicant = factories.actor(cast.applicant)
    preparing.upload(request.pk, csr_pem(request.common_name, key_number=number), actor=applicant)
    preparing.send(request.pk, actor=applicant, digest=request.rows.get(superseded_at=None).digest)
    return request


def upload(cast: Cast, nii: lists.Nii, *requests: CertificateRequest, mode: Mode) -> tuple[Submission, str]:
    """A file of these rows goes to NII in this mode; return it and what NII's page shows to be pasted."""
    submission = cast.upload_file(cast.file(*requests), mode=mode)
    content = submitting.download(submission.pk, actor=factories.actor(cast.registrar)).content
    nii_mode = NiiMode.ABORT if mode is Mode.ABORT_ALL else NiiMode.SKIP
    return submission, nii.system.upload(Kind.ISSUE, nii_mode, submission.file_name, content).text


def states(requests: list[CertificateRequest]) -> Counter[str]:
    pks = [request.pk for request in requests]
    return Counter(CertificateRequest.objects.filter(pk__in=pks).values_list("state", flat=True))


def test_two_of_thirty_rows_are_refused_in_both_modes(nii):
    cast = Cast()
    list_is_fresh()
    requests = [queued(cast, number) for number in range(ROWS)]
    # NII has these names already, which the portal cannot know before the next list: error 212.
    nii.issue(requests[4].common_name, requests[20].common_name)
    submission, shown = upload(cast, nii, *requests, mode=Mode.ABORT_ALL)
    recorded = cast.answer(submission, shown)
    assert (recorded.taken, recorded.refused, recorded.freed) == (0, 2, ROWS - 2)
    assert states(requests) == {State.HELD: 2, State.QUEUED: ROWS - 2}

    freed = [request for number, request in enumerate(requests) if number not in {4, 20}]
    nii.issue(freed[0].common_name, freed[27].common_name)
    submission, shown = upload(cast, nii, *freed, mode=Mode.SKIP_BAD)
    recorded = cast.answer(submission, shown)
    assert (recorded.taken, recorded.refused, recorded.freed) == (ROWS - 4, 2, 0)
    assert states(requests) == {State.HELD: 4, State.SUBMITTED: ROWS - 4}
