"""Days on which the office works, and the periods in which it is closed: for reminders, deadlines and digests."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import holidays
from django.conf import settings

SATURDAY = 5


@dataclass(frozen=True, order=True)
class Period:
    """Whole Tokyo days from `first` to `last`, both belonging to it."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


def closed_periods() -> tuple[Period, ...]:
    """Return the periods of the setting CLOSED_DAYS (年末年始, 夏季一斉休業), the earliest first; none overlap."""
    return tuple(Period(first, last) for first, last in settings.CLOSED_DAYS)


def is_closed(day: date) -> bool:
    """Tell whether the day lies in one of the closed periods; weekends and public holidays alone are not closed."""
    return any(day in period for period in closed_periods())


def is_working_day(day: date) -> bool:
    """Tell whether the office works: no Saturday, Sunday or public holiday of Japan, and in no closed period."""
    return day.weekday() < SATURDAY and day not in _public_holidays() and not is_closed(day)


def add_working_days(day: date, n: int) -> date:
    """Return the n-th working day after `day`, for a negative `n` the one before it; `day` itself for 0."""
    step = timedelta(days=1 if n > 0 else -1)
    for _ in range(abs(n)):
        day += step
        while not is_working_day(day):
            day += step
    return day


@cache
def _public_holidays() -> holidays.HolidayBase:
    """Return Japan's holidays (国民の祝日に関する法律), substitutes and days between two of them among them."""
    return holidays.country_holidays("JP")
