"""Which mails are due for an application, and what their sending changes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from demo.nii import mails
from demo.nii.columns import Kind
from demo.nii.mails import Mail
from demo.nii.records import Application, State

ASKED_AGAIN_DAYS = 14
"""Days after the pick-up of a renewal [N-LRA3]."""


@dataclass(frozen=True)
class Context:
    """What the mails need beside the application. `old` is the certificate that it replaces, while that is valid."""

    now: datetime
    old: Application | None
    registrar: str
    address: str


@dataclass(frozen=True)
class Step:
    """One occasion for mails."""

    is_due: Callable[[Application, Context], bool]
    mails: Callable[[Application, Context], tuple[Mail, ...]]
    note_sent: Callable[[Application, datetime], None]


def _link_due(one: Application, context: Context) -> bool:
    return one.state is State.LINK_MAIL_WAITING and one.is_certified


def _link(one: Application, context: Context) -> tuple[Mail, ...]:
    return (mails.link(one, f"{context.address}/certificates/{one.token}"),)


def _link_sent(one: Application, now: datetime) -> None:
    one.link_mailed_at = one.updated_at = now
    # Somebody may have revoked it while the mail was on its way.
    if one.state is State.LINK_MAIL_WAITING:
        one.state = State.LINK_MAIL_SENT


def _pick_up_due(one: Application, context: Context) -> bool:
    return one.picked_up_at is not None and one.pick_up_told_at is None


def _pick_up(one: Application, context: Context) -> tuple[Mail, ...]:
    return (mails.picked_up(one, context.old, registrar=context.registrar),)


def _pick_up_sent(one: Application, now: datetime) -> None:
    one.pick_up_told_at = now


def _reminder_due(one: Application, context: Context) -> bool:
    return (
        one.kind is Kind.RENEW
        and one.picked_up_at is not None
        and one.replacement_asked_again_at is None
        and context.old is not None
        and context.now >= one.picked_up_at + timedelta(days=ASKED_AGAIN_DAYS)
    )


def _reminder(one: Application, context: Context) -> tuple[Mail, ...]:
    return () if context.old is None else (mails.asked_again(one, context.old, registrar=context.registrar),)


def _reminder_sent(one: Application, now: datetime) -> None:
    one.replacement_asked_again_at = one.updated_at = now


def _revocation_due(one: Application, context: Context) -> bool:
    return one.state is State.REVOCATION_MAIL_WAITING


def _revocation(one: Application, context: Context) -> tuple[Mail, ...]:
    return mails.revoked(one, registrar=context.registrar)


def _revocation_sent(one: Application, now: datetime) -> None:
    one.revocation_told_at = one.updated_at = now
    one.state = State.REVOKED


STEPS = (
    Step(_link_due, _link, _link_sent),
    Step(_pick_up_due, _pick_up, _pick_up_sent),
    Step(_reminder_due, _reminder, _reminder_sent),
    Step(_revocation_due, _revocation, _revocation_sent),
)
