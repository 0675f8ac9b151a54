"""States, actions and tables, by kind of row."""

from requests_app.states.confirmation import ConfirmationAction, ConfirmationState
from requests_app.states.handover import HandOverAction, HandOverState
from requests_app.states.request import Action, State
from requests_app.states.revocation import RevocationAction, RevocationState
from requests_app.states.submission import SubmissionAction, SubmissionRowAction, SubmissionRowState, SubmissionState
from requests_app.states.table import Role, Rule, Table

__all__ = [
    "Action",
    "ConfirmationAction",
    "ConfirmationState",
    "HandOverAction",
    "HandOverState",
    "RevocationAction",
    "RevocationState",
    "Role",
    "Rule",
    "State",
    "SubmissionAction",
    "SubmissionRowAction",
    "SubmissionRowState",
    "SubmissionState",
    "Table",
]
