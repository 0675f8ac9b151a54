"""Revocations at the desk: the list, the page on which one is decided about, and asking on behalf of holders."""

import hashlib
from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actors import desk_actor
from csr.problems import Problem
from inventory.models import Certificate, TlsObservation
from requests_app import errors, forms, policies, queries, relations, texts
from requests_app.admin import reasons
from requests_app.admin.queue import accept_green
from requests_app.admin.reading import PageAdmin, refusal_in_words
from requests_app.models import Revocation
from requests_app.services import revoking
from requests_app.states import RevocationAction, RevocationState
from requests_app.states.revocation import LABELS, TABLE
from requests_app.steps import revoking as steps
from requests_app.views import revoking as portal
from requests_app.views import showing, timelines
from requests_app.views.finding import tell
from requests_app.views.preparing import TSV_CONTENT_TYPE
from tsv import fields, writing

PROBES_SHOWN = 40
"""Looks at servers that the page shows, the newest first: the last of each of eight names and their addresses."""


@admin.register(Revocation)
class RevocationAdmin(PageAdmin):
    """The revocations, the newest first, and one with its decisions."""

    list_display = ("reference", "certificate", "reason", "state_badge", "asked_at", "asked_by", "on_behalf")
    list_filter = ("state", "reason")
    list_select_related = ("certificate", "asked_by")
    search_fields = ("=id", "certificate__common_name", "=certificate__serial", "digest")

    @admin.display(description=gettext_lazy("number"), ordering="pk")
    def reference(self, revocation: Revocation) -> str:
        return revocation.reference

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_badge(self, revocation: Revocation) -> str:
        """The state: colour, shape and word."""
        state = RevocationState(revocation.state)
        return render_to_string("components/tone_badge.html", {"tone": portal.TONES[state], "label": LABELS[state]})

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("accept-green/", self.posting(accept_green), name="requests_app_accept_green"),
            path("ask/<int:certificate_id>/", self.guarded(ask_on_behalf), name="requests_app_revoke_on_behalf"),
            path("<int:pk>/accept/", self.posting(accept), name="requests_app_accept_revocation"),
            path("<int:pk>/decline/", self.posting(decline), name="requests_app_decline_revocation"),
            path("<int:pk>/cancel/", self.posting(cancel), name="requests_app_cancel_revocation"),
            path("<int:pk>/override/", self.posting(override), name="requests_app_override_served"),
            path("<int:pk>/submitted/", self.posting(mark_submitted), name="requests_app_revocation_submitted"),
            path("<int:pk>/not-revoked/", self.posting(not_revoked), name="requests_app_revocation_not_revoked"),
            path("<int:pk>/status/", self.posting(record_status), name="requests_app_revocation_status"),
            path("<int:pk>/download/", self.posting(download), name="requests_app_revocation_download"),
        ]
        return own + super().get_urls()

    def page(self, request: HttpRequest, found: Revocation) -> HttpResponse:
        """Show the certificate, who asked and why, what servers show, the exact row, and the decisions."""
        return _page(request, found)


def _page(
    request: HttpRequest,
    revocation: Revocation,
    *,
    status_form: forms.StatusForm | None = None,
    findings: tuple[Problem, ...] = (),
    status: int = 200,
) -> HttpResponse:
    actor = desk_actor(request)
    state = RevocationState(revocation.state)
    roles = relations.revocation_roles(actor, revocation)
    certificate = revocation.certificate
    names = list(certificate.certificate_names.order_by("name").values_list("name", flat=True))
    served = steps.served_of([revocation])
    new = revocation.request.certificate if revocation.request else None
    refused = queries.last_refusal_of_revocation(revocation) if state == RevocationState.ACCEPTED else None
    in_file = queries.live_revocation_row(revocation)
    context = {
        **admin.site.each_context(request),
        **_row(revocation),
        "title": str(revocation),
        "opts": Revocation._meta,
        "revocation": revocation,
        "certificate": certificate,
        "new": new if new and new != certificate else None,
        "names": names,
        "holders": [holding.person for holding in certificate.holdings.filter(until_at=None).select_related("person")],
        "state_label": LABELS[state],
        "state_tone": portal.TONES[state],
        "serving": texts.serving(served[certificate.pk]),
        "serving_new": texts.serving(served[new.pk]) if new else "",
        "is_green": steps.is_green(revocation, served),
        "is_kept_back": state == RevocationState.ACCEPTED and steps.is_kept_back(revocation, served),
        "observations": [
            (seen, texts.tls_outcome(seen.outcome))
            for seen in TlsObservation.objects.filter(name__in=names).order_by("-observed_at")[:PROBES_SHOWN]
        ],
        "refusal_by_nii": showing.nii_messages(refused.replies) if refused else [],
        "in_file": in_file,
        "may": {action.value.lower(): True for action in revoking.possible(revocation, actor=actor)},
        "refusal": refusal_in_words(TABLE, state, partial(policies.refusal_of_revocation, roles)),
        "decline_form": reasons.empty_form("decline", required=True),
        "override_form": reasons.empty_form("override", required=True),
        "not_revoked_form": reasons.empty_form("not_revoked", required=True),
        "status_form": status_form or forms.StatusForm(auto_id="id_status_%s"),
        "findings": showing.csr_findings(findings),
        "entries": timelines.of_subjects([revocation.subject]),
    }
    return TemplateResponse(request, "admin/requests_app/revocation.html", context, status=status)


def _row(revocation: Revocation) -> dict[str, Any]:
    """Return the row column by column with its digest, or why NII would not take it."""
    try:
        content = steps.content_of(revocation)
    except errors.RowRefused as error:
        return {"cells": [], "digest": "", "row_problems": showing.tsv_sentences(error.problems)}
    notes = () if revocation.content is not None else writing.check(steps.row_of(revocation))
    return {
        "cells": showing.cells_of(content, fields.Kind.REVOKE),
        "digest": hashlib.sha256(content).hexdigest(),
        "row_notes": showing.tsv_sentences(notes),
    }


def _decide(request: HttpRequest, pk: int, action: RevocationAction, verb: Callable[[], object]) -> HttpResponse:
    """Call the verb, and say what became of it on the revocation's page."""
    get_object_or_404(Revocation, pk=pk)
    try:
        verb()
    except errors.RowRefused as error:
        tell(request, error)
        for sentence in showing.tsv_sentences(error.problems):
            messages.error(request, sentence)
    except errors.RequestError as error:
        tell(request, error)
    else:
        messages.success(request, _("Recorded: %(action)s.") % {"action": TABLE.rules[action].label})
    return redirect("admin:requests_app_revocation_change", pk)


def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept exactly the row that was shown."""
    form = forms.DigestForm(request.POST)
    digest = form.cleaned_data["digest"] if form.is_valid() else ""
    action = RevocationAction.ACCEPT_REVOCATION
    return _decide(request, pk, action, lambda: revoking.accept(pk, digest=digest, actor=desk_actor(request)))


def decline(request: HttpRequest, pk: int) -> HttpResponse:
    """Decline, with a reason for the holders."""
    action = RevocationAction.DECLINE_REVOCATION
    return _decide(
        request, pk, action, lambda: revoking.decline(pk, reason=reasons.posted(request), actor=desk_actor(request))
    )


def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back what one asked for."""
    action = RevocationAction.CANCEL_REVOCATION
    return _decide(request, pk, action, lambda: revoking.cancel(pk, actor=desk_actor(request)))


def override(request: HttpRequest, pk: int) -> HttpResponse:
    """Let it go to NII although a server still shows the certificate."""
    action = RevocationAction.OVERRIDE_SERVED
    return _decide(
        request,
        pk,
        action,
        lambda: revoking.override_served(pk, reason=reasons.posted(request), actor=desk_actor(request)),
    )


def mark_submitted(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that NII's own file, or the portal's copy of it, was uploaded by hand."""
    action = RevocationAction.SUBMIT_WITH_NIIS_FILE
    return _decide(request, pk, action, lambda: revoking.mark_submitted(pk, actor=desk_actor(request)))


def not_revoked(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that NII did not revoke it, with what NII said."""
    action = RevocationAction.NOTE_NOT_REVOKED
    return _decide(
        request,
        pk,
        action,
        lambda: revoking.note_not_revoked(pk, reason=reasons.posted(request), actor=desk_actor(request)),
    )


def record_status(request: HttpRequest, pk: int) -> HttpResponse:
    """Record a CRL or an OCSP response; what proves nothing is told at the form."""
    revocation = get_object_or_404(Revocation, pk=pk)
    form = forms.StatusForm(request.POST, request.FILES, auto_id="id_status_%s")
    findings: tuple[Problem, ...] = ()
    if form.is_valid():
        try:
            revoking.record_status(pk, form.content(), actor=desk_actor(request))
        except errors.StatusRefused as error:
            findings = error.problems
            form.add_error("status_file", str(error))
        except errors.NotRevokedYet as error:
            form.add_error("status_file", str(error))
        except errors.RequestError as error:
            tell(request, error)
            return redirect("admin:requests_app_revocation_change", pk)
        else:
            messages.success(request, _("Recorded: the certificate is revoked. Its holders were told by mail."))
            return redirect("admin:requests_app_revocation_change", pk)
    return _page(request, revocation, status_form=form, findings=findings, status=422)


def download(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the revocation's own file."""
    get_object_or_404(Revocation, pk=pk)
    try:
        file = revoking.download(pk, actor=desk_actor(request))
    except errors.RequestError as error:
        tell(request, error)
        return redirect("admin:requests_app_revocation_change", pk)
    response = HttpResponse(file.content, content_type=TSV_CONTENT_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{file.name}"'
    return response


def ask_on_behalf(request: HttpRequest, certificate_id: int) -> HttpResponse:
    """Show the form with which a registrar asks on behalf of a certificate's holders; POST asks."""
    certificate = get_object_or_404(Certificate, pk=certificate_id)
    form = forms.RevocationForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            revocation = portal.ask_with(form, certificate_id, actor=desk_actor(request), on_behalf=True)
        except errors.RevocationOpen as error:
            tell(request, error)
            return redirect("admin:requests_app_revocation_change", error.revocation_id)
        except errors.RequestError as error:
            form.add_error(None, str(error))
        else:
            if revocation:
                messages.success(request, portal.told(revocation))
                return redirect("admin:requests_app_revocation_change", revocation.pk)
    context = {
        **admin.site.each_context(request),
        "title": _("Ask for a revocation on behalf of the holders"),
        "certificate": certificate,
        "form": form,
    }
    status = 422 if form.errors else 200
    return TemplateResponse(request, "admin/requests_app/revoke_on_behalf.html", context, status=status)
