"""What is known about a name: DNS observations, questions to its zone or holder, answers, overrides."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from requests_app.models.request import CertificateRequest, Purpose, Version
from requests_app.models.zone import Zone
from requests_app.states.confirmation import LABELS, ConfirmationState


class NameLookup(models.Model):
    """A name that the sweep looks up: when next, how often it failed, and who is at it (lease)."""

    name = models.CharField(_("name"), max_length=64, unique=True)
    next_at = models.DateTimeField(_("next look-up"), null=True, blank=True, db_index=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    asked_since_at = models.DateTimeField(_("asked since"), default=timezone.now)
    lease_until = models.DateTimeField(_("held by a worker until"), null=True, blank=True)

    class Meta:
        verbose_name = _("name to look up")
        verbose_name_plural = _("names to look up")

    def __str__(self) -> str:
        return self.name


class NameObservation(models.Model):
    """One look-up of one name in one view: what was asked, whom, when, and the whole answer. Never changed."""

    name = models.CharField(_("name"), max_length=64, db_index=True)
    view = models.CharField(_("DNS view"), max_length=40)
    outcome = models.CharField(_("outcome"), max_length=24)
    """probes.dns outcome code."""
    exists = models.BooleanField(_("exists"))
    temporary = models.BooleanField(_("temporary"))
    caa = models.CharField(_("CAA"), max_length=12, blank=True)
    answer = models.JSONField(_("whole answer"))
    """probes.dns.Observation.as_json()."""
    observed_at = models.DateTimeField(_("observed at"), default=timezone.now)

    class Meta:
        verbose_name = _("DNS observation")
        verbose_name_plural = _("DNS observations")
        ordering = ("-observed_at", "-pk")
        indexes = (models.Index(fields=("name", "view", "-observed_at"), name="observation_latest"),)

    def __str__(self) -> str:
        return f"{self.name} ({self.view}): {self.outcome}"


class ConfirmationKind(models.TextChoices):
    """Who is asked."""

    ZONE = "ZONE", _("Zone administrator")
    HOLDER = "HOLDER", _("Holder of a valid certificate")


class Confirmation(models.Model):
    """One question: is this applicant responsible for this name? Stands for exactly these people and this purpose."""

    request = models.ForeignKey(
        CertificateRequest, models.PROTECT, related_name="confirmations", verbose_name=_("certificate request")
    )
    versions = models.ManyToManyField(Version, related_name="confirmations", verbose_name=_("versions"))
    kind = models.CharField(_("kind"), max_length=8, choices=ConfirmationKind.choices)
    name = models.CharField(_("name"), max_length=64, db_index=True)
    zone = models.ForeignKey(
        Zone, models.PROTECT, null=True, blank=True, related_name="confirmations", verbose_name=_("zone")
    )
    certificate = models.ForeignKey(
        "inventory.Certificate", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("certificate")
    )
    applicant = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("applicant")
    )
    manager_ids = models.JSONField(_("certificate managers"), default=list)
    """Ids of the managers named in the question, ascending; an answer stands for any subset of them."""
    purpose = models.CharField(_("purpose"), max_length=24, choices=Purpose.choices)
    state = models.CharField(
        _("state"),
        max_length=8,
        choices=[(s.value, LABELS[s]) for s in ConfirmationState],
        default=ConfirmationState.ASKED,
    )
    asked_at = models.DateTimeField(_("asked at"), default=timezone.now)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    reminders_sent = models.PositiveSmallIntegerField(_("reminders sent"), default=0)
    grant = models.ForeignKey(
        "requests_app.StandingGrant",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("standing grant"),
    )
    """The standing grant that answered it in the administrator's place."""

    class Meta:
        verbose_name = _("confirmation")
        verbose_name_plural = _("confirmations")
        ordering = ("request", "name", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in ConfirmationState]), name="confirmation_known_state"
            ),
            models.CheckConstraint(
                condition=Q(kind="ZONE", zone__isnull=False) | Q(kind="HOLDER", certificate__isnull=False),
                name="confirmation_asks_somebody",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} – {self.applicant}"

    @property
    def subject(self) -> str:
        """The audit subject."""
        return f"confirmation:{self.pk}"


class Channel(models.TextChoices):
    """How an answer was given; all but PORTAL are written down by a registrar, which is no override."""

    PORTAL = "PORTAL", _("in the portal")
    TELEPHONE = "TELEPHONE", _("by telephone")
    IN_PERSON = "IN_PERSON", _("in person")
    WRITING = "WRITING", _("in writing")


class Answer(models.Model):
    """Somebody's answer. The first one moves the question; a later contrary one is kept apart and blocks approval."""

    confirmation = models.ForeignKey(
        Confirmation, models.PROTECT, related_name="answers", verbose_name=_("confirmation")
    )
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("person"))
    is_yes = models.BooleanField(_("yes"))
    reason = models.TextField(_("reason"), blank=True)
    is_first = models.BooleanField(_("first answer"))
    by_interested = models.BooleanField(_("by the applicant or a manager"), default=False)
    """Given by the applicant or a manager: does not suffice while another administrator exists."""
    channel = models.CharField(_("how it was given"), max_length=10, choices=Channel.choices, default=Channel.PORTAL)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("recorded by"),
    )
    """The registrar who wrote down what the person said; None for an answer given in the portal."""
    said_at = models.DateTimeField(_("said outside the portal at"), null=True, blank=True)
    """When the person said it, where a registrar wrote it down."""
    by_link = models.BooleanField(_("by the link alone"), default=False)
    """Given without a sign-in, by whoever had the mail: weak, so that an approval that rests on it needs a reason."""
    answered_at = models.DateTimeField(_("answered at"), default=timezone.now)
    """When the portal got it: an override that is older did not know it."""

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        ordering = ("answered_at", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("confirmation",), condition=Q(is_first=True), name="confirmation_one_first_answer"
            ),
            models.UniqueConstraint(fields=("confirmation", "person"), name="answer_once_per_person"),
            models.CheckConstraint(
                condition=Q(channel="PORTAL", recorded_by__isnull=True)
                | (~Q(channel="PORTAL") & Q(recorded_by__isnull=False)),
                name="answer_recorded_by_iff_not_in_portal",
            ),
            models.CheckConstraint(condition=Q(by_link=False) | Q(channel="PORTAL"), name="answer_by_link_in_portal"),
        )

    def __str__(self) -> str:
        return f"{self.confirmation}: {self.is_yes}"


class Asking(models.Model):
    """One person is to be asked one question by mail; `mailed_at` is empty while it waits to be collected."""

    confirmation = models.ForeignKey(
        Confirmation, models.CASCADE, related_name="askings", verbose_name=_("confirmation")
    )
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("person"))
    asked_at = models.DateTimeField(_("asked at"), default=timezone.now)
    mailed_at = models.DateTimeField(_("put into a mail at"), null=True, blank=True)

    class Meta:
        verbose_name = _("person asked")
        verbose_name_plural = _("people asked")
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=("confirmation", "person"), name="asking_once"),)
        indexes = (
            models.Index(fields=("person",), condition=Q(mailed_at__isnull=True), name="asking_waits_for_a_mail"),
        )

    def __str__(self) -> str:
        return f"{self.confirmation}: {self.person}"


class AskingPace(models.Model):
    """When somebody was last asked by mail: further questions within the hour are collected."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("person"))
    last_mail_at = models.DateTimeField(_("last mail at"))

    class Meta:
        verbose_name = _("pace of questions")
        verbose_name_plural = _("pace of questions")

    def __str__(self) -> str:
        return f"{self.person}"


class StandingGrant(models.Model):
    """A zone administrator's yes in advance, for exactly this name and these people, until a day. Withdrawable."""

    confirmation = models.ForeignKey(
        Confirmation, models.PROTECT, related_name="grants", verbose_name=_("confirmation")
    )
    """The question with whose answer it was given."""
    zone = models.ForeignKey(Zone, models.PROTECT, related_name="grants", verbose_name=_("zone"))
    name = models.CharField(_("name"), max_length=64, db_index=True)
    grantor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("given by"))
    applicant = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("applicant")
    )
    manager_ids = models.JSONField(_("certificate managers"), default=list)
    """Ids of the managers named in the question, ascending; it stands for any subset of them."""
    purpose = models.CharField(_("purpose"), max_length=24, choices=Purpose.choices)
    until_on = models.DateField(_("last day"))
    made_at = models.DateTimeField(_("given at"), default=timezone.now)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("withdrawn by"),
    )

    class Meta:
        verbose_name = _("standing grant")
        verbose_name_plural = _("standing grants")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(fields=("confirmation", "grantor"), name="grant_once_per_answer"),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="grant_withdrawn_at_and_by_together",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} – {self.applicant} ({self.until_on})"

    @property
    def subject(self) -> str:
        """The audit subject."""
        return f"grant:{self.pk}"


class OverrideKind(models.TextChoices):
    """What a registrar takes upon themself for one name."""

    EXISTENCE = "EXISTENCE", _("The name exists although DNS does not show it")
    ZONE = "ZONE", _("The applicant is responsible although the zone's administrator did not say so")
    HOLDER = "HOLDER", _("The applicant may use the name although another holds a certificate for it")


class NameOverride(models.Model):
    """A registrar's written decision about one name of one version. A fact; never changed.

    Answers that differ after it need another one, so there may be several of a kind; the latest counts.
    """

    request = models.ForeignKey(
        CertificateRequest, models.PROTECT, related_name="overrides", verbose_name=_("certificate request")
    )
    version = models.ForeignKey(Version, models.PROTECT, related_name="+", verbose_name=_("version that was seen"))
    """The version that the registrar saw."""
    versions = models.ManyToManyField(Version, related_name="overrides", verbose_name=_("versions"))
    """The versions that it stands for: later ones too, where nothing that it rests on changed."""
    name = models.CharField(_("name"), max_length=64)
    kind = models.CharField(_("kind"), max_length=10, choices=OverrideKind.choices)
    reason = models.TextField(_("reason"))
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("decided by"))
    decided_at = models.DateTimeField(_("decided at"), default=timezone.now)

    class Meta:
        verbose_name = _("override")
        verbose_name_plural = _("overrides")
        ordering = ("decided_at", "pk")
        constraints = (models.CheckConstraint(condition=~Q(reason=""), name="override_has_reason"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"
