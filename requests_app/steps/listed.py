"""Taking in one chunk of NII's list: everything about its rows looked up at once, and written at once at its end.

The caller holds the import's lock; `gather` takes the others in the house's order (requests, then revocations).
"""

import base64
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override as language

from accounts.models import MailAddress
from audit.actors import SYSTEM
from audit.models import Event
from csr import certificates
from inventory import queries as inventory
from inventory import recording
from inventory.models import Certificate, HolderProposal, Holding, NiiApplication, Provenance
from inventory.recording import Facts
from requests_app import errors, texts, transitions
from requests_app.models import CertificateRequest, Incident, Revocation, SubmissionRow, TsvRow
from requests_app.states import Action, State
from requests_app.states.revocation import OPEN_STATES
from requests_app.steps import issuing, revoking
from requests_app.steps.list_rows import ListedRow
from tsv import replies
from tsv import texts as tsv_texts

AT_NII = frozenset({State.SUBMITTED, State.HELD})
CLOCKS_DIFFER = timedelta(minutes=10)
"""NII's clock and the portal's are not the same."""


@dataclass
class Batch:
    """The rows of a chunk with all that they touch, locked, and what became of their certificates."""

    rows: list[ListedRow]
    listed_at: datetime
    sent: dict[str, TsvRow]
    requests: dict[int, CertificateRequest]
    revocations: dict[int, Revocation]
    """Open ones, by certificate."""
    applications: dict[str, NiiApplication]
    by_serial: dict[str, list[Certificate]]
    """What is known under the rows' serial numbers, locked."""
    placed: dict[int, Certificate] = field(default_factory=dict)
    """The certificate of a row, by the row's line."""
    not_pinned: list[int] = field(default_factory=list)
    """Lines whose certificate no CA of the settings signed."""
    serial_twice: list[int] = field(default_factory=list)
    """Lines whose certificate has the serial number of another one of the same CA."""

    def match(self, row: ListedRow) -> tuple[CertificateRequest, TsvRow] | None:
        """Return the locked request of the row and what it sent: by the certificate's key, else by the CSR's."""
        sent = self.sent.get(row.spki_sha256) or self.sent.get(row.csr_spki_sha256)
        return (self.requests[sent.request_id], sent) if sent else None

    def known(self, row: ListedRow) -> Certificate | None:
        """Return the certificate that the row is about, as it was before this chunk: found as `recording.find` does."""
        same = self.by_serial.get(row.serial, [])
        if row.der:
            return next((one for one in same if one.der_sha256 == row.der_sha256), None)
        ours = [one for one in same if row.application_id and one.nii_application_id == row.application_id]
        named = [one for one in same if one.common_name == row.common_name and one.provenance in inventory.KNOWN_TO_NII]
        return next(iter((*ours, *named)), None)

    def open_revocation(self, certificate: Certificate) -> Revocation | None:
        """Return the certificate's open revocation: none once a row of this chunk settled it."""
        found = self.revocations.get(certificate.pk)
        return found if found and found.state in OPEN_STATES else None

    def note_opened(self, certificate: Certificate) -> None:
        """Remember a revocation that opened with its certificate, for a row that should not have gone to NII."""
        found = certificate.revocations.filter(state__in=OPEN_STATES).first()
        if found:
            self.revocations[certificate.pk] = found

    def is_stale(self, row: ListedRow) -> bool:
        """Tell whether something newer was said of this application already.

        NII's own 最終更新日 of the row decides. A list's date is a registrar's word, and is never before the newest
        change in it: so of two lists of one day the later one can have the earlier date.
        """
        known = self.applications.get(row.application_id)
        if known is None:
            return False
        if known.updated_at and row.updated_at and known.updated_at != row.updated_at:
            return known.updated_at > row.updated_at
        return known.listed_at > self.listed_at


def gather(rows: list[ListedRow], *, listed_at: datetime) -> Batch:
    """Look everything up and take every lock that the rows can need."""
    sent = issuing.submitted_rows({key for row in rows for key in row.keys})
    revoked = _revoked_certificates(rows)
    about = Revocation.objects.filter(certificate__in=revoked, state__in=OPEN_STATES)
    requests = {row.request_id for row in sent.values()} | set(revoking.waiting_ids(revoked))
    requests |= {pk for pk in about.values_list("request_id", flat=True) if pk}
    locked = {request.pk: request for request in transitions.lock_all(requests)}
    revocations = transitions.lock_revocations(list(about.values_list("pk", flat=True)))
    ids = [row.application_id for row in rows if row.application_id]
    return Batch(
        rows=rows,
        listed_at=listed_at,
        sent={key: row for key, row in sent.items() if row.request_id in locked},
        requests=locked,
        revocations={one.certificate_id: one for one in revocations if one.state in OPEN_STATES},
        applications={one.application_id: one for one in NiiApplication.objects.filter(application_id__in=ids)},
        by_serial=_lock_certificates({row.serial for row in rows if row.serial}),
    )


def _lock_certificates(serials: set[str]) -> dict[str, list[Certificate]]:
    found: dict[str, list[Certificate]] = {}
    locked = Certificate.objects.select_for_update(no_key=True).filter(serial__in=serials)
    for certificate in locked.order_by("pk"):
        found.setdefault(certificate.serial, []).append(certificate)
    return found


def _revoked_certificates(rows: Sequence[ListedRow]) -> list[int]:
    """Return what the rows say is revoked and something waits for: the fact itself, or the end of a revocation."""
    serials = [row.serial for row in rows if row.is_revoked and row.serial]
    known = inventory.known().filter(serial__in=serials)
    is_asked = Exists(Revocation.objects.filter(certificate=OuterRef("pk"), state__in=OPEN_STATES))
    return list(known.filter(Q(revoked_at=None) | is_asked).values_list("pk", flat=True))


def read_certificate(row: ListedRow) -> certificates.Certificate:
    """Return the row's certificate, which was readable when the list was given."""
    (found,) = certificates.read(base64.b64decode(row.der)).certificates
    return found


def record_unknown(batch: Batch) -> None:
    """Record at once what is new and stands for nothing else: neither a request's nor an incident, no row twice.

    These are nearly all rows of a first import; the others go one by one.
    """
    serials = Counter(row.serial for row in batch.rows)
    plain: dict[int, Facts] = {}
    for row in batch.rows:
        is_alone = serials[row.serial] == 1 and row.serial not in batch.by_serial
        if not row.der or not is_alone or batch.match(row) or issuing.is_unexpected(row.not_before):
            continue
        with suppress(
            errors.IssuerNotPinned, errors.SerialTwice, errors.FileRefused
        ):  # the row itself says so, in its turn
            plain[row.line] = issuing.facts_of(read_certificate(row), nii_application_id=row.application_id)
    made = recording.add_unknown(list(plain.values()), provenance=Provenance.LISTED, actor=SYSTEM)
    batch.placed |= dict(zip(plain, made, strict=True))


def unchanged(row: ListedRow, batch: Batch) -> Certificate | None:
    """Return the row's certificate if it is known and the row adds nothing to it."""
    known = batch.known(row)
    if known is None or known.provenance == Provenance.SEEN:
        return None
    return known if known.nii_application_id or not row.application_id else None


def is_news(request: CertificateRequest, known: Certificate | None) -> bool:
    """Tell whether this certificate can still change its request: new, or known before its row was sent."""
    if known is None or known.provenance == Provenance.SEEN:
        return True
    if request.state not in AT_NII or request.certificate_id is not None:
        return False
    return not Incident.objects.filter(request=request, certificate=known).exists()


def add_without_pem(row: ListedRow) -> Certificate:
    """Record a certificate of which the list has the serial number only; a PEM that comes later completes it."""
    facts = Facts(
        serial=row.serial,
        subject_dn=row.subject_dn,
        common_name=row.common_name,
        names=tuple(row.names),
        not_before=row.not_before,
        not_after=row.not_after,
        nii_application_id=row.application_id,
    )
    return issuing.add_unasked(facts, actor=SYSTEM).certificate


def is_new_refusal(row: ListedRow, request: CertificateRequest, batch: Batch) -> bool:
    """Tell whether NII refuses what is with it now, and nobody was told yet: only that holds a request, once."""
    if not row.is_refused or request.state != State.SUBMITTED or batch.is_stale(row):
        return False
    told = Event.objects.filter(subject=request.subject, action=Action.LIST_REFUSAL)
    if told.filter(payload__application=row.application_id, payload__code=row.error_code).exists():
        return False
    known = batch.applications.get(row.application_id)
    is_unchanged = known is not None and (known.state, known.error_code) == (row.state, row.error_code)
    return _is_of_last_file(row, request, is_unchanged=is_unchanged)


def _is_of_last_file(row: ListedRow, request: CertificateRequest, *, is_unchanged: bool) -> bool:
    """Tell whether NII's application came with the last file: the same row may have gone before, and been refused.

    Where the list has days only, one that a list showed before (`is_unchanged`) counts as of the file before.
    """
    uploaded = SubmissionRow.objects.filter(request=request, submission__uploaded_at__isnull=False)
    files = list(uploaded.select_related("submission").order_by("-pk")[:2])
    downloaded_at = files[0].submission.downloaded_at if files else None
    if downloaded_at is None:
        return False
    applied_at = timezone.localtime(row.applied_at) if row.applied_at else None
    if applied_at and (applied_at.hour, applied_at.minute, applied_at.second) != (0, 0, 0):
        return applied_at >= downloaded_at - CLOCKS_DIFFER
    if is_unchanged and len(files) > 1:
        return False
    return applied_at is None or applied_at.date() >= timezone.localdate(downloaded_at)


def refusal_reason(row: ListedRow) -> str:
    """Return NII's code or state with what it means, Japanese first: the history is read in either language."""
    lines = []
    for code in ("ja", "en"):
        with language(code):
            lines.append(_refusal_in_one_language(row, code))
    return "\n".join(dict.fromkeys(lines))


def _refusal_in_one_language(row: ListedRow, code: str) -> str:
    state = texts.nii_state(row.state)
    if not row.error_code:
        return _("NII's list: %(state)s") % {"state": state}
    said = _("NII's list: error %(code)s (%(state)s)") % {"code": row.error_code, "state": state}
    (reply,) = replies.parse(f"{row.error_code}:")
    if not reply.explanation or reply.code is None:
        return said
    return f"{said} {tsv_texts.sentence(reply.explanation, code)}"


def write_applications(batch: Batch) -> None:
    """Write what the rows say about NII's applications; a newer list's word stands."""
    new: dict[str, NiiApplication] = {}
    changed: dict[str, NiiApplication] = {}
    for row in batch.rows:
        if not row.application_id or batch.is_stale(row):
            continue
        known = batch.applications.get(row.application_id)
        one = known or new.setdefault(row.application_id, NiiApplication(application_id=row.application_id))
        for name, value in _application_fields(row, batch).items():
            setattr(one, name, value)
        if known:
            changed[row.application_id] = known
    NiiApplication.objects.bulk_create(new.values())
    if changed:
        NiiApplication.objects.bulk_update(changed.values(), _UPDATED, batch_size=50)


_UPDATED = (
    *("state", "common_name", "subject_dn", "names", "serial", "old_serial", "spki_sha256", "contact_mail"),
    *("error_code", "revocation_error_code", "applied_at", "link_expires_at", "updated_at", "listed_at", "certificate"),
)


def _application_fields(row: ListedRow, batch: Batch) -> dict[str, object]:
    known = batch.applications.get(row.application_id)
    return {
        "state": row.state,
        "common_name": row.common_name,
        "subject_dn": row.subject_dn,
        "names": row.names,
        "serial": row.serial,
        "old_serial": row.old_serial,
        "spki_sha256": row.key,
        "contact_mail": row.contact_mail,
        "error_code": row.error_code,
        "revocation_error_code": row.revocation_error_code,
        "applied_at": row.applied_at,
        "link_expires_at": row.link_expires_at,
        "updated_at": row.updated_at,
        "listed_at": max(batch.listed_at, known.listed_at) if known else batch.listed_at,
        "certificate": batch.placed.get(row.line) or (known.certificate if known else None),
    }


def propose_holders(batch: Batch) -> None:
    """Propose the person on record under the contact's address as holder of each valid certificate without one."""
    mails = {row.contact_mail for row in batch.rows if row.contact_mail and row.line in batch.placed}
    if not mails:
        return
    by_mail = _people(mails)
    held = Holding.objects.filter(certificate=OuterRef("pk"), until_at=None)
    ids = [certificate.pk for certificate in batch.placed.values()]
    orphans = set(
        inventory.valid().filter(~Exists(held), pk__in=ids, provenance=Provenance.LISTED).values_list("pk", flat=True)
    )
    HolderProposal.objects.bulk_create(
        [
            HolderProposal(
                certificate=batch.placed[row.line], person_id=by_mail[row.contact_mail], mail=row.contact_mail
            )
            for row in batch.rows
            if row.line in batch.placed and batch.placed[row.line].pk in orphans and row.contact_mail in by_mail
        ],
        ignore_conflicts=True,
    )


def _people(mails: set[str]) -> dict[str, int]:
    """Return the active person on record under each address; an address of two people is nobody's."""
    on_record = MailAddress.objects.filter(until_at=None, person__is_active=True)
    by_mail: dict[str, set[int]] = {}
    # SQLite folds ASCII only, PostgreSQL by its locale: compared here, in one way.
    for address, person_id in on_record.values_list("address", "person_id"):
        if address.lower() in mails:
            by_mail.setdefault(address.lower(), set()).add(person_id)
    return {mail: next(iter(people)) for mail, people in by_mail.items() if len(people) == 1}
