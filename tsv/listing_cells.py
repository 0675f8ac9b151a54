"""The cells of one row of serverAll.tsv as values; what cannot be read becomes None and a problem."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from enum import IntEnum

from tsv import hostnames, serials, subjects
from tsv.listing_rows import NAMES
from tsv.problems import Problem, Refused, warning

JAPAN = timezone(timedelta(hours=9), "JST")
"""The list's moments carry no zone; NII's system runs in Japan [T-SKOBA]."""


FIRST_YEAR, LAST_YEAR = 1990, 2190
"""What is outside is no moment of an application: a database cannot hold the year 1 in every time zone."""


class State(IntEnum):
    """状態 of an application at NII [T-SAV]."""

    ISSUING = 0
    RENEWING = 1
    REVOKING = 2
    LINK_MAIL_WAITING = 3
    LINK_MAIL_SENT = 4
    ISSUED = 5
    RENEWED = 6
    REVOKED = 7
    REPLACEMENT_WAITING = 8
    COMPLETION_MAIL_WAITING = 9
    REVOCATION_MAIL_WAITING = 10
    FORMAT_ERROR = -1
    CA_ERROR = -2
    SYSTEM_ERROR = -3


STATE_LABELS: Mapping[State, str] = {
    State.ISSUING: "証明書発行処理中",
    State.RENEWING: "更新処理中",
    State.REVOKING: "失効処理中",
    State.LINK_MAIL_WAITING: "発行案内メール送信待ち",
    State.LINK_MAIL_SENT: "発行案内メール送信済み",
    State.ISSUED: "証明書発行処理完了",
    State.RENEWED: "証明書更新処理完了",
    State.REVOKED: "証明書失効処理完了",
    State.REPLACEMENT_WAITING: "新証明書への置き換え待ち",
    State.COMPLETION_MAIL_WAITING: "発行・更新完了メール送信待ち",
    State.REVOCATION_MAIL_WAITING: "失効完了メール送信待ち",
    State.FORMAT_ERROR: "フォーマットエラー",
    State.CA_ERROR: "認証局連携API処理エラー",
    State.SYSTEM_ERROR: "支援システム実行エラー",
}
"""NII's words for each state [T-SAV]."""

_BY_LABEL = {unicodedata.normalize("NFKC", label): state for state, label in STATE_LABELS.items()}
_BY_NUMBER = {state.value: state for state in State}
_MOMENT = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?)?(?: ?JST)?")


class Cells:
    """Reads one row; `problems` grows while it is read."""

    def __init__(self, by_key: Mapping[str, str], line: int) -> None:
        self._by_key, self.line = by_key, line
        self.problems: list[Problem] = []

    def text(self, key: str) -> str:
        """Return the cell without spaces around it; "" for a column that the list does not have."""
        return self._by_key.get(key, "").strip()

    def subject(self, key: str) -> str | None:
        """Return the DN, or None where the cell holds none."""
        subject = self.text(key)
        if subjects.common_name(subject):
            return subject
        self._report("tsv.listing_subject_unreadable", key)
        return None

    def common_name(self, key: str) -> str:
        """Return the DN's CN in lower case, as NII keeps CNs since 2024-08-20 [N-20240705]."""
        return subjects.common_name(self.text(key)).lower()

    def state(self, key: str) -> State | None:
        """Return the state from NII's number or its words."""
        cell = unicodedata.normalize("NFKC", self.text(key))
        number = re.fullmatch(r"([-−]?\d{1,2})(?:[:\s].*)?", cell)
        state = _BY_NUMBER.get(int(number[1].replace("−", "-"))) if number else _BY_LABEL.get(cell)
        if state is None:
            self._report("tsv.listing_state_unknown", key)
        return state

    def serial(self, key: str) -> int | None:
        """Return a serial number; bare digits are decimal. Empty while NII is still at work."""
        cell = self.text(key)
        if not cell:
            return None
        try:
            return serials.parse(cell).value
        except Refused:
            self._report("tsv.listing_serial_unreadable", key)
            return None

    def number(self, key: str) -> int | None:
        """Return a small number."""
        cell = unicodedata.normalize("NFKC", self.text(key))
        if not cell:
            return None
        if cell.isascii() and cell.isdecimal() and len(cell) <= 6:
            return int(cell)
        self._report("tsv.listing_number_unreadable", key)
        return None

    def names(self, key: str) -> tuple[str, ...]:
        """Return the dNSNames in lower case, with or without NII's `dNSName=` before each."""
        cell = self.text(key)
        prefix = hostnames.PREFIX.lower()
        parts = (part.strip().lower().removeprefix(prefix) for part in cell.split(","))
        return tuple(part for part in parts if part)

    def pem(self, key: str) -> str:
        """Return the certificate with LF line ends and one at the end, or ""."""
        lines = [line.strip() for line in self.text(key).splitlines() if line.strip()]
        return "\n".join(lines) + "\n" if lines else ""

    def moment(self, key: str) -> datetime | None:
        """Return a moment in Japan's time; a bare day is its first second."""
        cell = self.text(key)
        if not cell:
            return None
        match = _MOMENT.fullmatch(cell)
        try:
            if match:
                year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
                if FIRST_YEAR <= year <= LAST_YEAR:
                    return datetime(year, month, day, hour, minute, second, tzinfo=JAPAN)
        except ValueError:  # 2026-02-30 has the form and is no day
            pass
        self._report("tsv.listing_moment_unreadable", key)
        return None

    def _report(self, code: str, key: str) -> None:
        value = self.text(key)[:40].replace("\0", "\ufffd")  # a database takes every other character
        self.problems.append(warning(code, "T-SAV T-SKOBA-V", name=NAMES[key][0], value=value).at(line=self.line))
