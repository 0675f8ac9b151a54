"""Which rungs are due on a day, and who hears of them: over outages nobody misses one and nobody is told twice."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from accounts import working_days
from inventory import expiry, ladder
from inventory.ladder import Rung

NEW_YEAR = (date(2026, 12, 28), date(2027, 1, 4))
CLOSED = [NEW_YEAR, (date(2027, 8, 12), date(2027, 8, 16))]
LIFETIMES = (365, 200, 100, 47, 30, 7, 1)


@pytest.fixture
def closed(settings):
    settings.CLOSED_DAYS = CLOSED


@pytest.mark.parametrize("lifetime", LIFETIMES)
def test_rungs_descend_and_are_unique(lifetime):
    rungs = expiry.rungs(lifetime)
    assert list(rungs) == sorted(set(rungs), reverse=True)
    assert rungs[-5:] == (7, 3, 1, 0, -1)


def test_the_operators_guide_has_this_ladder():
    guide = (Path(__file__).parents[2] / "docs" / "operating.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| ([-\d, ]+) \|$", guide, re.MULTILINE)
    assert {int(life): tuple(map(int, days.split(", "))) for life, days in rows} == {
        life: expiry.rungs(life) for life in LIFETIMES
    }


@pytest.mark.parametrize(
    ("today", "last"),
    [
        (date(2026, 12, 24), date(2026, 12, 24)),
        (date(2026, 12, 25), date(2027, 1, 4)),  # the last working day before
        (date(2026, 12, 26), date(2027, 1, 4)),  # nobody swept on that day
        (date(2026, 12, 30), date(2027, 1, 4)),
        (date(2027, 1, 4), date(2027, 1, 4)),
        (date(2027, 1, 5), date(2027, 1, 5)),
        (date(2027, 8, 10), date(2027, 8, 16)),  # 11 August is a public holiday
    ],
)
def test_what_a_closed_period_hides_is_due_before_it(closed, today, last):
    assert ladder.horizon(today) == last


def test_periods_without_a_working_day_between_are_one_wall(settings):
    settings.CLOSED_DAYS = [NEW_YEAR, (date(2027, 1, 5), date(2027, 1, 6))]
    assert ladder.horizon(date(2026, 12, 25)) == date(2027, 1, 6)


@pytest.mark.parametrize(
    ("days_before", "is_due"),
    [(7, True), (0, True), (-1, False)],
)
def test_the_word_that_it_has_ended_never_leaves_before_the_end(closed, days_before, is_due):
    rung = Rung(1, 1, days_before=days_before, due_on=date(2026, 12, 30))
    assert ladder.is_due(rung, today=date(2026, 12, 25)) is is_due
    assert ladder.is_due(rung, today=date(2026, 12, 30))


def test_one_mail_covers_all_rungs_of_all_certificates_of_a_person():
    rungs = [
        Rung(n, certificate, days_before=7, due_on=date(2027, 1, 1)) for n, certificate in ((3, 1), (1, 1), (2, 2))
    ]
    plan = ladder.plan(rungs, {1: [8, 7], 2: [7], 3: [9]})
    assert {person: [rung.pk for rung in told] for person, told in plan.items()} == {7: [1, 2, 3], 8: [1, 3]}


def test_parts_share_no_holder():
    parts = ladder.parts({1: [7], 2: [8], 3: [7, 8], 4: [9], 5: [10]}, size=2)
    assert parts == [[1, 2, 3], [4, 5]]


holders_of = st.dictionaries(
    st.integers(1, 30), st.sets(st.integers(1, 12), min_size=1, max_size=3), min_size=1, max_size=30
)


@given(holders=holders_of, size=st.integers(1, 10))
def test_parts_hold_every_certificate_once_and_every_person_in_one(holders, size):
    parts = ladder.parts(holders, size=size)
    assert sorted(pk for part in parts for pk in part) == sorted(holders)
    people = [{person for pk in part for person in holders[pk]} for part in parts]
    assert sum(map(len, people)) == len(set().union(*people))


FIRST = date(2026, 12, 1)
certificates = st.lists(
    st.tuples(
        st.sampled_from(LIFETIMES),
        st.integers(0, 80),  # days after FIRST on which it ends
        st.sets(st.integers(1, 4), min_size=1, max_size=3),  # holders
    ),
    min_size=1,
    max_size=6,
)


@given(known=certificates, up=st.sets(st.integers(0, 110)))
def test_over_random_outages_no_rung_is_lost_and_nobody_is_told_twice(known, up):
    """`up` are the days on which a sweep ran; on the last day it runs whatever happened before."""
    rungs, holders = [], {}
    for pk, (lifetime, ends, people) in enumerate(known):
        holders[pk], ends_on = people, FIRST + timedelta(days=ends)
        rungs += [
            Rung(len(rungs) + n, pk, days_before=days, due_on=ends_on - timedelta(days=days))
            for n, days in enumerate(expiry.rungs(lifetime))
        ]
    told: list[tuple[int, int]] = []
    sent: dict[int, date] = {}
    with override_settings(CLOSED_DAYS=CLOSED):
        for day in sorted({*up, 111}):
            today = FIRST + timedelta(days=day)
            due = [rung for rung in rungs if rung.pk not in sent and ladder.is_due(rung, today=today)]
            plan = ladder.plan(due, holders)
            told += [(person, rung.pk) for person, several in plan.items() for rung in several]
            sent |= {rung.pk: today for several in plan.values() for rung in several}
        for rung in rungs:
            in_time = _last_chance(rung)
            swept = [FIRST + timedelta(days=day) for day in sorted({*up, 111})]
            assert sent[rung.pk] == next(day for day in swept if day >= in_time)
    assert len(told) == len(set(told))
    assert set(told) == {(person, rung.pk) for rung in rungs for person in holders[rung.certificate_id]}


def _last_chance(rung):
    """The day from which the rung is due, by the other way round: from the rung to the period that hides it."""
    if rung.days_before == ladder.AFTER_THE_END:
        return rung.due_on
    for period in working_days.closed_periods():
        last_working_day = working_days.add_working_days(period.first, -1)
        # The weekend before a closed period belongs to it.
        if last_working_day < rung.due_on <= period.last:
            return last_working_day
    return rung.due_on
