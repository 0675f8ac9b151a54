"""A clock for the tests: the portal's present moment is what they say."""

from datetime import date, datetime, time

import pytest

from accounts.days import TOKYO


class Clock:
    """Sets the moment that django.utils.timezone.now returns; everything of ours asks that."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._patch = monkeypatch

    def set(self, day: date, at: time = time(12)) -> None:
        """It is `at` o'clock in Tokyo on `day`."""
        moment = datetime.combine(day, at, tzinfo=TOKYO)
        self._patch.setattr("django.utils.timezone.now", lambda: moment)


@pytest.fixture(name="clock")
def clock_fixture(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that can be set."""
    return Clock(monkeypatch)
