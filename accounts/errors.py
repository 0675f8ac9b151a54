"""Refusals of this app: each is named after the rule that was broken and carries a stable code."""

from http import HTTPStatus

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class AccountError(Exception):
    """A rule of this app was broken; `str()` is the sentence for people, made when it is shown."""

    code = "account.error"
    text: Promise | str = ""
    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, **params: object) -> None:
        super().__init__(self.code)
        self.params = params

    def __str__(self) -> str:
        return str(self.text) % self.params


class SignInRefused(AccountError):
    """Nobody is signed in; the page says why and what to do."""

    code = "sign_in.refused"
    status = HTTPStatus.FORBIDDEN
    text = _("The sign-in could not be completed. Please begin again from the sign-in page.")


class ProviderUnavailable(SignInRefused):
    code = "sign_in.provider_unavailable"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    text = _(
        "The sign-in service of the university does not answer at the moment. Please try again in a few minutes; "
        "your work in this portal is safe."
    )


class ProviderMisconfigured(SignInRefused):
    code = "sign_in.provider_misconfigured"
    status = HTTPStatus.BAD_GATEWAY
    text = _(
        "The sign-in service answered with something that this portal does not accept, so nobody was signed in. "
        "Please tell the Information Technology Center the code below."
    )


class ForeignIssuer(ProviderMisconfigured):
    code = "sign_in.foreign_issuer"


class IdTokenMissing(ProviderMisconfigured):
    code = "sign_in.id_token_missing"


class IdTokenInvalid(SignInRefused):
    code = "sign_in.id_token_invalid"
    text = _(
        "The proof of identity from the sign-in service is not valid for this portal, or it has expired. "
        "Please begin again from the sign-in page."
    )


class NonceMismatch(IdTokenInvalid):
    code = "sign_in.nonce_mismatch"


class SubjectMismatch(IdTokenInvalid):
    code = "sign_in.subject_mismatch"


class StateUnknown(SignInRefused):
    code = "sign_in.state_unknown"
    status = HTTPStatus.BAD_REQUEST
    text = _(
        "This answer belongs to no sign-in that this browser began, or it came too late (10 minutes). "
        "Please begin again from the sign-in page."
    )


class SignInCancelled(SignInRefused):
    code = "sign_in.cancelled"
    text = _("The sign-in was cancelled at the sign-in service. Nobody is signed in.")


class ConnectRefused(SignInRefused):
    code = "sign_in.connect_refused"
    text = _("A second identity cannot be added to an account. Please use the ordinary sign-in.")


class MustBePosted(SignInRefused):
    code = "sign_in.must_be_posted"
    status = HTTPStatus.METHOD_NOT_ALLOWED
    text = _("A sign-in begins with the button on the sign-in page, not with an address.")


class AddressUnverified(SignInRefused):
    code = "sign_in.address_unverified"
    text = _(
        "The sign-in service says that the mail address of this account is not verified. "
        "Please have it verified, then sign in again."
    )


class ForeignDomain(SignInRefused):
    code = "sign_in.foreign_domain"
    text = _(
        "This account does not belong to “%(domain)s”. Please sign in with your UEC cloud account; "
        "sign out of other accounts at the sign-in service first."
    )


class AccountUnreadable(SignInRefused):
    code = "sign_in.account_unreadable"
    text = _("The sign-in service sent an account name that this portal cannot read.")


class PersonInactive(SignInRefused):
    code = "sign_in.person_inactive"
    text = _("Your entry in the roster has ended. If that is wrong, please ask the Information Technology Center.")


class IdentityConflict(SignInRefused):
    code = "sign_in.identity_conflict"
    text = _(
        "This account and the identity behind it do not belong to the same person on record, which happens when an "
        "account was given to somebody else. The Information Technology Center has been told and will write to you."
    )


class EmergencyLinkInvalid(SignInRefused):
    code = "sign_in.emergency_link_invalid"
    text = _("This emergency address has been used, has expired or is wrong. A new one is made on the server.")


class PersonUnknown(AccountError):
    code = "account.person_unknown"
    text = _("Nobody has the account “%(account)s”.")


class NotPermitted(AccountError):
    code = "account.not_permitted"
    status = HTTPStatus.FORBIDDEN
    text = _("Only a registrar may do this.")


class HoldsNoRole(AccountError):
    code = "account.holds_no_role"
    text = _("“%(account)s” holds no current role; an emergency sign-in is for holders of a role only.")


class OwnRole(AccountError):
    code = "role.own"
    status = HTTPStatus.FORBIDDEN
    text = _("Nobody offers or confirms a role for themselves. Please ask another registrar.")


class SecondRegistrarNeeded(AccountError):
    code = "role.second_registrar_needed"
    status = HTTPStatus.FORBIDDEN
    text = _("A role is confirmed by a registrar other than the one who offered it.")


class RoleTooLong(AccountError):
    code = "role.too_long"
    text = _("A role lasts at most one year and ends in the future. Please choose an earlier or later last day.")


class RoleAlreadyOffered(AccountError):
    code = "role.already_offered"
    text = _("This role is already offered to this person; it waits for the second registrar.")


class RoleOver(AccountError):
    code = "role.over"
    status = HTTPStatus.CONFLICT
    text = _("This offer or role is over, or somebody has just decided on it.")


class FirstGrantsMade(AccountError):
    code = "role.first_grants_made"
    text = _("Two registrars are in office; further roles are offered and confirmed in the portal.")


class RegistrarsFirst(AccountError):
    code = "role.registrars_first"
    text = _("The command makes registrars only; they give every other role in the portal.")


class NotARole(AccountError):
    code = "role.unknown"
    text = _("“%(role)s” is not a role. Roles are: %(roles)s.")


class SignInAgain(AccountError):
    code = "sign_in.again"
    status = HTTPStatus.FORBIDDEN
    text = _("This needs a sign-in of the last %(minutes)s minutes. Please sign out, sign in again and repeat it.")


class ReasonMissing(AccountError):
    code = "reason.missing"
    text = _("Please give the reason in writing; every registrar reads it.")


class BreakGlassIsOpen(AccountError):
    code = "break_glass.is_open"
    status = HTTPStatus.CONFLICT
    text = _("You have broken the glass already; it lasts until the time shown.")


class BreakGlassOver(AccountError):
    code = "break_glass.over"
    status = HTTPStatus.CONFLICT
    text = _("It is over or reviewed already, or it still lasts. Please look at the page again.")


class OwnBreakGlass(AccountError):
    code = "break_glass.own"
    status = HTTPStatus.FORBIDDEN
    text = _("Another registrar has to review what you did.")


class EmploymentQuestionOpen(AccountError):
    code = "employment.question_open"
    text = _("Your question is already with the Information Technology Center.")


class EmploymentAlreadyFullTime(AccountError):
    code = "employment.already_full_time"
    text = _("This person is full-time already; there is nothing to confirm.")


class EvidenceRequired(AccountError):
    code = "employment.evidence_required"
    text = _("Please note what shows that this person is full-time.")


class FullTimeKindRequired(AccountError):
    code = "employment.full_time_kind_required"
    text = _("Only full-time faculty or full-time staff can be confirmed here.")


class EmploymentQuestionAnswered(AccountError):
    code = "employment.question_answered"
    status = HTTPStatus.CONFLICT
    text = _("This question has been answered already.")


class OwnEmployment(AccountError):
    code = "employment.own"
    status = HTTPStatus.FORBIDDEN
    text = _("Nobody confirms their own employment. Please ask another registrar.")


class RosterNotUsable(AccountError):
    code = "roster.not_usable"
    text = _("The file has problems, so nothing can be imported. Please correct them and read the file again.")


class RosterChanged(AccountError):
    code = "roster.changed"
    status = HTTPStatus.CONFLICT
    text = _("Somebody changed people or the file after it was shown. Please look at the difference again.")


class RosterTooSmall(AccountError):
    code = "roster.too_small"
    text = _(
        "The file has %(now)s people, the roster has %(before)s: with 10 %% fewer nothing is imported, "
        "because the file may have been cut off."
    )
