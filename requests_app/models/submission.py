"""Files for NII, their rows, and what NII answered to each."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from requests_app.models.request import CertificateRequest
from requests_app.models.revocation import Revocation
from requests_app.models.row import TsvRow
from requests_app.states.submission import (
    SUBMISSION_LABELS,
    SUBMISSION_ROW_LABELS,
    SubmissionRowState,
    SubmissionState,
)
from tsv.fields import MAX_ROWS


class FileKind(models.TextChoices):
    """Which of NII's three forms the file is for (upki.md 1.9)."""

    ISSUE = "ISSUE", "発行"
    RENEW = "RENEW", "更新"
    REVOKE = "REVOKE", "失効"


class Mode(models.TextChoices):
    """What the registrar chose in NII's upload form for a file with bad rows (upki.md §7.2 no. 2)."""

    ABORT_ALL = "ABORT_ALL", "全件処理を中断する"
    SKIP_BAD = "SKIP_BAD", "入力値不備のないデータのみ登録する"


class Submission(models.Model):
    """One file for NII: stored rows of one kind in a fixed order. `state` is written by transitions.py alone."""

    kind = models.CharField(_("kind"), max_length=6, choices=FileKind.choices)
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=[(state.value, label) for state, label in SUBMISSION_LABELS.items()],
        default=SubmissionState.BUILT,
    )
    sha256 = models.CharField(_("SHA-256 of the file"), max_length=64)
    made_at = models.DateTimeField(_("made at"), default=timezone.now)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by"))
    downloaded_at = models.DateTimeField(_("first downloaded at"), null=True, blank=True)
    uploaded_at = models.DateTimeField(_("uploaded at"), null=True, blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("uploaded by")
    )
    mode = models.CharField(_("mode at NII"), max_length=9, choices=Mode.choices, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("answered by")
    )

    class Meta:
        verbose_name = _("file for NII")
        verbose_name_plural = _("files for NII")
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in SubmissionState]), name="submission_known_state"
            ),
            models.CheckConstraint(condition=Q(kind__in=FileKind.values), name="submission_known_kind"),
            models.CheckConstraint(
                condition=Q(uploaded_at__isnull=True, uploaded_by__isnull=True, mode="")
                | Q(uploaded_at__isnull=False, uploaded_by__isnull=False, mode__in=Mode.values),
                name="submission_uploaded_at_by_and_mode_together",
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answered_by__isnull=True)
                | Q(answered_at__isnull=False, answered_by__isnull=False),
                name="submission_answered_at_and_by_together",
            ),
        )

    def __str__(self) -> str:
        return f"{self.reference} {self.get_kind_display()}"

    def get_absolute_url(self) -> str:
        return reverse("admin:requests_app_submission_change", args=[self.pk])

    @property
    def reference(self) -> str:
        """The number people quote: S000012."""
        return f"S{self.pk:06d}"

    @property
    def subject(self) -> str:
        """The audit subject."""
        return f"submission:{self.pk}"

    @property
    def file_name(self) -> str:
        """ASCII with NII's extension (upki.md 1.7, 1.8)."""
        return f"upki-{self.kind.lower()}-{self.reference}.tsv"

    @property
    def is_of_revocations(self) -> bool:
        """Whether its rows revoke certificates rather than ask for some."""
        return self.kind == FileKind.REVOKE


class SubmissionRow(models.Model):
    """One line of a file. `state` is written by transitions.py alone."""

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="rows")
    position = models.PositiveSmallIntegerField(_("line"))
    """Counted from 1, as NII counts."""
    row = models.ForeignKey(TsvRow, models.PROTECT, null=True, blank=True, related_name="submission_rows")
    request = models.ForeignKey(
        CertificateRequest, models.PROTECT, null=True, blank=True, related_name="submission_rows"
    )
    revocation = models.ForeignKey(Revocation, models.PROTECT, null=True, blank=True, related_name="submission_rows")
    """Set in a file of revocations; `row` and `request` in the others."""
    state = models.CharField(
        _("state"),
        max_length=8,
        choices=[(state.value, label) for state, label in SUBMISSION_ROW_LABELS.items()],
        default=SubmissionRowState.OPEN,
    )
    replies = models.JSONField(_("NII's messages"), default=list)
    """One for each message: NII's line as text, and the codes that tsv.replies found; sentences are made when shown."""

    class Meta:
        verbose_name = _("row of a file for NII")
        verbose_name_plural = _("rows of files for NII")
        ordering = ("submission", "position")
        constraints = (
            models.UniqueConstraint(fields=("submission", "position"), name="submission_row_position_once"),
            models.UniqueConstraint(
                fields=("request",), condition=Q(state=SubmissionRowState.OPEN), name="submission_row_one_open"
            ),
            models.UniqueConstraint(
                fields=("revocation",),
                condition=Q(state=SubmissionRowState.OPEN),
                name="submission_row_one_open_revocation",
            ),
            models.CheckConstraint(
                condition=Q(row__isnull=False, request__isnull=False, revocation__isnull=True)
                | Q(row__isnull=True, request__isnull=True, revocation__isnull=False),
                name="submission_row_of_request_or_revocation",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in SubmissionRowState]), name="submission_row_known_state"
            ),
            models.CheckConstraint(
                condition=Q(position__gte=1, position__lte=MAX_ROWS), name="submission_row_fits_into_a_file"
            ),
        )

    def __str__(self) -> str:
        return f"{self.submission.reference}:{self.position}"
