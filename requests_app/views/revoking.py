"""The portal's page of one certificate's revocation: ask for it, see where it stands, take it back."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import policies
from audit.actors import Actor
from inventory.models import Certificate
from requests_app import errors, forms, queries
from requests_app.models import Revocation, RevocationReason
from requests_app.services import revoking
from requests_app.states import RevocationAction, RevocationState
from requests_app.states.revocation import LABELS, OPEN_STATES
from requests_app.steps import completing
from requests_app.views import showing, timelines
from requests_app.views.finding import find_certificate, tell

TONES = {
    RevocationState.REQUESTED: "waiting",
    RevocationState.ACCEPTED: "waiting",
    RevocationState.SUBMITTED: "waiting",
    RevocationState.REVOKED: "success",
    RevocationState.DECLINED: "error",
    RevocationState.CANCELLED: "neutral",
    RevocationState.EXPIRED: "neutral",
}


@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Show where the certificate's revocation stands, or the form that asks for it; POST asks."""
    certificate, actor = find_certificate(request, pk)
    form = forms.RevocationForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            revocation = ask_with(form, pk, actor=actor)
        except errors.RequestError as error:
            tell(request, error)
            return redirect("requests:revoke", pk=pk)
        if revocation:
            messages.success(request, told(revocation))
            return redirect("requests:revoke", pk=pk)
    return _page(request, certificate, actor, form=form, status=422 if form.errors else 200)


def ask_with(
    form: forms.RevocationForm, certificate_id: int, *, actor: Actor, on_behalf: bool = False
) -> Revocation | None:
    """Ask with what a valid form says; None where its comment cannot be taken, which the form then says."""
    reason = RevocationReason(form.cleaned_data["reason"])
    try:
        return revoking.ask(
            certificate_id, reason=reason, comment=form.cleaned_data["comment"], actor=actor, on_behalf=on_behalf
        )
    except errors.CommentRequired as error:
        form.add_error("comment", str(error))
    except errors.RowRefused as error:
        for sentence in showing.tsv_sentences(error.problems):
            form.add_error("comment", sentence)
    return None


def told(revocation: Revocation) -> str:
    """Return what whoever asked reads next."""
    if revocation.reason == RevocationReason.KEY_COMPROMISE:
        return _(
            "The leaked key was reported. All holders and registrars were told by mail. Take the key out of use now."
        )
    return _("The revocation was asked for. A registrar decides; the holders get a mail when it is done.")


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the open revocation back, as long as it has not gone to NII."""
    certificate, actor = find_certificate(request, pk)
    open_one = certificate.revocations.filter(state__in=OPEN_STATES).first()
    if open_one is None:
        messages.error(request, _("No revocation of this certificate is under way."))
        return redirect("requests:revoke", pk=pk)
    try:
        revoking.cancel(open_one.pk, actor=actor)
    except errors.RequestError as error:
        tell(request, error)
    else:
        messages.success(request, _("The revocation was cancelled. The certificate stays valid."))
    return redirect("requests:revoke", pk=pk)


def _page(
    request: HttpRequest, certificate: Certificate, actor: Actor, *, form: forms.RevocationForm, status: int
) -> HttpResponse:
    past = list(certificate.revocations.select_related("asked_by", "request").order_by("-pk"))
    current = past[0] if past else None
    open_one = current if current and current.state in OPEN_STATES else None
    is_over = bool(certificate.revoked_at) or completing.has_ended(certificate)
    refused = queries.last_refusal_of_revocation(open_one) if open_one and open_one.state == "ACCEPTED" else None
    context = {
        "certificate": certificate,
        "names": certificate.certificate_names.order_by("name").values_list("name", flat=True),
        "current": current,
        "state_label": LABELS[RevocationState(current.state)] if current else "",
        "state_tone": TONES[RevocationState(current.state)] if current else "",
        "is_open": open_one is not None,
        "is_over": is_over,
        "is_compromise": open_one is not None and open_one.reason == RevocationReason.KEY_COMPROMISE,
        "may_ask": revoking.why_not_ask(certificate, actor=actor) is None,
        "may_report": open_one is not None and revoking.may_report(open_one, actor=actor),
        "may_cancel": open_one is not None
        and RevocationAction.CANCEL_REVOCATION in revoking.possible(open_one, actor=actor),
        "refusal": showing.nii_messages(refused.replies) if refused else [],
        "form": form,
        "contact_phone": settings.CONTACT_PHONE,
        "contact_mail": settings.CONTACT_MAIL,
        "sign_in_minutes": int(policies.FRESH_SIGN_IN.total_seconds() // 60),
        "entries": timelines.of_subjects([one.subject for one in past]) if past else [],
    }
    return render(request, "requests_app/revoke.html", context, status=status)
