"""Rules about what an application says; each names the form's field it belongs to."""

from django.utils.translation import gettext_lazy as _

from accounts.plain_text import ADDRESS_REFUSED
from requests_app.errors.broken import RequestError


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


class SoftwareAddress(RuleBroken):
    code = "rule.software_address"
    field = "software"
    text = ADDRESS_REFUSED


class InstallationAddress(RuleBroken):
    code = "rule.installation_address"
    field = "installation"
    text = ADDRESS_REFUSED


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
