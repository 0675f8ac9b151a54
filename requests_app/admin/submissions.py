"""Files for NII: the queue from which they are made, and the page on which one is followed to NII's answer."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from requests_app import errors, forms, policies, queries, relations
from requests_app.admin.reading import ReadOnlyAdmin
from requests_app.admin.request import desk_actor
from requests_app.models import DecisionKind, Mode, RowKind, Submission, TsvRow
from requests_app.services import answering, submitting
from requests_app.states import SubmissionAction, SubmissionRowState, SubmissionState
from requests_app.states.submission import SUBMISSION_LABELS, SUBMISSION_TABLE
from requests_app.views import showing
from requests_app.views.finding import person_of, tell
from requests_app.views.preparing import TSV_CONTENT_TYPE
from tsv.fields import MAX_ROWS

KIND_WORDS = {RowKind.ISSUE: gettext_lazy("issue"), RowKind.RENEW: gettext_lazy("renewal")}
"""NII's words for its files are Japanese in every language; these stand beside them."""

STATE_TONES = {
    SubmissionState.BUILT: "warning",
    SubmissionState.UPLOADED: "waiting",
    SubmissionState.ANSWERED: "success",
    SubmissionState.DISCARDED: "neutral",
}
ROW_TONES = {
    SubmissionRowState.OPEN: "waiting",
    SubmissionRowState.TAKEN: "success",
    SubmissionRowState.REFUSED: "error",
    SubmissionRowState.FREED: "neutral",
}


@admin.register(Submission)
class SubmissionAdmin(ReadOnlyAdmin):
    """The files, the newest first, and one file with its rows."""

    list_display = ("reference", "kind", "state_badge", "made_at", "made_by", "uploaded_at", "answered_at")
    list_filter = ("state", "kind")
    list_select_related = ("made_by",)
    search_fields = ("=id", "sha256", "rows__request__common_name")

    @admin.display(description=gettext_lazy("number"), ordering="pk")
    def reference(self, submission: Submission) -> str:
        return submission.reference

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_badge(self, submission: Submission) -> str:
        """The state: colour, shape and word."""
        state = SubmissionState(submission.state)
        return render_to_string(
            "components/tone_badge.html", {"tone": STATE_TONES[state], "label": SUBMISSION_LABELS[state]}
        )

    def get_urls(self) -> list[URLPattern]:
        seeing = permission_required("requests_app.view_desk", raise_exception=True)
        own = [
            path("queue/", self.admin_site.admin_view(seeing(queue)), name="requests_app_queue"),
            path("build/<str:kind>/", self.posting(build), name="requests_app_build"),
            path("<int:pk>/download/", self.posting(download), name="requests_app_download"),
            path("<int:pk>/discard/", self.posting(discard), name="requests_app_discard"),
            path("<int:pk>/uploaded/", self.posting(mark_uploaded), name="requests_app_uploaded"),
            path("<int:pk>/taken/", self.posting(record_all_taken), name="requests_app_all_taken"),
            path("<int:pk>/replies/", self.posting(record_replies), name="requests_app_replies"),
        ]
        return own + super().get_urls()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show one file: where it stands, what can be done, its rows with NII's messages, its history."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if not object_id.isdecimal():
            raise Http404
        return _page(request, get_object_or_404(Submission, pk=object_id))


def queue(request: HttpRequest) -> HttpResponse:
    """Show what waits to be submitted, by kind, with the bytes that the registrar who makes the file accepts."""
    person = person_of(request)
    context = {
        **admin.site.each_context(request),
        "title": _("Waiting for submission"),
        "kinds": [
            {
                "value": kind.value,
                "label": kind.label,
                "words": KIND_WORDS[kind],
                "rows": [_waiting(row, person_id=person.pk) for row in queries.queued_rows(kind)],
            }
            for kind in RowKind
        ],
        "held": list(queries.held()),
        "under_way": list(queries.files_under_way()),
        "max_rows": MAX_ROWS,
    }
    return TemplateResponse(request, "admin/requests_app/queue.html", context)


def _waiting(row: TsvRow, *, person_id: int) -> dict[str, Any]:
    accepted = row.request.decisions.filter(kind=DecisionKind.ACCEPTANCE, digest=row.digest, void_at=None)
    return {
        "row": row,
        "cells": showing.row_cells(row),
        "acceptance": accepted.select_related("person").first(),
        "is_interested": person_id in relations.interested_ids(row.request),
    }


def _page(
    request: HttpRequest, submission: Submission, *, replies_form: forms.RepliesForm | None = None, status: int = 200
) -> HttpResponse:
    roles = relations.submission_roles(desk_actor(request), submission)
    state = SubmissionState(submission.state)
    lines = list(submission.rows.select_related("row__request", "request__applicant").order_by("position"))
    freed = queries.queued_rows(RowKind(submission.kind)).filter(
        pk__in=[line.row_id for line in lines if line.state == SubmissionRowState.FREED]
    )
    context = {
        **admin.site.each_context(request),
        "title": str(submission),
        "opts": Submission._meta,
        "submission": submission,
        "state_label": SUBMISSION_LABELS[state],
        "state_tone": STATE_TONES[state],
        "lines": [
            {
                "line": line,
                "tone": ROW_TONES[SubmissionRowState(line.state)],
                "messages": showing.nii_messages(line.replies),
            }
            for line in lines
        ],
        "freed": list(freed.values_list("digest", flat=True)),
        "may": {
            action.value.lower(): policies.refusal_of_file(roles, action) is None
            and bool(SUBMISSION_TABLE.targets(action, state))
            for action in SubmissionAction
        },
        "refusal": _refusal(roles, state),
        "mode_form": forms.ModeForm(auto_id="id_mode_%s"),
        "replies_form": replies_form or forms.RepliesForm(auto_id="id_replies_%s"),
        "is_aborting": submission.mode == Mode.ABORT_ALL,
        "entries": showing.timeline_of([submission.subject]),
    }
    return TemplateResponse(request, "admin/requests_app/submission.html", context, status=status)


def _refusal(roles: Any, state: SubmissionState) -> str:
    """Return why this registrar may not go on with the file, "" where there is nothing to do or nothing against it."""
    for action in SUBMISSION_TABLE.actions_from(state):
        if policies.refusal_of_file(roles, action) is errors.Interested:
            return str(errors.Interested(action=SUBMISSION_TABLE.rules[action].label))
    return ""


def build(request: HttpRequest, kind: str) -> HttpResponse:
    """Make a file of the rows that the page showed."""
    if kind not in RowKind.values:
        raise Http404
    shown = {digest for digest in request.POST.getlist("row") if forms.is_digest(digest)}
    try:
        built = submitting.build(RowKind(kind), shown=shown, actor=desk_actor(request))
    except errors.RequestError as error:
        tell(request, error)
        return redirect("admin:requests_app_queue")
    _tell_left_out(request, built)
    if built.submission_id is None:
        return redirect("admin:requests_app_queue")
    messages.success(request, _("The file was made. Download it, upload it at NII, then mark it as uploaded."))
    return redirect("admin:requests_app_submission_change", built.submission_id)


def _tell_left_out(request: HttpRequest, built: submitting.Built) -> None:
    if built.changed:
        text = ngettext(
            "%(count)s row changed since it was sent and needs acceptance again; it is not in the file.",
            "%(count)s rows changed since they were sent and need acceptance again; they are not in the file.",
            built.changed,
        )
        messages.warning(request, text % {"count": built.changed})
    if built.interested:
        text = ngettext(
            "%(count)s row is of a request in which you take part: another registrar has to make its file.",
            "%(count)s rows are of requests in which you take part: another registrar has to make their file.",
            built.interested,
        )
        messages.warning(request, text % {"count": built.interested})
    if built.gone:
        text = ngettext(
            "%(count)s row was shown but does not wait any more, or the file was full; it is not in the file.",
            "%(count)s rows were shown but do not wait any more, or the file was full; they are not in the file.",
            built.gone,
        )
        messages.warning(request, text % {"count": built.gone})


def download(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the file, byte for byte as it was made."""
    submission = get_object_or_404(Submission, pk=pk)
    try:
        file = submitting.download(pk, actor=desk_actor(request))
    except errors.RequestError as error:
        tell(request, error)
        return redirect(submission)
    response = HttpResponse(file.content, content_type=TSV_CONTENT_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{file.name}"'
    return response


def _decide(request: HttpRequest, pk: int, verb: Callable[[], object], done: str) -> HttpResponse:
    submission = get_object_or_404(Submission, pk=pk)
    try:
        verb()
    except errors.RequestError as error:
        tell(request, error)
    else:
        messages.success(request, done)
    return redirect(submission)


def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Discard a file that was not uploaded."""
    return _decide(
        request,
        pk,
        lambda: submitting.discard(pk, actor=desk_actor(request)),
        _("The file was discarded. Its rows wait again; do not upload it any more."),
    )


def mark_uploaded(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that the file was uploaded, and in which mode."""
    form = forms.ModeForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Nothing was recorded: say which mode was chosen at NII."))
        return redirect(get_object_or_404(Submission, pk=pk))
    mode = Mode(form.cleaned_data["mode"])
    return _decide(
        request,
        pk,
        lambda: submitting.mark_uploaded(pk, mode=mode, actor=desk_actor(request)),
        _("Recorded: the file is with NII. The applicants were told by mail."),
    )


def record_all_taken(request: HttpRequest, pk: int) -> HttpResponse:
    """Record that NII took every row."""
    return _decide(
        request,
        pk,
        lambda: answering.record(pk, pasted=None, actor=desk_actor(request)),
        _("Recorded: NII accepted every row. The applicants were told by mail."),
    )


def record_replies(request: HttpRequest, pk: int) -> HttpResponse:
    """Record NII's error messages; what cannot be read stays in the form with a sentence."""
    submission = get_object_or_404(Submission, pk=pk)
    form = forms.RepliesForm(request.POST, auto_id="id_replies_%s")
    if form.is_valid():
        try:
            recorded = answering.record(pk, pasted=form.cleaned_data["replies"], actor=desk_actor(request))
        except (errors.AnswerMissing, errors.AnswerUnreadable) as error:
            form.add_error("replies", str(error))
        except errors.RequestError as error:
            tell(request, error)
            return redirect(submission)
        else:
            text = _("Recorded: %(taken)s accepted, %(refused)s refused, %(freed)s free for the next file.")
            counts = {"taken": recorded.taken, "refused": recorded.refused, "freed": recorded.freed}
            messages.success(request, text % counts)
            return redirect(submission)
    return _page(request, submission, replies_form=form, status=422)
