"""Tokyo days and the moments at which they begin and end."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

TOKYO = ZoneInfo("Asia/Tokyo")
"""Employment and roles begin and end on Tokyo days, wherever the server is."""


def today() -> date:
    """The present day."""
    return of(timezone.now())


def of(moment: datetime) -> date:
    """The day in which the moment lies."""
    return moment.astimezone(TOKYO).date()


def end_of(day: date) -> datetime:
    """The moment at which the day is over."""
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=TOKYO)
