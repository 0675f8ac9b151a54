"""When the reminders of a certificate's end are over: by evidence, never by an intention (a renewal under way)."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts import days, working_days
from accounts import queries as people_queries
from inventory import ladder, serving
from inventory import queries as inventory
from inventory.models import Certificate, ExpiryGate, ExpiryRung, Holding, NotNeeded, Provenance
from inventory.serving import Serving
from notifications import outbox
from requests_app.models import CertificateRequest, Fate, Replacement


def due(*, today: date) -> QuerySet[ExpiryRung]:
    """Return the rungs whose day has come, sent or not, of certificates that somebody may still have to renew.

    Certificates of NII's list wait for the gate; those that the portal had issued don't. What counted as sent when the
    certificate became known is left out, and so is what ended long ago.
    """
    after_the_end = Q(days_before=ladder.AFTER_THE_END)
    has_come = Q(due_on__lte=today) | ~after_the_end & Q(due_on__lte=ladder.horizon(today))
    told_since = timezone.now() - timedelta(days=ladder.TOLD_FOR_DAYS)
    rungs = ExpiryRung.objects.filter(
        has_come,
        is_counted=False,
        certificate__provenance__in=inventory.KNOWN_TO_NII,
        certificate__revoked_at=None,
        certificate__not_after__gt=told_since,
    ).exclude(certificate__in=NotNeeded.objects.filter(taken_back_at=None).values("certificate_id"))
    if not ExpiryGate.objects.exists():
        rungs = rungs.filter(certificate__provenance=Provenance.ISSUED)
    return rungs.order_by("pk")


def waits_for_gate(certificate: Certificate) -> bool:
    """Tell whether nobody is told of the certificate's end before a registrar opens the gate."""
    return certificate.provenance == Provenance.LISTED and not ExpiryGate.objects.exists()


def rung_of(row: ExpiryRung) -> ladder.Rung:
    """Return the rung as the plan takes it."""
    return ladder.Rung(row.pk, row.certificate_id, days_before=row.days_before, due_on=row.due_on)


def ending_between(first: date, last: date) -> list[Certificate]:
    """Return the valid certificates that end on one of these Tokyo days and may have to be renewed, the next first."""
    valid = inventory.valid().filter(not_after__gte=days.end_of(first - timedelta(days=1)))
    valid = valid.filter(not_after__lt=days.end_of(last)).defer("der").order_by("not_after", "pk")
    said = NotNeeded.objects.filter(taken_back_at=None).values("certificate_id")
    found = list(valid.exclude(pk__in=said))
    over = replaced_ids(found)
    return [one for one in found if one.pk not in over]


MONTH = timedelta(days=31)
"""So long ahead the registrars see what ends inside a closed period."""


def ending_in_closed_periods(*, today: date) -> list[Certificate]:
    """Return what ends while the office is closed, of the periods that begin within a month or have begun."""
    periods = [one for one in working_days.closed_periods() if one.first <= today + MONTH and one.last >= today]
    return [one for period in periods for one in ending_between(max(period.first, today), period.last)]


def ending_within_a_week(*, today: date) -> list[Certificate]:
    """Return the valid certificates of which the registrars hear by now."""
    return ending_between(today, today + timedelta(days=ladder.ESCALATED_FROM))


def desk_counts(*, today: date) -> dict[str, int]:
    """Return how many certificates end within a week, and how many inside closed periods, without a renewal."""
    return {
        "ending": len(ending_within_a_week(today=today)),
        "closed": len(ending_in_closed_periods(today=today)),
    }


@dataclass(frozen=True)
class Reach:
    """Who holds certificates now, by certificate: everybody who has not left, and those among them with an address."""

    holders: dict[int, list[int]]
    reachable: frozenset[int]

    def is_reached(self, certificate_id: int) -> bool:
        """Tell whether at least one holder can get a mail."""
        return any(person in self.reachable for person in self.holders[certificate_id])


def reach_of(certificate_ids: Iterable[int]) -> Reach:
    """Return who can be told about these certificates; the number of queries does not grow with theirs."""
    holders: dict[int, list[int]] = {pk: [] for pk in certificate_ids}
    holdings = Holding.objects.filter(certificate__in=list(holders), until_at=None, person__is_active=True)
    for certificate_id, person_id in holdings.order_by("person_id").values_list("certificate_id", "person_id"):
        holders[certificate_id].append(person_id)
    people = {person for several in holders.values() for person in several}
    addresses = people_queries.mail_addresses(people)
    usable = outbox.usable(addresses.values())
    return Reach(holders, reachable=frozenset(pk for pk, address in addresses.items() if address in usable))


# --- Evidence that a newer certificate does the work -----------------------------------------------------------------


@dataclass(frozen=True)
class Old:
    """A certificate that ends, as the question needs it."""

    names: frozenset[str]
    not_after: datetime
    serving: Serving
    installation: str
    """What its request says about the machine; empty where no request is known."""
    is_kept: bool = False
    """The holder keeps it beside a newer one (a second machine)."""


@dataclass(frozen=True)
class New:
    """A certificate that ends later and has a name of the old one, or whose request names the old one."""

    names: frozenset[str]
    not_after: datetime
    serving: Serving
    is_reported: bool
    """Its installation was reported."""
    installation: str
    replaces: bool
    """Its request names the old one among the certificates that it replaces."""
    replaces_others: bool
    """Its request names certificates that it replaces, and the old one is not among them."""
    fate: Fate | None
    """What the holder said becomes of the old one."""


def is_settled_by(old: Old, new: New) -> bool:
    """Tell whether the newer certificate is reported installed, or seen served, in the old one's place.

    One that the holder keeps (a second machine) needs a renewal of its own, and so does the certificate of a second
    machine with the same name. What a server shows counts only while no server shows the old one any more.
    """
    if new.not_after <= old.not_after or new.fate == Fate.KEEP or (old.is_kept and not new.replaces):
        return False
    if new.fate == Fate.REVOKE and new.is_reported:
        # They may have given names up in writing.
        return True
    is_in_its_place = new.replaces or (not new.replaces_others and new.installation == old.installation)
    reported = new.is_reported and is_in_its_place
    observed = old.serving is Serving.NOWHERE and new.serving in {Serving.EVERYWHERE, Serving.SOMEWHERE}
    return old.names <= new.names and (reported or observed)


def replaced_ids(certificates: Collection[Certificate]) -> set[int]:
    """Return those of the certificates in whose place a newer one works. A bounded number of queries for all."""
    ending = {one.pk: one for one in certificates if one.not_after}
    if not ending:
        return set()
    known = _gather(ending)
    return {pk for pk in ending if any(is_settled_by(known.old(pk), new) for new in known.newer_than(pk))}


@dataclass(frozen=True)
class _About:
    """A request with a certificate, as evidence."""

    pk: int
    installation: str
    is_reported: bool
    replaced_ids: frozenset[int]


_NO_REQUEST = _About(0, "", is_reported=False, replaced_ids=frozenset())


@dataclass(frozen=True)
class _Known:
    """Everything that the question about several certificates rests on, by certificate where nothing else is said."""

    certificates: dict[int, Certificate]
    """Those that end and those that may do their work."""
    names: dict[int, frozenset[str]]
    serving: dict[int, Serving]
    requests: dict[int, _About]
    fates: dict[tuple[int, int], Fate]
    """By request and certificate replaced."""
    candidates: dict[int, set[int]]
    """For each that ends, those that may do its work."""

    def old(self, pk: int) -> Old:
        """Return the certificate as the one that ends."""
        return Old(
            self.names[pk],
            _end(self.certificates[pk]),
            self.serving[pk],
            installation=self.requests.get(pk, _NO_REQUEST).installation,
            is_kept=any(old == pk and fate == Fate.KEEP for (_request, old), fate in self.fates.items()),
        )

    def newer_than(self, pk: int) -> Iterator[New]:
        """Yield what may do the work of the certificate."""
        for new in self.candidates[pk]:
            request = self.requests.get(new, _NO_REQUEST)
            yield New(
                self.names[new],
                _end(self.certificates[new]),
                self.serving[new],
                is_reported=request.is_reported,
                installation=request.installation,
                replaces=pk in request.replaced_ids,
                replaces_others=bool(request.replaced_ids) and pk not in request.replaced_ids,
                fate=self.fates.get((request.pk, pk)),
            )


def _gather(ending: dict[int, Certificate]) -> _Known:
    old_names = _names(ending)
    all_names = {name for several in old_names.values() for name in several}
    requests = _requests_about(ending, all_names)
    newer = _newer(ending, all_names, requests)
    names = old_names | _names(newer)
    replacements = Replacement.objects.filter(certificate__in=ending)
    candidates = {
        pk: {new for new in newer if new != pk and (names[new] & names[pk] or pk in _replaced_by(new, requests))}
        for pk in ending
    }
    return _Known(
        {**newer, **ending},
        names,
        serving.of_certificates({*ending, *newer}),
        requests,
        fates={(one.request_id, one.certificate_id): Fate(one.fate) for one in replacements},
        candidates=candidates,
    )


def _replaced_by(certificate_id: int, requests: dict[int, _About]) -> frozenset[int]:
    return requests.get(certificate_id, _NO_REQUEST).replaced_ids


def _requests_about(ending: Collection[int], names: Collection[str]) -> dict[int, _About]:
    """Return the requests whose certificate has one of `names`, or that replace one of these, by that certificate."""
    sharing = Certificate.objects.filter(certificate_names__name__in=names).values("pk")
    replacing = CertificateRequest.objects.filter(replaced__in=list(ending)).values("pk")
    about = Q(certificate__in=sharing) | Q(pk__in=replacing)
    rows = CertificateRequest.objects.filter(about).exclude(certificate=None).prefetch_related("replaced")
    return {
        one.certificate_id or 0: _About(
            one.pk,
            one.installation,
            is_reported=one.installed_at is not None,
            replaced_ids=frozenset(old.pk for old in one.replaced.all()),
        )
        for one in rows
    }


def _newer(ending: dict[int, Certificate], names: Collection[str], requests: Collection[int]) -> dict[int, Certificate]:
    """Return the certificates, known to NII and not revoked, that may do the work of these."""
    first_end = min(_end(one) for one in ending.values())
    related = Q(certificate_names__name__in=names) | Q(pk__in=list(requests))
    found = inventory.known().filter(related, revoked_at=None, not_after__gt=first_end).distinct()
    return {one.pk: one for one in found.defer("der")}


def _names(certificate_ids: Iterable[int]) -> dict[int, frozenset[str]]:
    return {pk: frozenset(names) for pk, names in inventory.names_of(certificate_ids).items()}


def _end(certificate: Certificate) -> datetime:
    if certificate.not_after is None:
        raise ValueError("a certificate without an end has no ladder")
    return certificate.not_after
