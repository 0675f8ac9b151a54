"""The support system itself: takes files, has certificates made, hands them out once, revokes, lists."""

import hashlib
import secrets
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from demo.nii import due, listing, mails, reading, records, rules
from demo.nii.authority import SERIAL_BITS, Authority, Fault, subject_text
from demo.nii.columns import Kind
from demo.nii.institution import UEC, Institution
from demo.nii.messages import Code, Message
from demo.nii.reading import Row
from demo.nii.records import Application, State, Upload
from demo.nii.requests import spki_sha256
from demo.nii.rules import Checked

LINK_DAYS = 30
"""[NT-FAQ q6]"""


class Mode(StrEnum):
    """What happens to the good rows of a file with a bad one [NT-LRA 1-1-4]."""

    ABORT = "全件処理を中断する"
    SKIP = "入力値不備のないデータのみ登録する"


class Outcome(StrEnum):
    """What the result page says about a row."""

    OK = "OK"
    NG = "NG"
    NOT_TAKEN = "未登録"
    """A good row of a file that was not taken as a whole. NII's word is not known."""


@dataclass(frozen=True)
class RowResult:
    """One row; `application_id` is "" unless it was taken."""

    line: int
    outcome: Outcome
    application_id: str
    messages: tuple[Message, ...]


@dataclass(frozen=True)
class Result:
    """What came of an upload. `messages` has all messages, those about the whole file too."""

    operation_id: str
    kind: Kind
    mode: Mode
    rows: tuple[RowResult, ...]
    messages: tuple[Message, ...]

    @property
    def taken(self) -> tuple[str, ...]:
        """The ids of the rows that were taken."""
        return tuple(row.application_id for row in self.rows if row.application_id)

    @property
    def text(self) -> str:
        """The messages as the page shows them, one in a line: what a registrar pastes into the portal."""
        return "\n".join(map(str, self.messages))


class LinkClosed(Exception):
    """The link was opened before, is too old, or never existed."""


class SupportSystem:
    """Keeps everything in `folder`, so that a restart changes nothing. Safe for threads, not for two processes."""

    def __init__(
        self,
        folder: Path,
        *,
        postman: mails.Postman,
        registrar_mail: str,
        address: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        institution: Institution = UEC,
        failing_names: Iterable[str] = (),
    ) -> None:
        """`address` begins the links in mails; `failing_names` are what a new folder begins with (see `fail`)."""
        self._path = folder / "state.json"
        self._postman, self._registrar_mail, self._address = postman, registrar_mail, address
        self._clock, self._institution = clock, institution
        self._lock, self._sending = threading.RLock(), threading.Lock()
        self.authority = Authority(folder / "ca", now=clock(), address=address)
        self._memory = records.load(self._path)
        if self._memory.failing_names is None:
            self.fail(failing_names)

    # --- What registrars do ------------------------------------------------------------------------------------------

    def upload(
        self,
        kind: Kind,
        mode: Mode,
        file_name: str,
        content: bytes,
        *,
        fault: Fault = Fault.NONE,
        history_at: datetime | None = None,
    ) -> Result:
        """Take a file, or those of its rows that `mode` lets in, and send the mails.

        `fault` spoils the certificates of this file. With `history_at` everything happened at that moment, pick-up
        included, and no mail leaves: so a demonstration gets a past.
        """
        with self._lock:
            rows, about_file = reading.read(kind, file_name, content, self._institution)
            known = rules.Known.of(self._memory)
            checked = [rules.check_row(row, self._memory, known) for row in rows]
            is_taken = not about_file and (mode is Mode.SKIP or not any(one.messages for one in checked))
            job = _Job(self._memory.next_id("U"), mode, history_at or self._clock(), fault, history_at is not None)
            results = tuple(self._decide(one, job, is_taken=is_taken) for one in checked)
            everything = (*about_file, *(message for result in results for message in result.messages))
            result = Result(job.operation_id, kind, mode, results, everything)
            self._memory.uploads.append(_upload(result, job.at, file_name, content))
            self._save()
        self.send_due()
        return result

    def result(self, operation_id: str) -> Upload | None:
        """Return what came of an earlier upload."""
        with self._lock:
            return next((one for one in self._memory.uploads if one.operation_id == operation_id), None)

    @property
    def applications(self) -> tuple[Application, ...]:
        """Every application, oldest first. Not to be changed."""
        with self._lock:
            return tuple(self._memory.applications)

    def server_all(self) -> bytes:
        """Return serverAll.tsv of this moment."""
        with self._lock:
            return listing.write(self._memory.applications)

    def revocation_list(self) -> bytes:
        """Return the issuing CA's CRL in DER."""
        with self._lock:
            revoked = [
                (one.serial, one.revoked_at, one.revocation_reason or 0)
                for one in self._memory.applications
                if one.serial is not None and one.revoked_at is not None
            ]
        return self.authority.revocation_list(revoked, now=self._clock())

    # --- What subscribers do -----------------------------------------------------------------------------------------

    def pick_up(self, token: str) -> tuple[str, str]:
        """Open a link for the one time: return the CN and the certificate in PEM. Raises LinkClosed."""
        with self._lock:
            one = next((one for one in self._memory.applications if token and one.token == token), None)
            now = self._clock()
            if one is None or one.link_until is None or now > one.link_until:
                raise LinkClosed
            self._hand_out(one, now)
            self._save()
        self.send_due()
        return one.common_name, one.certificate

    # --- What those who test do --------------------------------------------------------------------------------------

    @property
    def failing_names(self) -> tuple[str, ...]:
        """Names for which the CA gives 338, as for a name that the world does not see."""
        with self._lock:
            return tuple(self._memory.failing_names or ())

    def fail(self, names: Iterable[str]) -> None:
        """Let the CA refuse these names, and no others, from now on."""
        with self._lock:
            self._memory.failing_names = sorted({name.strip().lower() for name in names if name.strip()})
            self._save()

    def send_due(self) -> None:
        """Send every mail that is due; those that the server does not take stay due. Happens after every action too."""
        with self._sending:
            with self._lock:
                now = self._clock()
                waiting = [
                    (one, step, step.mails(one, self._context(one, now)))
                    for one in self._memory.applications
                    for step in due.STEPS
                    if step.is_due(one, self._context(one, now))
                ]
            for one, step, outgoing in waiting:
                if self._postman.send(outgoing, at=now):
                    with self._lock:
                        step.note_sent(one, now)
                        self._save()

    # --- Inside ------------------------------------------------------------------------------------------------------

    def _decide(self, checked: Checked, job: "_Job", *, is_taken: bool) -> RowResult:
        line = checked.row.line
        if checked.messages:
            return RowResult(line, Outcome.NG, "", checked.messages)
        if not is_taken:
            return RowResult(line, Outcome.NOT_TAKEN, "", ())
        if checked.to_revoke is not None:
            return RowResult(line, Outcome.OK, self._revoke(checked.to_revoke, checked.row, job), ())
        return RowResult(line, Outcome.OK, self._apply(checked, job), ())

    def _apply(self, checked: Checked, job: "_Job") -> str:
        """Store an application and certify it, or let the CA refuse it. Returns its id."""
        one = _application(checked, job, application_id=self._memory.next_id("A"))
        self._memory.applications.append(one)
        if set(one.names) & set(self._memory.failing_names or ()):
            one.state, one.error_code = State.CA_ERROR, str(Code.CA_REFUSED.value)
            return one.application_id
        self._certify(one, checked, job)
        if job.is_history:
            one.link_mailed_at = one.pick_up_told_at = job.at
            self._hand_out(one, job.at)
        return one.application_id

    def _certify(self, one: Application, checked: Checked, job: "_Job") -> None:
        if checked.to_certify is None:
            return
        subject, key = checked.to_certify
        serial = secrets.randbits(SERIAL_BITS) | 1 << (SERIAL_BITS - 1)
        certificate = self.authority.issue(subject, one.names, key, serial=serial, at=job.at, fault=job.fault)
        one.serial, one.token, one.spki_sha256 = serial, secrets.token_urlsafe(24), spki_sha256(key)
        one.certificate = certificate.public_bytes(Encoding.PEM).decode("ascii")
        one.issued_subject = subject_text(certificate)
        one.not_before, one.not_after = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        one.link_until = job.at + timedelta(days=LINK_DAYS)

    def _hand_out(self, one: Application, at: datetime) -> None:
        one.token, one.picked_up_at, one.updated_at = "", at, at
        if one.revoked_at is None:
            old = self._memory.with_serial(one.old_serial)
            one.state = State.ISSUED if one.kind is Kind.ISSUE else State.RENEWED
            if old is not None and old.is_valid(at):
                one.state = State.REPLACEMENT_WAITING

    def _revoke(self, one: Application, row: Row, job: "_Job") -> str:
        """Revoke the certificate of an application. Returns the revocation's id."""
        one.revocation_id, one.revocation_operation_id = self._memory.next_id("R"), job.operation_id
        one.revocation_reason, one.revocation_comment = int(row.cell(5)), row.cell(6)
        one.revocation_mail = row.cell(10)
        one.revoked_at = one.updated_at = job.at
        one.state = State.REVOKED if job.is_history else State.REVOCATION_MAIL_WAITING
        one.revocation_told_at = job.at if job.is_history else None
        for renewal in self._memory.applications:
            if renewal.state is State.REPLACEMENT_WAITING and renewal.old_serial == one.serial:
                renewal.state, renewal.updated_at = State.RENEWED, job.at
        return one.revocation_id

    def _context(self, one: Application, now: datetime) -> due.Context:
        old = self._memory.with_serial(one.old_serial)
        if old is not None and not old.is_valid(now):
            old = None
        return due.Context(now=now, old=old, registrar=self._registrar_mail, address=self._address)

    def _save(self) -> None:
        records.save(self._memory, self._path)


@dataclass(frozen=True)
class _Job:
    """What the rows of one upload share."""

    operation_id: str
    mode: Mode
    at: datetime
    fault: Fault
    is_history: bool


def _upload(result: Result, at: datetime, file_name: str, content: bytes) -> Upload:
    return Upload(
        operation_id=result.operation_id,
        kind=result.kind,
        mode=result.mode,
        file_name=file_name,
        sha256=hashlib.sha256(content).hexdigest(),
        at=at,
        lines=[
            [str(row.line), row.outcome, row.application_id, "\n".join(map(str, row.messages))] for row in result.rows
        ],
        messages=[str(message) for message in result.messages],
    )


def _application(checked: Checked, job: _Job, *, application_id: str) -> Application:
    row = checked.row
    return Application(
        application_id=application_id,
        operation_id=job.operation_id,
        kind=row.kind,
        skips_invalid_rows=job.mode is Mode.SKIP,
        state=State.LINK_MAIL_WAITING,
        subject=row.cell(1),
        common_name=row.names[0],
        names=list(row.names),
        profile=row.cell(2),
        csr=row.cell(7),
        contact_name=row.cell(8),
        contact_affiliation=row.cell(9),
        contact_mail=row.cell(10),
        fqdn=row.cell(11),
        software=row.cell(12),
        dns_names=row.cell(13),
        old_serial=row.serial if row.kind is Kind.RENEW else None,
        applied_at=job.at,
        updated_at=job.at,
    )
