"""Looking at servers over TLS."""

from django.utils.translation import gettext_lazy as _

from requests_app.errors.broken import RequestError


class CertificateOver(RequestError):
    code = "servers.certificate_over"
    text = _("This certificate has expired or was revoked, so nothing is recorded about its servers any more.")


class NameNotInCertificate(RequestError):
    code = "servers.name_not_in_certificate"
    text = _("%(name)s is not a name of this certificate.")
    status = 422


class PortNotAdmitted(RequestError):
    code = "servers.port_not_admitted"
    text = _("The portal does not look at port %(port)s. It looks at servers that begin with TLS, on these: %(ports)s.")
    status = 422
