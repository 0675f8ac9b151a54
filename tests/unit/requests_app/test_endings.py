"""When a newer certificate ends the reminders of an older one's end."""

import dataclasses
from datetime import UTC, datetime

import pytest

from inventory.serving import Serving
from requests_app.endings import New, Old, is_settled_by
from requests_app.models import Fate

SOON, LATER = datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 6, 1, tzinfo=UTC)
OLD = Old(frozenset({"a.uec.ac.jp", "b.uec.ac.jp"}), SOON, Serving.UNKNOWN, installation="")
ISSUED = New(
    OLD.names,
    LATER,
    Serving.UNKNOWN,
    is_reported=False,
    installation="",
    replaces=True,
    replaces_others=False,
    fate=None,
)
"""Issued for a request that names the old one, and nothing more: an intention."""


@pytest.mark.parametrize(
    ("old", "new", "settled"),
    [
        ({}, {}, False),
        ({}, {"is_reported": True}, True),
        ({}, {"is_reported": True, "replaces": False}, True),
        ({}, {"is_reported": True, "replaces": False, "installation": "second machine"}, False),
        ({"installation": "second machine"}, {"is_reported": True, "replaces": False}, False),
        ({"installation": "x"}, {"is_reported": True, "replaces": False, "installation": "x"}, True),
        ({}, {"is_reported": True, "replaces": False, "replaces_others": True}, False),
        ({}, {"is_reported": True, "fate": Fate.KEEP}, False),
        ({"is_kept": True}, {"is_reported": True, "replaces": False}, False),
        ({"is_kept": True}, {"is_reported": True}, True),
        ({"is_kept": True}, {"is_reported": True, "fate": Fate.REVOKE}, True),
        ({}, {"is_reported": True, "names": frozenset({"a.uec.ac.jp"})}, False),
        ({}, {"is_reported": True, "names": frozenset({"a.uec.ac.jp"}), "fate": Fate.REVOKE}, True),
        ({}, {"names": frozenset({"a.uec.ac.jp"}), "fate": Fate.REVOKE}, False),
        ({}, {"is_reported": True, "not_after": SOON}, False),
        ({}, {"is_reported": True, "names": OLD.names | {"c.uec.ac.jp"}}, True),
        ({"serving": Serving.NOWHERE}, {"serving": Serving.EVERYWHERE}, True),
        ({"serving": Serving.NOWHERE}, {"serving": Serving.SOMEWHERE}, True),
        ({"serving": Serving.NOWHERE}, {"serving": Serving.EVERYWHERE, "replaces": False, "installation": "x"}, True),
        ({"serving": Serving.NOWHERE}, {"serving": Serving.EVERYWHERE, "fate": Fate.KEEP}, False),
        ({"serving": Serving.NOWHERE}, {"serving": Serving.EVERYWHERE, "names": frozenset({"a.uec.ac.jp"})}, False),
        (
            {"serving": Serving.NOWHERE},
            {"serving": Serving.EVERYWHERE, "replaces": False, "replaces_others": True},
            True,
        ),
        ({"serving": Serving.NOWHERE, "is_kept": True}, {"serving": Serving.EVERYWHERE, "replaces": False}, False),
        ({"serving": Serving.NOWHERE}, {"serving": Serving.UNKNOWN}, False),
        ({"serving": Serving.UNKNOWN}, {"serving": Serving.SOMEWHERE}, False),
        ({"serving": Serving.SOMEWHERE}, {"serving": Serving.SOMEWHERE}, False),
    ],
)
def test_evidence(old, new, settled):
    assert is_settled_by(dataclasses.replace(OLD, **old), dataclasses.replace(ISSUED, **new)) is settled
