"""The expiry ladder with the real sweep: who hears of what, once, until there is evidence that somebody renewed."""

from datetime import date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.models import MailAddress, RoleGrant
from inventory import expiry
from inventory.models import Certificate, ExpiryGate, ExpiryRung, HolderProposal, Holding
from inventory.serving import Serving
from notifications import bounces
from notifications.models import OutboxMessage
from requests_app import tasks
from requests_app.models import Fate
from requests_app.services import expiring, handing_over, holders, needing
from requests_app.states import State
from tests import factories, observations
from tests.requests import Cast
from tests.revocations import ask, certificate

pytestmark = pytest.mark.django_db


@pytest.fixture
def gate():
    return ExpiryGate.objects.create(opened_by=factories.registrar(is_active=False))


@pytest.fixture
def cast():
    return Cast()


def ending(*holders, days, name="old.cs.uec.ac.jp", **changes):
    """A certificate whose lifetime was 200 days and that ends in `days` (a Tokyo day); nobody heard of it yet."""
    ends = datetime.combine(
        timezone.localdate() + timedelta(days=days), time(12), tzinfo=timezone.get_current_timezone()
    )
    made = certificate(*holders, name=name, not_before=ends - timedelta(days=200), not_after=ends, **changes)
    made.expiry_rungs.update(sent_at=None, is_counted=False)
    return made


def mails(kind, *people):
    found = OutboxMessage.objects.filter(kind=kind).order_by("pk")
    return found.filter(person_id__in=[one.pk for one in people]) if people else found


def told(certificate):
    sent = certificate.expiry_rungs.filter(is_counted=False).exclude(sent_at=None)
    return set(sent.values_list("days_before", flat=True))


def test_nothing_of_niis_list_leaves_before_the_gate_is_open():
    ending(factories.faculty(), days=7)
    factories.registrar()
    assert tasks.tell_of_ends() == 0
    assert not OutboxMessage.objects.exists()


def test_what_the_portal_had_issued_needs_no_gate():
    held = ending(factories.faculty(), days=7)
    Certificate.objects.filter(pk=held.pk).update(provenance="ISSUED")
    assert tasks.tell_of_ends() == 1
    assert told(held) == {45, 30, 14, 7}


def test_when_the_gate_opens_what_was_due_meanwhile_is_one_line(gate):
    holder = factories.faculty(language="ja")
    held = ending(holder, days=2)
    assert tasks.tell_of_ends() == 1
    assert told(held) == {45, 30, 14, 7, 3}
    (mail,) = mails("certificate_ending")
    assert mail.body.count(held.serial) == 1
    assert "残り 2 日" in mail.subject
    assert mail.path == f"/certificates/{held.pk}/"
    assert tasks.tell_of_ends() == 0


def test_one_mail_to_each_holder_covers_all_their_certificates(gate):
    one, other = factories.faculty(language="en"), factories.faculty(language="ja")
    first = ending(one, days=14, name="a.cs.uec.ac.jp")
    second = ending(one, other, days=7, name="b.cs.uec.ac.jp")
    assert tasks.tell_of_ends() == 2
    (mine,), (theirs,) = mails("certificate_ending", one), mails("certificate_ending", other)
    assert first.serial in mine.body
    assert second.serial in mine.body
    assert mine.body.index("b.cs") < mine.body.index("a.cs"), "the next end comes first"
    assert mine.path == "/certificates/"
    assert first.serial not in theirs.body
    assert "2 certificates" in mine.subject


def test_nobody_hears_before_the_day_or_twice_on_it(gate):
    holder = factories.faculty()
    held = ending(holder, days=8)
    ExpiryRung.objects.filter(certificate=held, days_before__gt=7).update(sent_at=timezone.now())
    assert tasks.tell_of_ends() == 0
    ExpiryRung.objects.filter(certificate=held, days_before=7).update(due_on=timezone.localdate())
    assert [tasks.tell_of_ends() for _ in range(3)] == [1, 0, 0]


def test_two_sweeps_that_saw_the_same_rungs_send_one_mail(gate):
    ending(factories.faculty(), days=7)
    parts = expiring.due_parts()
    assert [expiring.tell(part) for part in (*parts, *parts)] == [1, 0]
    assert mails("certificate_ending").count() == 1


def test_the_text_says_that_a_renewal_is_under_way_and_the_ladder_goes_on(gate, cast):
    held = ending(cast.applicant, days=7)
    request = cast.request(State.REVIEWING, replaced_ids=(held.pk,))
    tasks.tell_of_ends()
    (mail,) = mails("certificate_ending", cast.applicant)
    for language, line in (("ja", f"{request.reference}（%s）"), ("en", f"{request.reference} (%s)")):
        with translation.override(language):
            assert line % request.get_state_display() in mail.body


# --- Evidence --------------------------------------------------------------------------------------------------------


def newer(holder, *, name="old.cs.uec.ac.jp"):
    return certificate(holder, name=name, days=190)


@pytest.mark.parametrize(
    ("old", "new", "mails_left"),
    [
        (Serving.NOWHERE, Serving.EVERYWHERE, 0),
        (Serving.NOWHERE, None, 1),
        (Serving.EVERYWHERE, None, 1),
    ],
)
def test_a_newer_one_that_servers_show_ends_the_ladder(gate, old, new, mails_left):
    holder = factories.faculty()
    held, renewed = ending(holder, days=7), newer(holder)
    observations.show({held.pk: old} if new is None else {renewed.pk: new})
    assert tasks.tell_of_ends() == mails_left
    assert bool(told(held)) is bool(mails_left)


@pytest.mark.parametrize(("fate", "mails_left"), [(Fate.REVOKE, 0), (Fate.KEEP, 1)])
def test_a_reported_installation_ends_the_ladder_of_what_is_not_kept(gate, cast, fate, mails_left):
    request = cast.request(State.ISSUED)
    old = ending(cast.applicant, days=7, name=request.common_name)
    request.replaced.add(old)
    cast.install(request, fate, reason="a second machine")
    tasks.tell_of_ends()
    assert mails("certificate_ending", cast.applicant).count() == mails_left


def test_an_installation_that_is_not_reported_yet_ends_nothing(gate, cast):
    request = cast.request(State.ISSUED)
    request.replaced.add(ending(cast.applicant, days=7, name=request.common_name))
    tasks.tell_of_ends()
    assert mails("certificate_ending", cast.applicant).count() == 1


def test_the_revoked_and_what_ended_long_ago_are_not_told_of(gate):
    holder = factories.faculty()
    revoked, gone = ending(holder, days=7), ending(holder, days=-31)
    Certificate.objects.filter(pk=revoked.pk).update(revoked_at=timezone.now(), revocation_source="LIST")
    assert tasks.tell_of_ends() == 0
    assert not told(gone)


def test_the_day_after_the_end_is_the_last_word(gate):
    held = ending(factories.faculty(language="en"), days=-1)
    assert tasks.tell_of_ends() == 1
    assert "Certificate ended" in mails("certificate_ending").get().subject
    assert not held.expiry_rungs.filter(sent_at=None).exists()


def test_a_revocation_that_is_only_asked_for_ends_nothing(gate):
    holder = factories.faculty(language="en")
    held = ending(holder, days=7)
    revocation = ask(held, holder)
    assert tasks.tell_of_ends() == 1
    assert revocation.reference in mails("certificate_ending").get().body


def test_taken_back_the_reminders_go_on_with_what_became_due(gate):
    holder = factories.faculty()
    held = ending(holder, days=7)
    needing.say_not_needed(held.pk, reason="The server is switched off.", actor=factories.actor(holder))
    assert tasks.tell_of_ends() == 0
    needing.take_back(held.pk, actor=factories.actor(holder))
    assert tasks.tell_of_ends() == 1


def test_what_was_overdue_stays_due_when_more_becomes_known(gate):
    held = ending(factories.faculty(), days=10)
    expiry.make_rungs(held)
    assert tasks.tell_of_ends() == 1
    assert 14 in told(held)


# --- Registrars ------------------------------------------------------------------------------------------------------


def test_registrars_hear_from_seven_days_on_in_one_mail_a_day(gate):
    registrar, second = factories.registrar(language="en"), factories.registrar()
    soon, later = ending(factories.faculty(), days=7), ending(factories.faculty(), days=14, name="l.cs.uec.ac.jp")
    tasks.tell_of_ends()
    (mail,) = mails("certificates_ending_soon", registrar)
    assert soon.serial in mail.body
    assert later.serial not in mail.body
    assert mails("certificates_ending_soon", second).count() == 1
    another = ending(factories.faculty(), days=3, name="n.cs.uec.ac.jp")
    tasks.tell_of_ends()
    assert mails("certificates_ending_soon").count() == 2
    assert not another.expiry_rungs.exclude(escalated_at=None).exists(), "it waits for tomorrow's mail"
    OutboxMessage.objects.filter(kind="certificates_ending_soon").delete()  # as if that was yesterday
    tasks.tell_of_ends()
    (mail,) = mails("certificates_ending_soon", registrar)
    assert another.serial in mail.body
    assert soon.serial not in mail.body


def nobody(holder, held):
    Holding.objects.filter(certificate=held).update(until_at=timezone.now())


def left(holder, held):
    type(holder).objects.filter(pk=holder.pk).update(is_active=False)


def without_address(holder, held):
    MailAddress.objects.filter(person=holder).update(until_at=timezone.now())


def bounced(holder, held):
    bounces.record(holder.mail_address.upper())


@pytest.mark.parametrize("happened", [nobody, left, without_address, bounced])
def test_registrars_hear_at_every_rung_of_what_reaches_nobody(gate, happened):
    registrar, holder = factories.registrar(language="en"), factories.faculty()
    held = ending(holder, days=30)
    happened(holder, held)
    tasks.tell_of_ends()
    (mail,) = mails("certificates_ending_soon", registrar)
    assert "nobody can be reached" in mail.body
    assert not held.expiry_rungs.filter(due_on__lte=timezone.localdate(), sent_at=None).exists()


def test_a_holder_who_is_found_later_hears_of_the_last_rung(gate):
    found, registrar = factories.faculty(), factories.registrar()
    one = ending(days=29)
    tasks.tell_of_ends()
    assert mails("certificates_ending_soon", registrar).count() == 1
    proposal = HolderProposal.objects.create(certificate=one, person=found, mail=found.mail_address)
    holders.confirm(proposal.pk, actor=factories.actor(registrar))
    for _again in range(2):
        tasks.tell_of_ends()
    assert mails("certificate_ending", found).count() == 1


def test_whoever_takes_it_over_is_reminded_although_it_was_not_needed(gate):
    before, successor = factories.faculty(), factories.faculty()
    one = ending(before, days=5)
    needing.say_not_needed(one.pk, reason="退職する。", actor=factories.actor(before))
    pk = handing_over.ask_for_certificate(one.pk, account=successor.account, reason="", actor=factories.actor(before))
    handing_over.take_over(pk, digest="", actor=factories.actor(successor))
    tasks.tell_of_ends()
    assert mails("certificate_ending", successor).count() == 1


def test_without_a_registrar_the_word_waits_for_one(gate):
    held = ending(days=7)
    RoleGrant.objects.all().delete()
    assert tasks.tell_of_ends() == 0
    assert not told(held)
    factories.registrar()
    assert tasks.tell_of_ends() == 1


# --- Closed days -----------------------------------------------------------------------------------------------------


def test_what_falls_into_a_closed_period_is_sent_before_it(gate, settings, clock):
    settings.CLOSED_DAYS = [(date(2026, 12, 28), date(2027, 1, 4))]
    clock.set(date(2026, 12, 20))
    held = ending(factories.faculty(language="en"), days=10)
    clock.set(date(2026, 12, 24))
    assert tasks.tell_of_ends() == 1
    assert told(held) == {45, 30, 14, 7}
    clock.set(date(2026, 12, 25))
    assert tasks.tell_of_ends() == 1
    assert told(held) == {45, 30, 14, 7, 3, 1, 0}
    assert "the office is closed" in mails("certificate_ending").last().body
    clock.set(date(2026, 12, 31))
    assert tasks.tell_of_ends() == 1
    assert "Certificate ended" in mails("certificate_ending").last().subject


# --- Cost ------------------------------------------------------------------------------------------------------------


def queries_for(certificates, people):
    factories.registrar()
    several = [factories.faculty() for _ in range(people)]
    for number in range(certificates):
        ending(*several, days=7, name=f"n{number}-{people}.cs.uec.ac.jp")
    with CaptureQueriesContext(
        connection,
    ) as captured:
        tasks.tell_of_ends()
    OutboxMessage.objects.all().delete()
    RoleGrant.objects.all().delete()
    return len(captured)


def test_the_sweep_asks_no_more_for_more_certificates(gate):
    few, many = queries_for(2, 2), queries_for(20, 2)
    assert many == few
    assert queries_for(5, 12) - few <= 10 * 10


# --- Outages, in the database ----------------------------------------------------------------------------------------


@hypothesis_settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    known=st.lists(st.tuples(st.integers(17, 40), st.sets(st.integers(0, 2), min_size=1)), min_size=1, max_size=3),
    up=st.sets(st.integers(0, 45), max_size=10),
)
def test_over_random_outages_no_rung_is_lost_and_nobody_is_told_twice(gate, clock, known, up):
    clock.set(date(2026, 12, 1))
    ExpiryRung.objects.all().delete()
    people = [factories.faculty() for _ in range(3)]
    made = [
        ending(*(people[n] for n in holders), days=days, name=f"r{number}.cs.uec.ac.jp")
        for number, (days, holders) in enumerate(known)
    ]
    begun, per_rung = timezone.localdate(), {}
    OutboxMessage.objects.all().delete()
    for day in sorted({*up, 46}):
        clock.set(begun + timedelta(days=day))
        unsent = set(ExpiryRung.objects.filter(sent_at=None).values_list("pk", flat=True))
        tasks.tell_of_ends()
        for pk in unsent - set(ExpiryRung.objects.filter(sent_at=None).values_list("pk", flat=True)):
            assert pk not in per_rung
            per_rung[pk] = day
    days = sorted({*up, 46})
    for held in made:
        for rung in held.expiry_rungs.all():
            assert per_rung[rung.pk] == next(day for day in days if begun + timedelta(days=day) >= rung.due_on)
    for person in people:
        mine = {rung.pk for one in made for rung in one.expiry_rungs.all() if one.holdings.filter(person=person)}
        assert mails("certificate_ending", person).count() == len({per_rung[pk] for pk in mine})
