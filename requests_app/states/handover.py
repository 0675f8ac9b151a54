"""A hand-over's life: somebody is asked to take over a request or a certificate (design: "Hand-over")."""

from enum import StrEnum

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from requests_app.states.table import Role, Rule, Table


class HandOverState(StrEnum):
    """Where a hand-over stands."""

    ASKED = "ASKED"
    TAKEN_OVER = "TAKEN_OVER"
    DECLINED = "DECLINED"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"


LABELS = {
    HandOverState.ASKED: pgettext_lazy("hand-over", "Asked"),
    HandOverState.TAKEN_OVER: pgettext_lazy("hand-over", "Taken over"),
    HandOverState.DECLINED: pgettext_lazy("hand-over", "Declined"),
    HandOverState.EXPIRED: pgettext_lazy("hand-over", "Nobody answered in time"),
    HandOverState.CANCELLED: pgettext_lazy("hand-over", "Cancelled"),
}


class HandOverAction(StrEnum):
    """What is done to a hand-over."""

    TAKE_OVER = "TAKE_OVER"
    DECLINE_HAND_OVER = "DECLINE_HAND_OVER"
    CANCEL_HAND_OVER = "CANCEL_HAND_OVER"
    EXPIRE_HAND_OVER = "EXPIRE_HAND_OVER"


_VERB = "requests_app.services.handing_over"
_S = HandOverState

TABLE: Table[HandOverState, HandOverAction] = Table(
    name="hand-over",
    states=HandOverState,
    initial=_S.ASKED,
    final=frozenset({_S.TAKEN_OVER, _S.DECLINED, _S.EXPIRED, _S.CANCELLED}),
    rules={
        HandOverAction.TAKE_OVER: Rule(
            label=_("Take over"),
            verb=f"{_VERB}.take_over",
            roles=frozenset({Role.SUCCESSOR}),
            moves={_S.ASKED: (_S.TAKEN_OVER,)},
        ),
        HandOverAction.DECLINE_HAND_OVER: Rule(
            label=_("Decline"),
            verb=f"{_VERB}.decline",
            roles=frozenset({Role.SUCCESSOR}),
            moves={_S.ASKED: (_S.DECLINED,)},
            needs_reason=True,
        ),
        HandOverAction.CANCEL_HAND_OVER: Rule(
            label=_("Cancel the hand-over"),
            verb=f"{_VERB}.cancel",
            roles=frozenset({Role.ASKER, Role.REGISTRAR}),
            moves={_S.ASKED: (_S.CANCELLED,)},
        ),
        HandOverAction.EXPIRE_HAND_OVER: Rule(
            label=_("Nobody answered in time"),
            verb=f"{_VERB}.expire",
            roles=frozenset({Role.SYSTEM}),
            moves={_S.ASKED: (_S.EXPIRED,)},
        ),
    },
)
