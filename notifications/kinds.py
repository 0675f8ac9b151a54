"""The registry of kinds of mail. Apps above register theirs in AppConfig.ready."""

import re
from dataclasses import dataclass

_NAME = re.compile(r"[a-z][a-z0-9_]{0,49}")


@dataclass(frozen=True)
class Kind:
    """One kind of mail. `name` is also the folder of its two texts, templates/notifications/<name>/{ja,en}.txt."""

    name: str

    def __post_init__(self) -> None:
        """Raise ValueError for a name that cannot be a folder."""
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"“{self.name}” is no name of a kind of mail: lower case, digits and _ only.")


class UnknownKind(LookupError):
    """Nobody registered a kind of this name."""


_registered: dict[str, Kind] = {}


def register(*kinds: Kind) -> None:
    """Add kinds; the same one again is fine. Raises ValueError when another kind has the name."""
    for kind in kinds:
        if _registered.setdefault(kind.name, kind) != kind:
            raise ValueError(f"Another kind of mail is called “{kind.name}”.")


def get(name: str) -> Kind:
    """Return the kind. Raises UnknownKind."""
    try:
        return _registered[name]
    except KeyError:
        raise UnknownKind(name) from None


def all_kinds() -> tuple[Kind, ...]:
    """Return every registered kind, by name."""
    return tuple(_registered[name] for name in sorted(_registered))
