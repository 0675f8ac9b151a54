"""Settling: when every name is confirmed the request goes on; when one is refused for good it goes back."""

from django.utils.translation import gettext as _
from django.utils.translation import override as language

from audit.actors import SYSTEM
from requests_app import evidence, transitions
from requests_app.evidence import NameEvidence
from requests_app.models import CertificateRequest, ConfirmationKind
from requests_app.states import Action, ConfirmationState, State
from requests_app.steps import asking


def settle(request: CertificateRequest) -> None:
    """Move a locked CONFIRMING request on or back if nothing is open any more.

    A refusal waits until every name was looked up, so that the applicant hears all reasons together. Names whose
    look-up has grown too old meanwhile (an administrator takes days to answer) are made due again.
    """
    if request.state != State.CONFIRMING:
        return
    names = evidence.of_request(request)
    asking.look_up_again(name.name for name in names if not name.is_observed)
    if all(name.is_settled for name in names):
        transitions.move(request, Action.SETTLE, actor=SYSTEM, details={"names": [name.as_ids() for name in names]})
        return
    refused = [name for name in names if name.is_refused or name.is_missing]
    if refused and all(name.is_observed for name in names):
        transitions.move(
            request,
            Action.REFUSE,
            actor=SYSTEM,
            reason=reasons_in_both_languages(refused),
            details={"names": [name.as_ids() for name in names]},
        )


def reasons_in_both_languages(names: list[NameEvidence]) -> str:
    """Return one line for each reason, Japanese first: the history is read by people of either language."""
    lines = []
    for code in ("ja", "en"):
        with language(code):
            lines += [line for name in names for line in _reasons(name)]
    return "\n".join(lines)


def _reasons(name: NameEvidence) -> list[str]:
    lines = []
    if name.is_missing:
        lines.append(
            _("%(name)s: DNS shows no address for this name. Register it first, then apply again.")
            % {"name": name.name}
        )
    for kind in ConfirmationKind:
        for confirmation in name.questions(kind):
            if confirmation.state != ConfirmationState.NO:
                continue
            said = confirmation.answers.filter(is_first=True).values_list("reason", flat=True).first() or ""
            lines.append(
                _("%(name)s: refused by the %(who)s: %(reason)s")
                % {"name": name.name, "who": confirmation.get_kind_display(), "reason": said}
            )
    return lines
