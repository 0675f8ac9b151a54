"""Two at once about one hand-over: exactly one counts, on either database."""

from functools import partial

import pytest

from audit.verification import verify_all
from requests_app import errors
from requests_app.models import CertificateRequest, HandOver
from requests_app.services import acting, handing_over, renewing
from requests_app.states import Action, HandOverState, State
from requests_app.steps import freezing
from tests import factories
from tests.integration.faults.together import at_once, refused
from tests.requests import Cast
from tests.revocations import certificate

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("repetitions", [3, pytest.param(30, marks=pytest.mark.soak)]),
]


def test_of_taking_over_and_withdrawing_one_counts(repetitions):
    cast, successor = Cast(), factories.faculty()
    for _ in range(repetitions):
        request = cast.request(State.REVIEWING)
        applicant = factories.actor(cast.applicant)
        pk = handing_over.ask_for_request(request.pk, account=successor.account, actor=applicant)
        digest = freezing.digest(request)
        results = at_once(
            partial(handing_over.take_over, pk, digest=digest, actor=factories.actor(successor)),
            partial(acting.act, request.pk, Action.WITHDRAW, actor=applicant),
        )
        (error,) = refused(results)
        assert isinstance(error, errors.TransitionNotAllowed | errors.NotPermitted)
        is_taken = isinstance(results[1], errors.RequestError)
        found = CertificateRequest.objects.get(pk=request.pk)
        assert (found.applicant, found.state) == (
            (successor, State.CONFIRMING) if is_taken else (cast.applicant, State.WITHDRAWN)
        )
        state = HandOver.objects.get(pk=pk).state
        assert state == (HandOverState.TAKEN_OVER if is_taken else HandOverState.ASKED)
    assert verify_all().findings == []


def test_two_askers_make_one_question_and_two_clicks_one_renewal(repetitions):
    holder, other, successor = (factories.faculty() for _ in range(3))
    for _ in range(repetitions):
        held = certificate(holder, other)
        results = at_once(
            *(
                partial(
                    handing_over.ask_for_certificate, held.pk, account=successor.account, actor=factories.actor(who)
                )
                for who in (holder, other)
            )
        )
        assert [type(error) for error in refused(results)] == [errors.HandOverOpen]
        first, second = at_once(*[partial(renewing.renew, held.pk, actor=factories.actor(holder))] * 2)
        assert first == second
