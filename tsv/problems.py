"""What can be wrong with a value, a row or a file: a stable code with parameters, never a sentence.

The sentences, in Japanese and English, are in `tsv.texts`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """ERROR: NII would refuse it, or might. WARNING: somebody should look. INFORMATION: nothing needs to be done."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding.

    `params` holds JSON values only. `source` names where the rule comes from, such as "N275" (docs/tsv-columns.md).
    `line` and `column` count from 1; None means: not about one line, not about one column.
    """

    code: str
    severity: Severity = Severity.ERROR
    params: Mapping[str, Any] = field(default_factory=dict, hash=False)
    source: str = ""
    line: int | None = None
    column: int | None = None

    def at(self, *, line: int | None = None, column: int | None = None) -> Problem:
        """Return the same finding with a place; a place that is not given stays as it was."""
        return replace(
            self,
            line=self.line if line is None else line,
            column=self.column if column is None else column,
        )

    def as_json(self) -> dict[str, Any]:
        """Return a value for `json.dumps` that `from_json` turns back into an equal Problem."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "params": dict(self.params),
            "source": self.source,
            "line": self.line,
            "column": self.column,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Problem:
        """Return the Problem that `as_json` described. Raises KeyError or ValueError for anything else."""
        return cls(
            code=str(stored["code"]),
            severity=Severity(stored["severity"]),
            params=dict(stored["params"]),
            source=str(stored["source"]),
            line=stored["line"],
            column=stored["column"],
        )


class Refused(Exception):
    """A value, record or file breaks at least one rule; `problems` holds every one, warnings included."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(", ".join(problem.code for problem in self.problems))


def error(code: str, source: str, **params: Any) -> Problem:
    """Return a Problem of severity ERROR without a place."""
    return Problem(code, Severity.ERROR, params, source)


def warning(code: str, source: str, **params: Any) -> Problem:
    """Return a Problem of severity WARNING without a place."""
    return Problem(code, Severity.WARNING, params, source)


def information(code: str, source: str, **params: Any) -> Problem:
    """Return a Problem of severity INFORMATION without a place."""
    return Problem(code, Severity.INFORMATION, params, source)


def has_errors(problems: Iterable[Problem]) -> bool:
    """Say whether any of `problems` is an error; warnings and information stop nothing."""
    return any(problem.severity is Severity.ERROR for problem in problems)
