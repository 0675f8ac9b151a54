"""Every rule that a verb can find broken, as an exception class with a stable code and a sentence for people.

The sentence says what was found and what to do; it is made when shown, in the reader's language.
"""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _


class RequestError(Exception):
    """A rule of the portal is broken; nothing was changed. `code` is stable, `params` fill the sentence."""

    code = "request.error"
    text = _("This cannot be done.")
    status = 409
    """HTTP status for a page that answers with this error alone."""

    def __init__(self, **params: Any) -> None:
        self.params = params
        super().__init__(self.code)

    def __str__(self) -> str:
        return str(self.text) % self.params


class NotReady(RequestError):
    """Several rules are broken at once; `errors` has every one of them."""

    code = "request.not_ready"
    text = _("The request cannot go on yet: %(count)s points need a change.")
    status = 422

    def __init__(self, errors: Iterable[RequestError]) -> None:
        self.errors = tuple(errors)
        super().__init__(count=len(self.errors))


class NotPermitted(RequestError):
    code = "request.not_permitted"
    text = _("You may not do this (“%(action)s”): it is for other people, or your role has ended.")
    status = 403


class Interested(RequestError):
    code = "request.interested"
    text = _(
        "You are the applicant, a manager, the subscriber contact or a holder of a certificate replaced here. "
        "Another registrar has to decide (“%(action)s”)."
    )
    status = 403


class WitnessMayNotApprove(RequestError):
    code = "request.witness"
    text = _("You confirmed or overrode a name of this request. Another registrar has to approve it.")
    status = 403


class TransitionNotAllowed(RequestError):
    code = "request.transition_not_allowed"
    text = _(
        "“%(action)s” is not possible any more: the request is now “%(state)s”. Somebody was faster; look at it again."
    )


class ReasonRequired(RequestError):
    code = "request.reason_required"
    text = _("The action “%(action)s” needs a reason.")
    status = 422


class TextRefused(RequestError):
    code = "request.text_refused"
    text = _("Nothing was done, because the text cannot be taken: %(problem)s")
    status = 422


class RequestGone(RequestError):
    code = "request.gone"
    text = _("This draft was deleted meanwhile. Nothing was done.")
    status = 404


class NotConfirmed(RequestError):
    code = "request.not_confirmed"
    text = _(
        "Not everybody who was asked about %(name)s has said yes. Wait for the answer, override with a reason, or "
        "return the request."
    )


class VersionChanged(RequestError):
    code = "request.version_changed"
    text = _("The request was changed after this page was opened. Nothing was decided; read it again, then decide.")


class RowChanged(RequestError):
    code = "request.row_changed"
    text = _("The TSV row was made anew after this page was opened. Nothing was decided; read it again, then decide.")


class AlreadyAnswered(RequestError):
    code = "confirmation.already_answered"
    text = _("You have already answered this question. To change it, please contact the Information Technology Center.")


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


class NotEditable(RequestError):
    code = "request.not_editable"
    text = _("The request is “%(state)s” and cannot be edited as a draft. Use “Amend” to change it.")


class TooManyDrafts(RequestError):
    code = "request.too_many_drafts"
    text = _("You have %(count)s drafts. Please delete or apply for some of them first.")


class NotADraft(RequestError):
    code = "request.not_a_draft"
    text = _("Only a draft can be deleted; this request is “%(state)s”. You can withdraw it instead.")


class IncidentAttached(RequestError):
    code = "request.incident_attached"
    text = _("The registrars look into a private key that was shown for this draft, so it cannot be deleted.")


class EvidenceTooOld(RequestError):
    code = "request.evidence_too_old"
    text = _("The last look-up of %(name)s in DNS is too old. It is being looked up again; please try in a minute.")


class ContradictingAnswer(RequestError):
    code = "request.contradicting_answer"
    text = _(
        "The zone administrators contradict each other about %(name)s. Return the request, or override with a reason."
    )


class WarningsNeedReason(RequestError):
    code = "request.warnings_need_reason"
    text = _("There are warnings that block the approval (%(names)s). To approve all the same, give a reason.")
    status = 422


class NoCsr(RequestError):
    code = "request.no_csr"
    text = _("There is no accepted CSR yet. Upload one first.")


class CsrRefused(RequestError):
    """The request (PKCS#10) breaks rules; `problems` is csr's own list."""

    code = "request.csr_refused"
    text = _("The CSR cannot be used: %(count)s points are wrong. Please make a new key pair and CSR.")
    status = 422

    def __init__(self, problems: Iterable[Any], *, key_used: bool = False) -> None:
        self.problems = tuple(problems)
        self.key_used = key_used
        super().__init__(count=sum(problem.is_error for problem in self.problems) + key_used)


class KeyUsedBefore(RequestError):
    code = "request.key_used_before"
    text = _("This key has already been used for another certificate. Please make a new key pair, and a CSR from it.")
    status = 422


class NotFullTime(RequestError):
    code = "request.sender_not_full_time"
    text = _("A full-time member of staff has to send it: the applicant or a full-time manager.")
    status = 403


class RowRefused(RequestError):
    """NII would refuse the row; `problems` is tsv's own list."""

    code = "request.row_refused"
    text = _("NII would not take this TSV row: %(count)s points are wrong.")
    status = 422

    def __init__(self, problems: Iterable[Any]) -> None:
        self.problems = tuple(problems)
        super().__init__(count=len(self.problems))


class KindUndecided(RequestError):
    code = "request.kind_undecided"
    text = _("The portal cannot tell whether this is 発行 or 更新 (%(why)s). A registrar has to decide.")


class NothingToAdjust(RequestError):
    code = "request.nothing_to_adjust"
    text = _("Nothing would change. Managers can be dropped here and the software changed; for the rest use “Amend”.")
    status = 422


class ImportRefused(RequestError):
    """A file of zones cannot be taken; `problems` are sentences with line numbers."""

    code = "zones.import_refused"
    text = _("The file of zones was not taken: %(count)s points are wrong.")
    status = 422

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(count=len(self.problems))


class RuleBroken(RequestError):
    """A rule about what an application says; `field` names the form's field it belongs to."""

    status = 422
    field = ""


class ApplicantNotFullTime(RuleBroken):
    code = "rule.applicant_not_full_time"
    field = "applicant"
    text = _(
        "%(person)s is not full-time faculty or staff by the roster, so cannot be the applicant. "
        "If the roster is wrong, ask the Information Technology Center to confirm the employment."
    )


class ApplicantFixed(RuleBroken):
    code = "rule.applicant_fixed"
    field = "applicant"
    text = _(
        "%(person)s applied for this certificate and stays the applicant. For somebody else, withdraw this request "
        "and make a new one."
    )


class TooManyManagers(RuleBroken):
    code = "rule.too_many_managers"
    field = "managers"
    text = _("At most %(limit)s certificate managers can be named; there are %(count)s.")


class ManagerTwice(RuleBroken):
    code = "rule.manager_twice"
    field = "managers"
    text = _("%(person)s is named as manager more than once. Name each person once.")


class ManagerIsApplicant(RuleBroken):
    code = "rule.manager_is_applicant"
    field = "managers"
    text = _("%(person)s is the applicant and need not be named as manager: leave the field empty.")


class ManagerNotFound(RuleBroken):
    code = "rule.manager_not_found"
    field = "managers"
    text = _("There is nobody with the UEC account “%(account)s” on the roster. Check the spelling.")


class ManagerNotFullTime(RuleBroken):
    code = "rule.manager_not_full_time"
    field = "managers"
    text = _(
        "%(person)s is not full-time. For research and education every manager has to be full-time faculty or staff; "
        "only a student activity may have students as managers."
    )


class PersonInactive(RuleBroken):
    code = "rule.person_inactive"
    field = "managers"
    text = _("%(person)s is no longer at the university by the roster. Name somebody else.")


class ContactMissing(RuleBroken):
    code = "rule.contact_missing"
    field = "subscriber_contact"
    text = _("Choose the subscriber contact: the applicant, or a full-time manager who has agreed.")


class ContactNotEligible(RuleBroken):
    code = "rule.contact_not_eligible"
    field = "subscriber_contact"
    text = _("%(person)s cannot be the subscriber contact: it has to be the applicant or a full-time manager.")


class ContactNotAgreed(RuleBroken):
    code = "rule.contact_not_agreed"
    field = "subscriber_contact"
    text = _("%(person)s has not agreed yet to be the subscriber contact. A mail with a link asks them.")


class ContactWithoutMail(RuleBroken):
    code = "rule.contact_without_mail"
    field = "subscriber_contact"
    text = _("There is no mail address on record for %(person)s, so NII could not send the certificate.")


class ContactSpelling(RuleBroken):
    code = "rule.contact_spelling"
    field = "contact_name"
    text = _("NII's files cannot hold this: %(problem)s")


class SoftwareMissing(RuleBroken):
    code = "rule.software_missing"
    field = "software"
    text = _("Say which software will use the certificate, for example nginx 1.24.")


class SoftwareRefused(RuleBroken):
    code = "rule.software_refused"
    field = "software"
    text = _("NII's files cannot hold this: %(problem)s")


class NameRefused(RuleBroken):
    code = "rule.name_refused"
    field = "common_name"
    text = _("%(name)s: %(problem)s")


class FurtherNameRefused(NameRefused):
    code = "rule.further_name_refused"
    field = "further_names"


class OwnOpenRequest(RuleBroken):
    code = "rule.own_open_request"
    field = "common_name"
    text = _(
        "You already have an open request for %(name)s: %(reference)s. Continue there, "
        "or state under “installation” on which other machine this certificate will be used."
    )


class ReplacedNotHeld(RuleBroken):
    code = "rule.replaced_not_held"
    field = "replaced"
    text = _(
        "The certificate with serial number %(serial)s is not held by the applicant, so it cannot be replaced here."
    )


class PurposeMissing(RuleBroken):
    code = "rule.purpose_missing"
    field = "purpose"
    text = _("Choose the purpose: research and education, or a student activity.")


class CsrProblem(RuleBroken):
    code = "rule.csr_problem"
    field = "csr"
    text = _("The CSR: %(problem)s")


class CsrKeyUsed(RuleBroken):
    code = "rule.csr_key_used"
    field = "csr"
    text = _(
        "The CSR's key has already been used for another certificate. Please make a new key pair, and a CSR from it."
    )


class IncidentResolved(RequestError):
    code = "incident.resolved"
    text = _("Somebody has already closed this incident.")


class NothingQueued(RequestError):
    code = "filing.nothing_queued"
    text = _("There is no row of the kind %(kind)s that can be submitted now.")
