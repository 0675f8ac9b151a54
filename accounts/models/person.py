"""The person: one row for ever, to which everything points."""

from collections.abc import Iterator
from typing import ClassVar
from uuid import uuid4

from django.conf import settings
from django.contrib.auth import get_backends
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.choices import Language, Role

BATCH = 200
"""Rows of one statement."""


def public_id(pk: int) -> str:
    """The number by which people speak of a person; never given twice, because the primary key isn't."""
    return f"P{pk:06d}"


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

    def create_people(self, people: list["User"]) -> list["User"]:
        """Insert many at once (a roster of thousands holds SQLite's one write lock for as long as it takes)."""
        for person in people:
            person.public_id = f"new-{uuid4()}"
            person.set_unusable_password()
        with transaction.atomic(using=self._db):
            made = self.bulk_create(people, batch_size=BATCH)
            for person in made:
                person.public_id = public_id(person.pk)
            self.bulk_update(made, ["public_id"], batch_size=BATCH)
        return made


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
    lowered_by_claim_at = models.DateTimeField(
        _("not full-time by a sign-in since"), null=True, blank=True, editable=False
    )
    """When the provider last said that this person is no employee: not full-time until a registrar confirms."""
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    USERNAME_FIELD = "public_id"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

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
            super().save(*args, **kwargs)
            self.public_id = public_id(self.pk)
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
