"""Questions and their answers as items of components/evidence.html. Reads, decides nothing."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from requests_app.models import Answer, Channel, Confirmation, StandingGrant
from requests_app.states import ConfirmationState

TONES = {
    ConfirmationState.ASKED: "info",
    ConfirmationState.YES: "success",
    ConfirmationState.NO: "error",
    ConfirmationState.EXPIRED: "warning",
    ConfirmationState.VOID: "warning",
}


def items(confirmation: Confirmation) -> list[dict[str, Any]]:
    """Return a question and, below it, who answered what, and how it was given."""
    zone = f" ({confirmation.zone.name})" if confirmation.zone else ""
    question = {
        "tone": TONES[ConfirmationState(confirmation.state)],
        "title": f"{confirmation.get_kind_display()}{zone}: {confirmation.get_state_display()}",
        "at": confirmation.settled_at or confirmation.asked_at,
    }
    if confirmation.grant is not None:
        question["detail"] = _grant(confirmation.grant)
    return [question, *(_answer(answer) for answer in confirmation.answers.all())]


def _grant(grant: StandingGrant) -> str:
    """Return the words for a yes that was given in advance."""
    shown = {
        "person": grant.grantor.display_name,
        "given": timezone.localtime(grant.made_at).strftime("%Y-%m-%d"),
        "until": grant.until_on.isoformat(),
    }
    return _("By the standing grant of %(person)s of %(given)s, until %(until)s") % shown


def _answer(answer: Answer) -> dict[str, Any]:
    word = _("Yes") if answer.is_yes else _("No")
    notes = [_("Has a part in the request")] if answer.by_interested else []
    if answer.by_link:
        notes.append(_("By the link in the mail alone"))
    if answer.recorded_by is not None:
        shown = {"channel": Channel(answer.channel).label, "person": answer.recorded_by.display_name}
        notes.append(_("%(channel)s, recorded by %(person)s") % shown)
    return {
        "tone": ("warning" if answer.by_link else "success") if answer.is_yes else "error",
        "title": f"{answer.person.display_name}: {word}",
        "detail": answer.reason,
        "source": " · ".join(notes),
        "at": answer.said_at or answer.answered_at,
    }
