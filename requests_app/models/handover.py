"""Hand-overs: somebody is asked to take over a request or a certificate."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from requests_app.models.request import CertificateRequest
from requests_app.states.handover import LABELS, HandOverState


class HandOver(models.Model):
    """One question to one person: will you take this over? `state` is written by transitions.py alone."""

    request = models.ForeignKey(
        CertificateRequest,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="hand_overs",
        verbose_name=_("certificate request"),
    )
    certificate = models.ForeignKey(
        "inventory.Certificate",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="hand_overs",
        verbose_name=_("certificate"),
    )
    successor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="hand_overs", verbose_name=_("successor")
    )
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked at"), default=timezone.now)
    reason = models.TextField(_("reason"), blank=True)
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=[(s.value, LABELS[s]) for s in HandOverState],
        default=HandOverState.ASKED,
    )
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)

    class Meta:
        verbose_name = _("hand-over")
        verbose_name_plural = _("hand-overs")
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(request__isnull=False, certificate__isnull=True)
                | Q(request__isnull=True, certificate__isnull=False),
                name="hand_over_of_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in HandOverState]), name="hand_over_known_state"
            ),
            models.UniqueConstraint(
                fields=("request",), condition=Q(state=HandOverState.ASKED.value), name="hand_over_one_of_request"
            ),
            models.UniqueConstraint(
                fields=("certificate",),
                condition=Q(state=HandOverState.ASKED.value),
                name="hand_over_one_of_certificate",
            ),
        )

    def __str__(self) -> str:
        return f"{self.request or self.certificate} → {self.successor}"

    @property
    def subject(self) -> str:
        """The audit subject."""
        return f"hand-over:{self.pk}"
