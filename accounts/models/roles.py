"""Roles, by date: the only source of rights."""

from datetime import date, datetime, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import days
from accounts.choices import GrantSource, Role
from accounts.models.person import User

MAX_GRANT = timedelta(days=366)
"""Longest life of a role: one year, a leap year counted whole (product.md, "Roles")."""


class RoleGrantQuerySet(models.QuerySet["RoleGrant"]):
    """Grants, by date."""

    def current(self, at: datetime) -> "RoleGrantQuerySet":
        """Confirmed, begun, neither over nor ended at the moment `at`."""
        return self.filter(confirmed_at__isnull=False, from_at__lte=at, until_at__gt=at).filter(
            Q(ended_at=None) | Q(ended_at__gt=at)
        )

    def open_offers(self, at: datetime) -> "RoleGrantQuerySet":
        """Waiting for the second registrar at the moment `at`."""
        return self.filter(confirmed_at=None, ended_at=None, until_at__gt=at)


class RoleGrant(models.Model):
    """A role, offered by one registrar, confirmed by another, neither being the grantee; at most one year."""

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="role_grants", verbose_name=_("person"))
    role = models.CharField(_("role"), max_length=30, choices=Role.choices)
    source = models.CharField(
        _("way of granting"), max_length=10, choices=GrantSource.choices, default=GrantSource.OFFER
    )
    offered_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("offered by")
    )
    offered_at = models.DateTimeField(_("offered at"), default=timezone.now)
    confirmed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("confirmed by")
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    from_at = models.DateTimeField(_("from"), default=timezone.now)
    until_at = models.DateTimeField(_("until"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    ended_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("ended by")
    )

    objects = RoleGrantQuerySet.as_manager()

    class Meta:
        verbose_name = _("role grant")
        verbose_name_plural = _("role grants")
        ordering = ("-offered_at", "-pk")
        constraints = (
            models.CheckConstraint(condition=Q(role__in=Role.values), name="role_grant_role_known"),
            models.CheckConstraint(
                condition=Q(
                    source="OFFER", offered_by__isnull=False, confirmed_at__isnull=True, confirmed_by__isnull=True
                )
                | Q(source="OFFER", offered_by__isnull=False, confirmed_at__isnull=False, confirmed_by__isnull=False)
                | Q(
                    source="COMMAND",
                    role="REGISTRAR",
                    offered_by__isnull=True,
                    confirmed_by__isnull=True,
                    confirmed_at__isnull=False,
                ),
                name="role_grant_who_and_when_together",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="role_grant_end_together",
            ),
            # A comparison with NULL counts as kept: the constraint above says who must be there.
            models.CheckConstraint(condition=~Q(offered_by=F("person")), name="role_grant_not_offered_to_oneself"),
            models.CheckConstraint(condition=~Q(confirmed_by=F("person")), name="role_grant_not_confirmed_by_grantee"),
            models.CheckConstraint(condition=~Q(confirmed_by=F("offered_by")), name="role_grant_two_registrars"),
            models.CheckConstraint(
                condition=Q(until_at__gt=F("from_at"), until_at__lte=F("from_at") + MAX_GRANT),
                name="role_grant_at_most_a_year",
            ),
            models.UniqueConstraint(
                fields=("person", "role"),
                condition=Q(confirmed_at=None, ended_at=None),
                name="role_grant_one_open_offer",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_role_display()}: {self.person}"

    @property
    def last_on(self) -> date:
        """The last Tokyo day of the role: `until_at` is usually the midnight that ends it."""
        return days.of(self.until_at - timedelta(microseconds=1))
