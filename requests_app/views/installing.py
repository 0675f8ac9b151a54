"""After NII's answer: give the certificate, report its installation, say what becomes of those that it replaced."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.ratelimits import rate_limited
from audit.actors import Actor
from csr import archives, certificates
from requests_app import errors, forms
from requests_app.models import CertificateRequest
from requests_app.services import incidents, installing, issuing
from requests_app.states import Action, SubmissionRowState
from requests_app.steps import completing, replacing
from requests_app.steps.issuing import Placing
from requests_app.views import showing
from requests_app.views.finding import find, refusal, refuse, tell


@require_http_methods(["GET", "POST"])
@rate_limited("certificate", limit=30, window_seconds=300)
def certificate(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the form for the certificate that came from NII; POST records it."""
    certificate_request, actor = find(request, pk)
    forbidden = refusal(actor, Action.RECORD_CERTIFICATE, certificate_request)
    if forbidden:
        return refuse(request, forbidden, certificate_request)
    posted = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = forms.CertificateFileForm(*posted)
    if request.method == "POST" and form.is_valid():
        try:
            placed = issuing.record(pk, read(form.content(), actor=actor), actor=actor)
        except errors.FileRefused as error:
            for sentence in showing.csr_findings(error.problems):
                form.add_error(None, sentence.text)
        except errors.RequestError as error:
            form.add_error(None, str(error))
        else:
            _say(request, placed.placing)
            return redirect(certificate_request)
    context = {"certificate_request": certificate_request, "form": form}
    return render(request, "requests_app/certificate_file.html", context, status=422 if form.errors else 200)


@require_GET
def pem(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the request's certificate as a PEM file. The auditor, who only reads, may have it, too: it is public."""
    certificate_request, _actor = find(request, pk)
    issued = certificate_request.certificate
    if issued is None or issued.der is None:
        raise Http404
    response = HttpResponse(certificates.pem(bytes(issued.der)), content_type="application/x-pem-file")
    response["Content-Disposition"] = f'attachment; filename="{showing.pem_name(issued)}"'
    return response


def read(content: bytes, *, actor: Actor) -> tuple[Any, ...]:
    """Return the certificates of a file. Raises FileRefused; a key whose private half was inside is blocked first."""
    opened = archives.open_file(content)
    for spki_sha256 in opened.shown_keys:
        incidents.report_shown_key(spki_sha256, actor=actor)
    if not opened.certificates:
        raise errors.FileRefused(opened.problems)
    return opened.certificates


def _say(request: HttpRequest, placing: Placing) -> None:
    if placing in {Placing.ISSUED, Placing.KNOWN}:
        messages.success(request, _("The certificate was recorded: its key and names are those of the request."))
    else:
        messages.warning(
            request,
            _("This certificate differs from what was applied for. It must not be used; the registrars were told."),
        )


def statements_form(certificate_request: CertificateRequest, *, posted: Any = None) -> forms.StatementsForm:
    """Return the form about the certificates replaced that are not over yet, "replaced everywhere" ticked."""
    certificates = completing.open_replaced(certificate_request)
    given_up = {one.pk: replacing.given_up(certificate_request, one) for one in certificates}
    return forms.StatementsForm(posted, certificates=certificates, given_up=given_up)


def after_issue(certificate_request: CertificateRequest, *, is_reportable: bool) -> dict[str, Any]:
    """Return what the request's page shows once there is a certificate; the desk shows the same."""
    is_issued = certificate_request.certificate_id is not None
    replaced = showing.replaced_certificates(certificate_request) if is_issued else []
    return {
        "sees_certificate": is_issued,
        "statements_form": statements_form(certificate_request) if is_reportable else None,
        "replaced": replaced,
        "undecided": any(one["is_undecided"] for one in replaced),
        "is_taken": certificate_request.submission_rows.filter(state=SubmissionRowState.TAKEN).exists(),
        "open_replaced": bool(is_issued and completing.open_replaced(certificate_request)),
    }


@require_http_methods(["GET", "POST"])
def installed(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what the report says; POST reports the installation."""
    certificate_request, actor = find(request, pk)
    return _state(
        request,
        certificate_request,
        actor,
        Action.REPORT_INSTALLED,
        installing.report,
        done=_("Thank you: the installation was recorded."),
    )


@require_http_methods(["GET", "POST"])
def replaced(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the certificates replaced that are not over yet; POST says what becomes of them."""
    certificate_request, actor = find(request, pk)
    return _state(
        request,
        certificate_request,
        actor,
        Action.DECIDE_REPLACED,
        installing.decide_replaced,
        done=_("Recorded what becomes of the certificates replaced."),
    )


def _state(
    request: HttpRequest, certificate_request: CertificateRequest, actor: Actor, action: Action, verb: Any, *, done: str
) -> HttpResponse:
    forbidden = refusal(actor, action, certificate_request)
    if forbidden:
        return refuse(request, forbidden, certificate_request)
    form = statements_form(certificate_request, posted=request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            verb(certificate_request.pk, statements=form.statements(), actor=actor)
        except errors.NotReady as error:
            for broken in error.errors:
                form.add_error(None, str(broken))
        except errors.RequestError as error:
            return refuse(request, error, certificate_request)
        else:
            messages.success(request, done)
            return redirect(certificate_request)
    context = {
        "certificate_request": certificate_request,
        "form": form,
        "is_report": action is Action.REPORT_INSTALLED,
        "title": showing.action_label(action),
    }
    return render(request, "requests_app/installed.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def give_up(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask what happened; POST ends the request and opens the revocation."""
    certificate_request, actor = find(request, pk)
    forbidden = refusal(actor, Action.GIVE_UP, certificate_request)
    if forbidden:
        return refuse(request, forbidden, certificate_request)
    form = forms.GiveUpForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            installing.give_up(pk, reason=given["reason"], note=given["note"], actor=actor)
        except errors.RequestError as error:
            tell(request, error)
        else:
            messages.success(request, _("Recorded. The registrars see to the revocation."))
        return redirect(certificate_request)
    context = {"certificate_request": certificate_request, "form": form}
    return render(request, "requests_app/give_up.html", context, status=422 if form.errors else 200)
