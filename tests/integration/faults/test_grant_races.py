"""Standing grants and absences while several act at once: nothing rests on a withdrawn grant, nobody locks another."""

from datetime import timedelta
from functools import partial

import pytest

from accounts import days
from audit.models import Event
from notifications.models import OutboxMessage
from requests_app import errors, evidence, tasks
from requests_app.models import Absence, StandingGrant, Zone
from requests_app.services import absences, applying, confirming, granting, zones
from requests_app.states import State
from requests_app.steps import freezing, zone_file
from tests import factories, requests
from tests.integration.faults.together import at_once, refused

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("repetitions", [3, pytest.param(50, marks=pytest.mark.soak)]),
]


@pytest.fixture(autouse=True)
def _grants_are_used(settings):
    settings.STANDING_GRANTS = True
    settings.ASKING_COLLECT_MINUTES = 0


def granted(cast, *names):
    """Return the grants for `names`, given with the answers to a request that is over since."""
    request = cast.request(State.CONFIRMING, common_name=names[0], further_names=names[1:])
    administrator = factories.actor(cast.administrator)
    for question in request.confirmations.order_by("pk"):
        until = days.today() + timedelta(days=90)
        confirming.answer(question.pk, is_yes=True, reason="", actor=administrator, grant_until=until)
    return list(StandingGrant.objects.filter(name__in=names).order_by("pk"))


def renewal(cast, *names):
    """Return a draft that replaces a certificate of each name."""
    draft = cast.request(common_name=names[0], further_names=names[1:], installation=requests.name())
    draft.replaced.set([cast.old_certificate(name) for name in names])
    return draft


def apply(cast, request):
    return partial(applying.apply, request.pk, actor=factories.actor(cast.applicant), digest=freezing.digest(request))


def test_a_renewal_applied_for_while_the_grant_is_withdrawn_is_asked_about(cast, repetitions):
    for _ in range(repetitions):
        name = requests.name()
        (grant,) = granted(cast, name)
        request = renewal(cast, name)
        asked = OutboxMessage.objects.filter(kind="confirm_name", person_id=cast.administrator.pk)
        before = asked.count()
        results = at_once(
            apply(cast, request), partial(granting.withdraw, grant.pk, actor=factories.actor(cast.administrator))
        )
        assert refused(results) == []
        request.refresh_from_db()
        assert not evidence.of_request(request)[0].zone_said_yes, "whoever came first"
        at_once(tasks.ask_collected, tasks.ask_collected)
        states = list(request.confirmations.order_by("pk").values_list("state", flat=True))
        assert states in (["ASKED"], ["VOID", "ASKED"])
        assert asked.count() == before + 1
        assert Event.objects.filter(action="LOSE_GRANT", subject__in=subjects(request)).count() == len(states) - 1


def subjects(request):
    return [question.subject for question in request.confirmations.all()]


def test_of_two_withdrawals_one_counts(cast, repetitions):
    colleague = factories.zone_person()
    requests.zone("cs.uec.ac.jp", colleague)
    for _ in range(repetitions):
        (grant,) = granted(cast, requests.name())
        results = at_once(
            *(
                partial(granting.withdraw, grant.pk, actor=factories.actor(person))
                for person in (cast.administrator, colleague)
            )
        )
        assert [type(error) for error in refused(results)] == [errors.GrantWithdrawn]
        assert Event.objects.filter(subject=grant.subject, action="GRANT_WITHDRAWN").count() == 1


def test_grants_used_in_crossed_order_do_not_lock_each_other(cast, repetitions):
    """The import of zones asks anew for many requests in one transaction, in the order of the requests."""
    for _ in range(repetitions):
        names = [requests.name() for _ in range(4)]
        granted(cast, *names)
        for name in names:
            apply(cast, renewal(cast, name))()
        draft = renewal(cast, *reversed(names))
        person = factories.zone_person()
        rows = [f"cs.uec.ac.jp,{one.account}" for one in (cast.administrator, person)]
        content = "\n".join(["zone,account", *rows]).encode()
        change = zones.propose(content, reason="", actor=factories.actor(cast.registrar))
        digest = zone_file.read(content).digest
        take = partial(zones.apply, change, digest=digest, actor=factories.actor(factories.registrar()))
        results = at_once(apply(cast, draft), take)
        assert refused(results) == []
        assert set(draft.confirmations.values_list("state", flat=True)) == {"YES"}
        assert person in {row.person for row in Zone.objects.get(name="cs.uec.ac.jp").administrations.all()}


def test_of_two_absences_with_the_same_days_one_is_entered(cast, repetitions):
    actor = factories.actor(cast.administrator)
    for number in range(repetitions):
        first = days.today() + timedelta(days=2 * number)
        results = at_once(
            *(partial(absences.enter, first, first + timedelta(days=more), actor=actor) for more in (0, 1))
        )
        assert [type(error) for error in refused(results)] == [errors.AbsenceOverlaps]
        assert Absence.objects.count() == number + 1
        # There may be only so many at a time.
        absences.cancel(Absence.objects.get(cancelled_at=None).pk, actor=actor)
