"""A person as the one to whom a mail goes: always the address on record."""

from accounts.models import User
from notifications.outbox import Recipient


def recipient_of(person: User) -> Recipient:
    """Return where mail to `person` goes; "" when no address is on record, or they have left: the outbox parks it.

    Addresses are used again: what was for whoever left must not reach whoever has the address now.
    """
    return Recipient(
        person_id=person.pk,
        address=person.mail_address if person.is_active else "",
        language=person.language,
        name_ja=person.name_ja or person.name_en,
        name_en=person.name_en or person.name_ja,
    )
