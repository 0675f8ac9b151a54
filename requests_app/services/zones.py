"""Zones and their administrators are changed by two people: one proposes a CSV file, another one applies it."""

import hashlib

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.actors import SYSTEM, Actor
from audit.recording import lock, record
from csr import names as csr_names
from requests_app import errors, queries, transitions
from requests_app.models import CertificateRequest, Confirmation, ConfirmationKind, Zone, ZoneAdministration, ZoneChange
from requests_app.states import ConfirmationAction, ConfirmationState, State
from requests_app.steps import asking, collecting, desk, zone_file, zone_mails
from requests_app.steps.zone_file import Difference

CHAIN = "zones"
"""The audit subject of all zones together."""


@transaction.atomic(durable=True)
def propose(content: bytes, *, reason: str, actor: Actor) -> int:
    """Keep a file for another person to apply, tell those who may, and return the change's id.

    Nothing changes yet. Raises NotPermitted, ImportRefused with every problem, NothingToChange.
    """
    lock(CHAIN)
    actor = desk.demand(actor, *queries.ZONE_ROLES, action=_("Propose a change of zones"))
    difference = zone_file.read(content)
    if difference.is_empty:
        raise errors.NothingToChange
    change = ZoneChange.objects.create(
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        reason=reason.strip(),
        proposed_by_id=actor.human_id,
    )
    payload = {"sha256": change.sha256, "reason": change.reason, "difference": difference.digest}
    record(change.subject, "PROPOSE_ZONES", actor=actor, payload=payload)
    record(CHAIN, "PROPOSE_ZONES", actor=actor, payload={"change": change.pk})
    zone_mails.tell_of_proposal(change, difference)
    return change.pk


def why_not_apply(change: ZoneChange, difference: Difference, *, actor: Actor) -> errors.RequestError | None:
    """Return what forbids `actor` to make the zones so; None where they may. The page and the verb ask here."""
    if change.proposed_by_id == actor.person_id:
        return errors.OwnZoneChange()
    return errors.NothingToChange() if difference.is_empty else None


@transaction.atomic(durable=True)
def apply(change_id: int, *, digest: str, actor: Actor) -> Difference:
    """Make the zones that the file names have exactly its administrators; ask again about names under way.

    `digest` is that of the difference which the person saw; the file is read again, and nothing is done when it would
    now do something else. Zones that the file does not name keep their administrators.
    Raises NotPermitted, ZoneChangeOver, OwnZoneChange, ImportRefused, ZoneDifferenceChanged, NothingToChange.
    """
    lock(CHAIN)
    actor = desk.demand(actor, *queries.ZONE_ROLES, action=_("Apply a change of zones"))
    change = _waiting(change_id)
    difference = zone_file.read(bytes(change.content))
    if forbidden := why_not_apply(change, difference, actor=actor):
        raise forbidden
    if difference.digest != digest:
        raise errors.ZoneDifferenceChanged
    # Before anything changes: who administers the zones above now is told, also where they end in the same change.
    told = zone_mails.people_to_tell(difference)
    change.applied_by_id, change.applied_at = actor.human_id, timezone.now()
    change.save(update_fields=["applied_by", "applied_at"])
    _make(difference)
    record(change.subject, "APPLY_ZONES", actor=actor, payload=difference.as_payload())
    record(CHAIN, "APPLY_ZONES", actor=actor, payload={"change": change.pk})
    zone_mails.tell_of_change(change, difference, told)
    return difference


@transaction.atomic(durable=True)
def discard(change_id: int, *, reason: str, actor: Actor) -> None:
    """Close a change that nobody is to apply; whoever proposed it may do so, too.

    Raises NotPermitted, ZoneChangeOver, ReasonRequired.
    """
    lock(CHAIN)
    action = _("Discard a change of zones")
    actor = desk.demand(actor, *queries.ZONE_ROLES, action=action)
    change = _waiting(change_id)
    if not reason.strip():
        raise errors.ReasonRequired(action=action)
    change.discarded_by_id, change.discarded_at = actor.human_id, timezone.now()
    change.save(update_fields=["discarded_by", "discarded_at"])
    record(change.subject, "DISCARD_ZONES", actor=actor, payload={"reason": reason.strip()})
    record(CHAIN, "DISCARD_ZONES", actor=actor, payload={"change": change.pk})
    zone_mails.tell_of_discard(change, reason=reason.strip())


@transaction.atomic(durable=True)
def import_first(content: bytes, *, actor: Actor) -> Difference:
    """Make the very first zones, by one person: nobody is asked anything before there is a zone.

    As with the first registrars (grant_role), only the command line comes here, and only once. Nobody gets a mail.
    Raises NotPermitted, ZonesExist, ImportRefused.
    """
    lock(CHAIN)
    actor = desk.demand(actor, *queries.ZONE_ROLES, action=_("First import of zones"))
    if Zone.objects.exists():
        raise errors.ZonesExist
    difference = zone_file.read(content)
    _make(difference)
    record(CHAIN, "IMPORT", actor=actor, payload=difference.as_payload())
    return difference


def _waiting(change_id: int) -> ZoneChange:
    """Lock the change and return it while it waits. Raises ZoneChangeOver."""
    change = ZoneChange.objects.select_for_update(of=("self",)).filter(pk=change_id).first()
    if change is None or not change.is_waiting:
        raise errors.ZoneChangeOver
    return change


def _make(difference: Difference) -> None:
    """Write the difference, and ask again about the names under way in the zones that it touches."""
    now = timezone.now()
    ended = {one.key for one in difference.ended}
    for row in zone_file.rows({one.zone for one in difference.ended}, now=now):
        if (row.zone.name, row.person_id) in ended:
            row.until_at = max(now, row.from_at)
            row.save(update_fields=["until_at"])
    Zone.objects.bulk_create(Zone(name=name) for name in difference.new_zones)
    zones = {zone.name: zone for zone in Zone.objects.filter(name__in=difference.zones)}
    ZoneAdministration.objects.bulk_create(
        ZoneAdministration(
            zone=zones[one.zone],
            person_id=one.person_id,
            deputy_of_id=one.deputy_of_id,
            from_at=one.from_at,
            until_at=one.until_at,
        )
        for one in difference.added
    )
    asked: set[int] = set()
    for request_id in _requests_waiting_for(difference.zones):
        asked |= _ask_again(request_id)
    collecting.mail_waiting(asked)


def _ask_again(request_id: int) -> set[int]:
    """Void what another zone than the name's present one was asked; return who is to be asked now."""
    request = transitions.lock(request_id)
    if request.state not in queries.ANSWERABLE_STATES:
        return set()
    current = request.confirmations.select_for_update(of=("self",)).filter(
        versions=request.current_version, kind=ConfirmationKind.ZONE, state__in=_VOIDABLE
    )
    stale = [confirmation for confirmation in current.order_by("pk") if _is_stale(confirmation)]
    for confirmation in stale:
        transitions.move_confirmation(confirmation, ConfirmationAction.VOID, actor=SYSTEM)
    if request.state == State.CONFIRMING:
        return asking.ask_about_names(request)
    # Under review every other name is settled, by an answer that stands or by a registrar: nobody is asked once more.
    return asking.ask_about_names(request, [confirmation.name for confirmation in stale]) if stale else set()


_VOIDABLE = (ConfirmationState.ASKED, ConfirmationState.YES, ConfirmationState.NO)


def _is_stale(confirmation: Confirmation) -> bool:
    return queries.zone_of(confirmation.name) != confirmation.zone


def _requests_waiting_for(zone_names: list[str]) -> list[int]:
    waiting = CertificateRequest.objects.filter(state__in=queries.ANSWERABLE_STATES).order_by("pk")
    return [
        request.pk
        for request in waiting
        if any(csr_names.is_within(name, zone) for name in request.names for zone in zone_names)
    ]
