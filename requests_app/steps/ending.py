"""What mails say about certificates that end: facts of each, in the order of their ends."""

from collections.abc import Collection
from typing import Any

from accounts import days, working_days
from inventory import queries as inventory
from inventory.models import Certificate
from requests_app import endings, mails, queries
from requests_app.states import State
from requests_app.states.request import LABELS
from requests_app.steps import completing


def lines_of(certificates: Collection[Certificate], *, reach: endings.Reach | None = None) -> dict[int, dict[str, Any]]:
    """Return the line of each certificate in a mail, by its id. A bounded number of queries for all.

    With `reach` a line says whether no holder can be reached.
    """
    ids = [one.pk for one in certificates]
    names, renewals = inventory.names_of(ids), queries.renewals_by_certificate(ids)
    revocations = queries.open_revocations(ids)
    lines = {}
    for one in sorted(certificates, key=lambda one: (one.not_after is None, one.not_after, one.pk)):
        ends_on = days.of(one.not_after) if one.not_after else None
        revocation = revocations.get(one.pk)
        lines[one.pk] = {
            **mails.certificate_facts(one),
            "name": " ".join(one.common_name.split()),
            "further": max(len(names[one.pk]) - 1, 0),
            "days": (ends_on - days.today()).days if ends_on else 0,
            "ended": completing.has_ended(one),
            "closed": ends_on is not None and working_days.is_closed(ends_on),
            # The label is lazy: it comes out in the language of the text.
            "renewals": [
                {"reference": request.reference, "state": LABELS[State(request.state)]}
                for request in renewals.get(one.pk, ())
            ],
            "revocation": revocation.reference if revocation else "",
            "unreached": reach is not None and not reach.is_reached(one.pk),
        }
    return lines


def facts_of(lines: Collection[dict[str, Any]]) -> dict[str, Any]:
    """Return what a mail about several certificates says of them all; the next end comes first."""
    listed = list(lines)
    still_valid = [line for line in listed if not line["ended"]]
    return {
        "lines": listed,
        "number": len(listed),
        "common_name": listed[0]["common_name"] if len(listed) == 1 else "",
        "all_ended": not still_valid,
        "days": still_valid[0]["days"] if still_valid else 0,
        "any_under_way": any(line["renewals"] for line in listed),
        "any_closed": any(line["closed"] for line in still_valid),
    }
