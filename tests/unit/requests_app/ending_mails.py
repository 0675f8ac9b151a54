"""Contexts of the mails that the calendar drives, as the services give them."""

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
NOTHING = dict.fromkeys(
    (
        *("confirming", "reviewing", "prepared", "issue", "renew", "held", "held_by_nii", "incidents", "overdue"),
        *("revocations_asked", "revoke", "lists", "lists_under_way", "proposals", "files"),
        *("questions", "broken", "late_files", "parked", "bounced"),
    ),
    0,
)
QUIET = {
    "reference": "",
    "common_name": "",
    "today": "2026-11-26",
    "counts": NOTHING | {"reviewing": 1},
    "any_counts": True,
    **{name: [] for name in ("late", "soon", "closed", "names")},
    **{f"{name}_number": 0 for name in ("late", "soon", "closed", "names")},
}
BUSY = QUIET | {
    "counts": dict.fromkeys(NOTHING, 12),
    "late": [{"reference": "R000012", "name": LINE["name"], "since": "2026-11-20"}] * 2,
    "soon": [LINE, UNDER_WAY],
    "closed": [UNDER_WAY],
    "names": [LINE["name"]],
    **{f"{name}_number": 22 for name in ("late", "soon", "closed", "names")},
}
LEAVING = {
    "reference": "",
    "common_name": "",
    "person_ja": "電通 太郎",
    "person_en": "Taro Dentsu",
    "until": "2027-03-31",
    "days": 60,
    "ended": False,
    "lines": [LINE, ODD | {"valid_until": ""}],
    "requests": [{"reference": "R000012", "name": LINE["name"]}],
    "at_desk": False,
}
CONTEXTS = {
    "certificate_ending": SETS,
    "certificates_ending_soon": [one | {"left": left} for one, left in zip(SETS, [0, 12] * 4, strict=True)],
    "morning_digest": [
        BUSY,
        QUIET,
        QUIET | {"counts": NOTHING, "any_counts": False, "names": [LINE["name"]], "names_number": 1},
    ],
    "certificate_not_needed": [
        {
            "reference": "",
            "common_name": common_name,
            "serial": "7" * 48,
            "valid_until": valid_until,
            "said_ja": "電通 太郎",
            "said_en": "Taro Dentsu",
            "on_behalf": on_behalf,
            "reason": "> サーバを停止しました。",
        }
        for common_name, valid_until, on_behalf in (
            (LINE["name"], "2027-06-01", False),
            (LINE["name"], "2027-06-01", True),
            ("", "", False),
        )
    ],
    "employment_ends": [
        LEAVING | changes | {"at_desk": at_desk}
        for changes in ({}, {"lines": []}, {"requests": []}, {"ended": True, "days": -3})
        for at_desk in (False, True)
    ],
}
