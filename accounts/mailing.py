"""Mail of this app: into the outbox, in the caller's transaction, to addresses on record only."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from accounts import queries
from accounts.choices import Role
from accounts.models import User
from accounts.recipients import recipient_of
from notifications import outbox


def naming(person: User) -> dict[str, str]:
    """How the mail templates name a person: number, account and the name in each script."""
    return {
        "public_id": person.public_id,
        "account": person.account,
        "name_ja": person.name_ja or person.name_en,
        "name_en": person.name_en or person.name_ja,
    }


def tell(person: User, kind: str, *, key: str, context: Mapping[str, Any], link: str = "") -> None:
    """Put one mail to `person` into the outbox, which parks it where no address is on record."""
    outbox.enqueue(kind, key=f"{key}/u{person.pk}", recipient=recipient_of(person), context=context, link=link)


def tell_registrars(kind: str, *, key: str, context: Mapping[str, Any], link: str = "") -> None:
    """The same to every registrar in office."""
    for registrar in queries.people_with_role(Role.REGISTRAR, at=timezone.now()):
        tell(registrar, kind, key=key, context=context, link=link)
