"""What waits for a file for NII: rows of requests by kind, accepted revocations, and those that were asked for."""

import hashlib
from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from accounts.actors import desk_actor
from audit.actors import Actor
from requests_app import errors, evidence, forms, queries, relations, texts
from requests_app.evidence import Presence
from requests_app.models import DecisionKind, FileKind, Revocation, RowKind, TsvRow
from requests_app.services import revoking as services
from requests_app.services import submitting
from requests_app.states import RevocationAction, RevocationState
from requests_app.steps import revoking
from requests_app.views import showing
from requests_app.views.finding import tell
from tsv import fields
from tsv.fields import MAX_ROWS

KIND_WORDS = {RowKind.ISSUE: gettext_lazy("issue"), RowKind.RENEW: gettext_lazy("renewal")}
"""NII's words for its files are Japanese in every language; these stand beside them."""


def queue(request: HttpRequest) -> HttpResponse:
    """Show what waits to be submitted, by kind, with the bytes that the registrar who makes the file accepts."""
    actor = desk_actor(request)
    context = {
        **admin.site.each_context(request),
        "title": _("Waiting for submission"),
        "kinds": [
            {
                "value": kind.value,
                "label": kind.label,
                "words": KIND_WORDS[kind],
                "rows": _waiting_rows(kind, actor),
            }
            for kind in RowKind
        ],
        "revocations": _accepted(actor),
        "asked": _asked(actor),
        "held": list(queries.held()),
        "under_way": list(queries.files_under_way()),
        "max_rows": MAX_ROWS,
    }
    return TemplateResponse(request, "admin/requests_app/queue.html", context)


PRESENCE = {
    Presence.SEEN: "",
    Presence.UNOBSERVED: gettext_lazy("waits for a look-up in DNS"),
    Presence.MISSING: gettext_lazy("not in DNS any more"),
}
"""What is said at a row that the file would leave out for its names."""


def _waiting_rows(kind: RowKind, actor: Actor) -> list[dict[str, Any]]:
    waiting = list(queries.queued_rows(kind))
    presence = evidence.presence(row.request for row in waiting)
    return [{**_waiting(row, actor), "presence": PRESENCE[presence[row.request_id]]} for row in waiting]


def _waiting(row: TsvRow, actor: Actor) -> dict[str, Any]:
    accepted = row.request.decisions.filter(kind=DecisionKind.ACCEPTANCE, digest=row.digest, void_at=None)
    return {
        "row": row,
        "cells": showing.row_cells(row),
        "acceptance": accepted.select_related("person").first(),
        "is_interested": relations.is_interested(actor, row.request),
    }


def _accepted(actor: Actor) -> list[dict[str, Any]]:
    """Return the accepted revocations with their bytes, what servers show, and whether they are kept back."""
    waiting = list(queries.accepted_revocations())
    served = revoking.served_of(waiting)
    return [
        {
            "revocation": one,
            "cells": showing.cells_of(bytes(one.content or b""), fields.Kind.REVOKE),
            "serving": texts.serving(served[one.certificate_id]),
            "is_kept_back": revoking.is_kept_back(one, served),
            "is_interested": relations.is_interested_in_revocation(actor, one),
        }
        for one in waiting
    ]


def _asked(actor: Actor) -> list[dict[str, Any]]:
    """Return the revocations that wait for a decision, the green ones with the digest that a batch accepts."""
    waiting = list(
        Revocation.objects.filter(state=RevocationState.REQUESTED)
        .select_related("certificate", "request", "asked_by")
        .order_by("asked_at")
    )
    served = revoking.served_of(waiting)
    return [
        {
            "revocation": one,
            "serving": texts.serving(served[one.certificate_id]),
            "is_green": (is_green := revoking.is_green(one, served)),
            "digest": _digest(one) if is_green and _may_accept(one, actor) else "",
        }
        for one in waiting
    ]


def _may_accept(revocation: Revocation, actor: Actor) -> bool:
    return RevocationAction.ACCEPT_REVOCATION in services.possible(revocation, actor=actor)


def _digest(revocation: Revocation) -> str:
    try:
        return hashlib.sha256(revoking.content_of(revocation)).hexdigest()
    except errors.RowRefused:
        return ""


def accept_green(request: HttpRequest) -> HttpResponse:
    """Accept those shown as green, one after another, each checked anew; what is refused says why."""
    accepted = 0
    for shown in request.POST.getlist("revocation")[:MAX_ROWS]:
        number, _colon, digest = shown.partition(":")
        form = forms.ShownRevocationForm({"revocation": number, "digest": digest})
        if not form.is_valid():
            continue
        revocation = form.cleaned_data["revocation"]
        try:
            services.accept(revocation.pk, digest=digest, actor=desk_actor(request), green_only=True)
            accepted += 1
        except errors.RequestError as error:
            messages.error(request, f"{revocation.reference}: {error}")
    if accepted:
        text = ngettext("%(count)s revocation was accepted.", "%(count)s revocations were accepted.", accepted)
        messages.success(request, text % {"count": accepted})
    return redirect("admin:requests_app_queue")


def build(request: HttpRequest, kind: str) -> HttpResponse:
    """Make a file of the rows that the page showed."""
    if kind not in FileKind.values:
        raise Http404
    shown = {digest for digest in request.POST.getlist("row") if forms.is_digest(digest)}
    try:
        if kind == FileKind.REVOKE:
            built = submitting.build_revocations(shown=shown, actor=desk_actor(request))
        else:
            built = submitting.build(RowKind(kind), shown=shown, actor=desk_actor(request))
    except errors.RequestError as error:
        tell(request, error)
        return redirect("admin:requests_app_queue")
    _tell_left_out(request, built)
    if built.submission_id is None:
        return redirect("admin:requests_app_queue")
    messages.success(request, _("The file was made. Download it, upload it at NII, then mark it as uploaded."))
    return redirect("admin:requests_app_submission_change", built.submission_id)


LEFT_OUT = {
    "changed": ngettext_lazy(
        "%(count)s row changed since it was sent and needs acceptance again; it is not in the file.",
        "%(count)s rows changed since they were sent and need acceptance again; they are not in the file.",
        "count",
    ),
    "interested": ngettext_lazy(
        "%(count)s row is of a request in which you take part: another registrar has to make its file.",
        "%(count)s rows are of requests in which you take part: another registrar has to make their file.",
        "count",
    ),
    "served": ngettext_lazy(
        "%(count)s certificate is still shown by a server; its revocation stays out until a registrar decides.",
        "%(count)s certificates are still shown by servers; their revocations stay out until a registrar decides.",
        "count",
    ),
    "unobserved": ngettext_lazy(
        "%(count)s row has a name that was not looked up in DNS lately. That is done now; make its file in a minute.",
        "%(count)s rows have names not looked up in DNS lately. That is done now; make their file in a minute.",
        "count",
    ),
    "missing": ngettext_lazy(
        "%(count)s row is not in the file: DNS shows its name no more. Hold it, or ask for a correction.",
        "%(count)s rows are not in the file: DNS shows their names no more. Hold them, or ask for corrections.",
        "count",
    ),
    "gone": ngettext_lazy(
        "%(count)s row was shown but does not wait any more, or the file was full; it is not in the file.",
        "%(count)s rows were shown but do not wait any more, or the file was full; they are not in the file.",
        "count",
    ),
}
"""Why rows that were shown are not in the file: the counts of submitting.Built, each with its sentence."""


def _tell_left_out(request: HttpRequest, built: submitting.Built) -> None:
    for name, sentence in LEFT_OUT.items():
        count = getattr(built, name)
        if count:
            messages.warning(request, sentence % {"count": count})
