"""What registrars' verbs that are no action of a request ask first: does the person hold one of these roles now?"""

import dataclasses

from accounts.choices import Role as Grant
from audit.actors import Actor
from requests_app import errors, relations
from requests_app.models import CertificateRequest


def demand(actor: Actor, *grants: Grant, action: object) -> Actor:
    """Return `actor` acting in the first of `grants` that they hold today; `action` is the word of the sentence.

    Raises NotPermitted for somebody who holds none.
    """
    held = relations.grants_of(actor)
    role = next((grant for grant in grants if grant in held), None)
    if role is None:
        raise errors.NotPermitted(action=action)
    return dataclasses.replace(actor, role=role.value)


def demand_disinterested(actor: Actor, request: CertificateRequest, *, action: object) -> None:
    """Raise Interested for somebody who never decides about `request` but by break-glass (design: "Disinterested")."""
    if relations.is_interested(actor, request):
        raise errors.Interested(action=action)
