"""Which days are working days, and how they are counted."""

from datetime import date, timedelta

import pytest

from accounts import working_days
from accounts.working_days import Period

NEW_YEAR = (date(2026, 12, 28), date(2027, 1, 4))
SUMMER = (date(2027, 8, 12), date(2027, 8, 16))


@pytest.fixture(autouse=True)
def closed(settings):
    settings.CLOSED_DAYS = [NEW_YEAR, SUMMER]


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 11, 26), True),
        (date(2026, 11, 28), False),  # Saturday
        (date(2026, 11, 29), False),  # Sunday
        (date(2026, 11, 23), False),  # 勤労感謝の日
        (date(2026, 5, 6), False),  # substitute: Constitution Day fell on a Sunday
        (date(2026, 9, 22), False),  # between two holidays
        (date(2026, 12, 25), True),
        (date(2026, 12, 28), False),  # a Monday in the closed period
        (date(2027, 1, 4), False),
        (date(2027, 1, 5), True),
    ],
)
def test_working_days(day, works):
    assert working_days.is_working_day(day) is works


@pytest.mark.parametrize(
    ("day", "n", "result"),
    [
        (date(2026, 11, 26), 0, date(2026, 11, 26)),
        (date(2026, 11, 28), 0, date(2026, 11, 28)),  # nothing is counted
        (date(2026, 11, 26), 1, date(2026, 11, 27)),
        (date(2026, 11, 27), 1, date(2026, 11, 30)),
        (date(2026, 11, 20), 1, date(2026, 11, 24)),  # over a weekend and a holiday
        (date(2026, 12, 25), 1, date(2027, 1, 5)),
        (date(2026, 12, 25), 2, date(2027, 1, 6)),
        (date(2026, 12, 28), -1, date(2026, 12, 25)),
        (date(2027, 1, 5), -2, date(2026, 12, 24)),
        (date(2026, 11, 29), -1, date(2026, 11, 27)),
    ],
)
def test_counting(day, n, result):
    assert working_days.add_working_days(day, n) == result


def test_closed_is_only_what_the_setting_says():
    assert working_days.closed_periods() == (Period(*NEW_YEAR), Period(*SUMMER))
    assert working_days.is_closed(NEW_YEAR[0])
    assert working_days.is_closed(NEW_YEAR[1])
    assert not working_days.is_closed(NEW_YEAR[1] + timedelta(days=1))
    assert not working_days.is_closed(date(2026, 11, 28))
