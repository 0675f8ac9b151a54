"""Two at once about one revocation: exactly one decision and event, on either database."""

from functools import partial

import pytest

from audit.models import Event
from audit.verification import verify_all
from requests_app import errors
from requests_app.models import Revocation, RevocationReason, SubmissionRow
from requests_app.services import revoking, submitting
from requests_app.states import RevocationState as S
from tests import factories
from tests.integration.faults.together import at_once, refused
from tests.revocations import accept, ask, certificate, digest, state

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("repetitions", [5, pytest.param(50, marks=pytest.mark.soak)]),
]


@pytest.fixture
def two():
    return factories.registrar(), factories.registrar()


def test_of_acceptance_and_refusal_one_counts(two, repetitions):
    holder = factories.faculty()
    for _ in range(repetitions):
        revocation = ask(certificate(holder), holder)
        results = at_once(
            partial(revoking.accept, revocation.pk, digest=digest(revocation), actor=factories.actor(two[0])),
            partial(revoking.decline, revocation.pk, reason="なぜなら", actor=factories.actor(two[1])),
        )
        assert [type(error) for error in refused(results)] == [errors.RevocationMoved]
        is_accepted = isinstance(results[1], errors.RequestError)
        assert state(revocation) == (S.ACCEPTED if is_accepted else S.DECLINED)
        assert Event.objects.filter(subject=revocation.subject).count() == 2
    assert verify_all().findings == []


def test_two_wishes_are_one(two, repetitions):
    holder, manager = factories.faculty(), factories.faculty()
    for number in range(repetitions):
        wanted = certificate(holder, manager)
        reason = RevocationReason.KEY_COMPROMISE if number % 2 else RevocationReason.SUPERSEDED
        results = at_once(partial(ask, wanted, holder, reason=reason), partial(ask, wanted, manager, reason=reason))
        assert [type(error) for error in refused(results)] == [errors.RevocationOpen]
        assert Revocation.objects.filter(certificate=wanted).count() == 1


def test_two_files_at_once_share_no_row(two, repetitions):
    holder = factories.faculty()
    for _ in range(repetitions):
        digests = {accept(ask(certificate(holder), holder), two[0]).digest for _ in range(3)}
        results = at_once(
            *(partial(submitting.build_revocations, shown=digests, actor=factories.actor(one)) for one in two)
        )
        assert [type(error) for error in refused(results)] == [errors.NothingToFile]
    assert SubmissionRow.objects.count() == 3 * repetitions
