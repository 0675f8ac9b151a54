"""The DNS sweep: claim due names, ask outside any transaction, store what was seen, let the requests go on."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from probes import dns
from requests_app import evidence
from requests_app.models import CertificateRequest, NameLookup, NameObservation
from requests_app.services import confirming
from requests_app.states import State

SHORTEST_LEASE = timedelta(seconds=3 * dns.MAX_LIFETIME_SECONDS)
"""Much longer than a batch can take: its look-ups run at once, each bounded to 5 seconds by probes.dns."""

BATCH = 25
"""Names in one run of the sweep (50 look-ups at once with two views); the next run takes the next ones."""

BACK_OFF = (60, 120, 300, 900, 3600)
"""Seconds until a name without an address is asked again; the last one repeats."""


def look_up_due(*, batch: int = BATCH) -> int:
    """Look up the names that are due, store what was seen and settle their requests; return how many.

    Not a verb: it opens no transaction around the look-ups. Two sweeps at once take different names (lease).
    """
    names = [name for name in _due_names(batch) if _claim(name)]
    seen: dict[str, list[dns.Observation]] = {name: [] for name in names}
    for observation in dns.look_up_many(names, views()):
        seen[observation.name].append(observation)
    for name, observations in seen.items():
        due_again_at, next_at = store(name, observations)
        for request_id in _waiting_requests(name):
            confirming.settle(request_id)
        # Whoever asked for the name meanwhile made it due now, and that stays.
        NameLookup.objects.filter(name=name, next_at=due_again_at).update(next_at=next_at)
    return len(names)


FRESH_STATES = (State.REVIEWING, State.QUEUED)
"""States in which a registrar may decide any moment, and the verb demands that the names were looked up lately."""


def keep_fresh() -> int:
    """Make those names due whose observations have half their time behind them; return how many. May run twice."""
    waiting = CertificateRequest.objects.filter(state__in=FRESH_STATES, current_version__isnull=False)
    names = set(waiting.values_list("current_version__version_names__name", flat=True))
    observed: dict[str, list[NameObservation]] = {name: [] for name in names}
    for one in evidence.latest_observations(names):
        observed[one.name].append(one)
    ageing = [name for name, seen in observed.items() if not evidence.is_fresh(seen, share=0.5)]
    due = NameLookup.objects.filter(name__in=ageing, next_at=None).order_by("name")
    return due.update(next_at=timezone.now(), attempts=0)


def lease() -> timedelta:
    """Return for how long a worker holds a name; then the next one takes it."""
    return max(timedelta(seconds=settings.DNS_LEASE_SECONDS), SHORTEST_LEASE)


def views() -> list[dns.View]:
    """Return the configured views as probes wants them."""
    made = []
    for view in settings.DNS_VIEWS:
        resolvers = tuple(
            (resolver.rpartition(":")[0], int(resolver.rpartition(":")[2])) for resolver in view["resolvers"]
        )
        made.append(dns.View(name=view["name"], resolvers=resolvers))
    return made


@transaction.atomic(durable=True)
def store(name: str, observations: Iterable[dns.Observation]) -> tuple[datetime, datetime | None]:
    """Store one observation for each view; return when the name is due if nothing follows, and when if its requests do.

    A worker that dies before it settled them would leave them waiting for ever, were the name not due once more.
    """
    lookup = NameLookup.objects.select_for_update().get(name=name)
    now = timezone.now()
    seen = list(observations)
    for observation in seen:
        NameObservation.objects.create(
            name=name,
            view=observation.view,
            outcome=observation.outcome,
            exists=observation.exists,
            temporary=_is_temporary(observation),
            caa=observation.caa.verdict if observation.caa else "",
            answer=observation.as_json(),
            observed_at=now,
        )
    lookup.lease_until = None
    lookup.attempts += 1
    lookup.next_at = now + lease()
    lookup.save()
    return lookup.next_at, _next_at(lookup, seen, now)


def _next_at(lookup: NameLookup, seen: list[dns.Observation], now: datetime) -> datetime | None:
    if any(observation.exists for observation in seen) and not any(map(_is_temporary, seen)):
        return None
    if now - lookup.asked_since_at > timedelta(hours=settings.DNS_GIVE_UP_HOURS):
        return None
    return now + timedelta(seconds=BACK_OFF[min(lookup.attempts, len(BACK_OFF)) - 1])


def _is_temporary(observation: dns.Observation) -> bool:
    return observation.is_temporary or _caa_failed(observation)


def _caa_failed(observation: dns.Observation) -> bool:
    return observation.caa is not None and observation.caa.is_temporary


def _due_names(batch: int) -> list[str]:
    now = timezone.now()
    due = NameLookup.objects.filter(Q(lease_until=None) | Q(lease_until__lt=now), next_at__lte=now)
    return list(due.order_by("next_at", "pk").values_list("name", flat=True)[:batch])


def _claim(name: str) -> bool:
    """Compare-and-set: exactly one sweep gets the name."""
    now = timezone.now()
    due = NameLookup.objects.filter(Q(lease_until=None) | Q(lease_until__lt=now), name=name, next_at__lte=now)
    return bool(due.update(lease_until=now + lease()))


def _waiting_requests(name: str) -> list[int]:
    return list(
        CertificateRequest.objects.filter(
            state=State.CONFIRMING, current_version__version_names__name=name
        ).values_list("pk", flat=True)
    )
