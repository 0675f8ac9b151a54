"""What the people of a request and the registrars write to each other on its page."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from requests_app.models.request import CertificateRequest


class Comment(models.Model):
    """One remark on a request's page. A mail says that it waits, never what it says. Dated, never edited."""

    request = models.ForeignKey(
        CertificateRequest, models.PROTECT, related_name="comments", verbose_name=_("certificate request")
    )
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("written by"))
    text = models.TextField(_("comment"))
    made_at = models.DateTimeField(_("written at"), default=timezone.now)

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        ordering = ("pk",)
        constraints = (models.CheckConstraint(condition=~Q(text=""), name="comment_has_text"),)

    def __str__(self) -> str:
        return f"{self.request}: {self.person}"
