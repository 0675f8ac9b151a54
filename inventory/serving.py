"""What the last looks at servers say about certificates: evidence for installation and revocation.

"Not seen" never blocks, and never counts as good news (design: issue, "Installed").
"""

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from inventory.models import CertificateName, Endpoint, TlsObservation

FRESH_FOR = timedelta(days=3)
"""A look that is older says nothing about today; servers are looked at daily."""

SERVED = "SERVED"
"""The only outcome of probes.tls with a certificate."""


class Serving(StrEnum):
    """What the last look at every name of a certificate showed."""

    EVERYWHERE = "EVERYWHERE"
    """Every name was seen, and every address of it served exactly this certificate."""
    SOMEWHERE = "SOMEWHERE"
    """At least one address served it, another did not or was not seen."""
    NOWHERE = "NOWHERE"
    """Every name was seen at every address, and none served it."""
    UNKNOWN = "UNKNOWN"
    """No address served it, but some name or address was not seen: nothing can be said."""


def of_certificates(certificate_ids: Iterable[int]) -> dict[int, Serving]:
    """Return, for each certificate, what the last look at its names showed. Two queries, however many there are."""
    ids = list(certificate_ids)
    names: dict[int, list[str]] = {pk: [] for pk in ids}
    for pk, name in CertificateName.objects.filter(certificate__in=ids).values_list("certificate_id", "name"):
        names[pk].append(name)
    looks = last_looks({name for several in names.values() for name in several})
    return {pk: _serving(pk, [looks.get(name, []) for name in names[pk]]) for pk in ids}


def last_looks(names: Iterable[str]) -> dict[str, list[TlsObservation]]:
    """Return what every address of each name showed at the last look, if that is fresh; one query."""
    last_moment = Endpoint.objects.filter(
        name=OuterRef("name"), port=OuterRef("port"), observed_at__gte=timezone.now() - FRESH_FOR
    )
    seen = TlsObservation.objects.filter(
        name__in=set(names), observed_at=Subquery(last_moment.values("observed_at")[:1])
    ).select_related("certificate")
    looks: dict[str, list[TlsObservation]] = {}
    for one in seen.order_by("name", "address"):
        looks.setdefault(one.name, []).append(one)
    return looks


def _serving(certificate_id: int, by_name: list[list[TlsObservation]]) -> Serving:
    everything = [one for looks in by_name for one in looks]
    serve = [one for one in everything if one.certificate_id == certificate_id]
    all_seen = bool(by_name) and all(by_name) and all(one.outcome == SERVED for one in everything)
    if serve:
        return Serving.EVERYWHERE if all_seen and len(serve) == len(everything) else Serving.SOMEWHERE
    return Serving.NOWHERE if all_seen else Serving.UNKNOWN
