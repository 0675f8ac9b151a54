"""A request's life as a table (design: "A request's life"). Only states and actions whose verbs exist stand here."""

from enum import StrEnum

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from requests_app.states.table import Role, Rule, Table


class State(StrEnum):
    """Where a request stands. Stored; people see `LABELS`."""

    DRAFT = "DRAFT"
    CONFIRMING = "CONFIRMING"
    REVIEWING = "REVIEWING"
    RETURNED = "RETURNED"
    APPROVED = "APPROVED"
    PREPARED = "PREPARED"
    QUEUED = "QUEUED"
    SUBMITTED = "SUBMITTED"
    HELD = "HELD"
    ISSUED = "ISSUED"
    INSTALLED = "INSTALLED"
    COMPLETED = "COMPLETED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    LAPSED = "LAPSED"


LABELS = {
    State.DRAFT: _("Draft"),
    State.CONFIRMING: _("Confirming the names"),
    State.REVIEWING: _("Under review"),
    State.RETURNED: _("Returned"),
    State.APPROVED: _("Approved"),
    State.PREPARED: _("TSV row under review"),
    State.QUEUED: _("Waiting for submission"),
    State.SUBMITTED: _("With NII"),
    State.HELD: _("Held by NII"),
    State.ISSUED: _("Issued"),
    State.INSTALLED: _("Installed"),
    State.COMPLETED: _("Completed"),
    State.REJECTED: _("Rejected"),
    State.WITHDRAWN: _("Withdrawn"),
    State.LAPSED: _("Lapsed"),
}


class Action(StrEnum):
    """What is done to a request: the word on the button, in the audit trail and in the log."""

    SAVE = "SAVE"
    UPLOAD = "UPLOAD"
    APPLY = "APPLY"
    AMEND = "AMEND"
    ADJUST = "ADJUST"
    SETTLE = "SETTLE"
    REFUSE = "REFUSE"
    OVERRIDE = "OVERRIDE"
    APPROVE = "APPROVE"
    RETURN = "RETURN"
    REJECT = "REJECT"
    WITHDRAW = "WITHDRAW"
    SEND = "SEND"
    DECIDE_KIND = "DECIDE_KIND"
    ACCEPT = "ACCEPT"
    CORRECT = "CORRECT"
    REMAKE = "REMAKE"
    HOLD = "HOLD"
    UNHOLD = "UNHOLD"
    FILE = "FILE"
    UNFILE = "UNFILE"
    SUBMIT = "SUBMIT"
    TAKE_AT_NII = "TAKE_AT_NII"
    REFUSE_AT_NII = "REFUSE_AT_NII"
    FREE = "FREE"
    HOLD_AT_NII = "HOLD_AT_NII"
    RESUBMIT = "RESUBMIT"
    RECORD_CERTIFICATE = "RECORD_CERTIFICATE"
    LIST_CERTIFICATE = "LIST_CERTIFICATE"
    LIST_REFUSAL = "LIST_REFUSAL"
    REPORT_UNAUTHORISED = "REPORT_UNAUTHORISED"
    REPORT_INSTALLED = "REPORT_INSTALLED"
    RECORD_INSTALLED = "RECORD_INSTALLED"
    DECIDE_REPLACED = "DECIDE_REPLACED"
    GIVE_UP = "GIVE_UP"
    COMPLETE = "COMPLETE"
    HAND_OVER = "HAND_OVER"
    LAPSE = "LAPSE"


_APPLICANT = frozenset({Role.APPLICANT})
_HOLDERS = frozenset({Role.HOLDER})
"""Whoever holds the certificate now: after a hand-over, who applied for it disposes of it no more."""
_REGISTRAR = frozenset({Role.REGISTRAR})
_SYSTEM = frozenset({Role.SYSTEM})
_ACT = "requests_app.services.acting.act"
_ANSWER = "requests_app.services.answering.record"
_S = State

TABLE: Table[State, Action] = Table(
    name="request",
    states=State,
    initial=State.DRAFT,
    final=frozenset({State.COMPLETED, State.REJECTED, State.WITHDRAWN, State.LAPSED}),
    rules={
        Action.SAVE: Rule(
            label=_("Save the draft"),
            verb="requests_app.services.drafting.save",
            roles=frozenset({Role.APPLICANT, Role.PREPARER}),
            moves={_S.DRAFT: (_S.DRAFT,), _S.RETURNED: (_S.RETURNED,)},
        ),
        Action.UPLOAD: Rule(
            label=_("Upload a CSR"),
            verb="requests_app.services.preparing.upload",
            roles=frozenset({Role.APPLICANT, Role.PREPARER, Role.MANAGER}),
            moves={_S.DRAFT: (_S.DRAFT,), _S.RETURNED: (_S.RETURNED,), _S.APPROVED: (_S.APPROVED,)},
        ),
        Action.APPLY: Rule(
            label=_("Apply"),
            verb="requests_app.services.applying.apply",
            roles=_APPLICANT,
            moves={_S.DRAFT: (_S.CONFIRMING,), _S.RETURNED: (_S.CONFIRMING,)},
        ),
        Action.SETTLE: Rule(
            label=_("All names are confirmed"),
            verb="requests_app.services.confirming.settle",
            roles=_SYSTEM,
            moves={_S.CONFIRMING: (_S.REVIEWING,)},
        ),
        Action.REFUSE: Rule(
            label=_("A name was refused"),
            verb="requests_app.services.confirming.settle",
            roles=_SYSTEM,
            moves={_S.CONFIRMING: (_S.RETURNED,)},
            needs_reason=True,
        ),
        Action.OVERRIDE: Rule(
            label=_("Override for one name"),
            verb="requests_app.services.confirming.override",
            roles=_REGISTRAR,
            moves={_S.CONFIRMING: (_S.CONFIRMING,), _S.REVIEWING: (_S.REVIEWING,)},
            needs_reason=True,
        ),
        Action.APPROVE: Rule(
            label=_("Approve"),
            verb="requests_app.services.reviewing.approve",
            roles=_REGISTRAR,
            moves={_S.REVIEWING: (_S.APPROVED, _S.QUEUED)},
        ),
        Action.SEND: Rule(
            label=_("Send to the registrars"),
            verb="requests_app.services.preparing.send",
            roles=frozenset({Role.APPLICANT, Role.MANAGER}),
            moves={_S.APPROVED: (_S.QUEUED, _S.PREPARED)},
        ),
        Action.DECIDE_KIND: Rule(
            label=_("Decide between issue and renewal"),
            verb="requests_app.services.preparing.decide_kind",
            roles=_REGISTRAR,
            moves={_S.PREPARED: (_S.PREPARED,), _S.HELD: (_S.PREPARED,)},
            needs_reason=True,
        ),
        Action.ACCEPT: Rule(
            label=_("Accept the TSV row"),
            verb="requests_app.services.preparing.accept",
            roles=_REGISTRAR,
            moves={_S.PREPARED: (_S.QUEUED,)},
        ),
        Action.CORRECT: Rule(
            label=_("Ask for a correction"),
            verb="requests_app.services.preparing.ask_for_correction",
            roles=_REGISTRAR,
            moves={_S.PREPARED: (_S.APPROVED,), _S.QUEUED: (_S.APPROVED,), _S.HELD: (_S.APPROVED,)},
            needs_reason=True,
        ),
        Action.REMAKE: Rule(
            label=_("TSV row made anew"),
            verb="requests_app.services.submitting.build",
            roles=_SYSTEM,
            moves={_S.QUEUED: (_S.PREPARED,)},
            needs_reason=True,
        ),
        Action.AMEND: Rule(
            label=_("Amend"),
            verb="requests_app.services.applying.amend",
            roles=_APPLICANT,
            moves={
                _S.REVIEWING: (_S.CONFIRMING,),
                _S.APPROVED: (_S.CONFIRMING,),
                _S.PREPARED: (_S.CONFIRMING,),
                _S.QUEUED: (_S.CONFIRMING,),
            },
        ),
        Action.ADJUST: Rule(
            label=_("Drop a manager or change the software"),
            verb="requests_app.services.applying.adjust",
            roles=_APPLICANT,
            moves={_S.APPROVED: (_S.APPROVED,), _S.PREPARED: (_S.PREPARED,), _S.QUEUED: (_S.QUEUED, _S.PREPARED)},
        ),
        Action.HOLD: Rule(
            label=_("Hold"),
            verb=_ACT,
            roles=_REGISTRAR,
            moves={_S.QUEUED: (_S.QUEUED,)},
            needs_reason=True,
            plain=True,
        ),
        Action.UNHOLD: Rule(
            label=_("Release the hold"), verb=_ACT, roles=_REGISTRAR, moves={_S.QUEUED: (_S.QUEUED,)}, plain=True
        ),
        Action.FILE: Rule(
            label=_("Put into a file for NII"),
            verb="requests_app.services.submitting.build",
            roles=_REGISTRAR,
            moves={_S.QUEUED: (_S.QUEUED,)},
        ),
        Action.UNFILE: Rule(
            label=_("Taken out: the file was discarded"),
            verb="requests_app.services.submitting.discard",
            roles=_REGISTRAR,
            moves={_S.QUEUED: (_S.QUEUED,)},
        ),
        Action.SUBMIT: Rule(
            label=_("Submit to NII"),
            verb="requests_app.services.submitting.mark_uploaded",
            roles=_REGISTRAR,
            moves={_S.QUEUED: (_S.SUBMITTED,)},
        ),
        Action.TAKE_AT_NII: Rule(
            label=_("Accepted by NII"), verb=_ANSWER, roles=_REGISTRAR, moves={_S.SUBMITTED: (_S.SUBMITTED,)}
        ),
        Action.REFUSE_AT_NII: Rule(
            label=_("Refused by NII"),
            verb=_ANSWER,
            roles=_REGISTRAR,
            moves={_S.SUBMITTED: (_S.HELD,)},
            needs_reason=True,
        ),
        # NII took the row and says later, by mail or by telephone, that it does not issue: nothing else ends the wait.
        Action.HOLD_AT_NII: Rule(
            label=_("Note that NII does not issue it"),
            verb=_ACT,
            roles=_REGISTRAR,
            moves={_S.SUBMITTED: (_S.HELD,)},
            needs_reason=True,
            plain=True,
        ),
        Action.FREE: Rule(
            label=_("NII took no row of the file"),
            verb=_ANSWER,
            roles=_REGISTRAR,
            moves={_S.SUBMITTED: (_S.QUEUED,)},
        ),
        Action.RESUBMIT: Rule(
            label=_("Submit the same row again"),
            verb="requests_app.services.submitting.resubmit",
            roles=_REGISTRAR,
            moves={_S.HELD: (_S.QUEUED,)},
        ),
        Action.RECORD_CERTIFICATE: Rule(
            label=_("Record the certificate"),
            verb="requests_app.services.issuing.record",
            roles=frozenset({Role.APPLICANT, Role.MANAGER, Role.CONTACT, Role.HOLDER, Role.REGISTRAR}),
            moves={_S.SUBMITTED: (_S.ISSUED, _S.HELD), _S.HELD: (_S.ISSUED, _S.HELD)},
        ),
        Action.LIST_CERTIFICATE: Rule(
            label=_("The certificate is in NII's list"),
            verb="requests_app.services.listing.apply_chunk",
            roles=_SYSTEM,
            moves={_S.SUBMITTED: (_S.ISSUED, _S.HELD), _S.HELD: (_S.ISSUED, _S.HELD)},
        ),
        Action.LIST_REFUSAL: Rule(
            label=_("NII's list shows an error"),
            verb="requests_app.services.listing.apply_chunk",
            roles=_SYSTEM,
            moves={_S.SUBMITTED: (_S.HELD,)},
            needs_reason=True,
        ),
        Action.REPORT_UNAUTHORISED: Rule(
            label=_("Report as unauthorised"),
            verb="requests_app.services.incidents.report_unauthorised",
            roles=_REGISTRAR,
            moves={_S.SUBMITTED: (_S.SUBMITTED,)},
            needs_reason=True,
        ),
        Action.REPORT_INSTALLED: Rule(
            label=_("Report the installation"),
            verb="requests_app.services.installing.report",
            roles=_HOLDERS,
            moves={_S.ISSUED: (_S.INSTALLED,)},
        ),
        Action.RECORD_INSTALLED: Rule(
            label=_("Record the installation on behalf"),
            verb="requests_app.services.installing.record",
            roles=_REGISTRAR,
            moves={_S.ISSUED: (_S.INSTALLED,)},
            needs_reason=True,
        ),
        Action.DECIDE_REPLACED: Rule(
            label=_("Say what becomes of the certificates replaced"),
            verb="requests_app.services.installing.decide_replaced",
            roles=_HOLDERS,
            moves={_S.INSTALLED: (_S.INSTALLED,)},
        ),
        Action.GIVE_UP: Rule(
            label=_("The certificate is not needed"),
            verb="requests_app.services.installing.give_up",
            roles=_HOLDERS,
            moves={_S.ISSUED: (_S.COMPLETED,)},
            needs_reason=True,
        ),
        Action.COMPLETE: Rule(
            label=_("Complete"),
            verb="requests_app.services.completing.complete",
            roles=_SYSTEM,
            moves={_S.ISSUED: (_S.COMPLETED,), _S.INSTALLED: (_S.COMPLETED,)},
        ),
        Action.HAND_OVER: Rule(
            label=_("Hand the request over"),
            verb="requests_app.services.handing_over.take_over",
            roles=frozenset({Role.SUCCESSOR}),
            moves={
                _S.CONFIRMING: (_S.CONFIRMING,),
                _S.REVIEWING: (_S.CONFIRMING,),
                _S.RETURNED: (_S.RETURNED,),
                _S.APPROVED: (_S.CONFIRMING,),
                _S.PREPARED: (_S.CONFIRMING,),
                _S.QUEUED: (_S.CONFIRMING,),
                _S.SUBMITTED: (_S.SUBMITTED,),
                _S.HELD: (_S.HELD,),
            },
        ),
        Action.RETURN: Rule(
            label=pgettext_lazy("decision", "Return"),
            verb=_ACT,
            roles=_REGISTRAR,
            moves={_S.CONFIRMING: (_S.RETURNED,), _S.REVIEWING: (_S.RETURNED,), _S.HELD: (_S.RETURNED,)},
            needs_reason=True,
            plain=True,
        ),
        Action.REJECT: Rule(
            label=_("Reject"),
            verb=_ACT,
            roles=_REGISTRAR,
            moves={_S.REVIEWING: (_S.REJECTED,), _S.HELD: (_S.REJECTED,)},
            needs_reason=True,
            plain=True,
        ),
        Action.WITHDRAW: Rule(
            label=_("Withdraw"),
            verb=_ACT,
            roles=_APPLICANT,
            moves=dict.fromkeys(
                (_S.CONFIRMING, _S.REVIEWING, _S.RETURNED, _S.APPROVED, _S.PREPARED, _S.QUEUED, _S.HELD),
                (_S.WITHDRAWN,),
            ),
            plain=True,
        ),
        Action.LAPSE: Rule(
            label=_("Lapse"),
            verb="requests_app.services.lapsing.lapse",
            roles=_SYSTEM,
            moves=dict.fromkeys((_S.DRAFT, _S.RETURNED, _S.APPROVED, _S.PREPARED), (_S.LAPSED,)),
        ),
    },
)


OPEN_STATES = frozenset(
    {
        State.CONFIRMING,
        State.REVIEWING,
        State.RETURNED,
        State.APPROVED,
        State.PREPARED,
        State.QUEUED,
        State.SUBMITTED,
        State.HELD,
    }
)
"""States in which a request reserves its names for the reader of a conflict. Drafts reserve nothing."""

EDITABLE_STATES = frozenset({State.DRAFT, State.RETURNED})
"""States in which the contents are a draft; everywhere else a version is frozen."""
