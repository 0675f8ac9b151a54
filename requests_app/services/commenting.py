"""Comments on a request's page: the others are told by mail that one waits, never what it says."""

import dataclasses

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.actors import Actor
from audit.recording import record
from requests_app import errors, mails, policies, relations, transitions
from requests_app.models import Comment
from requests_app.states import Role

COMMENT = _("Write a comment")
MAX_LENGTH = 4000
"""Characters of one comment."""


@transaction.atomic(durable=True)
def comment(request_id: int, text: str, *, actor: Actor) -> int:
    """Keep a comment and tell the others that it waits; return its id.

    What a registrar writes goes to the people of the request; what one of those writes, to the others and to the
    registrars. Raises NotPermitted, CommentMissing, CommentTooLong.
    """
    request = transitions.lock(request_id)
    roles = relations.roles(actor, request)
    if not policies.may_comment(roles) or request.current_version_id is None:
        raise errors.NotPermitted(action=COMMENT)
    if not text.strip():
        raise errors.CommentMissing
    if len(text) > MAX_LENGTH:
        raise errors.CommentTooLong(limit=MAX_LENGTH)
    made = Comment.objects.create(request=request, person_id=actor.human_id, text=text.strip())
    is_of_request = bool(roles & policies.PEOPLE_OF_A_REQUEST)
    role = next(role for role in Role if role in roles & (policies.PEOPLE_OF_A_REQUEST | {Role.REGISTRAR}))
    record(
        request.subject, "COMMENTED", actor=dataclasses.replace(actor, role=role.value), payload={"comment": made.pk}
    )
    people = dict.fromkeys([*mails.applicant_and_managers(request), *mails.holders_of_request(request)])
    context = mails.facts(request)
    told = {actor.human_id}
    for person, link in (
        *((person, f"{request.get_absolute_url()}#comments") for person in people),
        *((person, f"{mails.desk_address(request)}#comments") for person in mails.registrars() if is_of_request),
    ):
        if person.pk not in told:
            told.add(person.pk)
            mails.send(
                "comment_waits", key=f"R{request.pk}/comment{made.pk}", person=person, context=context, link=link
            )
    return made.pk
