"""Who may do what, when, and with which words."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from requests_app.errors.broken import RequestError


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


class VersionChanged(RequestError):
    code = "request.version_changed"
    text = _("The request was changed after this page was opened. Nothing was decided; read it again, then decide.")


class RowChanged(RequestError):
    code = "request.row_changed"
    text = _("The TSV row was made anew after this page was opened. Nothing was decided; read it again, then decide.")


class NotEditable(RequestError):
    code = "request.not_editable"
    text = _("The request is “%(state)s” and cannot be edited as a draft. Use “Amend” to change it.")


class TooManyDrafts(RequestError):
    code = "request.too_many_drafts"
    text = ngettext_lazy(
        "You have %(count)s draft. Please delete it or apply for it first.",
        "You have %(count)s drafts. Please delete or apply for some of them first.",
        "count",
    )


class NotADraft(RequestError):
    code = "request.not_a_draft"
    text = _("Only a draft can be deleted; this request is “%(state)s”. You can withdraw it instead.")


class IncidentAttached(RequestError):
    code = "request.incident_attached"
    text = _("The registrars look into a private key that was shown for this draft, so it cannot be deleted.")


class NothingToAdjust(RequestError):
    code = "request.nothing_to_adjust"
    text = _("Nothing would change. Managers can be dropped here and the software changed; for the rest use “Amend”.")
    status = 422


class IncidentResolved(RequestError):
    code = "incident.resolved"
    text = _("Somebody has already closed this incident.")


class CommentMissing(RequestError):
    code = "comment.missing"
    text = _("There is nothing to keep: please write something.")
    status = 422


class CommentTooLong(RequestError):
    code = "comment.too_long"
    text = _("The comment is longer than %(limit)s characters.")
    status = 422


class AddressUnusable(RequestError):
    code = "mail.address_unusable"
    text = _("This is not a mail address.")
    status = 422


class AddressStopped(RequestError):
    code = "mail.address_stopped"
    text = _("Mail to %(address)s is stopped already.")


class AddressInUse(RequestError):
    code = "mail.address_in_use"
    text = _("Mail to this address is not stopped any more.")


class ForeignReport(RequestError):
    code = "mail.foreign_report"
    text = _("The notification is about no mail that this portal sent; nothing was changed.")


class MailNotParked(RequestError):
    code = "mail.not_parked"
    text = _(
        "This mail cannot be sent again: it is not parked any more, its text was removed, or there is no usable mail "
        "address on record. Correct the address in the roster first."
    )
