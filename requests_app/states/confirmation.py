"""A confirmation's life: one question about one name, for one applicant, their managers and the purpose."""

from enum import StrEnum

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from requests_app.states.table import Role, Rule, Table


class ConfirmationState(StrEnum):
    """Where a question about a name stands."""

    ASKED = "ASKED"
    YES = "YES"
    NO = "NO"
    EXPIRED = "EXPIRED"
    VOID = "VOID"


LABELS = {
    ConfirmationState.ASKED: pgettext_lazy("question", "Asked"),
    ConfirmationState.YES: _("Confirmed"),
    ConfirmationState.NO: _("Refused"),
    ConfirmationState.EXPIRED: _("Expired"),
    ConfirmationState.VOID: _("Void"),
}


class ConfirmationAction(StrEnum):
    """What is done to a question."""

    ANSWER_YES = "ANSWER_YES"
    ANSWER_NO = "ANSWER_NO"
    RECORD_YES = "RECORD_YES"
    RECORD_NO = "RECORD_NO"
    COUNT_YES = "COUNT_YES"
    GRANT = "GRANT"
    LOSE_GRANT = "LOSE_GRANT"
    EXPIRE = "EXPIRE"
    VOID = "VOID"


ANSWERERS = frozenset({Role.ZONE_ADMINISTRATOR, Role.HOLDER})
"""Who is asked."""

_ANSWER = "requests_app.services.confirming.answer"
_RECORD = "requests_app.services.confirming.record_answer"
_REGISTRARS = frozenset({Role.REGISTRAR})
_S = ConfirmationState

TABLE: Table[ConfirmationState, ConfirmationAction] = Table(
    name="confirmation",
    states=ConfirmationState,
    initial=ConfirmationState.ASKED,
    final=frozenset({ConfirmationState.YES, ConfirmationState.NO, ConfirmationState.EXPIRED, ConfirmationState.VOID}),
    rules={
        ConfirmationAction.ANSWER_YES: Rule(label=_("Yes"), verb=_ANSWER, roles=ANSWERERS, moves={_S.ASKED: (_S.YES,)}),
        ConfirmationAction.ANSWER_NO: Rule(
            label=_("No"), verb=_ANSWER, roles=ANSWERERS, moves={_S.ASKED: (_S.NO,)}, needs_reason=True
        ),
        ConfirmationAction.RECORD_YES: Rule(
            label=_("Record a yes that was given elsewhere"),
            verb=_RECORD,
            roles=_REGISTRARS,
            moves={_S.ASKED: (_S.YES,)},
        ),
        ConfirmationAction.RECORD_NO: Rule(
            label=_("Record a no that was given elsewhere"),
            verb=_RECORD,
            roles=_REGISTRARS,
            moves={_S.ASKED: (_S.NO,)},
            needs_reason=True,
        ),
        ConfirmationAction.COUNT_YES: Rule(
            label=_("A yes suffices now that nobody else administers the zone"),
            verb="requests_app.services.confirming.count_again",
            roles=frozenset({Role.SYSTEM}),
            moves={_S.ASKED: (_S.YES,)},
        ),
        ConfirmationAction.GRANT: Rule(
            label=_("A standing grant answered"),
            verb="requests_app.services.applying.apply",
            roles=frozenset({Role.SYSTEM}),
            moves={_S.ASKED: (_S.YES,)},
        ),
        ConfirmationAction.LOSE_GRANT: Rule(
            label=_("The standing grant does not hold any more"),
            verb="requests_app.services.granting.ask_again",
            roles=frozenset({Role.SYSTEM}),
            moves={_S.YES: (_S.VOID,)},
        ),
        ConfirmationAction.EXPIRE: Rule(
            label=_("Nobody answered in time"),
            verb="requests_app.services.confirming.expire",
            roles=frozenset({Role.SYSTEM}),
            moves={_S.ASKED: (_S.EXPIRED,)},
        ),
        ConfirmationAction.VOID: Rule(
            label=_("The zone changed"),
            verb="requests_app.services.zones.apply",
            roles=frozenset({Role.SYSTEM}),
            moves={_S.ASKED: (_S.VOID,), _S.YES: (_S.VOID,), _S.NO: (_S.VOID,), _S.EXPIRED: (_S.VOID,)},
        ),
    },
)
