"""What servers showed, as the sweep stores it, for tests about what follows from it."""

from collections.abc import Mapping

from django.utils import timezone

from inventory.models import CertificateName, Endpoint, TlsObservation
from inventory.serving import Serving


def show(shown: Mapping[int, Serving]) -> None:
    """Store one look at the names of these certificates (by id) that leads to the verdicts given."""
    now = timezone.now()
    order = sorted(shown, key=lambda pk: shown[pk] is Serving.NOWHERE)
    for pk in order:
        for name in CertificateName.objects.filter(certificate=pk).values_list("name", flat=True):
            endpoint, _new = Endpoint.objects.get_or_create(name=name)
            if endpoint.observed_at != now:
                Endpoint.objects.filter(pk=endpoint.pk).update(observed_at=now)
            _look(name, pk, shown[pk], at=now)


def _look(name: str, certificate_id: int, verdict: Serving, *, at: object) -> None:
    seen = {"name": name, "port": 443, "observed_at": at}
    if verdict in {Serving.EVERYWHERE, Serving.SOMEWHERE}:
        TlsObservation.objects.create(**seen, address="192.0.2.1", outcome="SERVED", certificate_id=certificate_id)
    if verdict is Serving.SOMEWHERE:
        TlsObservation.objects.create(**seen, address="192.0.2.2", outcome="REFUSED")
    if verdict is Serving.NOWHERE and not TlsObservation.objects.filter(**seen).exists():
        TlsObservation.objects.create(**seen, address="192.0.2.1", outcome="SERVED")
