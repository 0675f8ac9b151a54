"""How a completed request ended."""

from enum import StrEnum

from django.utils.translation import pgettext_lazy


class Outcome(StrEnum):
    """How a completed request ended. Stored; people see `OUTCOME_LABELS`."""

    INSTALLED = "INSTALLED"
    NOT_NEEDED = "NOT_NEEDED"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"
    REPLACED = "REPLACED"


OUTCOME_LABELS = {
    Outcome.INSTALLED: pgettext_lazy("outcome", "Installed, and everything that it replaced is settled"),
    Outcome.NOT_NEEDED: pgettext_lazy("outcome", "Not needed any more"),
    Outcome.EXPIRED: pgettext_lazy("outcome", "Ended without a report of its installation"),
    Outcome.REVOKED: pgettext_lazy("outcome", "Revoked without a report of its installation"),
    Outcome.REPLACED: pgettext_lazy("outcome", "Replaced without a report of its installation"),
}
