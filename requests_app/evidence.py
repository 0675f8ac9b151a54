"""What is known about each name of a request at present: DNS, the zone's word, a holder's word, overrides.

Read by the settling step, by the approval and by the pages; one place, so that they cannot differ.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from requests_app import queries
from requests_app.models import (
    Answer,
    CertificateRequest,
    Confirmation,
    ConfirmationKind,
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
    answers: tuple[Answer, ...]
    overrides: tuple[NameOverride, ...]
    given_up: bool
    _views: tuple[str, ...] = field(default_factory=lambda: tuple(view_names()))

    def override(self, kind: OverrideKind) -> NameOverride | None:
        """Return the registrar's override of this kind, if there is one."""
        return next((override for override in self.overrides if override.kind == kind), None)

    @property
    def is_observed(self) -> bool:
        """Whether every configured view was asked recently enough to rely on."""
        oldest = timezone.now() - timedelta(minutes=settings.DNS_FRESH_MINUTES)
        return {o.view for o in self.observations if o.observed_at >= oldest} >= set(self._views)

    @property
    def exists(self) -> bool:
        """Whether an address was seen in any view, or a registrar overrode that."""
        return any(o.exists for o in self.observations) or self.override(OverrideKind.EXISTENCE) is not None

    @property
    def is_missing(self) -> bool:
        """Whether DNS said no for good: NXDOMAIN in every view, or no address for as long as the portal asks."""
        if self.exists or not self.observations:
            return False
        return self.given_up or (self.is_observed and all(o.outcome == "NXDOMAIN" for o in self.observations))

    def confirmation(self, kind: ConfirmationKind) -> Confirmation | None:
        """Return the question of this kind that counts for the current version."""
        return next((c for c in self.confirmations if c.kind == kind), None)

    def _said(self, kind: ConfirmationKind, state: ConfirmationState) -> bool:
        confirmation = self.confirmation(kind)
        return confirmation is not None and confirmation.state == state

    @property
    def zone_said_yes(self) -> bool:
        """Whether the zone's administrator confirmed, or a registrar overrode that."""
        return self._said(ConfirmationKind.ZONE, ConfirmationState.YES) or bool(self.override(OverrideKind.ZONE))

    @property
    def is_refused(self) -> bool:
        """Whether somebody who was asked said no, and no registrar overrode it."""
        zone = self._said(ConfirmationKind.ZONE, ConfirmationState.NO) and not self.override(OverrideKind.ZONE)
        holder = self._said(ConfirmationKind.HOLDER, ConfirmationState.NO) and not self.override(OverrideKind.HOLDER)
        return zone or holder

    @property
    def holder_is_settled(self) -> bool:
        """Whether nobody else holds a certificate for the name, or they agreed, or a registrar decided."""
        asked = self.confirmation(ConfirmationKind.HOLDER)
        return asked is None or asked.state == ConfirmationState.YES or bool(self.override(OverrideKind.HOLDER))

    @property
    def is_settled(self) -> bool:
        """Whether nothing is open about the name."""
        looked = self.is_observed or self.override(OverrideKind.EXISTENCE) is not None
        return looked and self.exists and self.zone_said_yes and self.holder_is_settled

    @property
    def is_contradicted(self) -> bool:
        """Whether those who were asked gave different answers and no registrar has decided since."""
        said = {(answer.confirmation_id, answer.is_yes) for answer in self.answers if not answer.by_interested}
        both = {confirmation for confirmation, _yes in said if (confirmation, not _yes) in said}
        return bool(both) and not (self.override(OverrideKind.ZONE) or self.override(OverrideKind.HOLDER))

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
        return tuple(found)

    def as_ids(self) -> dict[str, Any]:
        """Return the rows that a decision rests on."""
        return {
            "name": self.name,
            "observations": [o.pk for o in self.observations],
            "confirmations": [c.pk for c in self.confirmations],
            "overrides": [o.pk for o in self.overrides],
        }


def of_request(request: CertificateRequest) -> list[NameEvidence]:
    """Return the evidence for every name of the request, CN first. A bounded number of queries for all names."""
    names = request.names
    observations = _latest_observations(names)
    confirmations = list(
        Confirmation.objects.filter(request=request, versions=request.current_version_id)
        .select_related("zone", "certificate")
        .prefetch_related("answers__person")
        .order_by("-pk")
    )
    overrides = list(request.overrides.filter(versions=request.current_version_id).select_related("person"))
    given_up_before = timezone.now() - timedelta(hours=settings.DNS_GIVE_UP_HOURS)
    given_up = request.applied_at is not None and request.applied_at < given_up_before
    evidence = []
    for name in names:
        asked = tuple(c for c in confirmations if c.name == name)
        evidence.append(
            NameEvidence(
                name=name,
                zone=next((c.zone for c in asked if c.zone), None) or queries.zone_of(name),
                observations=tuple(o for o in observations if o.name == name),
                confirmations=asked,
                answers=tuple(answer for c in asked for answer in c.answers.all()),
                overrides=tuple(o for o in overrides if o.name == name),
                given_up=given_up,
            )
        )
    return evidence


def _latest_observations(names: tuple[str, ...]) -> list[NameObservation]:
    latest: dict[tuple[str, str], NameObservation] = {}
    for view in view_names():
        for name in names:
            found = NameObservation.objects.filter(name=name, view=view).order_by("-observed_at", "-pk").first()
            if found:
                latest[name, view] = found
    return list(latest.values())
