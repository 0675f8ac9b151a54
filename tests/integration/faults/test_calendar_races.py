"""Sweeps of the calendar at once, on either database: every mail once, and every rung marked by whoever sent it."""

from datetime import date, time
from functools import partial

import pytest
from django.utils import timezone

from accounts.models import Employment
from audit.verification import verify_all
from inventory.models import ExpiryGate, ExpiryRung
from notifications.models import OutboxMessage
from requests_app import errors, tasks
from requests_app.services import digesting, expiring, leaving, needing
from tests import factories
from tests.integration.faults.together import at_once
from tests.revocations import certificate

pytestmark = pytest.mark.django_db(transaction=True)


def mails(kind):
    return OutboxMessage.objects.filter(kind=kind).count()


def test_four_sweeps_at_once_send_everything_once(clock):
    clock.set(date(2026, 11, 26), time(9))
    registrars = [factories.registrar() for _ in range(2)]
    ExpiryGate.objects.create(opened_by=registrars[0])
    holders = [factories.faculty(employed_until=date(2027, 1, 10)) for _ in range(3)]
    for days in (3, 7):
        certificate(*holders, name=f"n{days}.cs.uec.ac.jp", days=days)
    certificate(holders[0], name="alone.cs.uec.ac.jp", days=14)
    ExpiryRung.objects.update(sent_at=None, is_counted=False)
    (part,) = expiring.due_parts()
    ends = leaving.due()
    at_once(*[partial(expiring.tell, part)] * 4)
    at_once(*[expiring.escalate] * 4)
    at_once(*[digesting.send_digest] * 4)
    at_once(*[partial(leaving.tell, ends[0])] * 4)
    at_once(*[tasks.tell_of_ends, tasks.tell_of_leaving, tasks.send_digest] * 2)
    assert mails("certificate_ending") == len(holders)
    assert mails("certificates_ending_soon") == len(registrars)
    assert mails("morning_digest") == len(registrars)
    assert mails("employment_ends") == len(holders) * (1 + len(registrars))
    assert Employment.objects.filter(until_on=date(2027, 1, 10)).count() == len(holders)
    due = ExpiryRung.objects.filter(due_on__lte=timezone.localdate())
    assert due.exists()
    assert not due.filter(sent_at=None).exists()
    assert verify_all().findings == []


def test_a_word_and_a_sweep_at_once_leave_either_mail_and_mark_or_neither():
    holder = factories.faculty()
    ExpiryGate.objects.create(opened_by=holder)
    for number in range(5):
        held = certificate(holder, name=f"n{number}.cs.uec.ac.jp", days=7)
        held.expiry_rungs.update(sent_at=None, is_counted=False)
        before = mails("certificate_ending")
        said = partial(needing.say_not_needed, held.pk, reason="gone", actor=factories.actor(holder))
        at_once(partial(expiring.tell, [held.pk]), said)
        told = mails("certificate_ending") - before
        overdue = held.expiry_rungs.filter(due_on__lte=timezone.localdate())
        assert overdue.filter(sent_at=None).exists() is (told == 0)
        twice = at_once(said, said)
        assert all(isinstance(one, errors.NotNeededStands) for one in twice)
