"""A person as the one to whom a mail goes: always the address on record."""

from accounts.models import User
from notifications.outbox import Recipient


def recipient_of(person: User) -> Recipient:
    """Return where mail to `person` goes; the address is "" when none is on record: the outbox parks it."""
    return Recipient(
        person_id=person.pk,
        address=person.mail_address,
        language=person.language,
        name_ja=person.name_ja or person.name_en,
        name_en=person.name_en or person.name_ja,
    )
