"""What the tests are arranged with: one function for each kind of person, made through the models."""

from datetime import date, datetime, timedelta
from itertools import count

from django.utils import timezone

from accounts.choices import EmploymentKind, EmploymentSource, GrantSource, Role
from accounts.models import AccountName, Employment, Identity, MailAddress, RoleGrant, User
from audit.actors import Actor, Door

ISSUER = "http://127.0.0.1:8001"
"""The demonstration's issuer; identities of the tests are bound to it unless they say otherwise."""

_numbers = count(1)


def person(
    *,
    account: str | None = None,
    name_ja: str = "",
    name_en: str = "",
    employment: EmploymentKind | None = None,
    employed_until: date | None = None,
    sub: str = "",
    is_active: bool = True,
    language: str = "",
) -> User:
    """A person on the roster, with account and mail address; bound to (ISSUER, sub) if `sub` is given."""
    number = next(_numbers)
    account = account if account is not None else f"ab{number:06d}"
    made = User.objects.create_person(
        name_ja=name_ja or f"電通 太郎{number}",
        name_en=name_en or f"DENTSU Taro {number}",
        affiliation_ja="情報基盤センター",
        affiliation_en="Information Technology Center",
    )
    made.is_active, made.language = is_active, language
    made.save()
    if account:
        AccountName.objects.create(person=made, account=account)
        MailAddress.objects.create(person=made, address=f"{account}@uec.example")
    if employment:
        Employment.objects.create(
            person=made,
            kind=employment,
            from_on=date(2020, 4, 1),
            until_on=employed_until,
            source=EmploymentSource.ROSTER,
        )
    if sub:
        Identity.objects.create(person=made, issuer=ISSUER, sub=sub)
    return made


def faculty(**fields: object) -> User:
    """Full-time faculty: may apply."""
    return person(employment=EmploymentKind.FULL_TIME_FACULTY, **fields)


def staff(**fields: object) -> User:
    """Full-time staff: may apply."""
    return person(employment=EmploymentKind.FULL_TIME_STAFF, **fields)


def part_time(**fields: object) -> User:
    """Part-time: known, may not apply."""
    return person(employment=EmploymentKind.PART_TIME, **fields)


def student(**fields: object) -> User:
    """A student: may be manager of a student activity."""
    return person(employment=EmploymentKind.STUDENT, **fields)


def zone_person(**fields: object) -> User:
    """Full-time staff who administers a zone once the test says which."""
    return staff(**fields)


def with_role(role: Role, **fields: object) -> User:
    """Full-time staff with a role for the coming half year, offered and confirmed by two others."""
    grantee = staff(**fields)
    grant_role(grantee, role)
    return grantee


def grant_role(grantee: User, role: Role, *, from_at: datetime | None = None, days: int = 180) -> RoleGrant:
    """A confirmed grant of `role`, from yesterday unless said otherwise, for `days` days."""
    from_at = from_at or timezone.now() - timedelta(days=1)
    return RoleGrant.objects.create(
        person=grantee,
        role=role,
        source=GrantSource.OFFER,
        offered_by=person(),
        offered_at=from_at,
        confirmed_by=person(),
        confirmed_at=from_at,
        from_at=from_at,
        until_at=from_at + timedelta(days=days),
    )


def registrar(**fields: object) -> User:
    """A registrar of ITC."""
    return with_role(Role.REGISTRAR, **fields)


def auditor(**fields: object) -> User:
    """An auditor: sees the desk, changes nothing."""
    return with_role(Role.AUDITOR, **fields)


def settings_administrator(**fields: object) -> User:
    """Edits zones, contacts, signature and closed days."""
    return with_role(Role.SETTINGS_ADMINISTRATOR, **fields)


def actor(who: User, *, role: str = "", door: Door = Door.PORTAL) -> Actor:
    """`who` behind a door, freshly signed in at the provider."""
    return Actor(
        person_id=who.pk,
        role=role,
        door=door,
        issuer=ISSUER,
        sub=f"sub-{who.pk}",
        signed_in_at=timezone.now(),
        address="127.0.0.1",
        request_id="test",
    )
