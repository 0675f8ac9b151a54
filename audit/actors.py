"""Who acts: the frozen value that every verb receives and every event keeps. Pure Python."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Door(StrEnum):
    """The way an action came in; each door calls the same verbs."""

    PORTAL = "PORTAL"
    ADMIN = "ADMIN"
    COMMAND = "COMMAND"
    MAIL_LINK = "MAIL_LINK"
    SYSTEM = "SYSTEM"


@dataclass(frozen=True)
class Actor:
    """A person in an acting role behind a door, with the sign-in that proved who it is.

    `person_id` is None only for the system. `issuer` and `sub` name the OpenID Connect identity, `strength` is the
    sign-in's `acr` or `amr`, `address` the network address of the client, `break_glass` the written reason if any.
    """

    person_id: int | None
    role: str
    door: Door
    issuer: str = ""
    sub: str = ""
    signed_in_at: datetime | None = None
    strength: str = ""
    address: str = ""
    request_id: str = ""
    break_glass: str = ""

    def __post_init__(self) -> None:
        """Raise ValueError for a person behind the system's door, or for nobody behind a human one."""
        if (self.person_id is None) != (self.door is Door.SYSTEM):
            raise ValueError("Only the system acts without a person, and it acts through its own door.")
        if self.signed_in_at is not None and self.signed_in_at.tzinfo is None:
            raise ValueError("The time of the sign-in needs a time zone.")

    @property
    def is_system(self) -> bool:
        """Whether nobody acts: a sweep or a consequence of an earlier action."""
        return self.person_id is None

    @property
    def human_id(self) -> int:
        """The person's id. Raises ValueError for the system, which takes no human action."""
        if self.person_id is None:
            raise ValueError("The system takes no human action.")
        return self.person_id

    def as_payload(self) -> dict[str, str]:
        """Return what identifies the person beyond the internal id, without empty values, ready for JSON.

        It goes into the payload of an event only, the one part that can be erased at the end of its retention.
        """
        named = {
            "issuer": self.issuer,
            "sub": self.sub,
            "signed_in_at": self.signed_in_at.isoformat() if self.signed_in_at else "",
            "strength": self.strength,
            "address": self.address,
            "request_id": self.request_id,
            "break_glass": self.break_glass,
        }
        return {name: value for name, value in named.items() if value}


SYSTEM = Actor(None, "SYSTEM", Door.SYSTEM)
"""The portal itself; a system actor never takes a human action."""
