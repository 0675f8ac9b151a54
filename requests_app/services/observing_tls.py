"""The TLS sweep: which certificate does each server of a valid one show? Evidence; it never blocks anybody.

Addresses come from the configured DNS views, so that what was resolved is what is dialled, through the guard.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.choices import Role as Grant
from audit.actors import Actor
from audit.recording import record
from csr import certificates
from inventory import queries as inventory
from inventory import recording
from inventory.models import Certificate, CertificateName, Endpoint, TlsObservation
from probes import dns, tls
from requests_app import errors, relations
from requests_app.models import CertificateRequest, Revocation
from requests_app.services.observing import views
from requests_app.states import State
from requests_app.states.revocation import OPEN_STATES

BATCH = 20
"""Names in one run of the sweep."""

LEASE = timedelta(minutes=5)
"""Longer than a batch can take: its look-ups and looks run at once, each bounded to seconds."""

DAILY = timedelta(hours=24)
HOURLY = timedelta(hours=1)
AWAITED_FOR = timedelta(days=7)
"""So long after it came, a certificate is looked for hourly; afterwards daily."""

MAX_ADDRESSES = 16
"""Addresses of a name that are looked at."""

KEPT_FOR = timedelta(days=90)
_HOST = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
LOOK = _("Look at the servers now")
STATE_PORT = _("State the port")


def look_at_due(*, batch: int = BATCH) -> int:
    """Look at the servers that are due, and store what they showed; return how many names.

    Not a verb: no transaction is open while it looks. Two sweeps at once take different names (lease).
    """
    ensure_endpoints()
    claimed = [endpoint for endpoint in _due(batch) if _claim(endpoint)]
    ports = {endpoint.name: endpoint.port for endpoint in claimed}
    addresses = _addresses(ports)
    looks: dict[str, list[tls.Look]] = {
        name: [] if found.is_complete else [tls.Look(tls.Target(name, "", ports[name]), tls.Outcome.ADDRESSES_UNKNOWN)]
        for name, found in addresses.items()
    }
    targets = [tls.Target(name, one, ports[name]) for name, found in addresses.items() for one in found.addresses]
    for look in tls.look_many(targets):
        looks[look.target.name].append(look)
    for name, seen in looks.items():
        store(name, port=ports[name], looks=seen)
    forget_old()
    return len(claimed)


def ensure_endpoints() -> None:
    """Make an endpoint for each name of a valid certificate that has none, spread over the day."""
    names = CertificateName.objects.filter(certificate__in=inventory.valid().values("pk"))
    known = Endpoint.objects.exclude(next_at=None).values("name")
    missing = set(names.exclude(name__in=known).values_list("name", flat=True).distinct()[:1000])
    now = timezone.now()
    Endpoint.objects.bulk_create(
        [Endpoint(name=name, next_at=now + _offset(name)) for name in sorted(missing)], ignore_conflicts=True
    )
    # One that was put aside when its last certificate ended is looked at again.
    Endpoint.objects.filter(name__in=missing, next_at=None).update(next_at=now)
    # Nobody waits a day for the first look at what was just issued, or is to be revoked.
    stale = Q(observed_at=None) | Q(observed_at__lt=now - HOURLY)
    awaited = names.filter(certificate__in=_awaited(now)).values("name")
    Endpoint.objects.filter(stale, name__in=awaited, next_at__gt=now).update(next_at=now)


def _awaited(now: datetime) -> QuerySet[Certificate]:
    """Return the certificates whose servers change in these days: just issued, or being revoked."""
    since = now - AWAITED_FOR
    issued = CertificateRequest.objects.filter(state=State.ISSUED, issued_at__gte=since).values("certificate")
    revoking = Revocation.objects.filter(state__in=OPEN_STATES, asked_at__gte=since).values("certificate")
    return Certificate.objects.filter(Q(pk__in=issued) | Q(pk__in=revoking))


def _offset(name: str) -> timedelta:
    """Return a moment of the day that belongs to the name."""
    share = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4]) / 2**32
    return DAILY * share


def _due(batch: int) -> list[Endpoint]:
    now = timezone.now()
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    return list(Endpoint.objects.filter(free, next_at__lte=now).order_by("next_at", "pk")[:batch])


def _claim(endpoint: Endpoint) -> bool:
    """Compare-and-set: exactly one sweep gets the name."""
    now = timezone.now()
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    return bool(Endpoint.objects.filter(free, pk=endpoint.pk, next_at__lte=now).update(lease_until=now + LEASE))


@dataclass(frozen=True)
class _Addresses:
    """The addresses of a name; not complete where DNS may have more: then nobody can say "on every address"."""

    addresses: list[str]
    is_complete: bool


_ANSWERED = frozenset({dns.Outcome.ADDRESS, dns.Outcome.NO_ADDRESS, dns.Outcome.NXDOMAIN, dns.Outcome.DANGLING_CNAME})
"""Ends of a look-up that say which addresses a view has, or that it has none."""


def _addresses(names: Iterable[str]) -> dict[str, _Addresses]:
    """Return the addresses of each name in any view, each once."""
    seen: dict[str, list[dns.Observation]] = {name: [] for name in names}
    # NII's list is not ours: a name that DNS cannot carry has no address, and keeps no other name waiting.
    askable = [name for name in seen if _HOST.fullmatch(name)]
    for observation in dns.look_up_many(askable, views(), want_caa=False):
        seen[observation.name].append(observation)
    return {name: _of_all_views(observations) for name, observations in seen.items()}


def _of_all_views(observations: list[dns.Observation]) -> _Addresses:
    found = sorted({address for one in observations for address in one.addresses})
    is_complete = all(one.outcome in _ANSWERED and one.is_complete for one in observations)
    return _Addresses(found[:MAX_ADDRESSES], is_complete and len(found) <= MAX_ADDRESSES)


@transaction.atomic(durable=True)
def store(name: str, *, port: int, looks: Iterable[tls.Look]) -> None:
    """Store one look at a name: an observation for each address, all of one moment. Says when it is due again."""
    endpoint = Endpoint.objects.select_for_update().get(name=name)
    now = timezone.now()
    seen = list(looks)
    for look in seen:
        certificate, outcome = _shown(look)
        TlsObservation.objects.create(
            name=name,
            port=port,
            address=look.target.address,
            outcome=outcome,
            certificate=certificate,
            observed_at=now,
        )
    if not seen:
        TlsObservation.objects.create(name=name, port=port, outcome=tls.Outcome.NO_ADDRESS, observed_at=now)
    if endpoint.port == port:
        # Another port was stated while this look went on: then it stays due.
        endpoint.observed_at, endpoint.next_at = now, _next_at(name, now)
    endpoint.lease_until = None
    endpoint.save(update_fields=["observed_at", "lease_until", "next_at"])


def _shown(look: tls.Look) -> tuple[Certificate | None, str]:
    if look.outcome is not tls.Outcome.SERVED:
        return None, look.outcome
    found = certificates.read(look.certificate).certificates
    if len(found) != 1:
        return None, tls.Outcome.BAD_CERTIFICATE
    (one,) = found
    return recording.note_seen(recording.Facts.of(one)), look.outcome


def _next_at(name: str, now: datetime) -> datetime | None:
    """Return when a name is due again; None once no valid certificate carries it."""
    valid = inventory.valid_for_names([name])
    if not valid.exists():
        return None
    return now + (HOURLY if _awaited(now).filter(pk__in=valid).exists() else DAILY)


def forget_old() -> None:
    """Remove observations after their time, some at each run."""
    old = TlsObservation.objects.filter(observed_at__lt=timezone.now() - KEPT_FOR).order_by()
    TlsObservation.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:500])).delete()


@transaction.atomic(durable=True)
def look_now(certificate_id: int, *, actor: Actor) -> None:
    """Make the servers of a certificate's names due now. Raises NotPermitted."""
    certificate = _demand_part(certificate_id, actor=actor, action=LOOK)
    now = timezone.now()
    for name in certificate.certificate_names.order_by("name").values_list("name", flat=True):
        Endpoint.objects.update_or_create(name=name, defaults={"next_at": now, "lease_until": None})
    record(certificate.subject, "LOOK_AT_SERVERS_ASKED", actor=actor, payload={"names": certificate.common_name})


@transaction.atomic(durable=True)
def state_port(certificate_id: int, *, name: str, port: int, actor: Actor) -> None:
    """Say on which port the server of a name speaks TLS; it is looked at there from now on.

    Raises NotPermitted, CertificateOver, NameNotInCertificate, PortNotAdmitted.
    """
    certificate = _demand_part(certificate_id, actor=actor, action=STATE_PORT)
    if not inventory.valid().filter(pk=certificate_id).exists():
        # The name may be somebody else's by now, and the port is one for all certificates with it.
        raise errors.CertificateOver
    if not certificate.certificate_names.filter(name=name).exists():
        raise errors.NameNotInCertificate(name=name)
    if port not in tls.PORTS:
        raise errors.PortNotAdmitted(port=port, ports=", ".join(map(str, sorted(tls.PORTS))))
    defaults = {"port": port, "stated_by_id": actor.human_id, "next_at": timezone.now(), "lease_until": None}
    Endpoint.objects.update_or_create(name=name, defaults=defaults)
    record(certificate.subject, "PORT_STATED", actor=actor, payload={"name": name, "port": port})


def _demand_part(certificate_id: int, *, actor: Actor, action: object) -> Certificate:
    """Return the certificate, if the actor holds it now or is a registrar."""
    certificate = Certificate.objects.get(pk=certificate_id)
    holds = actor.human_id in inventory.holder_ids([certificate_id])
    if not holds and Grant.REGISTRAR not in relations.grants_of(actor):
        raise errors.NotPermitted(action=action)
    return certificate
