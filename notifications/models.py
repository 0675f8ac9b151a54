"""The outbox: every mail is a row before it is sent, and the row says what became of it."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

NOTE_LENGTH = 400
"""Characters of what is noted about an address that bounced."""


class MessageState(models.TextChoices):
    """What becomes of a mail."""

    PENDING = "PENDING", _("waiting to be sent")
    SENT = "SENT", pgettext_lazy("mail", "sent")
    PARKED = "PARKED", _("could not be sent")


class DeliveryFault(models.TextChoices):
    """Why a mail was not sent, or not yet."""

    UNREACHABLE = "UNREACHABLE", _("The mail server could not be reached.")
    TIMED_OUT = "TIMED_OUT", _("The mail server did not answer in time.")
    DISCONNECTED = "DISCONNECTED", _("The mail server closed the connection.")
    TLS_FAILED = "TLS_FAILED", _("The encrypted connection to the mail server could not be made.")
    SIGN_IN_REFUSED = "SIGN_IN_REFUSED", _("The mail server refused the portal's account.")
    SENDER_REFUSED = "SENDER_REFUSED", _("The mail server refused the portal or its sender address.")
    DEFERRED = "DEFERRED", _("The mail server asked to try again later.")
    RECIPIENT_REFUSED = "RECIPIENT_REFUSED", _("The mail server refused the recipient's address.")
    MESSAGE_REFUSED = "MESSAGE_REFUSED", _("The mail server refused the mail.")
    WORKER_LOST = "WORKER_LOST", _("The worker stopped while it was sending.")
    NO_ADDRESS = "NO_ADDRESS", _("The recipient has no address on record.")
    BAD_ADDRESS = "BAD_ADDRESS", _("The recipient's address on record is not a mail address.")
    BOUNCED_ADDRESS = "BOUNCED_ADDRESS", _("Mail to this address came back before.")


class OutboxMessage(models.Model):
    """One mail to one person.

    `body` holds a placeholder where the link goes (links.py), so that neither the database nor a backup opens a door.
    A worker owns the row while `lease_until` is ahead; `lease_token` is its name. `uncertain_attempts` counts the
    attempts after which the server may have taken the mail although the row could not record it: only those can make
    a second copy, and it has the same Message-ID.
    """

    key = models.CharField(pgettext_lazy("mail", "key"), max_length=200, unique=True)
    kind = models.CharField(_("kind"), max_length=50)
    person_id = models.BigIntegerField(_("person"), null=True)
    address = models.CharField(_("address"), max_length=254, blank=True)
    language = models.CharField(_("language"), max_length=2, blank=True)
    subject = models.CharField(pgettext_lazy("mail", "subject"), max_length=400)
    body = models.TextField(_("text"), blank=True)
    path = models.CharField(_("link"), max_length=400, blank=True)
    generation = models.PositiveIntegerField(_("generation"), default=1)
    state = models.CharField(_("state"), max_length=10, choices=MessageState, default=MessageState.PENDING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    uncertain_attempts = models.PositiveSmallIntegerField(_("attempts with unknown outcome"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    lease_until = models.DateTimeField(_("held by a worker until"), null=True)
    lease_token = models.CharField(_("worker that holds it"), max_length=32, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent at"), null=True)
    earlier_sent_at = models.DateTimeField(_("sent before"), null=True)
    last_fault = models.CharField(_("last fault"), max_length=20, choices=DeliveryFault, blank=True)
    last_reply_code = models.PositiveSmallIntegerField(_("reply of the mail server"), null=True)
    body_removed_at = models.DateTimeField(_("text removed"), null=True)

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        ordering = ("-id",)
        indexes = [
            models.Index(fields=["state", "next_attempt_at"], name="notifications_outbox_due"),
            models.Index(fields=["person_id"], name="notifications_outbox_person"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["PENDING", "SENT", "PARKED"]), name="notifications_known_state"
            ),
            models.CheckConstraint(
                condition=models.Q(state="SENT", sent_at__isnull=False)
                | (~models.Q(state="SENT") & models.Q(sent_at__isnull=True)),
                name="notifications_sent_at_iff_sent",
            ),
            models.CheckConstraint(
                condition=models.Q(lease_until__isnull=True, lease_token="")
                | (models.Q(lease_until__isnull=False, state="PENDING") & ~models.Q(lease_token="")),
                name="notifications_lease_while_pending",
            ),
            models.CheckConstraint(
                condition=models.Q(body_removed_at__isnull=True) | (models.Q(body="") & ~models.Q(state="PENDING")),
                name="notifications_no_text_removed_while_pending",
            ),
            models.CheckConstraint(
                condition=models.Q(language__in=["", "ja", "en"]), name="notifications_known_language"
            ),
            models.CheckConstraint(condition=models.Q(generation__gte=1), name="notifications_counts_from_one"),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def message_id(self) -> str:
        """The Message-ID, the same for every attempt of one generation (RFC 5322, section 3.6.4).

        The time of creation keeps it unique when a database starts its numbers anew.
        """
        domain = settings.MAIL_FROM.rpartition("@")[2]
        return f"<{self.created_at.timestamp():.6f}.{self.pk}.{self.generation}@{domain}>"


class BouncedAddress(models.Model):
    """An address from which mail came back; nothing is sent to it until somebody removes the row."""

    address = models.CharField(_("address"), max_length=254, unique=True)
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now)
    note = models.CharField(_("note"), max_length=NOTE_LENGTH, blank=True)

    class Meta:
        verbose_name = _("address that bounced")
        verbose_name_plural = _("addresses that bounced")

    def __str__(self) -> str:
        return self.address
