"""What happened, by whom, in an order that can be checked. Rows are inserted and never changed (triggers.py).

Hashes are SHA-256 in lower-case hexadecimal. hashing.py says what each covers, docs of verification.py what it proves.
"""

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from audit.actors import Door

RESERVED_MEMBERS = frozenset({"actor", "salt"})
"""Members of a payload that recording.py adds to what the caller gave."""


class Event(models.Model):
    """One action on one subject ("request:12", "person:3", "roster").

    `payload` is NULL after the end of its retention; everything else stays for ever and names nobody but by the
    internal number of a person.
    """

    subject = models.CharField(pgettext_lazy("audit", "subject"), max_length=80)
    sequence = models.PositiveIntegerField(_("number"))
    action = models.CharField(_("action"), max_length=60)
    actor_person = models.BigIntegerField(_("person"), null=True)
    actor_role = models.CharField(_("acting role"), max_length=40)
    door = models.CharField(_("door"), max_length=20, choices=[(door.value, door.value) for door in Door])
    at = models.DateTimeField(_("time"))
    payload = models.JSONField(_("details"), null=True)
    payload_hash = models.CharField(_("SHA-256 of the details"), max_length=64)
    previous_hash = models.CharField(_("hash of the event before"), max_length=64, blank=True)
    hash = models.CharField(_("hash"), max_length=64)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ("subject", "sequence")
        indexes = [
            models.Index(fields=["at"], name="audit_event_at"),
            models.Index(fields=["actor_person", "at"], name="audit_event_actor"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["subject", "sequence"], name="audit_event_one_of_each_number"),
            models.CheckConstraint(condition=models.Q(sequence__gte=1), name="audit_event_counts_from_one"),
            models.CheckConstraint(
                condition=models.Q(door__in=[door.value for door in Door]), name="audit_event_known_door"
            ),
            models.CheckConstraint(
                condition=models.Q(door=Door.SYSTEM.value, actor_person__isnull=True)
                | (~models.Q(door=Door.SYSTEM.value) & models.Q(actor_person__isnull=False)),
                name="audit_event_person_unless_system",
            ),
            models.CheckConstraint(
                condition=models.Q(sequence=1, previous_hash="")
                | (models.Q(sequence__gt=1) & ~models.Q(previous_hash="")),
                name="audit_event_first_has_no_previous",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} #{self.sequence} {self.action}"

    @property
    def details(self) -> Mapping[str, Any]:
        """What the caller recorded, without the actor's identity and the salt; empty after erasure."""
        return {name: value for name, value in (self.payload or {}).items() if name not in RESERVED_MEMBERS}

    @property
    def is_erased(self) -> bool:
        """Whether the payload reached the end of its retention."""
        return self.payload is None


class Checkpoint(models.Model):
    """The heads of all subjects that moved since the checkpoint before, chained; its hash leaves the machine."""

    number = models.PositiveIntegerField(_("number"), unique=True)
    at = models.DateTimeField(_("time"))
    heads_hash = models.CharField(_("SHA-256 of the heads"), max_length=64)
    previous_hash = models.CharField(_("hash of the checkpoint before"), max_length=64, blank=True)
    hash = models.CharField(_("hash"), max_length=64)

    class Meta:
        verbose_name = _("checkpoint")
        verbose_name_plural = _("checkpoints")
        ordering = ("number",)
        constraints = [
            models.CheckConstraint(condition=models.Q(number__gte=1), name="audit_checkpoint_counts_from_one"),
            models.CheckConstraint(
                condition=models.Q(number=1, previous_hash="") | (models.Q(number__gt=1) & ~models.Q(previous_hash="")),
                name="audit_checkpoint_first_has_no_previous",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.number} {self.hash}"


class CheckpointHead(models.Model):
    """The newest event that one subject had when a checkpoint was made."""

    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="heads", verbose_name=_("checkpoint"))
    subject = models.CharField(pgettext_lazy("audit", "subject"), max_length=80)
    sequence = models.PositiveIntegerField(_("number"))
    hash = models.CharField(_("hash"), max_length=64)

    class Meta:
        verbose_name = _("head")
        verbose_name_plural = _("heads")
        constraints = [
            models.UniqueConstraint(fields=["subject", "sequence"], name="audit_head_fixed_once"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} #{self.sequence}"
