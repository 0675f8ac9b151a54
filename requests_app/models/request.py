"""The request itself, its people, its frozen versions, and what persons decided about them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from requests_app.states.outcome import OUTCOME_LABELS, Outcome
from requests_app.states.request import LABELS, OPEN_STATES, State

MAX_NAMES = 8
"""CN and further names together. upki.md §11 no. 5: eight including the CN."""

MAX_MANAGERS = 3
"""uec-service-page.txt, step 1: 3名まで指名可."""


class Purpose(models.TextChoices):
    """What the certificate is for; decides who may be a manager."""

    RESEARCH_EDUCATION = "RESEARCH_EDUCATION", _("Research and education")
    STUDENT_ACTIVITY = "STUDENT_ACTIVITY", _("Student activity (club, circle)")


class CertificateRequest(models.Model):
    """One application for one certificate. `state` is written by transitions.py alone."""

    state = models.CharField(
        _("state"), max_length=16, choices=[(s.value, LABELS[s]) for s in State], default=State.DRAFT
    )
    applicant = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="applied_requests", verbose_name=_("applicant")
    )
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="prepared_requests", verbose_name=_("prepared by")
    )
    purpose = models.CharField(_("purpose"), max_length=24, choices=Purpose.choices, blank=True)
    # Wider than NII's columns, so that a rule can say what is too long instead of a draft losing characters.
    common_name = models.CharField(_("server name (CN)"), max_length=255, blank=True)
    further_names = models.JSONField(_("further names"), default=list, blank=True)
    subscriber_contact = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("subscriber contact"),
    )
    contact_name = models.CharField(_("contact's name as written for NII"), max_length=255, blank=True)
    contact_affiliation = models.CharField(_("contact's affiliation as written for NII"), max_length=255, blank=True)
    software = models.CharField(_("server software"), max_length=128, blank=True)
    installation = models.CharField(_("installation"), max_length=200, blank=True)
    replaced = models.ManyToManyField(
        "inventory.Certificate", related_name="replacing_requests", blank=True, verbose_name=_("certificates replaced")
    )
    current_version = models.ForeignKey(
        "requests_app.Version", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("version")
    )
    certificate = models.OneToOneField(
        "inventory.Certificate",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="certificate_request",
        verbose_name=_("certificate"),
    )
    """The certificate that was issued for it."""
    outcome = models.CharField(
        _("outcome"), max_length=10, blank=True, choices=[(o.value, OUTCOME_LABELS[o]) for o in Outcome]
    )
    issued_at = models.DateTimeField(_("certificate recorded at"), null=True, blank=True)
    installed_at = models.DateTimeField(_("installation reported at"), null=True, blank=True)
    held_at = models.DateTimeField(_("held at"), null=True, blank=True)
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("held by")
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    touched_at = models.DateTimeField(_("last changed at"), default=timezone.now)
    applied_at = models.DateTimeField(_("applied at"), null=True, blank=True)
    lapse_warned_at = models.DateTimeField(_("warned of lapsing at"), null=True, blank=True)

    class Meta:
        verbose_name = _("certificate request")
        verbose_name_plural = _("certificate requests")
        ordering = ("-pk",)
        permissions: ClassVar = [
            ("view_desk", "See the registrars' desk"),
            ("review", "Decide as a registrar"),
        ]
        constraints = (
            models.CheckConstraint(condition=Q(state__in=[s.value for s in State]), name="request_known_state"),
            models.CheckConstraint(
                condition=Q(held_at__isnull=True, held_by__isnull=True)
                | Q(held_at__isnull=False, held_by__isnull=False),
                name="request_held_at_and_by_together",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.ISSUED, State.INSTALLED, State.COMPLETED])
                | Q(certificate__isnull=False, issued_at__isnull=False),
                name="request_issued_has_certificate",
            ),
            models.CheckConstraint(
                condition=Q(outcome="") & ~Q(state=State.COMPLETED)
                | Q(outcome__in=[o.value for o in Outcome], state=State.COMPLETED),
                name="request_outcome_when_completed",
            ),
            models.CheckConstraint(
                condition=Q(state=State.DRAFT) | Q(current_version__isnull=False) | Q(state=State.LAPSED),
                name="request_has_version_unless_draft",
            ),
        )
        indexes = (
            models.Index(fields=("state", "touched_at"), name="request_state_touched"),
            models.Index(fields=("common_name", "state"), name="request_cn_state"),
        )

    def __str__(self) -> str:
        return f"{self.reference} {self.common_name}".strip()

    def get_absolute_url(self) -> str:
        return reverse("requests:detail", args=[self.pk])

    @property
    def reference(self) -> str:
        """The number people quote: R000012."""
        return f"R{self.pk:06d}"

    @property
    def subject(self) -> str:
        """The audit subject."""
        return f"request:{self.pk}"

    @property
    def names(self) -> tuple[str, ...]:
        """CN first, then the further names, as they stand in the draft."""
        return tuple(name for name in (self.common_name, *self.further_names) if name)

    @property
    def is_open(self) -> bool:
        """Whether others see it as a conflict."""
        return State(self.state) in OPEN_STATES


class Management(models.Model):
    """Somebody is (was) certificate manager of a request: dated, ended rather than deleted."""

    request = models.ForeignKey(
        CertificateRequest, models.CASCADE, related_name="managements", verbose_name=_("certificate request")
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="managements", verbose_name=_("person")
    )
    from_at = models.DateTimeField(_("from"), default=timezone.now)
    until_at = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("certificate manager")
        verbose_name_plural = _("certificate managers")
        ordering = ("from_at", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("request", "person"), condition=Q(until_at__isnull=True), name="management_once_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(until_at__isnull=True) | Q(until_at__gte=F("from_at")), name="management_from_before_until"
            ),
        )

    def __str__(self) -> str:
        return f"{self.person} – {self.request}"


class ContactConsent(models.Model):
    """A manager was asked to be the subscriber contact of this request, and (when dated) agreed."""

    request = models.ForeignKey(
        CertificateRequest, models.CASCADE, related_name="contact_consents", verbose_name=_("certificate request")
    )
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("person"))
    asked_at = models.DateTimeField(_("asked at"), default=timezone.now)
    agreed_at = models.DateTimeField(_("agreed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("consent of the subscriber contact")
        verbose_name_plural = _("consents of subscriber contacts")
        constraints = (models.UniqueConstraint(fields=("request", "person"), name="consent_once_per_person"),)

    def __str__(self) -> str:
        return f"{self.person} – {self.request}"


class Version(models.Model):
    """What was applied for, frozen: canonical JSON and its SHA-256. Decisions name the digest. Never changed."""

    request = models.ForeignKey(
        CertificateRequest, models.PROTECT, related_name="versions", verbose_name=_("certificate request")
    )
    number = models.PositiveIntegerField(_("number"))
    canonical = models.TextField(_("contents"))
    digest = models.CharField(_("SHA-256 of the version"), max_length=64)
    made_at = models.DateTimeField(_("made at"), default=timezone.now)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by"))

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        ordering = ("request", "number")
        constraints = (models.UniqueConstraint(fields=("request", "number"), name="version_numbered_once"),)

    def __str__(self) -> str:
        return f"{self.request.reference} v{self.number}"


class VersionName(models.Model):
    """One name of a version, for looking up who else asks for it. Position 0 is the CN."""

    version = models.ForeignKey(Version, models.PROTECT, related_name="version_names", verbose_name=_("version"))
    position = models.PositiveSmallIntegerField(_("position"))
    name = models.CharField(_("name"), max_length=64, db_index=True)

    class Meta:
        ordering = ("version", "position")
        constraints = (
            models.UniqueConstraint(fields=("version", "name"), name="version_name_once"),
            models.UniqueConstraint(fields=("version", "position"), name="version_position_once"),
            models.CheckConstraint(condition=Q(position__lt=MAX_NAMES), name="version_at_most_eight_names"),
        )

    def __str__(self) -> str:
        return self.name


class DecisionKind(models.TextChoices):
    """APPROVAL covers a version's digest, ACCEPTANCE the SHA-256 of a TSV row."""

    APPROVAL = "APPROVAL", _("Approval")
    ACCEPTANCE = "ACCEPTANCE", _("Acceptance")


class Decision(models.Model):
    """What a person decided, bound to the bytes that they saw."""

    request = models.ForeignKey(
        CertificateRequest, models.PROTECT, related_name="decisions", verbose_name=_("certificate request")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=DecisionKind.choices)
    digest = models.CharField(_("SHA-256 of what was decided on"), max_length=64)
    carried_from = models.CharField(_("carried over from"), max_length=64, blank=True)
    """The digest that the person saw, where the approval was carried over to a smaller version."""
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("decided by"))
    decided_at = models.DateTimeField(_("decided at"), default=timezone.now)
    reason = models.TextField(_("reason"), blank=True)
    policy_version = models.CharField(_("version of the policy"), max_length=20)
    evidence = models.JSONField(_("evidence"), default=dict)
    """Ids of observations, confirmations and overrides behind it; not in the digest, so a recheck voids nothing."""
    void_at = models.DateTimeField(_("void since"), null=True, blank=True)

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        ordering = ("decided_at", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("request", "kind", "digest"),
                condition=Q(void_at__isnull=True),
                name="decision_once_for_a_digest",
            ),
            models.CheckConstraint(condition=Q(kind__in=DecisionKind.values), name="decision_known_kind"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.digest[:12]}"
