"""What the registrars and the server do about people: questions, emergency addresses, break-glass, imports."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.person import User


class EmploymentQuestion(models.Model):
    """Somebody asks ITC to confirm that they are full-time; a registrar answers with the evidence."""

    person = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="employment_questions", verbose_name=_("person")
    )
    note = models.CharField(_("note"), max_length=500, blank=True)
    asked_at = models.DateTimeField(_("asked at"), default=timezone.now)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    answered_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("answered by")
    )
    is_confirmed = models.BooleanField(_("full-time confirmed"), null=True)

    class Meta:
        verbose_name = _("employment question")
        verbose_name_plural = _("employment questions")
        ordering = ("-asked_at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answered_by__isnull=True, is_confirmed__isnull=True)
                | Q(answered_at__isnull=False, answered_by__isnull=False, is_confirmed__isnull=False),
                name="employment_question_answered_together",
            ),
            models.UniqueConstraint(
                fields=("person",), condition=Q(answered_at=None), name="employment_question_one_open"
            ),
        )

    def __str__(self) -> str:
        return f"{self.person} {self.asked_at:%Y-%m-%d}"


class EmergencyLink(models.Model):
    """A one-time address that signs one person in; only the hash of its token is kept."""

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="emergency_links", verbose_name=_("person"))
    token_sha256 = models.CharField(_("SHA-256 of the token"), max_length=64, unique=True)
    made_at = models.DateTimeField(_("made at"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires at"))
    used_at = models.DateTimeField(_("used at"), null=True, blank=True)

    class Meta:
        verbose_name = _("emergency link")
        verbose_name_plural = _("emergency links")

    def __str__(self) -> str:
        return f"{self.person} {self.made_at:%Y-%m-%d %H:%M}"


class BreakGlass(models.Model):
    """For a short time one registrar may decide about what concerns themself; another one reviews what they did."""

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("person"))
    reason = models.TextField(_("reason"))
    opened_at = models.DateTimeField(_("opened at"), default=timezone.now)
    until_at = models.DateTimeField(_("until"))
    """Brought forward when the person ends it earlier."""
    reviewed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("reviewed by")
    )
    reviewed_at = models.DateTimeField(_("reviewed at"), null=True, blank=True)
    note = models.TextField(_("note"), blank=True)
    """What the reviewer found."""

    class Meta:
        verbose_name = _("break-glass")
        verbose_name_plural = _("break-glass")
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(condition=~Q(reason=""), name="break_glass_has_reason"),
            models.CheckConstraint(
                condition=Q(reviewed_at__isnull=True, reviewed_by__isnull=True)
                | Q(reviewed_at__isnull=False, reviewed_by__isnull=False),
                name="break_glass_reviewed_at_and_by_together",
            ),
            models.CheckConstraint(condition=~Q(reviewed_by=F("person")), name="break_glass_reviewed_by_another"),
        )

    def __str__(self) -> str:
        return f"{self.person} {self.opened_at:%Y-%m-%d %H:%M}"

    @property
    def subject(self) -> str:
        """The audit subject."""
        return f"break-glass:{self.pk}"


class RosterImport(models.Model):
    """One applied import of ITC's roster: which bytes, by whom, with what effect."""

    file_sha256 = models.CharField(_("SHA-256 of the file"), max_length=64)
    imported_at = models.DateTimeField(_("imported at"), default=timezone.now)
    imported_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("imported by")
    )
    people_count = models.PositiveIntegerField(_("people in the file"))
    added_count = models.PositiveIntegerField(_("people added"))
    changed_count = models.PositiveIntegerField(_("people changed"))
    ended_count = models.PositiveIntegerField(_("people ended"))

    class Meta:
        verbose_name = _("roster import")
        verbose_name_plural = _("roster imports")
        ordering = ("-imported_at", "-pk")

    def __str__(self) -> str:
        return f"{self.imported_at:%Y-%m-%d %H:%M} ({self.people_count})"
