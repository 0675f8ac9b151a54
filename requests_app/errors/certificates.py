"""Certificates that came back, their installation, revocation and hand-over."""

from django.utils.translation import gettext_lazy as _

from requests_app.errors.broken import RequestError


class IssuerNotPinned(RequestError):
    code = "certificate.issuer_unknown"
    text = _(
        "The certificate for %(name)s was not signed by a CA that issues for the institution, so it was not recorded. "
        "If NII has a new CA, the operator adds its certificate to the file that UPKI_ISSUERS names."
    )
    status = 422


class RevocationMoved(RequestError):
    code = "revocation.moved"
    text = _("“%(action)s” is not possible any more: the revocation is now “%(state)s”. Somebody was faster.")


class AskerMayNotAccept(RequestError):
    code = "revocation.asker"
    text = _("You asked for this revocation. Another registrar has to accept it.")
    status = 403


class HandOverMoved(RequestError):
    code = "handover.moved"
    text = _("“%(action)s” is not possible any more: the hand-over is now “%(state)s”. Somebody was faster.")
