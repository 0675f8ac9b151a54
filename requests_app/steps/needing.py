"""Taking back that a certificate is not needed any more, by a holder or because somebody took it over."""

from django.utils import timezone

from audit.actors import Actor
from audit.recording import record
from inventory.models import Certificate
from requests_app import queries


def take_back(certificate: Certificate, *, actor: Actor) -> bool:
    """Let a locked certificate be needed after all; return whether somebody had said that it is not."""
    said = queries.not_needed([certificate.pk]).get(certificate.pk)
    if said is None:
        return False
    said.taken_back_at, said.taken_back_by_id = timezone.now(), actor.human_id
    said.save(update_fields=["taken_back_at", "taken_back_by"])
    record(certificate.subject, "NOT_NEEDED_TAKEN_BACK", actor=actor, payload={})
    return True
