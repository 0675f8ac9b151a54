"""Answers that people give to a registrar outside the portal: whose, how, when, by whom; never an override."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import Event
from notifications.models import OutboxMessage
from requests_app import errors, evidence, relations
from requests_app.models import Channel, NameOverride, OverrideKind, ZoneAdministration
from requests_app.services import acting, confirming, reviewing
from requests_app.services.confirming import Told
from requests_app.states import Action, State
from tests import factories, requests

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> requests.Cast:
    return requests.Cast()


def told(person, *, is_yes=True, reason="", channel=Channel.TELEPHONE, said_at=None):
    return Told(person.pk, is_yes=is_yes, reason=reason, channel=channel, said_at=said_at or timezone.now())


def record(cast, request, given, *, by=None):
    question = request.confirmations.get(kind="ZONE")
    confirming.record_answer(question.pk, given, actor=factories.actor(by or cast.registrar))
    return question


def test_a_yes_by_telephone_moves_the_question_and_is_no_override(cast, client):
    request = cast.request(State.CONFIRMING)
    requests.observe(request.common_name)
    question = record(cast, request, told(cast.administrator))
    request.refresh_from_db()
    question.refresh_from_db()
    assert (request.state, question.state) == (State.REVIEWING, "YES")
    given = question.answers.get()
    assert (given.person, given.recorded_by, given.channel) == (cast.administrator, cast.registrar, "TELEPHONE")
    assert not NameOverride.objects.exists()
    event = Event.objects.get(subject=question.subject, action="RECORD_YES")
    assert (event.actor_person, event.actor_role) == (cast.registrar.pk, "REGISTRAR")
    assert (event.payload["person"], event.payload["channel"]) == (cast.administrator.pk, "TELEPHONE")
    mail = OutboxMessage.objects.get(kind="answer_recorded")
    assert mail.person_id == cast.administrator.pk
    assert cast.registrar.name_ja in mail.body
    client.force_login(cast.applicant)
    page = client.get(f"/requests/{request.pk}/").content.decode()
    assert f"電話で、{cast.registrar.display_name}が記録" in page


def test_who_wrote_an_answer_down_does_not_approve(cast):
    request = cast.request(State.CONFIRMING)
    requests.observe(request.common_name)
    record(cast, request, told(cast.administrator))
    assert {cast.registrar.pk, cast.administrator.pk} <= relations.witness_ids(request)
    with pytest.raises(errors.WitnessMayNotApprove):
        cast.approve(request)
    other = factories.registrar()
    reviewing.approve(request.pk, actor=factories.actor(other), digest=request.current_version.digest, reason="")


def test_a_no_needs_a_reason_and_returns_the_request(cast):
    request = cast.request(State.CONFIRMING)
    requests.observe(request.common_name)
    with pytest.raises(errors.ReasonRequired):
        record(cast, request, told(cast.administrator, is_yes=False, reason=" "))
    record(cast, request, told(cast.administrator, is_yes=False, reason="担当ではありません", channel=Channel.WRITING))
    request.refresh_from_db()
    assert request.state == State.RETURNED


def test_a_later_no_is_kept_apart_and_blocks_the_approval(cast):
    other = factories.zone_person()
    requests.zone("cs.uec.ac.jp", other)
    request = cast.request(State.REVIEWING)
    question = request.confirmations.get()
    # Said before a registrar decided, written down after it: the decision did not know it.
    said_at = timezone.now()
    confirming.record_answer(
        question.pk,
        told(other, is_yes=False, reason="反対です", said_at=said_at),
        actor=factories.actor(cast.registrar),
    )
    assert evidence.of_request(request)[0].is_contradicted
    assert OutboxMessage.objects.filter(kind="answers_contradict").exists()
    third = factories.registrar()
    confirming.override(
        request.pk,
        name=request.common_name,
        kind=OverrideKind.ZONE,
        reason="確認しました",
        digest=request.current_version.digest,
        actor=factories.actor(third),
    )
    assert not evidence.of_request(request)[0].is_contradicted


def refusals(cast, request):
    question = request.confirmations.get()
    yes = told(cast.administrator)
    interested = factories.registrar()
    request.managements.create(person=interested)
    own = factories.registrar()
    requests.zone("cs.uec.ac.jp", own)
    left = factories.zone_person()
    requests.zone("cs.uec.ac.jp", left)
    ZoneAdministration.objects.filter(person=left).update(until_at=timezone.now())
    now = timezone.now()
    yield cast.administrator, yes, errors.NotPermitted
    yield cast.applicant, yes, errors.NotPermitted
    yield factories.auditor(), yes, errors.NotPermitted
    yield interested, yes, errors.Interested
    yield own, told(own), errors.OwnAnswer
    yield cast.registrar, told(cast.applicant), errors.MayNotAnswer
    yield cast.registrar, told(left), errors.MayNotAnswer
    yield cast.registrar, told(cast.administrator, said_at=now + timedelta(minutes=2)), errors.MomentOfAnswer
    yield (
        cast.registrar,
        told(cast.administrator, said_at=question.asked_at - timedelta(minutes=2)),
        errors.MomentOfAnswer,
    )


def test_whatever_is_wrong_is_refused_and_changes_nothing(cast):
    request = cast.request(State.CONFIRMING)
    question = request.confirmations.get()
    for registrar, given, refusal in refusals(cast, request):
        with pytest.raises(refusal):
            confirming.record_answer(question.pk, given, actor=factories.actor(registrar))
    assert not question.answers.exists()
    record(cast, request, told(cast.administrator))
    with pytest.raises(errors.MayNotAnswer):
        record(cast, request, told(cast.administrator))


def test_nothing_is_recorded_for_a_question_that_is_over(cast):
    request = cast.request(State.CONFIRMING)
    acting.act(request.pk, Action.RETURN, actor=factories.actor(cast.registrar), reason="なぜなら")
    with pytest.raises(errors.NotAsked):
        record(cast, request, told(cast.administrator))


def test_the_desk_has_a_form_for_each_question(cast, client):
    cast.registrar.language = "en"
    cast.registrar.save()
    request = cast.request(State.CONFIRMING)
    question = request.confirmations.get()
    client.force_login(cast.registrar)
    page = f"/admin/requests_app/certificaterequest/{request.pk}/change/"
    assert "Answers given elsewhere" in client.get(page).content.decode()
    now = timezone.localtime()
    posted = {
        "question": question.pk,
        "person": cast.administrator.pk,
        "answer": "yes",
        "channel": "IN_PERSON",
        "said_on": now.date().isoformat(),
        "said_time": f"{now:%H:%M}",
        "reason": "",
    }
    address = f"/admin/requests_app/certificaterequest/{request.pk}/record-answer/"
    for wrong in ({"channel": "PORTAL"}, {"question": "x"}, {"person": cast.applicant.pk}, {"said_on": "yesterday"}):
        response = client.post(address, posted | wrong, follow=True)
        assert "Nothing was recorded" in response.content.decode()
        assert not question.answers.exists()
    response = client.post(address, posted, follow=True)
    assert f"The answer about {request.common_name} was recorded." in response.content.decode()
    assert question.answers.get().channel == "IN_PERSON"
