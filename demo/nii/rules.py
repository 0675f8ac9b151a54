"""What depends on earlier applications: is the name, the key or the serial number known?"""

from dataclasses import dataclass, field

from demo.nii.columns import Kind
from demo.nii.messages import Code, Message
from demo.nii.reading import Row, Subject
from demo.nii.records import Application, Memory
from demo.nii.requests import PublicKey, RequestRefused, check, spki_sha256


@dataclass
class Known:
    """What earlier applications, and earlier good rows of the same file, have used."""

    names: set[str] = field(default_factory=set)
    """CNs that were certified, whatever became of it: they are renewed, never issued [N-CONTACT, N-FLOW]."""
    keys: set[str] = field(default_factory=set)
    revoked: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, memory: Memory) -> "Known":
        """Collect from what was certified: a row that the CA refused (338) may come again with the same key."""
        certified = [one for one in memory.applications if one.is_certified]
        return cls(
            names={one.common_name for one in certified},
            keys={one.spki_sha256 for one in certified},
            revoked={one.serial for one in certified if one.serial is not None and one.revoked_at is not None},
        )


@dataclass(frozen=True)
class Checked:
    """A row with what is wrong. A good one has what is to be certified, or the application to be revoked."""

    row: Row
    messages: tuple[Message, ...] = ()
    to_certify: tuple[Subject, PublicKey] | None = None
    to_revoke: Application | None = None


def check_row(row: Row, memory: Memory, known: Known) -> Checked:
    """Check a row against what is known; a good row is remembered in `known`."""
    if row.messages:
        return Checked(row, row.messages)
    if row.kind is Kind.REVOKE:
        return _check_revocation(row, memory, known)
    return _check_application(row, memory, known)


def _check_application(row: Row, memory: Memory, known: Known) -> Checked:
    subject = row.subject
    if subject is None:
        return Checked(row, (row.says(Code.FORMAT_DN, 1),))
    messages: list[Message] = []
    if row.kind is Kind.ISSUE and subject.common_name in known.names:
        messages.append(row.says(Code.EXISTS, 1))
    if row.kind is Kind.RENEW:
        old = memory.with_serial(row.serial)
        if old is None:
            messages.append(row.says(Code.SERIAL_UNKNOWN, 4))
        elif old.common_name != subject.common_name:
            messages.append(row.says(Code.SERIAL_OTHER_NAME, 4))
    try:
        key = check(row.cell(7), subject=subject, profile=row.cell(2))
    except RequestRefused as refused:
        return Checked(row, (*messages, row.says(refused.code, 7)))
    fingerprint = spki_sha256(key)
    if fingerprint in known.keys:
        messages.append(row.says(Code.KEY_USED, 7))
    if messages:
        return Checked(row, tuple(messages))
    known.names.add(subject.common_name)
    known.keys.add(fingerprint)
    return Checked(row, to_certify=(subject, key))


def _check_revocation(row: Row, memory: Memory, known: Known) -> Checked:
    found = memory.with_serial(row.serial)
    if found is None or found.serial is None:
        return Checked(row, (row.says(Code.SERIAL_UNKNOWN, 4),))
    # After a faulty issue the certificate's DN differs from the application's: either names this certificate.
    if _plain(row.cell(1)) not in (_plain(found.subject), _plain(found.issued_subject)):
        return Checked(row, (row.says(Code.REVOKED_DN, 1),))
    if found.serial in known.revoked:
        return Checked(row, (row.says(Code.ALREADY_REVOKED, 4),))
    known.revoked.add(found.serial)
    return Checked(row, to_revoke=found)


def _plain(subject: str) -> str:
    """Return a DN for comparison: NII keeps CNs in lower case, older applications had capitals."""
    head, comma, rest = subject.partition(",")
    return head.lower() + comma + rest
