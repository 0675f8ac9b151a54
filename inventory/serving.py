"""What the last looks at servers say about certificates: evidence for installation and revocation.

"Not seen" never blocks, and never counts as good news (design: issue, "Installed").
"""

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from inventory.models import Certificate, CertificateName, Endpoint, TlsObservation

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
    names: dict[int, list[CertificateName]] = {pk: [] for pk in ids}
    found = CertificateName.objects.filter(certificate__in=ids).select_related("certificate")
    for name in found.only("name", "certificate__serial", "certificate__der_sha256"):
        names[name.certificate_id].append(name)
    looks = last_looks({name.name for several in names.values() for name in several})
    return {pk: _serving([(name.certificate, looks.get(name.name, [])) for name in names[pk]]) for pk in ids}


def is_served(certificate: Certificate, *, look: TlsObservation) -> bool:
    """Tell whether a look showed the certificate: its bytes, or its serial number while only NII's list knows it.

    Anybody can write a serial number; what that can do is keep a revocation back until a registrar decides.
    """
    if look.certificate is None or look.certificate_id == certificate.pk:
        return look.certificate is not None
    return certificate.der_sha256 is None and look.certificate.serial == certificate.serial


def last_looks(names: Iterable[str]) -> dict[str, list[TlsObservation]]:
    """Return what every address of each name showed at the last look, if that is fresh; one query."""
    last_moment = Endpoint.objects.filter(
        name=OuterRef("name"), port=OuterRef("port"), observed_at__gte=timezone.now() - FRESH_FOR
    )
    seen = TlsObservation.objects.filter(
        name__in=set(names), observed_at=Subquery(last_moment.values("observed_at")[:1])
    ).select_related("certificate")
    seen = seen.defer("certificate__der")  # up to 64 KiB each, and never looked at here
    looks: dict[str, list[TlsObservation]] = {}
    for one in seen.order_by("name", "address"):
        looks.setdefault(one.name, []).append(one)
    return looks


def _serving(by_name: list[tuple[Certificate, list[TlsObservation]]]) -> Serving:
    served = [is_served(certificate, look=one) for certificate, looks in by_name for one in looks]
    all_seen = bool(by_name) and all(looks and all(one.outcome == SERVED for one in looks) for _, looks in by_name)
    if any(served):
        return Serving.EVERYWHERE if all_seen and all(served) else Serving.SOMEWHERE
    return Serving.NOWHERE if all_seen else Serving.UNKNOWN
