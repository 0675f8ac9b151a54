"""A yes in advance: for exactly one name and these people, while its grantor administers the zone, withdrawable."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import days
from audit.models import Event
from notifications.models import OutboxMessage
from requests_app import errors, evidence, relations, tasks
from requests_app.models import StandingGrant, Zone, ZoneAdministration
from requests_app.services import applying, confirming, drafting, granting, reviewing
from requests_app.services.confirming import Told
from requests_app.states import State
from tests import factories, requests

pytestmark = pytest.mark.django_db

NAME = "granted.cs.uec.ac.jp"


@pytest.fixture(autouse=True)
def _grants_are_used(settings):
    settings.STANDING_GRANTS = True


@pytest.fixture
def cast() -> requests.Cast:
    return requests.Cast()


def until(number=100):
    return days.today() + timedelta(days=number)


def say_yes(cast, request, *, by=None, grant_until=None):
    question = request.confirmations.get(kind="ZONE", state="ASKED")
    actor = factories.actor(by or cast.administrator)
    confirming.answer(question.pk, is_yes=True, reason="", actor=actor, grant_until=grant_until)


def granted(cast, **changes):
    """Return a grant given with the first request for NAME, which is under review now."""
    request = cast.request(State.CONFIRMING, common_name=NAME, installation="first", **changes)
    say_yes(cast, request, grant_until=until())
    return StandingGrant.objects.get()


def renewal(cast, *, replaces=True, **changes):
    """Return a request for NAME, applied for, that replaces a certificate of it."""
    draft = cast.request(**({"common_name": NAME, "installation": "renewal"} | changes))
    if replaces:
        draft.replaced.add(cast.old_certificate(NAME))
    cast.apply(draft)
    draft.refresh_from_db()
    return draft


def is_asked(request):
    return request.confirmations.get(kind="ZONE").state == "ASKED"


def test_a_renewal_needs_no_mail_and_the_event_names_the_grant(cast, client):
    grant = granted(cast)
    before = OutboxMessage.objects.filter(kind="confirm_name").count()
    request = renewal(cast)
    question = request.confirmations.get()
    assert (question.state, question.grant) == ("YES", grant)
    assert OutboxMessage.objects.filter(kind="confirm_name").count() == before
    event = Event.objects.get(subject=question.subject, action="GRANT")
    assert (event.actor_role, event.payload["grant"]) == ("SYSTEM", grant.pk)
    assert event.payload["grantor"] == cast.administrator.pk
    assert request.state == State.CONFIRMING, "DNS is observed all the same"
    requests.observe(NAME)
    confirming.settle(request.pk)
    request.refresh_from_db()
    assert request.state == State.REVIEWING
    assert cast.administrator.pk in relations.witness_ids(request)
    client.force_login(cast.applicant)
    page = client.get(f"/requests/{request.pk}/").content.decode()
    assert grant.until_on.isoformat() in page


def other_managers(cast):
    manager = factories.faculty()
    return renewal(cast, manager_accounts=(manager.account,))


def other_purpose(cast):
    return renewal(cast, purpose="STUDENT_ACTIVITY")


def other_name(cast):
    draft = cast.request(common_name="other.cs.uec.ac.jp")
    draft.replaced.add(cast.old_certificate("other.cs.uec.ac.jp"))
    cast.apply(draft)
    return draft


def no_renewal(cast):
    return renewal(cast, replaces=False)


def certificate_of_another_name(cast):
    draft = cast.request(common_name=NAME, installation="renewal")
    draft.replaced.add(cast.old_certificate("another.cs.uec.ac.jp"))
    cast.apply(draft)
    return draft


def after_its_last_day(cast):
    StandingGrant.objects.update(until_on=days.today() - timedelta(days=1))
    return renewal(cast)


def withdrawn(cast):
    granting.withdraw(StandingGrant.objects.get().pk, actor=factories.actor(cast.administrator))
    return renewal(cast)


def grantor_left_the_zone(cast):
    requests.zone("cs.uec.ac.jp", factories.zone_person())
    ZoneAdministration.objects.filter(person=cast.administrator).update(until_at=timezone.now())
    return renewal(cast)


def grantor_left(cast):
    requests.zone("cs.uec.ac.jp", factories.zone_person())
    cast.administrator.is_active = False
    cast.administrator.save()
    return renewal(cast)


def another_zone(cast):
    Zone.objects.create(name=NAME)
    requests.zone(NAME, cast.administrator)
    return renewal(cast)


@pytest.mark.parametrize(
    "case",
    [
        other_managers,
        other_purpose,
        other_name,
        no_renewal,
        certificate_of_another_name,
        after_its_last_day,
        withdrawn,
        grantor_left_the_zone,
        grantor_left,
        another_zone,
    ],
)
def test_a_grant_answers_nothing_else(cast, case):
    granted(cast)
    assert is_asked(case(cast))


def test_a_grant_stands_for_fewer_managers(cast):
    manager = factories.faculty()
    granted(cast, manager_accounts=(manager.account,))
    assert not is_asked(renewal(cast))


def test_a_grant_does_not_count_while_the_setting_is_off(cast, settings):
    granted(cast)
    settings.STANDING_GRANTS = False
    assert is_asked(renewal(cast))


@pytest.mark.parametrize("number", [0, -1, 181])
def test_days_that_a_grant_cannot_have_are_refused_with_the_answer(cast, number):
    request = cast.request(State.CONFIRMING)
    with pytest.raises(errors.GrantDays):
        say_yes(cast, request, grant_until=until(number))


def test_nobody_with_a_part_in_the_request_gives_a_grant(cast):
    requests.zone("ee.uec.ac.jp", cast.applicant)
    request = cast.request(State.CONFIRMING, common_name="www.ee.uec.ac.jp")
    with pytest.raises(errors.GrantRefused):
        say_yes(cast, request, by=cast.applicant, grant_until=until())


def test_no_grant_without_the_setting_or_with_a_no_or_by_a_later_yes(cast, settings):
    other = factories.zone_person()
    requests.zone("cs.uec.ac.jp", other)
    request = cast.request(State.CONFIRMING)
    question = request.confirmations.get()
    actor = factories.actor(cast.administrator)
    with pytest.raises(errors.GrantRefused):
        confirming.answer(question.pk, is_yes=False, reason="x", actor=actor, grant_until=until())
    settings.STANDING_GRANTS = False
    with pytest.raises(errors.GrantRefused):
        confirming.answer(question.pk, is_yes=True, reason="", actor=actor, grant_until=until())
    settings.STANDING_GRANTS = True
    confirming.answer(question.pk, is_yes=True, reason="", actor=actor)
    with pytest.raises(errors.GrantRefused):
        confirming.answer(question.pk, is_yes=True, reason="", actor=factories.actor(other), grant_until=until())
    assert not StandingGrant.objects.exists()
    assert "grant_until" not in Told.__dataclass_fields__, "an answer that was written down carries no grant"


def test_a_withdrawal_asks_again_where_nothing_is_decided_yet(cast):
    grant = granted(cast)
    request = renewal(cast)
    requests.observe(NAME)
    confirming.settle(request.pk)
    granting.withdraw(grant.pk, actor=factories.actor(cast.administrator))
    assert not evidence.of_request(request)[0].zone_said_yes, "from this moment on"
    with pytest.raises(errors.NotConfirmed):
        cast.approve(request)
    for _again in range(2):
        tasks.ask_collected()
    states = list(request.confirmations.order_by("pk").values_list("state", flat=True))
    assert states == ["VOID", "ASKED"]
    with pytest.raises(errors.GrantWithdrawn):
        granting.withdraw(grant.pk, actor=factories.actor(cast.administrator))


def test_what_was_approved_stays_approved(cast):
    grant = granted(cast)
    request = renewal(cast)
    requests.observe(NAME)
    confirming.settle(request.pk)
    cast.approve(request)
    granting.withdraw(grant.pk, actor=factories.actor(cast.administrator))
    tasks.ask_collected()
    request.refresh_from_db()
    assert request.state == State.APPROVED
    assert request.confirmations.get().state == "YES"


def test_an_amendment_after_the_withdrawal_asks(cast):
    grant = granted(cast)
    request = renewal(cast)
    requests.observe(NAME)
    confirming.settle(request.pk)
    cast.approve(request)
    granting.withdraw(grant.pk, actor=factories.actor(cast.administrator))
    contents = requests.contents(
        common_name=NAME,
        installation="renewal",
        further_names=("more.cs.uec.ac.jp",),
        replaced_ids=tuple(request.replaced.values_list("pk", flat=True)),
    )
    applying.amend(request.pk, contents, actor=factories.actor(cast.applicant))
    assert request.confirmations.get(name=NAME, versions=request.versions.last()).state == "ASKED"


def test_a_later_no_contradicts_a_grant(cast):
    other = factories.zone_person()
    requests.zone("cs.uec.ac.jp", other)
    granted(cast)
    request = renewal(cast)
    requests.observe(NAME)
    confirming.settle(request.pk)
    question = request.confirmations.get()
    confirming.answer(question.pk, is_yes=False, reason="廃止します", actor=factories.actor(other))
    assert evidence.of_request(request)[0].is_contradicted
    request.refresh_from_db()
    with pytest.raises(errors.ContradictingAnswer):
        reviewing.approve(
            request.pk,
            actor=factories.actor(cast.registrar),
            digest=request.current_version.digest,
            reason="",
        )


def test_only_the_grantor_and_the_zones_administrators_withdraw(cast, client):
    grant = granted(cast)
    stranger = factories.zone_person()
    requests.zone("ee.uec.ac.jp", stranger)
    with pytest.raises(errors.NotPermitted):
        granting.withdraw(grant.pk, actor=factories.actor(stranger))
    client.force_login(stranger)
    assert client.post(f"/zones/grants/{grant.pk}/withdraw/").status_code == 404
    colleague = factories.zone_person(language="en")
    requests.zone("cs.uec.ac.jp", colleague)
    client.force_login(colleague)
    assert NAME in client.get("/zones/").content.decode()
    page = client.post(f"/zones/grants/{grant.pk}/withdraw/", follow=True).content.decode()
    assert f"The standing grant for {NAME} was withdrawn" in page
    grant.refresh_from_db()
    assert grant.withdrawn_by == colleague


def test_the_answer_page_offers_a_grant_with_its_days(cast, client, settings):
    request = cast.request(State.CONFIRMING, common_name=NAME)
    address = f"/confirmations/{request.confirmations.get().pk}/"
    cast.administrator.language = "en"
    cast.administrator.save()
    client.force_login(cast.administrator)
    assert "grant_until" in client.get(address).content.decode()
    settings.STANDING_GRANTS = False
    assert "grant_until" not in client.get(address).content.decode()
    settings.STANDING_GRANTS = True
    refused = client.post(address, {"answer": "yes", "grant_until": until(200).isoformat()})
    assert refused.status_code == 422
    assert "ends tomorrow at the earliest" in refused.content.decode()
    assert not request.confirmations.get().answers.exists(), "nothing was half done"
    client.post(address, {"answer": "yes", "grant_until": until(180).isoformat()})
    assert StandingGrant.objects.get().until_on == until(180)


def test_a_draft_uses_no_grant(cast):
    granted(cast)
    draft = cast.request(common_name=NAME, installation="renewal")
    drafting.delete(draft.pk, actor=factories.actor(cast.applicant))
    assert not Event.objects.filter(action="GRANT").exists()
