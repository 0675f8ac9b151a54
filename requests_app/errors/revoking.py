"""Asking for a revocation, deciding about it, and the proof that it happened."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from csr.problems import Problem
from requests_app.errors.broken import RequestError


class CertificateRevoked(RequestError):
    code = "revocation.certificate_revoked"
    text = _("The certificate with the serial number %(serial)s is revoked already. Nothing needs to be done.")


class CertificateEnded(RequestError):
    code = "revocation.certificate_ended"
    text = _(
        "The certificate with the serial number %(serial)s is not valid any more (it ended by itself), so it need not "
        "be revoked."
    )


class CertificateOnlySeen(RequestError):
    code = "revocation.certificate_only_seen"
    text = _(
        "This certificate was only seen on a server; NII did not issue it for the institution as far as the portal "
        "knows, so it cannot be revoked here. Ask the CA that issued it."
    )


class RevocationOpen(RequestError):
    """A revocation of the certificate is under way; `revocation_id` leads to it."""

    code = "revocation.open"
    text = _("The revocation of this certificate is under way already: %(reference)s (“%(state)s”).")

    def __init__(self, revocation_id: int, **params: object) -> None:
        self.revocation_id = revocation_id
        super().__init__(**params)


class CommentRequired(RequestError):
    code = "revocation.comment_required"
    text = _("With the reason “something else (0)” NII needs a comment: write in a few words why.")
    status = 422


class SignInAgain(RequestError):
    code = "revocation.sign_in_again"
    text = _(
        "You signed in more than %(minutes)s minutes ago. To report a leaked key, sign in again: sign out at the top "
        "of the page, sign in, and come back to this page. Nothing was recorded yet."
    )
    status = 403


class NotGreen(RequestError):
    code = "revocation.not_green"
    text = _(
        "%(reference)s was left out: the new certificate was not seen on every server, or the old one was still seen "
        "somewhere. Look at it on its own page."
    )


class StatusRefused(RequestError):
    """The CRL or OCSP response proves nothing; `problems` is csr's own list."""

    code = "revocation.status_refused"
    text = _("Nothing was recorded from this file.")
    status = 422

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__()


class NotRevokedYet(RequestError):
    code = "revocation.not_revoked_yet"
    text = _(
        "Nothing was recorded: according to this file (of %(moment)s) the certificate is not revoked. Fetch a newer "
        "one later."
    )
    status = 422
