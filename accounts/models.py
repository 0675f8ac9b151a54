"""The person and the dated rows that hang on it.

UEC accounts and mail addresses are re-used for other people, so nothing is keyed by them: rows elsewhere point to
`User.pk`, which no database of ours gives out twice (AUTOINCREMENT on SQLite, an identity column on PostgreSQL).
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.contrib.auth import get_backends
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.choices import EmploymentKind, EmploymentSource, GrantSource, Language, Role

MAX_GRANT = timedelta(days=366)
"""Longest life of a role: one year, a leap year counted whole (product.md, "Roles")."""


class UserManager(BaseUserManager["User"]):
    """Makes people. There is no password to give and no superuser to make."""

    def create_person(
        self, *, name_ja: str, name_en: str = "", affiliation_ja: str = "", affiliation_en: str = ""
    ) -> "User":
        """Return a new active person with an unusable password, without account, address or employment."""
        person = self.model(
            name_ja=name_ja, name_en=name_en, affiliation_ja=affiliation_ja, affiliation_en=affiliation_en
        )
        person.set_unusable_password()
        person.save(using=self._db)
        return person


class User(AbstractBaseUser):
    """One person, for ever; a leaver is made inactive, never deleted."""

    public_id = models.CharField(_("person number"), max_length=40, unique=True, editable=False)
    name_ja = models.CharField(_("name (Japanese)"), max_length=100, blank=True)
    name_en = models.CharField(_("name (English)"), max_length=100, blank=True)
    affiliation_ja = models.CharField(_("affiliation (Japanese)"), max_length=200, blank=True)
    affiliation_en = models.CharField(_("affiliation (English)"), max_length=200, blank=True)
    name_nii = models.CharField(_("name as written for NII"), max_length=100, blank=True)
    affiliation_nii = models.CharField(_("affiliation as written for NII"), max_length=200, blank=True)
    language = models.CharField(
        _("language"), max_length=2, choices=Language.choices, blank=True, default=Language.NOT_CHOSEN
    )
    is_active = models.BooleanField(_("active"), default=True)
    session_epoch = models.PositiveIntegerField(default=0, editable=False)
    """Raised by "sign out everywhere": a session that carries a lower number is over."""
    lowered_by_claim_at = models.DateTimeField(null=True, blank=True, editable=False)
    """When the provider last said that this person is no employee: not full-time until a registrar confirms."""
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    USERNAME_FIELD = "public_id"
    REQUIRED_FIELDS: list[str] = []

    objects = UserManager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(condition=Q(language__in=Language.values), name="user_language_known"),
            models.CheckConstraint(condition=~Q(name_ja="") | ~Q(name_en=""), name="user_has_a_name"),
        )

    def __str__(self) -> str:
        return f"{self.display_name} ({self.public_id})"

    def save(self, *args: object, **kwargs: object) -> None:
        """Save; a new person gets its public id from the primary key, which is known only after the insert."""
        if self.pk is not None:
            super().save(*args, **kwargs)  # type: ignore[arg-type]  # Django's own parameters, passed on unread
            return
        with transaction.atomic():
            self.public_id = f"new-{uuid4()}"
            super().save(*args, **kwargs)  # type: ignore[arg-type]  # as above
            self.public_id = f"P{self.pk:06d}"
            type(self).objects.filter(pk=self.pk).update(public_id=self.public_id)

    @property
    def account(self) -> str:
        """The current UEC account name, "" if there is none."""
        row = self.account_names.filter(until_at=None).first()
        return row.account if row else ""

    @property
    def mail_address(self) -> str:
        """The address on record, "" if there is none. Mail goes here and nowhere else."""
        row = self.mail_addresses.filter(until_at=None).first()
        return row.address if row else ""

    @property
    def display_name(self) -> str:
        """The name in the active language, else in the other script."""
        if (get_language() or "ja").startswith("en"):
            return self.name_en or self.name_ja
        return self.name_ja or self.name_en

    @property
    def display_affiliation(self) -> str:
        """The affiliation in the active language, else in the other script."""
        if (get_language() or "ja").startswith("en"):
            return self.affiliation_en or self.affiliation_ja
        return self.affiliation_ja or self.affiliation_en

    def get_full_name(self) -> str:
        """What Django admin shows as the signed-in person."""
        return self.display_name

    def get_session_auth_hash(self) -> str:
        """What a session must carry to be this person's; changes with "sign out everywhere"."""
        return salted_hmac("accounts.session", f"{self.pk}:{self.session_epoch}", algorithm="sha256").hexdigest()

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """The same under each older secret key, so that a change of SECRET_KEY ends no session at once."""
        for secret in settings.SECRET_KEY_FALLBACKS:
            value = f"{self.pk}:{self.session_epoch}"
            yield salted_hmac("accounts.session", value, secret=secret, algorithm="sha256").hexdigest()

    def get_short_name(self) -> str:
        """The same: Japanese names aren't cut."""
        return self.display_name

    @cached_property
    def roles_when_read(self) -> frozenset[Role]:
        """Roles current at the first question to this instance.

        A request reads its person anew, so this is per request; policies ask `queries.current_roles` after the lock.
        """
        if not self.is_active:
            return frozenset()
        return frozenset(Role(grant.role) for grant in self.role_grants.current(timezone.now()))

    @property
    def is_staff(self) -> bool:
        """May enter the admin: whoever holds a current role."""
        return bool(self.roles_when_read)

    @property
    def is_superuser(self) -> bool:
        """Nobody is."""
        return False

    def has_perm(self, perm: str, obj: models.Model | None = None) -> bool:
        """Whether a backend grants `perm`; roles are the only source of rights."""
        return self.is_active and any(backend.has_perm(self, perm, obj) for backend in get_backends())

    def has_perms(self, perm_list: list[str], obj: models.Model | None = None) -> bool:
        """Whether every permission of the list is granted."""
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        """Whether the admin shows the app to this person."""
        return self.is_active and any(
            backend.has_module_perms(self, app_label)
            for backend in get_backends()
            if hasattr(backend, "has_module_perms")
        )


class Identity(models.Model):
    """(issuer, sub) of an OpenID provider, bound to one person for ever; after the first sign-in only this counts."""

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="identities")
    issuer = models.CharField(max_length=255)
    sub = models.CharField(max_length=255)
    bound_at = models.DateTimeField(default=timezone.now)

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

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="account_names")
    account = models.CharField(_("UEC account"), max_length=64)
    from_at = models.DateTimeField(default=timezone.now)
    until_at = models.DateTimeField(null=True, blank=True)

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

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="mail_addresses")
    address = models.EmailField(_("mail address"))
    from_at = models.DateTimeField(default=timezone.now)
    until_at = models.DateTimeField(null=True, blank=True)

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

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="employments")
    kind = models.CharField(_("employment"), max_length=30, choices=EmploymentKind.choices)
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=20, choices=EmploymentSource.choices)
    evidence = models.CharField(_("evidence"), max_length=500, blank=True)
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)

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

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="role_grants")
    role = models.CharField(_("role"), max_length=30, choices=Role.choices)
    source = models.CharField(max_length=10, choices=GrantSource.choices, default=GrantSource.OFFER)
    offered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    offered_at = models.DateTimeField(default=timezone.now)
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    from_at = models.DateTimeField(default=timezone.now)
    until_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

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


class EmploymentQuestion(models.Model):
    """Somebody asks ITC to confirm that they are full-time; a registrar answers with the evidence."""

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="employment_questions")
    note = models.CharField(_("note"), max_length=500, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    is_confirmed = models.BooleanField(null=True)

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

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="emergency_links")
    token_sha256 = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("emergency link")
        verbose_name_plural = _("emergency links")

    def __str__(self) -> str:
        return f"{self.person} {self.made_at:%Y-%m-%d %H:%M}"


class RosterImport(models.Model):
    """One applied import of ITC's roster: which bytes, by whom, with what effect."""

    file_sha256 = models.CharField(max_length=64)
    imported_at = models.DateTimeField(default=timezone.now)
    imported_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    people_count = models.PositiveIntegerField()
    added_count = models.PositiveIntegerField()
    changed_count = models.PositiveIntegerField()
    ended_count = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("roster import")
        verbose_name_plural = _("roster imports")
        ordering = ("-imported_at", "-pk")

    def __str__(self) -> str:
        return f"{self.imported_at:%Y-%m-%d %H:%M} ({self.people_count})"
