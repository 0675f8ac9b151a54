"""Existence confirmation in its corners: old observations, contradicting answers, several holders, who is asked."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.actors import SYSTEM
from inventory import recording
from inventory.models import Holding, Provenance
from notifications.models import OutboxMessage
from requests_app import errors, evidence, queries, tasks
from requests_app.models import ConfirmationKind, NameLookup, NameObservation, OverrideKind
from requests_app.services import acting, applying, confirming, drafting, questioning
from requests_app.states import Action, State
from tests import factories, requests

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> requests.Cast:
    return requests.Cast()


def certificate(name, *holders):
    return recording.add_certificate(
        recording.Facts(
            serial=str(7_000_000 + next(requests._numbers)),
            subject_dn=f"CN={name},O=The University of Electro-Communications,L=chofu,ST=tokyo,C=JP",
            common_name=name,
            names=(name,),
            not_before=timezone.now() - timedelta(days=30),
            not_after=timezone.now() + timedelta(days=168),
            nii_application_id=f"NII{next(requests._numbers)}",
        ),
        provenance=Provenance.LISTED,
        holder_ids=[holder.pk for holder in holders],
        actor=SYSTEM,
    )


def grow_old(**age):
    for observation in NameObservation.objects.all():
        observation.observed_at -= timedelta(**age)
        observation.save()


def looked_up(request):
    NameLookup.objects.filter(name__in=request.names).update(next_at=None)


def answer(cast, question, who, *, is_yes, reason=""):
    confirming.answer(question.pk, is_yes=is_yes, reason=reason, actor=factories.actor(who))


@pytest.mark.parametrize("is_yes", [True, False])
def test_answer_after_the_observation_grew_old_makes_the_name_due_again(cast, is_yes):
    request = cast.request(State.CONFIRMING)
    requests.observe(request.common_name)
    looked_up(request)
    grow_old(days=2)
    answer(cast, request.confirmations.get(), cast.administrator, is_yes=is_yes, reason="知りません")
    lookup = NameLookup.objects.get(name=request.common_name)
    assert lookup.next_at is not None
    assert lookup.next_at <= timezone.now()
    requests.observe(request.common_name)
    confirming.settle(request.pk)
    request.refresh_from_db()
    assert request.state == (State.REVIEWING if is_yes else State.RETURNED)


def test_name_registered_after_the_return_is_looked_up_before_anything_is_decided(cast):
    request = cast.request(State.CONFIRMING)
    requests.observe(request.common_name, outcome="NXDOMAIN", caa="")
    confirming.settle(request.pk)
    request.refresh_from_db()
    assert request.state == State.RETURNED
    cast.apply(request)
    request.refresh_from_db()
    assert request.state == State.CONFIRMING, "what DNS said before the second application decides nothing"
    requests.observe(request.common_name)
    cast.confirm(request)
    request.refresh_from_db()
    assert request.state == State.REVIEWING


def contradict(cast, request):
    other = factories.zone_person()
    requests.zone("cs.uec.ac.jp", other)
    answer(cast, request.confirmations.get(kind="ZONE"), other, is_yes=False, reason="担当ではありません")


def override(cast, request, kind, *, by=None):
    request.refresh_from_db()
    confirming.override(
        request.pk,
        name=request.common_name,
        kind=kind,
        reason="電話で確認しました",
        digest=request.current_version.digest,
        actor=factories.actor(by or factories.registrar()),
    )


def found(request):
    request.refresh_from_db()
    return evidence.of_request(request)[0]


def test_holders_override_does_not_settle_a_contradiction_in_the_zone(cast):
    request = cast.request(State.DRAFT)
    certificate(request.common_name, factories.faculty())
    cast.apply(request)
    override(cast, request, OverrideKind.HOLDER)
    requests.observe(request.common_name)
    answer(cast, request.confirmations.get(kind="ZONE"), cast.administrator, is_yes=True)
    contradict(cast, request)
    assert found(request).is_contradicted
    with pytest.raises(errors.ContradictingAnswer):
        cast.approve(request)


def test_contradiction_after_an_override_needs_another_decision(cast):
    request = cast.request(State.CONFIRMING)
    override(cast, request, OverrideKind.ZONE)
    cast.confirm(request)
    contradict(cast, request)
    with pytest.raises(errors.ContradictingAnswer):
        cast.approve(request)
    override(cast, request, OverrideKind.ZONE)
    cast.approve(request)
    request.refresh_from_db()
    assert request.state == State.APPROVED


def test_first_no_after_an_override_blocks_the_approval(cast):
    request = cast.request(State.CONFIRMING)
    requests.observe(request.common_name)
    override(cast, request, OverrideKind.ZONE)
    request.refresh_from_db()
    assert request.state == State.REVIEWING
    answer(cast, request.confirmations.get(), cast.administrator, is_yes=False, reason="違います")
    with pytest.raises(errors.ContradictingAnswer):
        cast.approve(request)


def test_every_group_of_holders_is_asked(cast):
    request = cast.request(State.DRAFT)
    one, two = factories.faculty(), factories.faculty()
    certificate(request.common_name, one)
    certificate(request.common_name, one)
    certificate(request.common_name, two)
    cast.apply(request)
    asked = request.confirmations.filter(kind=ConfirmationKind.HOLDER)
    assert asked.count() == 2, "the same holder is asked once"
    requests.observe(request.common_name)
    answer(cast, request.confirmations.get(kind="ZONE"), cast.administrator, is_yes=True)
    for question in asked:
        request.refresh_from_db()
        assert request.state == State.CONFIRMING
        answer(cast, question, question.certificate.holdings.get().person, is_yes=True)
    request.refresh_from_db()
    assert request.state == State.REVIEWING


def test_no_of_one_holder_is_not_outvoted_by_another(cast):
    request = cast.request(State.DRAFT)
    one, two = factories.faculty(), factories.faculty()
    certificate(request.common_name, one)
    certificate(request.common_name, two)
    cast.apply(request)
    requests.observe(request.common_name)
    asked = request.confirmations.filter(kind=ConfirmationKind.HOLDER).order_by("pk")
    answer(cast, asked[1], asked[1].certificate.holdings.get().person, is_yes=True)
    answer(cast, asked[0], asked[0].certificate.holdings.get().person, is_yes=False, reason="まだ使っています")
    request.refresh_from_db()
    assert request.state == State.RETURNED


def test_registrars_hear_at_once_when_no_holder_can_answer(cast):
    request = cast.request(State.DRAFT)
    left = factories.faculty()
    certificate(request.common_name, left)
    left.is_active = False
    left.save()
    cast.apply(request)
    assert OutboxMessage.objects.filter(kind="confirmation_unanswered", person_id=cast.registrar.pk).exists()


def test_questions_of_closed_requests_wait_for_nobody(cast):
    request = cast.request(State.CONFIRMING)
    assert queries.waiting_for(cast.administrator).count() == 1
    acting.act(request.pk, Action.WITHDRAW, actor=factories.actor(cast.applicant))
    assert queries.waiting_for(cast.administrator).count() == 0


def test_questions_of_an_earlier_version_wait_for_nobody(cast):
    request = cast.request(State.CONFIRMING)
    acting.act(request.pk, Action.RETURN, actor=factories.actor(cast.registrar), reason="名前を直してください")
    old = request.common_name
    drafting.save(request.pk, requests.contents(), actor=factories.actor(cast.applicant))
    cast.apply(request)
    assert [question.name for question in queries.waiting_for(cast.administrator)] != [old]
    assert queries.waiting_for(cast.administrator).count() == 1


def test_overrides_stand_when_a_returned_request_is_applied_for_again(cast):
    request = cast.request(State.CONFIRMING)
    requests.observe(request.common_name, outcome="NO_ADDRESS")
    override(cast, request, OverrideKind.EXISTENCE)
    acting.act(
        request.pk, Action.RETURN, actor=factories.actor(cast.registrar), reason="ソフトウェア名を直してください"
    )
    cast.apply(request)
    assert found(request).exists


def test_question_shows_the_managers_for_whom_an_answer_will_stand(cast, client):
    manager = factories.faculty(name_ja="外された 管理者")
    request = cast.request(State.CONFIRMING, manager_accounts=(manager.account,))
    acting.act(request.pk, Action.RETURN, actor=factories.actor(cast.registrar), reason="管理者を減らしてください")
    drafting.save(request.pk, requests.contents(common_name=request.common_name), actor=factories.actor(cast.applicant))
    cast.apply(request)
    question = request.confirmations.get()
    assert question.manager_ids == [manager.pk]
    client.force_login(cast.administrator)
    page = client.get(f"/confirmations/{question.pk}/").content.decode()
    assert "外された 管理者" in page


def test_reminder_leaves_out_who_has_answered(cast):
    # The applicant administers the zone: their yes is kept, and the other administrator is still asked.
    requests.zone("cs.uec.ac.jp", cast.applicant)
    request = cast.request(State.CONFIRMING)
    question = request.confirmations.get()
    answer(cast, question, cast.applicant, is_yes=True)
    question.asked_at -= timedelta(days=4)
    question.save()
    questioning.remind([question.pk])
    reminded = OutboxMessage.objects.filter(kind="confirm_name_reminder").values_list("person_id", flat=True)
    assert list(reminded) == [cast.administrator.pk]


def test_look_up_is_refused_for_a_draft(cast):
    request = cast.request(State.DRAFT)
    with pytest.raises(errors.TransitionNotAllowed):
        confirming.look_up_again(request.pk, actor=factories.actor(cast.applicant))
    assert not NameLookup.objects.filter(name=request.common_name).exists()


def test_amendment_tells_holders_of_a_new_name(cast):
    holder = factories.faculty()
    request = cast.request(State.APPROVED)
    other = requests.name()
    certificate(other, holder)
    applying.amend(
        request.pk,
        requests.contents(common_name=request.common_name, further_names=(other,)),
        actor=factories.actor(cast.applicant),
    )
    told = OutboxMessage.objects.filter(person_id=holder.pk).values_list("kind", flat=True)
    assert list(told) == ["may_use_name"], "asked, and not told in the same second that there is nothing to do"
    assert Holding.objects.filter(person=holder).exists()


def test_reminders_of_closed_requests_keep_nobody_waiting(cast, monkeypatch):
    monkeypatch.setattr(tasks, "BATCH", 1)
    closed, waiting = cast.request(State.CONFIRMING), cast.request(State.CONFIRMING)
    acting.act(closed.pk, Action.WITHDRAW, actor=factories.actor(cast.applicant))
    for days, request in ((5, closed), (4, waiting)):
        request.confirmations.update(asked_at=timezone.now() - timedelta(days=days))
    tasks.remind_and_expire()
    assert waiting.confirmations.get().reminders_sent == 1
