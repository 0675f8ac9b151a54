"""The data model of requests, by noun."""

from requests_app.models.comment import Comment
from requests_app.models.existence import (
    Answer,
    Asking,
    AskingPace,
    Channel,
    Confirmation,
    ConfirmationKind,
    NameLookup,
    NameObservation,
    NameOverride,
    OverrideKind,
    StandingGrant,
)
from requests_app.models.handover import HandOver
from requests_app.models.request import (
    MAX_MANAGERS,
    MAX_NAMES,
    CertificateRequest,
    ContactConsent,
    Decision,
    DecisionKind,
    Management,
    Purpose,
    Version,
    VersionName,
)
from requests_app.models.revocation import Fate, Replacement, Revocation, RevocationReason
from requests_app.models.row import Csr, Incident, IncidentKind, RowKind, TsvRow
from requests_app.models.submission import FileKind, Mode, Submission, SubmissionRow
from requests_app.models.zone import Absence, Zone, ZoneAdministration, ZoneChange

__all__ = [
    "MAX_MANAGERS",
    "MAX_NAMES",
    "Absence",
    "Answer",
    "Asking",
    "AskingPace",
    "CertificateRequest",
    "Channel",
    "Comment",
    "Confirmation",
    "ConfirmationKind",
    "ContactConsent",
    "Csr",
    "Decision",
    "DecisionKind",
    "Fate",
    "FileKind",
    "HandOver",
    "Incident",
    "IncidentKind",
    "Management",
    "Mode",
    "NameLookup",
    "NameObservation",
    "NameOverride",
    "OverrideKind",
    "Purpose",
    "Replacement",
    "Revocation",
    "RevocationReason",
    "RowKind",
    "StandingGrant",
    "Submission",
    "SubmissionRow",
    "TsvRow",
    "Version",
    "VersionName",
    "Zone",
    "ZoneAdministration",
    "ZoneChange",
]
