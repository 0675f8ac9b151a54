"""The shape that all tables of transitions share. Pure: no models, no people, only words and what may follow what."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from django.utils.functional import Promise

StateT = TypeVar("StateT", bound=StrEnum)
ActionT = TypeVar("ActionT", bound=StrEnum)


class Role(StrEnum):
    """What a person is to one request, read after its lock (queries.roles). Several may hold at once."""

    APPLICANT = "APPLICANT"
    PREPARER = "PREPARER"
    MANAGER = "MANAGER"
    CONTACT = "CONTACT"
    ZONE_ADMINISTRATOR = "ZONE_ADMINISTRATOR"
    HOLDER = "HOLDER"
    REGISTRAR = "REGISTRAR"
    AUDITOR = "AUDITOR"
    ASKER = "ASKER"
    """Asked for this revocation or hand-over."""
    SUCCESSOR = "SUCCESSOR"
    """Is asked to take over a request or a certificate."""
    SYSTEM = "SYSTEM"
    FULL_TIME = "FULL_TIME"
    """Full-time today by the roster: sending a row needs it."""
    INTERESTED = "INTERESTED"
    """Applicant, manager, contact, or holder of a certificate replaced: never decides as a registrar."""
    BREAK_GLASS = "BREAK_GLASS"
    """Has broken the glass: decides in spite of being interested, a witness or the asker; every event says so."""
    WITNESS = "WITNESS"
    """Confirmed or overrode one of the names: does not approve the request."""


@dataclass(frozen=True)
class Rule(Generic[StateT]):
    """One action: the word on the button, who may, from where to where, and which function is its only verb."""

    label: Promise
    verb: str
    """Dotted path of the service function; a test finds each of them and no two doors."""
    roles: frozenset[Role]
    moves: Mapping[StateT, tuple[StateT, ...]]
    """Source state → the states that the verb may choose from."""
    needs_reason: bool = False
    plain: bool = False
    """Plain actions share `services.act`; only they have a generic address."""


@dataclass(frozen=True)
class Table(Generic[StateT, ActionT]):
    """All rules of one kind of row, with its first state and its final ones."""

    name: str
    states: type[StateT]
    initial: StateT
    final: frozenset[StateT]
    rules: Mapping[ActionT, Rule[StateT]]

    def targets(self, action: ActionT, source: StateT) -> tuple[StateT, ...]:
        """Return where `action` may lead from `source`; empty where it is not allowed."""
        return self.rules[action].moves.get(source, ())

    def actions_from(self, source: StateT) -> Iterator[ActionT]:
        """Yield the actions that somebody may take in `source`, in the order of the table."""
        return (action for action, rule in self.rules.items() if source in rule.moves)

    def edges(self) -> Iterator[tuple[StateT, ActionT, StateT]]:
        """Yield every (source, action, target), for diagrams and tests."""
        for action, rule in self.rules.items():
            for source, targets in rule.moves.items():
                for target in targets:
                    yield source, action, target
