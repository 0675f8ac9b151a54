"""What is known about each name of a request at present: DNS, the zone's word, a holder's word, overrides.

Read by the settling step, by the approval and by the pages; one place, so that they cannot differ.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from inventory import queries as inventory
from inventory.models import Certificate
from requests_app import conflicts, queries
from requests_app.models import (
    CertificateRequest,
    Confirmation,
    ConfirmationKind,
    NameLookup,
    NameObservation,
    NameOverride,
    OverrideKind,
    Zone,
)
from requests_app.states import ConfirmationState


def view_names() -> list[str]:
    """Return the configured DNS views, in the order of the setting."""
    return [view["name"] for view in settings.DNS_VIEWS]


@dataclass(frozen=True)
class NameEvidence:
    """Everything about one name. `observations` has the latest of each configured view, fresh or not."""

    name: str
    zone: Zone | None
    observations: tuple[NameObservation, ...]
    confirmations: tuple[Confirmation, ...]
    overrides: tuple[NameOverride, ...]
    asked_at: datetime | None
    """When the request was applied for or amended; what DNS denied before decides nothing."""
    given_up: bool
    foreign: tuple[conflicts.ForeignCertificate, ...] = ()
    """Valid certificates for the name that others hold."""
    asked_holders: Mapping[int, frozenset[int]] = field(default_factory=dict)
    """Who holds, now, each certificate whose holders were asked."""
    _views: tuple[str, ...] = field(default_factory=lambda: tuple(view_names()))

    def override(self, kind: OverrideKind) -> NameOverride | None:
        """Return the registrar's latest override of this kind, if there is one."""
        return next((override for override in reversed(self.overrides) if override.kind == kind), None)

    @property
    def is_observed(self) -> bool:
        """Whether every configured view was asked recently enough to rely on."""
        return is_fresh(self.observations)

    @property
    def exists(self) -> bool:
        """Whether an address was seen in any view, or a registrar overrode that."""
        return any(o.exists for o in self.observations) or self.override(OverrideKind.EXISTENCE) is not None

    @property
    def is_missing(self) -> bool:
        """Whether DNS said no for good: NXDOMAIN in every view, or no address for as long as the portal asks.

        Only look-ups since the application count: the applicant may have registered the name just before it.
        """
        asked_since = [o for o in self.observations if self.asked_at is None or o.observed_at >= self.asked_at]
        if self.exists or not asked_since or {o.view for o in asked_since} < set(self._views):
            return False
        return self.given_up or (self.is_observed and all(o.outcome == "NXDOMAIN" for o in asked_since))

    def questions(self, kind: ConfirmationKind) -> tuple[Confirmation, ...]:
        """Return the questions of this kind that count for the current version, the latest first.

        What holders were asked counts as long as one of them holds a certificate that the applicant does not.
        """
        return tuple(
            c for c in self.confirmations if c.kind == kind and c.state != ConfirmationState.VOID and self._counts(c)
        )

    def _counts(self, question: Confirmation) -> bool:
        if question.kind != ConfirmationKind.HOLDER:
            return True
        asked = self.asked_holders.get(question.certificate_id or 0, frozenset())
        return any(asked & one.holder_ids for one in self.foreign)

    @property
    def zone_said_yes(self) -> bool:
        """Whether the zone's administrator confirmed, or a registrar overrode that."""
        latest = next(iter(self.questions(ConfirmationKind.ZONE)), None)
        said_yes = latest is not None and latest.state == ConfirmationState.YES and not _is_withdrawn(latest)
        return said_yes or self.override(OverrideKind.ZONE) is not None

    @property
    def is_refused(self) -> bool:
        """Whether somebody who was asked said no, and no registrar overrode it."""
        return any(
            question.state == ConfirmationState.NO and self.override(OverrideKind(kind.value)) is None
            for kind in ConfirmationKind
            for question in self.questions(kind)
        )

    @property
    def holder_is_settled(self) -> bool:
        """Whether nobody else holds a certificate for the name, all of them agreed, or a registrar decided."""
        agreed = all(
            question.state == ConfirmationState.YES or self._is_decided(question.certificate)
            for question in self.questions(ConfirmationKind.HOLDER)
        )
        return agreed and not self.unasked

    def _is_decided(self, certificate: Certificate | None) -> bool:
        """Tell whether a registrar who knew of the certificate decided that the applicant may use the name."""
        override = self.override(OverrideKind.HOLDER)
        return override is not None and certificate is not None and override.decided_at >= certificate.recorded_at

    @property
    def unasked(self) -> tuple[conflicts.ForeignCertificate, ...]:
        """Other people's certificates about which none of their holders was asked, and no registrar decided since."""
        asked: set[int] = set()
        for question in self.questions(ConfirmationKind.HOLDER):
            asked |= self.asked_holders.get(question.certificate_id or 0, frozenset())
        return tuple(
            one for one in self.foreign if not one.holder_ids & asked and not self._is_decided(one.certificate)
        )

    @property
    def is_settled(self) -> bool:
        """Whether nothing is open about the name."""
        looked = self.is_observed or self.override(OverrideKind.EXISTENCE) is not None
        return looked and self.exists and self.zone_said_yes and self.holder_is_settled

    def contradicts(self, kind: ConfirmationKind) -> bool:
        """Tell whether those asked (and a registrar before them) differ, and no registrar has decided since."""
        # The yes of somebody interested that did not suffice says nothing; their no does, and so does what sufficed.
        given = [a for c in self.questions(kind) for a in c.answers.all()]
        answers = [a for a in given if a.is_first or not (a.by_interested and a.is_yes)]
        override = self.override(OverrideKind(kind.value))
        granted = any(c.grant_id and c.state == ConfirmationState.YES for c in self.questions(kind))
        said = {answer.is_yes for answer in answers} | ({True} if override or granted else set())
        return len(said) > 1 and not (override and override.decided_at >= max(a.answered_at for a in answers))

    @property
    def is_contradicted(self) -> bool:
        """Whether an approval has to wait for a registrar's word about answers that differ."""
        return any(self.contradicts(kind) for kind in ConfirmationKind)

    @property
    def is_by_link(self) -> bool:
        """Whether a yes that counts was given by a mail's link alone, and no registrar decided that point."""
        return any(
            answer.by_link and answer.is_first and answer.is_yes and self.override(OverrideKind(kind.value)) is None
            for kind in ConfirmationKind
            for question in self.questions(kind)
            for answer in question.answers.all()
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return codes of what blocks an approval without a reason (upki.md §9.2, error 338)."""
        found = []
        outside = [o for o in self.observations if o.view == "outside"]
        if outside and not any(o.exists for o in outside):
            found.append("MISSING_OUTSIDE")
        if any(o.caa == "FORBIDS" for o in self.observations):
            found.append("CAA_FORBIDS")
        if any(o.caa == "FAILED" for o in self.observations):
            found.append("CAA_UNKNOWN")
        if self.is_by_link:
            found.append("BY_LINK")
        return tuple(found)

    def as_ids(self) -> dict[str, Any]:
        """Return the rows that a decision rests on."""
        return {
            "name": self.name,
            "observations": [o.pk for o in self.observations],
            "confirmations": [c.pk for c in self.confirmations],
            "overrides": [o.pk for o in self.overrides],
        }


def _is_withdrawn(question: Confirmation) -> bool:
    """Whether a grant answered that was withdrawn since; the sweep is about to ask again."""
    return question.grant is not None and question.grant.withdrawn_at is not None


def of_request(request: CertificateRequest) -> list[NameEvidence]:
    """Return the evidence for every name of the request, CN first. A bounded number of queries for all names."""
    names = request.names
    observations = latest_observations(names)
    confirmations = list(
        Confirmation.objects.filter(request=request, versions=request.current_version_id)
        .select_related("zone", "certificate", "grant__grantor")
        .prefetch_related("answers__person", "answers__recorded_by")
        .order_by("-pk")
    )
    overrides = list(request.overrides.filter(versions=request.current_version_id).select_related("person"))
    given_up_before = timezone.now() - timedelta(hours=settings.DNS_GIVE_UP_HOURS)
    given_up = set(
        NameLookup.objects.filter(name__in=names, asked_since_at__lt=given_up_before).values_list("name", flat=True)
    )
    foreign = conflicts.foreign_certificates(names, applicant_id=request.applicant_id)
    holders = inventory.holders(c.certificate_id for c in confirmations if c.certificate_id) if foreign else {}
    asked_holders = {certificate_id: frozenset(ids) for certificate_id, ids in holders.items()}
    evidence = []
    for name in names:
        asked = tuple(c for c in confirmations if c.name == name)
        evidence.append(
            NameEvidence(
                name=name,
                zone=next((c.zone for c in asked if c.zone), None) or queries.zone_of(name),
                observations=tuple(o for o in observations if o.name == name),
                confirmations=asked,
                overrides=tuple(o for o in overrides if o.name == name),
                asked_at=request.applied_at,
                given_up=name in given_up,
                foreign=tuple(foreign.get(name, ())),
                asked_holders=asked_holders,
            )
        )
    return evidence


class Presence(StrEnum):
    """Whether the names of a request may go to NII by what DNS showed lately."""

    SEEN = "SEEN"
    MISSING = "MISSING"
    """A name has no address in any view, and no registrar overrode that: the CA would refuse it."""
    UNOBSERVED = "UNOBSERVED"
    """A name was not looked up lately in every view."""


def presence(requests: Iterable[CertificateRequest]) -> dict[int, Presence]:
    """Return by request how it stands with its names. Two queries, whatever their number."""
    found = {request.pk: request for request in requests}
    overridden = set(
        NameOverride.objects.filter(
            kind=OverrideKind.EXISTENCE, versions__in=[request.current_version_id for request in found.values()]
        ).values_list("request_id", "name")
    )
    observed: dict[str, list[NameObservation]] = {}
    for one in latest_observations({name for request in found.values() for name in request.names}):
        observed.setdefault(one.name, []).append(one)
    return {pk: _presence(request, observed, overridden) for pk, request in found.items()}


def _presence(
    request: CertificateRequest, observed: dict[str, list[NameObservation]], overridden: set[tuple[int, str]]
) -> Presence:
    names = [name for name in request.names if (request.pk, name) not in overridden]
    if not all(is_fresh(observed.get(name, [])) for name in names):
        return Presence.UNOBSERVED
    return Presence.SEEN if all(any(o.exists for o in observed[name]) for name in names) else Presence.MISSING


def is_fresh(observations: Iterable[NameObservation], *, within: timedelta | None = None) -> bool:
    """Tell whether every configured view was asked `within` this time; unless said, recently enough to rely on."""
    oldest = timezone.now() - (timedelta(minutes=settings.DNS_FRESH_MINUTES) if within is None else within)
    return {o.view for o in observations if o.observed_at >= oldest} >= set(view_names())


def latest_observations(names: Iterable[str]) -> list[NameObservation]:
    """Return the newest observation of each name in each configured view, in one query."""
    same = NameObservation.objects.filter(name=OuterRef("name"), view=OuterRef("view"))
    newest = same.order_by("-observed_at", "-pk").values("pk")[:1]
    views = view_names()
    found = NameObservation.objects.filter(name__in=names, view__in=views, pk=Subquery(newest))
    return sorted(found, key=lambda observation: views.index(observation.view))
