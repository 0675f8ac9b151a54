"""What the last looks at servers say about certificates: evidence for installation and revocation.

"Not seen" never blocks, and never counts as good news (design: issue, "Installed").
"""

from collections.abc import Iterable
from enum import StrEnum


class Serving(StrEnum):
    """What the last look at every name of a certificate showed."""

    EVERYWHERE = "EVERYWHERE"
    """Every name was seen, and every address of it served exactly this certificate."""
    SOMEWHERE = "SOMEWHERE"
    """At least one address served it, another did not or was not seen."""
    NOWHERE = "NOWHERE"
    """Every name was seen at every address, and none served it."""
    UNKNOWN = "UNKNOWN"
    """No address served it, but some name or address was not seen: nothing can be said."""


def of_certificates(certificate_ids: Iterable[int]) -> dict[int, Serving]:
    """Return, for each certificate, what the last look at its names showed."""
    return dict.fromkeys(certificate_ids, Serving.UNKNOWN)
