"""CSR and TSV: commands, upload, the row column by column, sending it, downloading one's own file."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import days
from accounts.ratelimits import rate_limited
from csr import commands
from csr.problems import Problem
from requests_app import errors, forms, policies, relations
from requests_app.institution import policy
from requests_app.models import CertificateRequest, TsvRow
from requests_app.services import preparing
from requests_app.states import Action, Role, State
from requests_app.steps import rows
from requests_app.views import showing
from requests_app.views.finding import find, refuse, tell, tell_taken_over

TSV_CONTENT_TYPE = "text/tab-separated-values; charset=Shift_JIS"


@require_GET
def csr(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the exact commands, the upload form, and the TSV row of an accepted CSR."""
    certificate_request, actor = find(request, pk)
    return _csr_page(request, certificate_request, relations.roles(actor, certificate_request))


@require_POST
@rate_limited("csr-check", limit=30, window_seconds=300)
def upload(request: HttpRequest, pk: int) -> HttpResponse:
    """Check a CSR; show every problem at once, or keep it and show its row."""
    certificate_request, actor = find(request, pk)
    roles = relations.roles(actor, certificate_request)
    form = forms.CsrForm(request.POST, request.FILES)
    if not form.is_valid():
        return _csr_page(request, certificate_request, roles, form=form, status=422)
    try:
        uploaded = preparing.upload(pk, form.content(), actor=actor)
    except errors.CsrRefused as error:
        return _csr_page(request, certificate_request, roles, refused=error, status=422)
    except (errors.RowRefused, errors.TsvFileRefused) as error:
        tell(request, error)
        return _csr_page(request, certificate_request, roles, status=422)
    except errors.RequestError as error:
        return refuse(request, error, certificate_request)
    messages.success(request, _("The CSR was accepted. Please check the TSV row and send it."))
    tell_taken_over(request, uploaded)
    return redirect("requests:csr", pk=pk)


@require_POST
def send(request: HttpRequest, pk: int) -> HttpResponse:
    """Send exactly the row that the page showed."""
    certificate_request, actor = find(request, pk)
    form = forms.DigestForm(request.POST)
    if not form.is_valid():
        return refuse(request, errors.RowChanged(), certificate_request)
    try:
        state = preparing.send(pk, actor=actor, digest=form.cleaned_data["digest"])
    except errors.RequestError as error:
        tell(request, error)
        return redirect("requests:csr", pk=pk)
    if state == State.QUEUED:
        messages.success(request, _("Sent. The row is waiting to be submitted to NII."))
    else:
        messages.success(request, _("Sent. A registrar looks at the row first, because of its warnings."))
    return redirect(certificate_request)


@require_GET
def tsv(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the TSV file of one's own request, byte for byte as the registrar will submit it."""
    certificate_request, actor = find(request, pk)
    roles = relations.roles(actor, certificate_request)
    row = _current_row(certificate_request)
    if row is None or not policies.may_download(roles, State(certificate_request.state)):
        raise Http404
    response = HttpResponse(bytes(row.content), content_type=TSV_CONTENT_TYPE)
    name = f"{certificate_request.reference}-{row.kind.lower()}.tsv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _current_row(certificate_request: CertificateRequest) -> TsvRow | None:
    current = certificate_request.rows.filter(superseded_at=None)
    return current.select_related("csr", "request", "version").first()


def _csr_page(
    request: HttpRequest,
    certificate_request: CertificateRequest,
    roles: frozenset[Role],
    *,
    form: forms.CsrForm | None = None,
    refused: errors.CsrRefused | None = None,
    status: int = 200,
) -> HttpResponse:
    state = State(certificate_request.state)
    row = _current_row(certificate_request)
    found = showing.csr_findings(refused.problems) if refused else []
    if refused and refused.key_used:
        found.insert(0, showing.Finding("error", str(errors.KeyUsedBefore())))
    stored = [Problem.from_json(problem) for problem in row.csr.problems] if row else []
    context = {
        "certificate_request": certificate_request,
        **_commands(certificate_request.common_name),
        "form": form or forms.CsrForm(),
        "refused": found,
        "row": row,
        "cells": showing.row_cells(row) if row else [],
        "kind_reason": rows.reason_text(row.kind_reason) if row else "",
        "findings": showing.csr_findings(stored),
        "may_upload": policies.may(roles, Action.UPLOAD, state) and state == State.APPROVED,
        "may_send": row is not None and policies.may(roles, Action.SEND, state),
        "may_download": policies.may_download(roles, state),
        "reason": showing.last_reason(certificate_request),
        "is_given_back": showing.is_given_back(certificate_request, row),
        "may_adjust": policies.may(roles, Action.ADJUST, state),
        "may_not_send_because_not_full_time": Role.MANAGER in roles and Role.FULL_TIME not in roles,
    }
    return render(request, "requests_app/csr.html", context, status=status)


def _commands(common_name: str) -> dict[str, Any]:
    """Return what the first step shows: for each tool the lines to copy, and the subject DN they must give."""
    on = days.today()
    return {
        "openssl": "\n".join(commands.openssl(common_name, policy(), on=on)),
        "keytool": "\n".join(commands.keytool(common_name, policy(), on=on)),
        "certreq": "\n".join(commands.certreq(common_name, policy(), on=on)),
        "file_stem": commands.file_stem(common_name, on),
        "subject_attributes": showing.subject_attributes(common_name),
    }


@require_http_methods(["GET"])
def hosting(request: HttpRequest) -> HttpResponse:
    """Show what to do when the certificate is for a virtual host at ITC: never send a private key."""
    return render(request, "requests_app/hosting.html")
