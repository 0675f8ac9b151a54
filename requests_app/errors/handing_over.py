"""Handing a request or a certificate over to somebody else, and renewing what one holds."""

from django.utils.translation import gettext_lazy as _

from requests_app.errors.broken import RequestError


class SuccessorRefused(RequestError):
    code = "handover.successor"
    text = _(
        "“%(account)s” cannot take it over: by the roster nobody with this account is full-time faculty or staff "
        "now. Check the account, or name somebody else."
    )
    status = 422


class SuccessorHasIt(RequestError):
    code = "handover.has_it"
    text = _("%(person)s has it already. Name somebody else.")
    status = 422


class SuccessorIsAsker(RequestError):
    code = "handover.asker"
    text = _("Nobody hands something over to themselves. Name somebody else, or let another person ask you.")
    status = 422


class HandOverOpen(RequestError):
    code = "handover.open"
    text = _("%(person)s is asked already to take it over. Wait for the answer, or cancel that first.")


class HandOverAskerGone(RequestError):
    code = "handover.asker_gone"
    text = _(
        "%(person)s, who asked you, has no part in it any more. Nothing was changed; let somebody who has a part in it "
        "ask you again."
    )


class HandOverOfCertificate(RequestError):
    code = "handover.of_certificate"
    text = _("The certificate of %(reference)s was issued, so the certificate itself is handed over, from its page.")


class TakeReplacedFirst(RequestError):
    code = "handover.replaced_first"
    text = _(
        "The request is to replace the certificate with the serial number %(serial)s, which you do not hold. Let its "
        "holder hand that over to you first, then take the request over."
    )


class NobodyToRenew(RequestError):
    code = "renewal.nobody"
    text = _(
        "You are not full-time faculty or staff by the roster, and no full-time applicant holds this certificate with "
        "you. Let a full-time member of staff take the certificate over; they can renew it."
    )
    status = 403


class RenewalUnderWay(RequestError):
    code = "renewal.under_way"
    text = _("%(person)s is renewing this certificate already (%(reference)s). Nothing was made.")
