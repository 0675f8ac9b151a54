"""A revocation's life, from the wish to the fact (design: "Revocation")."""

from enum import StrEnum

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from requests_app.states.table import Role, Rule, Table


class RevocationState(StrEnum):
    """Where a revocation stands."""

    REQUESTED = "REQUESTED"
    ACCEPTED = "ACCEPTED"
    SUBMITTED = "SUBMITTED"
    REVOKED = "REVOKED"
    DECLINED = "DECLINED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


LABELS = {
    RevocationState.REQUESTED: pgettext_lazy("revocation", "Asked"),
    RevocationState.ACCEPTED: pgettext_lazy("revocation", "Accepted, waiting for submission"),
    RevocationState.SUBMITTED: pgettext_lazy("revocation", "With NII"),
    RevocationState.REVOKED: pgettext_lazy("revocation", "Revoked"),
    RevocationState.DECLINED: pgettext_lazy("revocation", "Declined"),
    RevocationState.CANCELLED: pgettext_lazy("revocation", "Cancelled"),
    RevocationState.EXPIRED: pgettext_lazy("revocation", "Certificate ended by itself"),
}


class RevocationAction(StrEnum):
    """What is done to a revocation."""

    REPORT_COMPROMISE = "REPORT_COMPROMISE"
    ACCEPT_REVOCATION = "ACCEPT_REVOCATION"
    DECLINE_REVOCATION = "DECLINE_REVOCATION"
    CANCEL_REVOCATION = "CANCEL_REVOCATION"
    OVERRIDE_SERVED = "OVERRIDE_SERVED"
    FILE_REVOCATION = "FILE_REVOCATION"
    UNFILE_REVOCATION = "UNFILE_REVOCATION"
    SUBMIT_REVOCATION = "SUBMIT_REVOCATION"
    SUBMIT_WITH_NIIS_FILE = "SUBMIT_WITH_NIIS_FILE"
    TAKE_REVOCATION = "TAKE_REVOCATION"
    REFUSE_REVOCATION = "REFUSE_REVOCATION"
    FREE_REVOCATION = "FREE_REVOCATION"
    NOTE_NOT_REVOKED = "NOTE_NOT_REVOKED"
    CONFIRM_REVOKED = "CONFIRM_REVOKED"
    LIST_REVOKED = "LIST_REVOKED"
    EXPIRE_REVOCATION = "EXPIRE_REVOCATION"


_REGISTRAR = frozenset({Role.REGISTRAR})
_SYSTEM = frozenset({Role.SYSTEM})
_REVOKING = "requests_app.services.revoking"
_SUBMITTING = "requests_app.services.submitting"
_ANSWER = "requests_app.services.answering.record"
_S = RevocationState

TABLE: Table[RevocationState, RevocationAction] = Table(
    name="revocation",
    states=RevocationState,
    initial=_S.REQUESTED,
    final=frozenset({_S.REVOKED, _S.DECLINED, _S.CANCELLED, _S.EXPIRED}),
    rules={
        # The one exception to "who asks does not accept": a key that leaked does not wait for a second person.
        RevocationAction.REPORT_COMPROMISE: Rule(
            label=_("Report that the key leaked"),
            verb=f"{_REVOKING}.ask",
            roles=frozenset({Role.ASKER}),
            moves={_S.REQUESTED: (_S.ACCEPTED,)},
        ),
        RevocationAction.ACCEPT_REVOCATION: Rule(
            label=_("Accept the revocation"),
            verb=f"{_REVOKING}.accept",
            roles=_REGISTRAR,
            moves={_S.REQUESTED: (_S.ACCEPTED,)},
        ),
        RevocationAction.DECLINE_REVOCATION: Rule(
            label=_("Decline the revocation"),
            verb=f"{_REVOKING}.decline",
            roles=_REGISTRAR,
            moves={_S.REQUESTED: (_S.DECLINED,)},
            needs_reason=True,
        ),
        RevocationAction.CANCEL_REVOCATION: Rule(
            label=_("Cancel the revocation"),
            verb=f"{_REVOKING}.cancel",
            roles=frozenset({Role.HOLDER, Role.ASKER}),
            moves={_S.REQUESTED: (_S.CANCELLED,), _S.ACCEPTED: (_S.CANCELLED,)},
        ),
        RevocationAction.OVERRIDE_SERVED: Rule(
            label=_("Revoke although a server still shows it"),
            verb=f"{_REVOKING}.override_served",
            roles=_REGISTRAR,
            moves={_S.ACCEPTED: (_S.ACCEPTED,)},
            needs_reason=True,
        ),
        RevocationAction.FILE_REVOCATION: Rule(
            label=_("Put the revocation into a file for NII"),
            verb=f"{_SUBMITTING}.build_revocations",
            roles=_REGISTRAR,
            moves={_S.ACCEPTED: (_S.ACCEPTED,)},
        ),
        RevocationAction.UNFILE_REVOCATION: Rule(
            label=_("Taken out: the file was discarded"),
            verb=f"{_SUBMITTING}.discard",
            roles=_REGISTRAR,
            moves={_S.ACCEPTED: (_S.ACCEPTED,)},
        ),
        RevocationAction.SUBMIT_REVOCATION: Rule(
            label=_("Submit the revocation to NII"),
            verb=f"{_SUBMITTING}.mark_uploaded",
            roles=_REGISTRAR,
            moves={_S.ACCEPTED: (_S.SUBMITTED,)},
        ),
        RevocationAction.SUBMIT_WITH_NIIS_FILE: Rule(
            label=_("Submitted with the file from NII's mail"),
            verb=f"{_REVOKING}.mark_submitted",
            roles=_REGISTRAR,
            moves={_S.ACCEPTED: (_S.SUBMITTED,)},
        ),
        RevocationAction.TAKE_REVOCATION: Rule(
            label=_("Revocation accepted by NII"),
            verb=_ANSWER,
            roles=_REGISTRAR,
            moves={_S.SUBMITTED: (_S.SUBMITTED,)},
        ),
        RevocationAction.REFUSE_REVOCATION: Rule(
            label=_("Revocation refused by NII"),
            verb=_ANSWER,
            roles=_REGISTRAR,
            moves={_S.SUBMITTED: (_S.ACCEPTED,)},
            needs_reason=True,
        ),
        RevocationAction.FREE_REVOCATION: Rule(
            label=_("NII took no row of the file"),
            verb=_ANSWER,
            roles=_REGISTRAR,
            moves={_S.SUBMITTED: (_S.ACCEPTED,)},
        ),
        RevocationAction.NOTE_NOT_REVOKED: Rule(
            label=_("Note that NII did not revoke it"),
            verb=f"{_REVOKING}.note_not_revoked",
            roles=_REGISTRAR,
            moves={_S.SUBMITTED: (_S.ACCEPTED,)},
            needs_reason=True,
        ),
        RevocationAction.CONFIRM_REVOKED: Rule(
            label=_("Record that it is revoked"),
            verb=f"{_REVOKING}.record_status",
            roles=_REGISTRAR,
            moves=dict.fromkeys((_S.REQUESTED, _S.ACCEPTED, _S.SUBMITTED), (_S.REVOKED,)),
        ),
        RevocationAction.LIST_REVOKED: Rule(
            label=_("Revoked according to NII's list"),
            verb="requests_app.services.listing.apply_chunk",
            roles=_SYSTEM,
            moves=dict.fromkeys((_S.REQUESTED, _S.ACCEPTED, _S.SUBMITTED), (_S.REVOKED,)),
        ),
        RevocationAction.EXPIRE_REVOCATION: Rule(
            label=_("The certificate ended by itself"),
            verb=f"{_REVOKING}.expire",
            roles=_SYSTEM,
            moves=dict.fromkeys((_S.REQUESTED, _S.ACCEPTED, _S.SUBMITTED), (_S.EXPIRED,)),
        ),
    },
)

OPEN_STATES = frozenset({_S.REQUESTED, _S.ACCEPTED, _S.SUBMITTED})
"""At most one revocation of a certificate is in one of these (constraint)."""
