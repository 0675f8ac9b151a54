"""What is so from a date until a date: identities, accounts, addresses, employment."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.choices import EmploymentKind, EmploymentSource
from accounts.models.person import User


class Identity(models.Model):
    """(issuer, sub) of an OpenID provider, bound to one person for ever; after the first sign-in only this counts."""

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="identities", verbose_name=_("person"))
    issuer = models.CharField(_("OpenID issuer"), max_length=255)
    sub = models.CharField(_("OpenID subject (sub)"), max_length=255)
    bound_at = models.DateTimeField(_("bound at"), default=timezone.now)

    class Meta:
        verbose_name = _("identity")
        verbose_name_plural = _("identities")
        constraints = (
            models.UniqueConstraint(fields=("issuer", "sub"), name="identity_once"),
            models.CheckConstraint(condition=~Q(issuer="") & ~Q(sub=""), name="identity_not_empty"),
        )

    def __str__(self) -> str:
        return f"{self.issuer} {self.sub}"


class AccountName(models.Model):
    """A UEC account, lower case, that a person has or had. Accounts are re-used: look at the dates."""

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="account_names", verbose_name=_("person"))
    account = models.CharField(_("UEC account"), max_length=64)
    from_at = models.DateTimeField(_("from"), default=timezone.now)
    until_at = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("account name")
        verbose_name_plural = _("account names")
        constraints = (
            models.UniqueConstraint(fields=("account",), condition=Q(until_at=None), name="account_name_one_open"),
            models.UniqueConstraint(fields=("person",), condition=Q(until_at=None), name="account_name_one_per_person"),
            models.CheckConstraint(
                condition=Q(until_at=None) | Q(until_at__gte=F("from_at")), name="account_name_dates_in_order"
            ),
        )

    def __str__(self) -> str:
        return self.account


class MailAddress(models.Model):
    """The address on record, from the roster or a registrar; never from a form or a claim about a known person."""

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="mail_addresses", verbose_name=_("person"))
    address = models.EmailField(_("mail address"))
    from_at = models.DateTimeField(_("from"), default=timezone.now)
    until_at = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("mail address")
        verbose_name_plural = _("mail addresses")
        constraints = (
            models.UniqueConstraint(fields=("person",), condition=Q(until_at=None), name="mail_address_one_per_person"),
            models.CheckConstraint(
                condition=Q(until_at=None) | Q(until_at__gte=F("from_at")), name="mail_address_dates_in_order"
            ),
        )

    def __str__(self) -> str:
        return self.address


class Employment(models.Model):
    """What a person is, from the day `from_on` to the day `until_on`, both included; Tokyo days."""

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="employments", verbose_name=_("person"))
    kind = models.CharField(_("employment"), max_length=30, choices=EmploymentKind.choices)
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=20, choices=EmploymentSource.choices)
    evidence = models.CharField(_("evidence"), max_length=500, blank=True)
    confirmed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("confirmed by")
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("employment")
        verbose_name_plural = _("employments")
        ordering = ("from_on", "pk")
        constraints = (
            models.CheckConstraint(condition=Q(kind__in=EmploymentKind.values), name="employment_kind_known"),
            models.CheckConstraint(condition=Q(source__in=EmploymentSource.values), name="employment_source_known"),
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(until_on__gte=F("from_on")), name="employment_dates_in_order"
            ),
            models.CheckConstraint(
                condition=Q(source="REGISTRAR", confirmed_by__isnull=False, confirmed_at__isnull=False)
                & ~Q(evidence="")
                & ~Q(confirmed_by=F("person"))
                | ~Q(source="REGISTRAR") & Q(confirmed_by__isnull=True, confirmed_at__isnull=True),
                name="employment_confirmed_together",
            ),
            models.CheckConstraint(
                condition=~Q(source="CLAIM") | Q(kind__in=("STUDENT", "OTHER")), name="employment_claim_never_raises"
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.from_on} – {self.until_on or ''}"
