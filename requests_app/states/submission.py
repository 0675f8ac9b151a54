"""A file for NII and each of its rows: made, uploaded by a person, answered by NII (design: "Submission")."""

from enum import StrEnum

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from requests_app.states.table import Role, Rule, Table


class SubmissionState(StrEnum):
    """Where a file for NII stands."""

    BUILT = "BUILT"
    UPLOADED = "UPLOADED"
    ANSWERED = "ANSWERED"
    DISCARDED = "DISCARDED"


SUBMISSION_LABELS = {
    SubmissionState.BUILT: pgettext_lazy("file", "Made, not uploaded yet"),
    SubmissionState.UPLOADED: pgettext_lazy("file", "Uploaded, waits for NII's answer"),
    SubmissionState.ANSWERED: pgettext_lazy("file", "Answered"),
    SubmissionState.DISCARDED: pgettext_lazy("file", "Discarded"),
}


class SubmissionAction(StrEnum):
    """What is done to a file."""

    DISCARD_FILE = "DISCARD_FILE"
    MARK_UPLOADED = "MARK_UPLOADED"
    RECORD_ANSWER = "RECORD_ANSWER"
    ANSWER_BY_LIST = "ANSWER_BY_LIST"


class SubmissionRowState(StrEnum):
    """What became of one row of a file."""

    OPEN = "OPEN"
    TAKEN = "TAKEN"
    REFUSED = "REFUSED"
    FREED = "FREED"


SUBMISSION_ROW_LABELS = {
    SubmissionRowState.OPEN: pgettext_lazy("row", "Open"),
    SubmissionRowState.TAKEN: pgettext_lazy("row", "Accepted by NII"),
    SubmissionRowState.REFUSED: pgettext_lazy("row", "Refused by NII"),
    SubmissionRowState.FREED: pgettext_lazy("row", "Freed for another file"),
}


class SubmissionRowAction(StrEnum):
    """What is done to a row, always together with its file or its request."""

    TAKE_ROW = "TAKE_ROW"
    REFUSE_ROW = "REFUSE_ROW"
    FREE_ROW = "FREE_ROW"
    DISCARD_ROW = "DISCARD_ROW"


_REGISTRAR = frozenset({Role.REGISTRAR})
_DISCARD = "requests_app.services.submitting.discard"
_ANSWER = "requests_app.services.answering.record"
_S = SubmissionState
_R = SubmissionRowState

SUBMISSION_TABLE: Table[SubmissionState, SubmissionAction] = Table(
    name="submission",
    states=SubmissionState,
    initial=_S.BUILT,
    final=frozenset({_S.ANSWERED, _S.DISCARDED}),
    rules={
        SubmissionAction.DISCARD_FILE: Rule(
            label=_("Discard the file"), verb=_DISCARD, roles=_REGISTRAR, moves={_S.BUILT: (_S.DISCARDED,)}
        ),
        SubmissionAction.MARK_UPLOADED: Rule(
            label=_("Mark as uploaded"),
            verb="requests_app.services.submitting.mark_uploaded",
            roles=_REGISTRAR,
            moves={_S.BUILT: (_S.UPLOADED,)},
        ),
        SubmissionAction.RECORD_ANSWER: Rule(
            label=_("Record NII's answer"), verb=_ANSWER, roles=_REGISTRAR, moves={_S.UPLOADED: (_S.ANSWERED,)}
        ),
        SubmissionAction.ANSWER_BY_LIST: Rule(
            label=_("NII's list says what became of every row"),
            verb="requests_app.services.answering.answer_by_list",
            roles=frozenset({Role.SYSTEM}),
            moves={_S.UPLOADED: (_S.ANSWERED,)},
        ),
    },
)

ROW_TABLE: Table[SubmissionRowState, SubmissionRowAction] = Table(
    name="submission row",
    states=SubmissionRowState,
    initial=_R.OPEN,
    final=frozenset({_R.TAKEN, _R.REFUSED, _R.FREED}),
    rules={
        SubmissionRowAction.TAKE_ROW: Rule(
            label=_("NII accepted the row"), verb=_ANSWER, roles=_REGISTRAR, moves={_R.OPEN: (_R.TAKEN,)}
        ),
        SubmissionRowAction.REFUSE_ROW: Rule(
            label=_("NII refused the row"), verb=_ANSWER, roles=_REGISTRAR, moves={_R.OPEN: (_R.REFUSED,)}
        ),
        SubmissionRowAction.FREE_ROW: Rule(
            label=_("NII took no row of the file"), verb=_ANSWER, roles=_REGISTRAR, moves={_R.OPEN: (_R.FREED,)}
        ),
        SubmissionRowAction.DISCARD_ROW: Rule(
            label=_("The file was discarded"), verb=_DISCARD, roles=_REGISTRAR, moves={_R.OPEN: (_R.FREED,)}
        ),
    },
)
