"""The person and the dated rows that hang on it.

UEC accounts and mail addresses are re-used for other people, so nothing is keyed by them: rows elsewhere point to
`User.pk`, which no database of ours gives out twice (AUTOINCREMENT on SQLite, an identity column on PostgreSQL).
"""

from accounts.models.desk import BreakGlass, EmergencyLink, EmploymentQuestion, RosterImport
from accounts.models.facts import AccountName, Employment, Identity, MailAddress
from accounts.models.person import BATCH, User, UserManager
from accounts.models.roles import MAX_GRANT, RoleGrant, RoleGrantQuerySet

__all__ = [
    "BATCH",
    "MAX_GRANT",
    "AccountName",
    "BreakGlass",
    "EmergencyLink",
    "Employment",
    "EmploymentQuestion",
    "Identity",
    "MailAddress",
    "RoleGrant",
    "RoleGrantQuerySet",
    "RosterImport",
    "User",
    "UserManager",
]
