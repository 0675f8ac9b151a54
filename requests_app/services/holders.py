"""Who holds what came from NII's list: proposals confirmed or dismissed; and the gate before the first expiry mails."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.choices import Role as Grant
from audit.actors import Actor
from audit.recording import lock, record
from inventory.models import Certificate, ExpiryGate, ExpiryRung, HolderProposal, Holding
from requests_app import errors, transitions
from requests_app.steps import desk

CONFIRM = _("Confirm as holder")
DISMISS = _("Dismiss as holder")
OPEN_GATE = _("Open the gate of the expiry mails")


@transaction.atomic(durable=True)
def confirm(proposal_id: int, *, actor: Actor) -> None:
    """Make the proposed person a holder. Raises NotPermitted, ProposalSettled, ProposalForOneself."""
    actor = desk.demand(actor, Grant.REGISTRAR, action=CONFIRM)
    proposal = _lock(proposal_id)
    if proposal.person_id == actor.human_id:
        raise errors.ProposalForOneself(certificate=proposal.certificate)
    Holding.objects.get_or_create(certificate=proposal.certificate, person=proposal.person, until_at=None)
    _tell_anew(proposal.certificate)
    _settle(proposal, is_confirmed=True, actor=actor)


@transaction.atomic(durable=True)
def dismiss(proposal_id: int, *, actor: Actor) -> None:
    """Note that the proposed person is not the holder. Raises NotPermitted, ProposalSettled."""
    actor = desk.demand(actor, Grant.REGISTRAR, action=DISMISS)
    _settle(_lock(proposal_id), is_confirmed=False, actor=actor)


@transaction.atomic(durable=True)
def open_gate(*, actor: Actor) -> None:
    """Let the mails about the end of certificates leave, once and for good. Raises NotPermitted, GateIsOpen."""
    actor = desk.demand(actor, Grant.REGISTRAR, action=OPEN_GATE)
    lock("expiry-gate")
    if ExpiryGate.objects.exists():
        raise errors.GateIsOpen
    ExpiryGate.objects.create(opened_by_id=actor.human_id)
    record("expiry-gate", "EXPIRY_GATE_OPENED", actor=actor, payload={})


def _tell_anew(certificate: Certificate) -> None:
    """Let the holder hear of the last rung that only the registrars were told, while there was nobody else."""
    told = ExpiryRung.objects.filter(certificate=certificate, sent_at__isnull=False).order_by("days_before").first()
    if told and told.sent_at == told.escalated_at:
        told.sent_at = None
        told.save(update_fields=["sent_at"])


def _lock(proposal_id: int) -> HolderProposal:
    """Return the proposal, locked after its certificate, in whose history it stands."""
    transitions.lock_certificate(HolderProposal.objects.values_list("certificate_id", flat=True).get(pk=proposal_id))
    proposals = HolderProposal.objects.select_for_update(of=("self",), no_key=True)
    proposal = proposals.select_related("certificate", "person").get(pk=proposal_id)
    if proposal.settled_at:
        raise errors.ProposalSettled(person=proposal.person.display_name, certificate=proposal.certificate)
    return proposal


def _settle(proposal: HolderProposal, *, is_confirmed: bool, actor: Actor) -> None:
    proposal.is_confirmed = is_confirmed
    proposal.settled_at = timezone.now()
    proposal.settled_by_id = actor.human_id
    proposal.save(update_fields=["is_confirmed", "settled_at", "settled_by"])
    record(
        proposal.certificate.subject,
        "HOLDER_CONFIRMED" if is_confirmed else "HOLDER_DISMISSED",
        actor=actor,
        payload={"person": proposal.person_id, "mail": proposal.mail},
    )
