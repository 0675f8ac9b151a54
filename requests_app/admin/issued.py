"""Certificates that came back, given several at a time: each finds its request by its key."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actors import desk_actor
from csr.certificates import Certificate
from requests_app import errors, forms
from requests_app.services import issuing
from requests_app.steps.issuing import Placed, Placing
from requests_app.views import showing
from requests_app.views.installing import read

WORDS = {
    Placing.ISSUED: ("success", gettext_lazy("Recorded: the request goes on")),
    Placing.KNOWN: ("neutral", gettext_lazy("Was recorded before")),
    Placing.MISMATCH: ("error", gettext_lazy("Differs from what was accepted: an incident was opened")),
    Placing.LATE: ("warning", gettext_lazy("Its request had ended or has another one: an incident was opened")),
    Placing.LISTED: ("info", gettext_lazy("Recorded; it belongs to no request here")),
}
"""What became of a certificate: tone and words."""


def certificates(request: HttpRequest) -> HttpResponse:
    """Show the form; POST records every certificate of the file, each in a transaction of its own."""
    posted = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = forms.CertificateFileForm(*posted)
    results: list[dict[str, Any]] = []
    if request.method == "POST" and form.is_valid():
        try:
            found = read(form.content(), actor=desk_actor(request))
        except errors.FileRefused as error:
            for sentence in showing.csr_findings(error.problems):
                form.add_error(None, sentence.text)
        else:
            results = [_record(request, one) for one in found if not one.is_ca]
            if not results:
                form.add_error(None, _("The file holds certificates of CAs only, and none of a server."))
    context = {
        **admin.site.each_context(request),
        "title": _("Record certificates"),
        "form": form,
        "results": results,
    }
    status = 422 if form.errors else 200
    return TemplateResponse(request, "admin/requests_app/certificates.html", context, status=status)


def _record(request: HttpRequest, found: Certificate) -> dict[str, Any]:
    shown = {"name": found.common_name, "serial": found.serial_digits}
    try:
        placed: Placed = issuing.record_at_desk(found, actor=desk_actor(request))
    except errors.RequestError as error:
        return {**shown, "tone": "error", "label": _("Not recorded"), "detail": str(error)}
    tone, label = WORDS[placed.placing]
    return {**shown, "tone": tone, "label": label, "request": placed.request}
