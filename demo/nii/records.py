"""What the support system remembers: applications, uploads and switches, kept as JSON in one file."""

import dataclasses
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from typing import Any

from demo.nii.authority import write_whole
from demo.nii.columns import Kind


class State(IntEnum):
    """状態 of an application [T-SAV]. What takes NII minutes happens here at once, so 0 to 2 and 9 never show."""

    LINK_MAIL_WAITING = 3
    LINK_MAIL_SENT = 4
    ISSUED = 5
    RENEWED = 6
    REVOKED = 7
    REPLACEMENT_WAITING = 8
    """A renewal that was picked up while the old certificate is valid: it stands in the renewal's row."""
    REVOCATION_MAIL_WAITING = 10
    CA_ERROR = -2


STATE_LABELS = {
    State.LINK_MAIL_WAITING: "発行案内メール送信待ち",
    State.LINK_MAIL_SENT: "発行案内メール送信済み",
    State.ISSUED: "証明書発行処理完了",
    State.RENEWED: "証明書更新処理完了",
    State.REVOKED: "証明書失効処理完了",
    State.REPLACEMENT_WAITING: "新証明書への置き換え待ち",
    State.REVOCATION_MAIL_WAITING: "失効完了メール送信待ち",
    State.CA_ERROR: "認証局連携API処理エラー",
}


@dataclass(kw_only=True)
class Application:
    """A row of a file that was taken, with what became of it. Moments are in UTC; None where nothing happened yet."""

    application_id: str
    operation_id: str
    kind: Kind
    skips_invalid_rows: bool
    state: State
    subject: str
    common_name: str
    names: list[str]
    profile: str
    csr: str
    contact_name: str
    contact_affiliation: str
    contact_mail: str
    fqdn: str
    software: str
    dns_names: str
    old_serial: int | None
    applied_at: datetime
    updated_at: datetime
    error_code: str = ""
    spki_sha256: str = ""
    """Of the key that was sent, once it is certified."""
    serial: int | None = None
    certificate: str = ""
    issued_subject: str = ""
    not_before: datetime | None = None
    not_after: datetime | None = None
    token: str = ""
    """The secret of the link; "" after the one access."""
    link_until: datetime | None = None
    link_mailed_at: datetime | None = None
    picked_up_at: datetime | None = None
    pick_up_told_at: datetime | None = None
    replacement_asked_again_at: datetime | None = None
    revocation_id: str = ""
    revocation_operation_id: str = ""
    revocation_reason: int | None = None
    revocation_comment: str = ""
    revocation_mail: str = ""
    revoked_at: datetime | None = None
    revocation_told_at: datetime | None = None

    @property
    def is_certified(self) -> bool:
        return self.serial is not None

    def is_valid(self, at: datetime) -> bool:
        """Say whether the certificate exists, has not ended and is not revoked."""
        return self.not_after is not None and self.revoked_at is None and at <= self.not_after


@dataclass
class Upload:
    """A file that came: who asks for its result later finds it here. `lines` are what the page shows for each row."""

    operation_id: str
    kind: Kind
    mode: str
    file_name: str
    sha256: str
    at: datetime
    lines: list[list[str]]
    messages: list[str]


@dataclass
class Memory:
    """Everything. `last_number` counts applications, revocations and uploads."""

    last_number: int = 0
    applications: list[Application] = field(default_factory=list)
    uploads: list[Upload] = field(default_factory=list)
    failing_names: list[str] | None = None

    def next_id(self, letter: str) -> str:
        """Return an id that was never given before."""
        self.last_number += 1
        return f"{letter}{self.last_number:09d}"

    def with_serial(self, serial: int | None) -> Application | None:
        """Return the application whose certificate has that serial number."""
        return next((one for one in self.applications if one.serial is not None and one.serial == serial), None)


def save(memory: Memory, path: Path) -> None:
    """Write everything, whole or not at all."""
    write_whole(path, json.dumps(dataclasses.asdict(memory), default=_text, ensure_ascii=False, indent=1).encode())


def load(path: Path) -> Memory:
    """Return what `save` wrote; an empty memory at the first start."""
    if not path.exists():
        return Memory()
    stored: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return Memory(
        last_number=stored["last_number"],
        applications=[_application(one) for one in stored["applications"]],
        uploads=[
            Upload(**{**one, "kind": Kind(one["kind"]), "at": datetime.fromisoformat(one["at"])})
            for one in stored["uploads"]
        ],
        failing_names=stored["failing_names"],
    )


_MOMENTS = [one.name for one in dataclasses.fields(Application) if one.name.endswith("_at")] + [
    "not_before",
    "not_after",
    "link_until",
]


def _application(stored: dict[str, Any]) -> Application:
    moments = {name: datetime.fromisoformat(stored[name]) for name in _MOMENTS if stored[name] is not None}
    return Application(**{**stored, **moments, "kind": Kind(stored["kind"]), "state": State(stored["state"])})


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    raise TypeError(type(value).__name__)
