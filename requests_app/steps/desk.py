"""What registrars' verbs that are no action of a request ask first: does the person hold one of these roles now?"""

from accounts.choices import Role as Grant
from audit.actors import Actor
from requests_app import errors, relations
from requests_app.models import CertificateRequest


def demand(actor: Actor, *grants: Grant, action: object) -> None:
    """Raise NotPermitted unless `actor` holds one of `grants` today; `action` is the word that the sentence names."""
    if not relations.grants_of(actor) & set(grants):
        raise errors.NotPermitted(action=action)


def demand_disinterested(actor: Actor, request: CertificateRequest, *, action: object) -> None:
    """Raise Interested for somebody who never decides about `request` but by break-glass (design: "Disinterested")."""
    if relations.is_interested(actor, request):
        raise errors.Interested(action=action)
