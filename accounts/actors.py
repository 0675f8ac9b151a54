"""Who acts in a request: the frozen value that every verb and every event takes."""

import dataclasses
from datetime import UTC, datetime

from django.http import HttpRequest
from django.utils import timezone

from accounts import queries, sessions
from accounts.addresses import client_address
from audit.actors import Actor, Door


def actor_of(request: HttpRequest, *, role: str = "", door: Door = Door.PORTAL) -> Actor:
    """Return the actor of a signed-in request. Raises ValueError for nobody: such a view is wrongly anonymous."""
    if not request.user.is_authenticated:
        raise ValueError("an anonymous request has no actor")
    signed_in_at = request.session.get(sessions.SIGNED_IN_AT)
    return Actor(
        person_id=request.user.pk,
        role=role,
        door=door,
        issuer=request.session.get(sessions.ISSUER, ""),
        sub=request.session.get(sessions.SUB, ""),
        signed_in_at=datetime.fromtimestamp(signed_in_at, UTC) if signed_in_at else None,
        strength=request.session.get(sessions.STRENGTH, ""),
        address=client_address(request),
        request_id=request.META.get("UPKI_REQUEST_ID", ""),
    )


def actor_by_link(request: HttpRequest, person_id: int) -> Actor:
    """Return the addressee of a mail as an actor whose only proof is the mail's link: nobody signed in."""
    return Actor(
        person_id=person_id,
        role="",
        door=Door.MAIL_LINK,
        strength="link",
        address=client_address(request),
        request_id=request.META.get("UPKI_REQUEST_ID", ""),
    )


def desk_actor(request: HttpRequest) -> Actor:
    """Return the signed-in person as an actor at the desk, with the reason of a break-glass that they have open."""
    actor = actor_of(request, door=Door.ADMIN)
    opened = queries.open_break_glass(actor.human_id, at=timezone.now())
    return dataclasses.replace(actor, break_glass=f"B{opened.pk}: {opened.reason}") if opened else actor
