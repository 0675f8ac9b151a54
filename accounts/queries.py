"""Questions about people, asked of the database each time, so that leaving acts at once."""

from collections.abc import Iterable
from datetime import date, datetime

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.choices import FULL_TIME, EmploymentKind, Role
from accounts.models import BATCH, AccountName, BreakGlass, Employment, MailAddress, RoleGrant, User


def _employments_on(on: date) -> Q:
    return Q(from_on__lte=on) & (Q(until_on=None) | Q(until_on__gte=on))


def employment_kinds(person: User, *, on: date) -> frozenset[EmploymentKind]:
    """Every kind of employment of `person` on the day; empty for an inactive person."""
    if not User.objects.filter(pk=person.pk, is_active=True).exists():
        return frozenset()
    rows = Employment.objects.filter(_employments_on(on), person_id=person.pk)
    return frozenset(EmploymentKind(kind) for kind in rows.values_list("kind", flat=True))


def full_time_people(*, on: date) -> QuerySet[User]:
    """Everybody who may apply on the day: active, full-time, and not lowered by the provider since."""
    full_time = Employment.objects.filter(_employments_on(on), person=OuterRef("pk"), kind__in=FULL_TIME)
    return User.objects.filter(Exists(full_time), is_active=True, lowered_by_claim_at=None)


def is_full_time(person: User, *, on: date) -> bool:
    """Whether `person` may apply on the day. One query; reads the database, never the instance."""
    return full_time_people(on=on).filter(pk=person.pk).exists()


def current_roles(person: User, *, at: datetime) -> frozenset[Role]:
    """Roles that `person` holds at the moment `at`; empty for an inactive person."""
    grants = RoleGrant.objects.current(at).filter(person_id=person.pk, person__is_active=True)
    return frozenset(Role(role) for role in grants.values_list("role", flat=True))


def open_break_glass(person_id: int, *, at: datetime) -> BreakGlass | None:
    """The break-glass that `person_id` has open at the moment `at` and still has the role for; None without one."""
    granted = RoleGrant.objects.current(at).filter(person=OuterRef("person"), role=Role.BREAK_GLASS)
    opened = BreakGlass.objects.filter(Exists(granted), person_id=person_id, opened_at__lte=at, until_at__gt=at)
    return opened.order_by("-pk").first()


def unreviewed_break_glass() -> QuerySet[BreakGlass]:
    """Every break-glass that no other registrar has reviewed yet, oldest first."""
    return BreakGlass.objects.filter(reviewed_at=None).select_related("person").order_by("pk")


def people_with_role(role: Role, *, at: datetime) -> QuerySet[User]:
    """Active people who hold `role` at the moment `at`, each once, by number."""
    grants = RoleGrant.objects.current(at).filter(person=OuterRef("pk"), role=role)
    return User.objects.filter(Exists(grants), is_active=True).order_by("pk")


def mail_addresses(person_ids: Iterable[int]) -> dict[int, str]:
    """The address on record of each of these people who has one; one query."""
    rows = MailAddress.objects.filter(person__in=list(person_ids), until_at=None)
    return dict(rows.values_list("person_id", "address"))


def normal_account(account: str) -> str | None:
    """`name` or `name@<hosted domain>` as the account in lower case; None for an address of another domain."""
    name, at_sign, domain = account.strip().lower().partition("@")
    if at_sign and domain != settings.OIDC_HOSTED_DOMAIN.lower():
        return None
    return name or None


def find_by_account(account: str) -> User | None:
    """The person who has the account now (`name` or `name@gl.cc.uec.ac.jp`), active or not; None if nobody."""
    name = normal_account(account)
    if name is None:
        return None
    return User.objects.filter(account_names__account=name, account_names__until_at=None).first()


def find_by_accounts(accounts: Iterable[str]) -> dict[str, User]:
    """The people who have these accounts now, active or not, by what was given; whoever is missing is nobody."""
    normal = {account: normal_account(account) for account in accounts}
    names = sorted({name for name in normal.values() if name})
    found: dict[str, User] = {}
    for start in range(0, len(names), BATCH):
        rows = AccountName.objects.filter(account__in=names[start : start + BATCH], until_at=None)
        found |= {row.account: row.person for row in rows.select_related("person")}
    return {given: found[name] for given, name in normal.items() if name in found}
