"""Files for NII: the page on which one is followed to NII's answer."""

from collections.abc import Callable
from functools import partial

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actors import desk_actor
from requests_app import errors, forms, policies, queries, relations
from requests_app.admin import queue
from requests_app.admin.reading import PageAdmin, refusal_in_words
from requests_app.models import FileKind, Mode, RowKind, Submission, SubmissionRow
from requests_app.services import answering, submitting
from requests_app.states import SubmissionRowState, SubmissionState
from requests_app.states.submission import SUBMISSION_LABELS, SUBMISSION_TABLE
from requests_app.views import showing, timelines
from requests_app.views.finding import tell
from requests_app.views.preparing import TSV_CONTENT_TYPE

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
class SubmissionAdmin(PageAdmin):
    """The files, the newest first, and one file with its rows."""

    list_display = ("reference", "kind", "state_badge", "made_at", "made_by", "uploaded_at", "answered_at")
    list_filter = ("state", "kind")
    list_select_related = ("made_by",)
    search_fields = ("=id", "sha256", "rows__request__common_name", "rows__revocation__certificate__common_name")

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
        seeing = self.guarded(queue.queue, permission="requests_app.view_desk")
        own = [
            path("queue/", seeing, name="requests_app_queue"),
            path("build/<str:kind>/", self.posting(queue.build), name="requests_app_build"),
            path("<int:pk>/download/", self.posting(download), name="requests_app_download"),
            path("<int:pk>/discard/", self.posting(discard), name="requests_app_discard"),
            path("<int:pk>/uploaded/", self.posting(mark_uploaded), name="requests_app_uploaded"),
            path("<int:pk>/taken/", self.posting(record_all_taken), name="requests_app_all_taken"),
            path("<int:pk>/replies/", self.posting(record_replies), name="requests_app_replies"),
        ]
        return own + super().get_urls()

    def page(self, request: HttpRequest, found: Submission) -> HttpResponse:
        """Show one file: where it stands, what can be done, its rows with NII's messages, its history."""
        return _page(request, found)


def _page(
    request: HttpRequest, submission: Submission, *, replies_form: forms.RepliesForm | None = None, status: int = 200
) -> HttpResponse:
    actor = desk_actor(request)
    roles = relations.submission_roles(actor, submission)
    state = SubmissionState(submission.state)
    lines = list(
        submission.rows.select_related(
            "row__request", "request__applicant", "revocation__certificate", "revocation__asked_by"
        ).order_by("position")
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
        "freed": _freed(submission, lines),
        "may": {action.value.lower(): True for action in submitting.possible(submission, actor=actor)},
        "refusal": refusal_in_words(SUBMISSION_TABLE, state, partial(policies.refusal_of_file, roles)),
        "mode_form": forms.ModeForm(auto_id="id_mode_%s"),
        "replies_form": replies_form or forms.RepliesForm(auto_id="id_replies_%s"),
        "is_aborting": submission.mode == Mode.ABORT_ALL,
        "entries": timelines.of_subjects([submission.subject]),
    }
    return TemplateResponse(request, "admin/requests_app/submission.html", context, status=status)


def _freed(submission: Submission, lines: list[SubmissionRow]) -> list[str]:
    """Return the digests of the file's freed rows that wait again."""
    freed = [line for line in lines if line.state == SubmissionRowState.FREED]
    if submission.is_of_revocations:
        waiting = queries.accepted_revocations().filter(pk__in=[line.revocation_id for line in freed])
        return list(waiting.values_list("digest", flat=True))
    rows = queries.queued_rows(RowKind(submission.kind)).filter(pk__in=[line.row_id for line in freed])
    return list(rows.values_list("digest", flat=True))


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


def _shown(request: HttpRequest) -> str:
    """Return the SHA-256 of the file that the page showed, "" where the form has none: the verb refuses it."""
    form = forms.DigestForm(request.POST)
    return form.cleaned_data["digest"] if form.is_valid() else ""


def _is_of_revocations(pk: int) -> bool:
    return Submission.objects.filter(pk=pk, kind=FileKind.REVOKE).exists()


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
        lambda: submitting.mark_uploaded(pk, mode=mode, sha256=_shown(request), actor=desk_actor(request)),
        _("Recorded: the file is with NII. The applicants were told by mail.")
        if not _is_of_revocations(pk)
        else _("Recorded: the file is with NII."),
    )


def record_all_taken(request: HttpRequest, pk: int) -> HttpResponse:
    """Record that NII took every row."""
    return _decide(
        request,
        pk,
        lambda: answering.record(pk, pasted=None, sha256=_shown(request), actor=desk_actor(request)),
        _("Recorded: NII accepted every row. The applicants were told by mail.")
        if not _is_of_revocations(pk)
        else _("Recorded: NII accepted every row. The certificates are revoked when NII's list or a CRL says so."),
    )


def record_replies(request: HttpRequest, pk: int) -> HttpResponse:
    """Record NII's error messages; what cannot be read stays in the form with a sentence."""
    submission = get_object_or_404(Submission, pk=pk)
    form = forms.RepliesForm(request.POST, auto_id="id_replies_%s")
    if form.is_valid():
        try:
            pasted = form.cleaned_data["replies"]
            recorded = answering.record(pk, pasted=pasted, sha256=_shown(request), actor=desk_actor(request))
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
