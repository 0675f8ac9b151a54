"""The shape of what browsers post. Rules stand in services and steps; a form only turns text into values."""

from requests_app.forms.applications import (
    APPLICANT_IS_CONTACT,
    AdjustForm,
    CertificateChoices,
    DraftForm,
    draft_initial,
    words,
)
from requests_app.forms.certificates import CertificateFileForm, GiveUpForm, StatementsForm
from requests_app.forms.decisions import (
    REASON_LENGTH,
    AbsenceForm,
    AnswerForm,
    BounceForm,
    CommentForm,
    DecisionForm,
    DigestForm,
    KindForm,
    OverrideForm,
    PortalCommentForm,
    PortalReasonForm,
    ReasonForm,
    RequiredReasonForm,
    ToldForm,
    is_digest,
)
from requests_app.forms.files import CsrForm, ModeForm, RepliesForm, ZoneImportForm, ZoneProposeForm, ZoneTextForm
from requests_app.forms.handing_over import HandOverForm
from requests_app.forms.lists import ListDateForm, ListFileForm, ProposalsForm
from requests_app.forms.revoking import RevocationForm, ShownRevocationForm, StatusForm
from requests_app.forms.servers import PortForm

__all__ = [
    "APPLICANT_IS_CONTACT",
    "REASON_LENGTH",
    "AbsenceForm",
    "AdjustForm",
    "AnswerForm",
    "BounceForm",
    "CertificateChoices",
    "CertificateFileForm",
    "CommentForm",
    "CsrForm",
    "DecisionForm",
    "DigestForm",
    "DraftForm",
    "GiveUpForm",
    "HandOverForm",
    "KindForm",
    "ListDateForm",
    "ListFileForm",
    "ModeForm",
    "OverrideForm",
    "PortForm",
    "PortalCommentForm",
    "PortalReasonForm",
    "ProposalsForm",
    "ReasonForm",
    "RepliesForm",
    "RequiredReasonForm",
    "RevocationForm",
    "ShownRevocationForm",
    "StatementsForm",
    "StatusForm",
    "ToldForm",
    "ZoneImportForm",
    "ZoneProposeForm",
    "ZoneTextForm",
    "draft_initial",
    "is_digest",
    "words",
]
