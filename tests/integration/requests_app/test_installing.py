"""Installed, given up, and what becomes of the certificates that were replaced."""

from datetime import timedelta

import pytest
from django.utils import timezone

from inventory.models import Certificate
from notifications.models import OutboxMessage
from requests_app import errors, tasks
from requests_app.models import CertificateRequest, Fate, Replacement, Revocation, RevocationReason
from requests_app.services import installing, revoking
from requests_app.states import State
from requests_app.steps.replacing import Statement
from tests import factories
from tests.requests import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return Cast()


def renewal(cast, *names: str, **changes: object) -> tuple[CertificateRequest, Certificate]:
    """An issued request that replaces a certificate, and that certificate."""
    name = names[0] if names else "www.cs.uec.ac.jp"
    old = cast.old_certificate(name)
    request = cast.request(State.ISSUED, common_name=name, replaced_ids=(old.pk,), **changes)
    return request, old


def state(request: CertificateRequest) -> tuple[str, str]:
    request.refresh_from_db()
    return request.state, request.outcome


def broken(raised: pytest.ExceptionInfo) -> list[type]:
    return [type(error) for error in raised.value.errors]


def test_nothing_replaced_means_complete_at_once(cast):
    request = cast.request(State.ISSUED)
    cast.install(request)
    assert state(request) == (State.COMPLETED, "INSTALLED")
    assert request.installed_at
    assert OutboxMessage.objects.filter(kind="installed").count() == 1


def test_replaced_everywhere_opens_the_revocation_and_waits_for_it(cast):
    request, old = renewal(cast)
    cast.install(request)
    assert state(request) == (State.INSTALLED, "")
    revocation = Revocation.objects.get(certificate=old)
    assert (revocation.reason, revocation.request_id) == (RevocationReason.SUPERSEDED, request.pk)
    assert Replacement.objects.get().fate == Fate.REVOKE


def test_a_certificate_that_is_kept_holds_nothing_up(cast):
    request, old = renewal(cast)
    cast.install(request, Fate.KEEP, "二台目のサーバで使用中")
    assert state(request) == (State.COMPLETED, "INSTALLED")
    assert not Revocation.objects.filter(certificate=old).exists()


def test_every_certificate_replaced_needs_a_word(cast):
    request, _old = renewal(cast)
    with pytest.raises(errors.NotReady) as raised:
        installing.report(request.pk, statements={}, actor=factories.actor(cast.applicant))
    assert broken(raised) == [errors.FateMissing]
    assert state(request) == (State.ISSUED, "")


def test_keeping_needs_a_reason(cast):
    request, _old = renewal(cast)
    with pytest.raises(errors.NotReady) as raised:
        cast.install(request, Fate.KEEP, "  ")
    assert broken(raised) == [errors.KeepNeedsReason]
    assert not Replacement.objects.exists()


def test_names_that_the_new_certificate_lacks_are_given_up_in_writing(cast):
    request, old = renewal(cast)
    old.certificate_names.create(name="alias.cs.uec.ac.jp")
    with pytest.raises(errors.NotReady) as raised:
        cast.install(request)
    assert broken(raised) == [errors.GivenUpNeedsReason]
    assert "alias.cs.uec.ac.jp" in str(raised.value.errors[0])
    cast.install(request, Fate.REVOKE, "alias は廃止しました")
    assert Revocation.objects.get(certificate=old)


def test_what_somebody_else_holds_by_now_is_not_revoked_here(cast):
    request, old = renewal(cast)
    old.holdings.update(until_at=timezone.now())
    with pytest.raises(errors.NotReady) as raised:
        cast.install(request)
    assert broken(raised) == [errors.NotYoursToRevoke]


def test_a_certificate_that_ended_meanwhile_needs_no_word(cast):
    request, old = renewal(cast)
    Certificate.objects.filter(pk=old.pk).update(not_after=timezone.now() - timedelta(minutes=1))
    installing.report(request.pk, statements={}, actor=factories.actor(cast.applicant))
    assert state(request) == (State.COMPLETED, "INSTALLED")


def test_the_holder_may_decide_later_what_a_registrar_left_open(cast):
    request, old = renewal(cast)
    installing.record(request.pk, note="電話で確認", actor=factories.actor(cast.registrar))
    assert state(request) == (State.INSTALLED, "")
    said = {old.pk: Statement(Fate.KEEP, "まだ使います")}
    installing.decide_replaced(request.pk, statements=said, actor=factories.actor(cast.applicant))
    assert state(request) == (State.COMPLETED, "INSTALLED")


def test_a_revocation_under_way_is_cancelled_before_the_certificate_is_kept(cast):
    request, old = renewal(cast)
    cast.install(request)
    said = {old.pk: Statement(Fate.KEEP, "まだ使います")}
    with pytest.raises(errors.NotReady) as raised:
        installing.decide_replaced(request.pk, statements=said, actor=factories.actor(cast.applicant))
    assert broken(raised) == [errors.RevocationUnderWay]
    revoking.cancel(Revocation.objects.get().pk, actor=factories.actor(cast.applicant))
    installing.decide_replaced(request.pk, statements=said, actor=factories.actor(cast.applicant))
    assert state(request) == (State.COMPLETED, "INSTALLED")


def test_on_behalf_needs_a_note_and_a_disinterested_registrar(cast):
    request = cast.request(State.ISSUED)
    with pytest.raises(errors.ReasonRequired):
        installing.record(request.pk, note=" ", actor=factories.actor(cast.registrar))
    factories.grant_role(cast.applicant, "REGISTRAR")
    with pytest.raises(errors.Interested):
        installing.record(request.pk, note="自分の", actor=factories.actor(cast.applicant))
    assert state(request) == (State.ISSUED, "")


@pytest.mark.parametrize("reason", [RevocationReason.CESSATION_OF_OPERATION, RevocationReason.SUPERSEDED])
def test_giving_up_revokes_and_ends(cast, reason):
    request = cast.request(State.ISSUED)
    installing.give_up(request.pk, reason=reason, note="不要になりました", actor=factories.actor(cast.applicant))
    assert state(request) == (State.COMPLETED, "NOT_NEEDED")
    assert Revocation.objects.get(certificate=request.certificate).reason == reason


def test_a_compromised_key_is_not_given_up_here(cast):
    request = cast.request(State.ISSUED)
    with pytest.raises(ValueError, match="key compromise"):
        installing.give_up(
            request.pk, reason=RevocationReason.KEY_COMPROMISE, note="x", actor=factories.actor(cast.applicant)
        )


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ({"not_after": timezone.now() - timedelta(days=1)}, "EXPIRED"),
        ({"revoked_at": timezone.now() - timedelta(days=1), "revocation_source": "LIST"}, "REVOKED"),
    ],
)
def test_a_certificate_that_is_over_ends_its_request(cast, change, outcome):
    request = cast.request(State.ISSUED)
    assert tasks.complete_requests() == 0
    Certificate.objects.filter(pk=request.certificate_id).update(**change)
    assert tasks.complete_requests() == 1
    assert state(request) == (State.COMPLETED, outcome)
    assert tasks.complete_requests() == 0


def test_replaced_before_anybody_reported_its_installation(cast):
    first = cast.request(State.ISSUED)
    second = cast.request(State.ISSUED, common_name=first.common_name, replaced_ids=(first.certificate_id,))
    cast.install(second)
    tasks.complete_requests()
    assert state(first) == (State.COMPLETED, "REPLACED")


def test_an_old_certificate_that_ends_by_itself_completes_the_renewal(cast):
    request, old = renewal(cast)
    cast.install(request)
    Certificate.objects.filter(pk=old.pk).update(not_after=timezone.now() - timedelta(minutes=1))
    tasks.complete_requests()
    assert state(request) == (State.COMPLETED, "INSTALLED")


def test_a_renewal_that_waits_for_another_certificate_keeps_nobody_out_of_the_batch(cast, monkeypatch):
    monkeypatch.setattr(tasks, "BATCH", 1)
    request, old = renewal(cast)
    open_one = cast.old_certificate(request.common_name)
    request.replaced.add(open_one)
    cast.install(request)
    behind = cast.request(State.ISSUED)
    Certificate.objects.filter(pk__in=(old.pk, behind.certificate_id)).update(not_after=timezone.now())
    assert tasks.complete_requests() == 1
    assert state(behind)[0] == State.COMPLETED
    Certificate.objects.filter(pk=open_one.pk).update(not_after=timezone.now())
    assert tasks.complete_requests() == 1
    assert state(request)[0] == State.COMPLETED


def test_only_people_of_the_certificate_report(cast):
    request = cast.request(State.ISSUED)
    for person in (factories.faculty(), cast.administrator, factories.auditor()):
        with pytest.raises(errors.NotPermitted):
            installing.report(request.pk, statements={}, actor=factories.actor(person))


def test_who_handed_the_certificate_over_disposes_of_it_no_more(cast):
    request = cast.request(State.ISSUED)
    successor = factories.faculty()
    request.certificate.holdings.update(until_at=timezone.now())
    request.certificate.holdings.create(person=successor)
    with pytest.raises(errors.NotPermitted):
        cast.install(request)
    with pytest.raises(errors.NotPermitted):
        installing.give_up(
            request.pk,
            reason=RevocationReason.CESSATION_OF_OPERATION,
            note="x",
            actor=factories.actor(cast.applicant),
        )
    installing.report(request.pk, statements={}, actor=factories.actor(successor))
    assert state(request) == (State.COMPLETED, "INSTALLED")
    told = OutboxMessage.objects.filter(kind="installed").values_list("person_id", flat=True)
    assert set(told) == {successor.pk}
