"""May these roles do this now? Pure: roles and rules in, an error class or nothing out. One policy on every door."""

from typing import Any

from requests_app import errors
from requests_app.states import Action, HandOverAction, RevocationAction, Role, Rule, SubmissionAction
from requests_app.states.handover import TABLE as HAND_OVER_TABLE
from requests_app.states.request import TABLE, State
from requests_app.states.revocation import TABLE as REVOCATION_TABLE
from requests_app.states.submission import SUBMISSION_TABLE

POLICY_VERSION = "2026-12"
"""Stored with each decision; raised whenever a rule here or in services/rules.py changes."""


def refusal(roles: frozenset[Role], action: Action) -> type[errors.RequestError] | None:
    """Return why `roles` may not take `action` at all, whatever the state; None when they may."""
    rule = TABLE.rules[action]
    if not roles & rule.roles:
        return errors.NotPermitted
    if Role.REGISTRAR in rule.roles and Role.INTERESTED in roles:
        return errors.Interested
    if action is Action.APPROVE and Role.WITNESS in roles:
        return errors.WitnessMayNotApprove
    if action is Action.SEND and Role.FULL_TIME not in roles:
        return errors.NotFullTime
    return None


def refusal_of_file(roles: frozenset[Role], action: SubmissionAction) -> type[errors.RequestError] | None:
    """Return why `roles` may not do this to a file for NII, whatever its state; None when they may."""
    if not roles & SUBMISSION_TABLE.rules[action].roles:
        return errors.NotPermitted
    return errors.Interested if Role.INTERESTED in roles else None


def refusal_of_revocation(roles: frozenset[Role], action: RevocationAction) -> type[errors.RequestError] | None:
    """Return why `roles` may not do this to a revocation, whatever its state; None when they may."""
    rule = REVOCATION_TABLE.rules[action]
    if not roles & rule.roles:
        return errors.NotPermitted
    if Role.REGISTRAR in rule.roles and Role.INTERESTED in roles:
        return errors.Interested
    if action is RevocationAction.ACCEPT_REVOCATION and Role.ASKER in roles and Role.BREAK_GLASS not in roles:
        return errors.AskerMayNotAccept
    if action is RevocationAction.CANCEL_REVOCATION and not roles & {Role.HOLDER, Role.REGISTRAR}:
        # Somebody asked and does not hold the certificate any more: it is the holders' now.
        return errors.NotPermitted
    return None


def refusal_of_hand_over(roles: frozenset[Role], action: HandOverAction) -> type[errors.RequestError] | None:
    """Return why `roles` may not do this to a hand-over, whatever its state; None when they may."""
    return None if roles & HAND_OVER_TABLE.rules[action].roles else errors.NotPermitted


def may(roles: frozenset[Role], action: Action, state: State) -> bool:
    """Tell whether a button for `action` makes sense: permitted, and possible from `state`."""
    return refusal(roles, action) is None and bool(TABLE.targets(action, state))


PEOPLE_OF_A_REQUEST = frozenset({Role.APPLICANT, Role.MANAGER, Role.CONTACT, Role.HOLDER, Role.PREPARER})
"""The roles of those whose request it is."""


def may_comment(roles: frozenset[Role]) -> bool:
    """Tell whether these roles write comments on a request's page."""
    return bool(roles & (PEOPLE_OF_A_REQUEST | {Role.REGISTRAR}))


def may_read_comments(roles: frozenset[Role]) -> bool:
    """Tell whether these roles read them. Who is only asked something (to be the contact, to take over) does not."""
    return may_comment(roles) or Role.AUDITOR in roles


_ENDED = frozenset({State.REJECTED, State.WITHDRAWN, State.LAPSED})


def may_download(roles: frozenset[Role], state: State) -> bool:
    """Tell whether these roles may have the TSV file; not once the request ended, or it could still go to NII."""
    return bool(roles & {Role.APPLICANT, Role.MANAGER, Role.REGISTRAR, Role.AUDITOR}) and state not in _ENDED


def acting_role(roles: frozenset[Role], rule: Rule[Any]) -> Role:
    """Return the role in which the action is taken, for the event: the first that the rule names."""
    return next(role for role in Role if role in roles & rule.roles)
