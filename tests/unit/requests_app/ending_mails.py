"""Contexts of the mails that the calendar drives, as steps.ending, services.digesting and services.leaving give them."""

from django.utils.translation import gettext_lazy

from requests_app.steps import ending

LINE = {
    "common_name": "www.denshi.cc.uec.ac.jp",
    "name": "www.denshi.cc.uec.ac.jp",
    "further": 0,
    "serial": "7" * 48,
    "valid_until": "2027-06-01",
    "days": 14,
    "ended": False,
    "closed": False,
    "renewals": [],
    "revocation": "",
    "unreached": False,
}
UNDER_WAY = LINE | {
    "further": 7,
    "days": 1,
    "closed": True,
    "unreached": True,
    "renewals": [
        {"reference": "R000012", "state": gettext_lazy("Names being confirmed")},
        {"reference": "R000013", "state": gettext_lazy("Names being confirmed")},
    ],
    "revocation": "V000012",
}
ENDED = LINE | {"days": -1, "ended": True}
LAST_DAY = LINE | {"days": 0}
ODD = LINE | {"common_name": "", "name": "*.odd name in NII's list"}


def several(*lines):
    return ending.facts_of(lines) | {"reference": ""}


SETS = [
    several(LINE),
    several(UNDER_WAY),
    several(ENDED),
    several(LAST_DAY),
    several(ODD),
    several(LAST_DAY, UNDER_WAY, LINE),
    several(ENDED, LINE),
    several(ENDED, ENDED),
]
CONTEXTS = {
    "certificate_ending": SETS,
    "certificates_ending_soon": [one | {"left": left} for one, left in zip(SETS, [0, 12] * 4, strict=True)],
}
