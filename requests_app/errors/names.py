"""Existence of names, the answers of those who are asked, and zones."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from requests_app.errors.broken import RequestError


class NotConfirmed(RequestError):
    code = "request.not_confirmed"
    text = _(
        "Not everybody who was asked about %(name)s has said yes. Wait for the answer, override with a reason, or "
        "return the request."
    )


class AlreadyAnswered(RequestError):
    code = "confirmation.already_answered"
    text = _("You have already answered this question. To change it, please contact the Information Technology Center.")


class MayNotAnswer(RequestError):
    code = "confirmation.may_not_answer"
    text = _("%(person)s cannot answer this question at present, or has answered it already.")
    status = 422


class OwnAnswer(RequestError):
    code = "confirmation.own_answer"
    text = _("You are asked yourself: give your answer on the page of the question, not as a note about a call.")
    status = 422


class MomentOfAnswer(RequestError):
    code = "confirmation.moment_of_answer"
    text = _("An answer is given after the question (%(asked)s) and not in the future. Please look at day and time.")
    status = 422


class GrantRefused(RequestError):
    code = "grant.refused"
    text = _(
        "A standing grant goes with a yes that settles the question, by somebody who has no part in the request. "
        "Please answer without it."
    )
    status = 422


class GrantDays(RequestError):
    code = "grant.days"
    text = _("A standing grant ends tomorrow at the earliest, and on %(last)s at the latest.")
    status = 422


class GrantWithdrawn(RequestError):
    code = "grant.withdrawn"
    text = _("This standing grant has been withdrawn already. Nothing needs to be done.")


class AbsenceDays(RequestError):
    code = "absence.days"
    text = _("An absence begins today or later, ends on its first day or later, and within a year. Please correct it.")
    status = 422


class AbsenceOverlaps(RequestError):
    code = "absence.overlaps"
    text = _("You have already entered an absence that shares a day with this one. Take that one back first.")
    status = 422


class TooManyAbsences(RequestError):
    code = "absence.too_many"
    text = _("You have already entered %(limit)s absences that are not over. Take one of them back first.")
    status = 422


class AbsenceOver(RequestError):
    code = "absence.over"
    text = _("This absence is over or was taken back. Nothing needs to be done.")


class NotAsked(RequestError):
    code = "confirmation.not_asked"
    text = _("This question is not open any more (%(state)s). Nothing needs to be done.")


class NotAddressed(RequestError):
    code = "confirmation.not_addressed"
    text = _("You do not administer the zone %(zone)s at present, so you cannot answer for it.")
    status = 403


class OverrideUnknown(RequestError):
    code = "request.override_unknown"
    text = _("There is nothing to override for the name %(name)s.")
    status = 422


class SignInNeeded(RequestError):
    code = "confirmation.sign_in_needed"
    text = _("The link alone is not enough for an answer. Please sign in as the addressee of the mail, then answer.")


class EvidenceTooOld(RequestError):
    code = "request.evidence_too_old"
    text = _("The last look-up of %(name)s in DNS is too old. It is being looked up again; please try in a minute.")


class ContradictingAnswer(RequestError):
    code = "request.contradicting_answer"
    text = _("The answers about %(name)s contradict each other. Return the request, or override with a reason.")


class WarningsNeedReason(RequestError):
    code = "request.warnings_need_reason"
    text = _("There are warnings that block the approval (%(names)s). To approve all the same, give a reason.")
    status = 422


class ImportRefused(RequestError):
    """A file of zones cannot be taken; `problems` say themselves in the active language, with line numbers."""

    code = "zones.import_refused"
    text = ngettext_lazy(
        "The file of zones was not taken: %(count)s point is wrong.",
        "The file of zones was not taken: %(count)s points are wrong.",
        "count",
    )
    status = 422

    def __init__(self, problems: Iterable[object]) -> None:
        self.problems = tuple(problems)
        super().__init__(count=len(self.problems))
