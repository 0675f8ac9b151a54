"""The DNS sweep: claim due names, ask outside any transaction, store what was seen, let the requests go on."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from inventory import queries as inventory
from inventory.models import CertificateName
from probes import dns
from requests_app import evidence
from requests_app.models import CertificateRequest, NameLookup, NameObservation
from requests_app.services import confirming
from requests_app.states import State
from requests_app.states.request import OPEN_STATES

SHORTEST_LEASE = timedelta(seconds=3 * dns.MAX_LIFETIME_SECONDS)
"""Much longer than a batch can take: its look-ups run at once, each bounded to 5 seconds by probes.dns."""

BATCH = 25
"""Names in one run of the sweep (50 look-ups at once with two views); the next run takes the next ones."""

AT_ONCE = 500
"""Names in one statement: it may have only so many parameters."""

BACK_OFF = (60, 120, 300, 900, 3600)
"""Seconds until a name without an address is asked again; the last one repeats."""


def look_up_due(*, batch: int = BATCH) -> int:
    """Look up the names that are due, store what was seen and settle their requests; return how many.

    Not a verb: it opens no transaction around the look-ups. Two sweeps at once take different names (lease).
    """
    return len(_look_up(_due_names(batch)))


def _look_up(
    due: list[str], *, concurrency: int = 2 * BATCH, once: Collection[str] = ()
) -> dict[str, list[dns.Observation]]:
    """Look up those of the names that this process can claim; return what was seen of each.

    Those in `once` are not asked again by themselves, unless a request waits for them.
    """
    _put_aside(name for name in due if not dns.can_ask(name))
    began_at = timezone.now()
    names = [name for name in due if dns.can_ask(name) and _claim(name)]
    seen: dict[str, list[dns.Observation]] = {name: [] for name in names}
    for observation in dns.look_up_many(names, views(), concurrency=concurrency):
        seen[observation.name].append(observation)
    for name, observations in seen.items():
        due_again_at, next_at = store(name, observations, began_at=began_at)
        waiting = _waiting_requests(name)
        for request_id in waiting:
            confirming.settle(request_id)
        if name in once and not waiting:
            next_at = None
        if due_again_at:
            # Whoever asked for the name meanwhile made it due now, and that stays.
            NameLookup.objects.filter(name=name, next_at=due_again_at).update(next_at=next_at)
    return seen


def _put_aside(names: Iterable[str]) -> None:
    """Take what cannot stand in DNS out of the queue: a row of NII's list may have anything in place of a name."""
    NameLookup.objects.filter(name__in=list(names)).update(next_at=None, lease_until=None)


FRESH_STATES = (State.REVIEWING, State.QUEUED)
"""States in which a registrar may decide any moment, and the verb demands that the names were looked up lately."""


def keep_fresh() -> int:
    """Make those names due whose observations have half their time behind them; return how many. May run twice."""
    waiting = CertificateRequest.objects.filter(state__in=FRESH_STATES, current_version__isnull=False)
    names = set(waiting.values_list("current_version__version_names__name", flat=True))
    ageing = _not_observed(names, within=timedelta(minutes=settings.DNS_FRESH_MINUTES) / 2)
    due = NameLookup.objects.filter(name__in=ageing, next_at=None).order_by("name")
    now = timezone.now()
    return due.update(next_at=now, attempts=0, asked_since_at=now)


def _not_observed(names: Iterable[str], *, within: timedelta) -> list[str]:
    """Return those of the names that were not asked about in every view within this time."""
    observed: dict[str, list[NameObservation]] = {name: [] for name in sorted(names)}
    ordered = list(observed)
    for start in range(0, len(ordered), AT_ONCE):
        for one in evidence.latest_observations(ordered[start : start + AT_ONCE]):
            observed[one.name].append(one)
    return [name for name, seen in observed.items() if not evidence.is_fresh(seen, within=within)]


def to_recheck(*, within: timedelta) -> list[str]:
    """Return the names of valid certificates and of open requests that were not looked up within this time."""
    certified = CertificateName.objects.filter(certificate__in=inventory.valid().values("pk"))
    asked = CertificateRequest.objects.filter(state__in=OPEN_STATES, current_version__isnull=False)
    names = {*certified.values_list("name", flat=True)}
    names |= {*asked.values_list("current_version__version_names__name", flat=True)}
    return _not_observed((name for name in names if name and dns.can_ask(name)), within=within)


def recheck(names: list[str], *, concurrency: int) -> dict[str, list[dns.Observation]]:
    """Look these names up now, whether they are due or not; return what was seen. One that another worker has is left.

    Not a verb. A name for which nothing waits is not asked again by itself, whatever was seen.
    """
    now = timezone.now()
    NameLookup.objects.bulk_create((NameLookup(name=name) for name in names), ignore_conflicts=True)
    idle = NameLookup.objects.filter(name__in=names, next_at=None)
    once = set(idle.values_list("name", flat=True))
    NameLookup.objects.filter(name__in=names).filter(Q(next_at=None) | Q(next_at__gt=now)).update(next_at=now)
    return _look_up(names, concurrency=concurrency, once=once)


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
def store(
    name: str, observations: Iterable[dns.Observation], *, began_at: datetime
) -> tuple[datetime | None, datetime | None]:
    """Store one observation for each view; return when the name is due if nothing follows, and when if its requests do.

    A worker that dies before it settled them would leave them waiting for ever, were the name not due once more. What
    was seen is as old as the question, asked at `began_at`. A name that somebody made due since stays so: None first.
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
            observed_at=began_at,
        )
    lookup.lease_until = None
    lookup.attempts += 1
    made_due_since = lookup.next_at is not None and lookup.next_at > began_at
    if not made_due_since:
        lookup.next_at = now + lease()
    lookup.save()
    return None if made_due_since else lookup.next_at, _next_at(lookup, seen, now)


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
