"""Certificates that came back, their installation, revocation and hand-over."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from csr.problems import Problem
from requests_app.errors.broken import RequestError


class IssuerNotPinned(RequestError):
    code = "certificate.issuer_unknown"
    text = _(
        "The certificate for %(name)s was not signed by a CA that issues for the institution, so it was not recorded. "
        "If NII has a new CA, the operator adds its certificate to the file that UPKI_ISSUERS names."
    )
    status = 422


class SerialTwice(RequestError):
    code = "certificate.serial_twice"
    text = _(
        "Another certificate with the serial number %(serial)s of the same CA is known already, so this one (%(name)s) "
        "was not recorded. Ask NII which of the two is right."
    )


class FileRefused(RequestError):
    """No certificate could be read; `problems` is csr's own list."""

    code = "certificate.file_refused"
    text = _("No certificate was recorded from this file.")
    status = 422

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__()


class SeveralCertificates(RequestError):
    code = "certificate.several"
    text = _(
        "The file holds %(count)s server certificates and none of them has the key of this request. "
        "Choose the file that came for it."
    )
    status = 422


class OtherCertificate(RequestError):
    code = "certificate.other"
    text = _(
        "This is not the certificate of this request: it is for %(name)s and was made for another key. "
        "Choose the file that came from NII for %(reference)s."
    )
    status = 422


class FateMissing(RequestError):
    code = "installation.fate_missing"
    text = _("Say what becomes of the certificate with the serial number %(serial)s: revoke it, or keep it.")
    status = 422


class KeepNeedsReason(RequestError):
    code = "installation.keep_needs_reason"
    text = _("Say why the certificate with the serial number %(serial)s is kept, such as “still on a second server”.")
    status = 422


class GivenUpNeedsReason(RequestError):
    code = "installation.given_up_needs_reason"
    text = _(
        "The certificate with the serial number %(serial)s is also for %(names)s, which the new one is not. "
        "Write that these names are given up, or keep the certificate."
    )
    status = 422


class RevocationUnderWay(RequestError):
    code = "installation.revocation_under_way"
    text = _(
        "The revocation %(reference)s of the certificate with the serial number %(serial)s is under way. "
        "Cancel it first, as long as it has not gone to NII."
    )


class NotYoursToRevoke(RequestError):
    code = "installation.not_yours_to_revoke"
    text = _(
        "The applicant does not hold the certificate with the serial number %(serial)s any more, so it cannot be "
        "revoked here. Keep it, and tell its holder."
    )
    status = 422


class CompromiseStands(RequestError):
    code = "revocation.compromise_stands"
    text = _("A key that was reported as leaked stays blocked, and its certificate is revoked. Ask the registrars.")


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
