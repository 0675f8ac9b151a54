"""A standing grant: a zone administrator's yes in advance for renewals. Given with an answer, read when it is used."""

from datetime import date, timedelta

from django.conf import settings

from accounts import days
from audit.actors import SYSTEM, Actor
from audit.recording import record
from inventory import queries as inventory
from requests_app import errors, queries, relations, transitions
from requests_app.models import Answer, CertificateRequest, Confirmation, ConfirmationKind, StandingGrant
from requests_app.states import ConfirmationAction

LONGEST = timedelta(days=180)
"""How long a grant may stand (design: "Standing grants")."""


def may_be_given(confirmation: Confirmation, *, person_id: int) -> bool:
    """Tell whether the person may add a grant to their yes: of a zone, on a page, without a part in the request."""
    asks_zone = confirmation.kind == ConfirmationKind.ZONE
    return settings.STANDING_GRANTS and asks_zone and person_id not in relations.interested_ids(confirmation.request)


def give(given: Answer, until_on: date, *, actor: Actor) -> StandingGrant:
    """Store a grant with an answer that moved its question. Raises GrantRefused, GrantDays."""
    question = given.confirmation
    is_clear = given.is_yes and given.is_first and given.recorded_by_id is None and not given.by_link
    if not is_clear or question.zone is None or not may_be_given(question, person_id=given.person_id):
        raise errors.GrantRefused
    if not days.today() < until_on <= days.today() + LONGEST:
        raise errors.GrantDays(last=(days.today() + LONGEST).isoformat())
    grant = StandingGrant.objects.create(
        confirmation=question,
        zone=question.zone,
        name=question.name,
        grantor_id=given.person_id,
        applicant=question.applicant,
        manager_ids=question.manager_ids,
        purpose=question.purpose,
        until_on=until_on,
    )
    payload = {
        "name": grant.name,
        "zone": grant.zone.name,
        "applicant": grant.applicant_id,
        "managers": grant.manager_ids,
        "purpose": grant.purpose,
        "until_on": until_on.isoformat(),
    }
    record(grant.subject, "GRANT_GIVEN", actor=actor, payload=payload)
    return grant


def answer(question: Confirmation) -> bool:
    """Let a grant that holds now answer a question just made; return whether there is one."""
    grant = _holding(question)
    if grant is None:
        return False
    question.grant = grant
    question.save(update_fields=["grant"])
    transitions.move_confirmation(
        question,
        ConfirmationAction.GRANT,
        actor=SYSTEM,
        details={"grant": grant.pk, "grantor": grant.grantor_id, "until_on": grant.until_on.isoformat()},
    )
    return True


def still_holds(question: Confirmation) -> bool:
    """Tell whether an answer can be carried on: a person's always, a grant's while the grant holds."""
    return question.grant_id is None or _holding(question, grant_id=question.grant_id) is not None


def _holding(question: Confirmation, *, grant_id: int | None = None) -> StandingGrant | None:
    """Return a grant that covers the question now.

    Not locked: an import of zones and an application use grants in orders of their own, and locked each other on
    PostgreSQL. What is withdrawn in this very moment counts for nothing (evidence), and the sweep asks again.
    """
    request = question.request
    if not settings.STANDING_GRANTS or not _is_renewal(request, question.name):
        return None
    interested = relations.interested_ids(request)
    grantors = queries.administrators_of(question.zone).exclude(pk__in=interested)
    grants = StandingGrant.objects.filter(
        name=question.name,
        zone=question.zone,
        applicant=question.applicant,
        purpose=question.purpose,
        grantor__in=grantors.values("pk"),
        withdrawn_at=None,
        until_on__gte=days.today(),
    )
    if grant_id is not None:
        grants = grants.filter(pk=grant_id)
    named = {manager.pk for manager in queries.managers_of(request)}
    return next((grant for grant in grants.order_by("-pk") if named <= set(grant.manager_ids)), None)


def _is_renewal(request: CertificateRequest, name: str) -> bool:
    """Whether the request replaces a certificate with the name that its applicant holds."""
    held = inventory.held_by(request.applicant_id).filter(certificate_names__name=name)
    return request.replaced.filter(pk__in=held.values("pk")).exists()
