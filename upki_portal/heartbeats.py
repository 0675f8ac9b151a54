"""Heartbeats of the background work: what each sweep and beat last did, noted in the cache, and whether that is late.

A sweep that ended well says "done", one that raised only "ran"; beat says when it last published. The cache may lose
all of it: then everything is "starting" for a while, and late if nobody is heard again.
"""

import logging
import time
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from django.core.cache import cache
from django.db import Error as DatabaseFault
from django.db import connection
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

INTERVALS = 3
"""A sweep that missed so many of its moments is late."""

GRACE_SECONDS = 120
"""On top of the intervals: the longest sweeps run for 50 seconds, and two may stand in line."""

SHORT_SECONDS = 60
"""Sweeps at this interval or a shorter one are waited for before the whole is called well after a start."""

CACHE_FAULTS = (RedisError, DatabaseFault)
"""What a cache that is down raises: Redis, or the database's cache table."""

_BEAT, _BEGUN = "heartbeat:beat", "heartbeat:begun"


class Pulse(StrEnum):
    """How it stands with a sweep, with beat, or with all of it."""

    OK = "ok"
    STARTING = "starting"
    """Not heard yet, and not long enough for an alarm."""
    FAILING = "failing"
    """It runs, and raises each time: the log says why."""
    LATE = "late"


@dataclass(frozen=True)
class Standing:
    """How it stands with beat and with each sweep by its name in the schedule; `cache` is False when nobody knows."""

    cache: bool
    beat: Pulse
    sweeps: dict[str, Pulse]

    @property
    def overall(self) -> Pulse:
        """The worst of it. Sweeps that come once an hour are not waited for after a start."""
        everything = {self.beat, *self.sweeps.values()}
        if everything & {Pulse.LATE, Pulse.FAILING}:
            return Pulse.LATE
        schedule = settings.CELERY_BEAT_SCHEDULE
        awaited = {pulse for name, pulse in self.sweeps.items() if schedule[name]["schedule"] <= SHORT_SECONDS}
        return Pulse.STARTING if Pulse.STARTING in {self.beat, *awaited} else Pulse.OK


def note_run(task: str, *, succeeded: bool) -> None:
    """Note that a sweep ended just now, by the name of its task."""
    now = time.time()
    try:
        before = {} if succeeded else cache.get(_key(task)) or {}
        cache.set(_key(task), {"ran": now, "done": now if succeeded else before.get("done", 0.0)}, timeout=None)
    except CACHE_FAULTS:
        logger.warning("The cache is down; the heartbeat of %s isn't kept.", task)


def note_published() -> None:
    """Note that beat published a sweep just now."""
    try:
        cache.set(_BEAT, time.time(), timeout=None)
    except CACHE_FAULTS:
        logger.warning("The cache is down; beat's heartbeat isn't kept.")
        if not connection.in_atomic_block:
            # Beat runs no task and answers no request: nobody else ends a connection that broke.
            connection.close()


def note_start() -> None:
    """Note that beat was started just now: what was last heard before a long pause is no alarm yet.

    Beat that is started again and again does not put the alarm off: a recent start stays the start.
    """
    now = time.time()
    longest = max(_patience(entry["schedule"]) for entry in settings.CELERY_BEAT_SCHEDULE.values())
    try:
        if now - cache.get(_BEGUN, 0.0) > longest:
            cache.set(_BEGUN, now, timeout=None)
    except CACHE_FAULTS:
        logger.warning("The cache is down; beat's start isn't noted.")


def standing() -> Standing:
    """Say how it stands now. Never raises for a cache that is down: then nobody knows, which is late."""
    schedule = settings.CELERY_BEAT_SCHEDULE
    now = time.time()
    try:
        cache.add(_BEGUN, now, timeout=None)
        heard = cache.get_many([_BEAT, _BEGUN, *(_key(entry["task"]) for entry in schedule.values())])
    except CACHE_FAULTS:
        logger.warning("The cache is down; nobody knows how the background work stands.")
        return Standing(cache=False, beat=Pulse.LATE, sweeps=dict.fromkeys(schedule, Pulse.LATE))
    begun = heard.get(_BEGUN, now)
    shortest = min(entry["schedule"] for entry in schedule.values())
    published = heard.get(_BEAT, 0.0)
    return Standing(
        cache=True,
        beat=_pulse(now, done=published, ran=0.0, begun=begun, interval=shortest),
        sweeps={
            name: _pulse(now, **_last(heard.get(_key(entry["task"]))), begun=begun, interval=entry["schedule"])
            for name, entry in schedule.items()
        },
    )


def _pulse(now: float, *, done: float, ran: float, begun: float, interval: float) -> Pulse:
    patience = _patience(interval)
    if now - done <= patience:
        return Pulse.OK
    if now - begun <= patience:
        return Pulse.STARTING
    return Pulse.FAILING if now - ran <= patience else Pulse.LATE


def _patience(interval: float) -> float:
    """Return how many seconds a sweep may be silent."""
    return INTERVALS * interval + GRACE_SECONDS


def _last(noted: dict[str, float] | None) -> dict[str, float]:
    return noted or {"ran": 0.0, "done": 0.0}


def _key(task: str) -> str:
    return f"heartbeat:{task}"
