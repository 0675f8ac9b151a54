"""Questions asked by several at once: each is mailed exactly once, the first at once and the rest together."""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from accounts import days
from notifications.models import OutboxMessage
from requests_app import question_mails, tasks
from requests_app.models import Asking, AskingPace, CertificateRequest
from requests_app.services import applying, confirming, granting
from requests_app.states import State
from requests_app.steps import freezing
from tests import factories, requests
from tests.integration.faults.together import at_once, refused

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("repetitions", [3, pytest.param(50, marks=pytest.mark.soak)]),
]


@pytest.fixture(autouse=True)
def _collects_for_an_hour(settings):
    settings.ASKING_COLLECT_MINUTES = 60


def mails_to(*people):
    kinds = ("confirm_name", "confirm_names")
    return [OutboxMessage.objects.filter(kind__in=kinds, person_id=person.pk).count() for person in people]


def an_hour_passes():
    AskingPace.objects.update(last_mail_at=timezone.now() - timedelta(minutes=61))


def applications(people, count):
    """Return drafts of as many applicants for names in two zones, whose administrators stand in crossed order."""
    drafts = []
    for number in range(count):
        cast = requests.Cast()
        names = [requests.name().replace("cs.", zone) for zone in ("z1.", "z2.")]
        request = cast.request(common_name=names[number % 2], further_names=(names[1 - number % 2],))
        drafts.append((request, cast.applicant))
    return drafts


def apply(request, applicant):
    return partial(applying.apply, request.pk, actor=factories.actor(applicant), digest=freezing.digest(request))


def test_applications_at_once_are_one_mail_at_once_and_one_later(repetitions):
    people = [factories.zone_person() for _ in range(3)]
    requests.zone("z1.uec.ac.jp", people[2], people[0])
    requests.zone("z2.uec.ac.jp", people[1], people[2])
    for number in range(1, repetitions + 1):
        drafts = applications(people, 4)
        assert refused(at_once(*(apply(*draft) for draft in drafts))) == []
        assert mails_to(*people) == [2 * number - 1] * 3
        an_hour_passes()
        assert sum(at_once(tasks.ask_collected, tasks.ask_collected)) == 3
        assert mails_to(*people) == [2 * number] * 3
        assert not Asking.objects.filter(mailed_at=None).exists()
        asked = Asking.objects.filter(confirmation__request__in=[request.pk for request, _who in drafts])
        assert asked.count() == 4 * 4
        an_hour_passes()


def test_an_answer_comes_before_the_mail_or_after_it(cast, repetitions):
    other = factories.zone_person()
    requests.zone("cs.uec.ac.jp", other)
    for _ in range(repetitions):
        first, second = cast.request(State.CONFIRMING), cast.request(State.CONFIRMING)
        question = second.confirmations.get()
        an_hour_passes()
        before = mails_to(cast.administrator)[0]
        results = at_once(
            tasks.ask_collected,
            partial(confirming.answer, question.pk, is_yes=True, reason="", actor=factories.actor(other)),
        )
        assert refused(results) == []
        question.refresh_from_db()
        mailed = Asking.objects.exclude(mailed_at=None).filter(confirmation=question, person=cast.administrator)
        assert mails_to(cast.administrator)[0] - before == mailed.count()
        assert all(asking.mailed_at <= question.settled_at for asking in mailed)
        CertificateRequest.objects.filter(pk__in=(first.pk, second.pk)).update(touched_at=timezone.now())
        an_hour_passes()
        tasks.ask_collected()
        assert question.state == "YES"
        an_hour_passes()


def test_reminders_of_two_sweeps_are_one_each(cast, repetitions):
    for number in range(1, repetitions + 1):
        request = cast.request(State.CONFIRMING, further_names=(requests.name(),))
        request.confirmations.update(asked_at=timezone.now() - timedelta(days=3))
        before = OutboxMessage.objects.count()
        at_once(tasks.remind_and_expire, tasks.remind_and_expire)
        assert OutboxMessage.objects.count() - before == 1, number


def test_a_grant_answers_before_its_withdrawal_or_not_at_all(cast, settings, repetitions):
    settings.STANDING_GRANTS = True
    settings.ASKING_COLLECT_MINUTES = 0
    for number in range(repetitions):
        name = f"granted{number}.cs.uec.ac.jp"
        first = cast.request(State.CONFIRMING, common_name=name, installation="first")
        question = first.confirmations.get()
        until = days.today() + timedelta(days=90)
        actor = factories.actor(cast.administrator)
        confirming.answer(question.pk, is_yes=True, reason="", actor=actor, grant_until=until)
        grant = question.grants.get()
        renewal = cast.request(common_name=name, installation="second")
        renewal.replaced.add(cast.old_certificate(name))
        results = at_once(
            apply(renewal, cast.applicant),
            partial(granting.withdraw, grant.pk, actor=actor),
            tasks.ask_collected,
        )
        assert refused(results) == []
        tasks.ask_collected()
        states = list(renewal.confirmations.order_by("pk").values_list("state", flat=True))
        assert states in (["VOID", "ASKED"], ["ASKED"])
        assert Asking.objects.filter(confirmation__request=renewal, mailed_at=None).count() == 0


def test_a_sweep_that_dies_at_one_person_has_told_the_others_and_tells_the_rest_later(cast, monkeypatch, repetitions):
    other = factories.zone_person()
    requests.zone("cs.uec.ac.jp", other)
    send = question_mails.ask_together

    def dies(questions, person, **more):
        send(questions, person, **more)
        if person == other:
            raise SystemExit

    for _ in range(repetitions):
        cast.request(State.CONFIRMING)
        cast.request(State.CONFIRMING)
        an_hour_passes()
        before = mails_to(cast.administrator, other)
        waiting = Asking.objects.filter(mailed_at=None).count()
        with monkeypatch.context() as patched:
            patched.setattr(question_mails, "ask_together", dies)
            with pytest.raises(SystemExit):
                tasks.ask_collected()
        after = mails_to(cast.administrator, other)
        assert (after[0] - before[0], after[1] - before[1]) == (1, 0)
        assert Asking.objects.filter(mailed_at=None).count() == waiting // 2
        tasks.ask_collected()
        assert mails_to(cast.administrator, other) == [before[0] + 1, before[1] + 1]
        assert not Asking.objects.filter(mailed_at=None).exists()
        an_hour_passes()
