"""Making a TSV row: 発行 or 更新 is decided, the bytes are written once and kept; acceptances name their SHA-256."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

import tsv.problems
from csr import certificates
from csr.problems import Problem as CsrProblem
from csr.problems import Severity
from inventory import queries as inventory
from inventory.models import Certificate
from requests_app import errors
from requests_app.institution import policy
from requests_app.models import CertificateRequest, DecisionKind, RowKind, TsvRow
from requests_app.states.request import OPEN_STATES, State
from requests_app.steps import freezing
from tsv import serials, writing
from tsv.records import IssueRecord, RenewRecord

KIND_REASONS = {
    "replaced": _("renewal of the certificate replaced"),
    "known_name": _("NII has issued a certificate for this CN before"),
    "new_name": _("NII has no certificate for this CN"),
    "list_too_old": _("NII's list in the portal is too old, or none was imported"),
    "dn_differs": _("the earlier certificate's subject DN differs in O, L, ST or has an OU"),
    "earlier_request": _("an earlier request for this CN was accepted, its certificate is not known yet"),
    "decided": _("decided by a registrar"),
    "not_accepted": _("no registrar has accepted the row, and something about it needs a look"),
    "bytes_changed": _("kind, serial number, contact or address changed since the row was made"),
}
"""Why a row is 発行 or 更新: code → sentence."""

DECIDED = "decided"
UNDECIDED = frozenset({"list_too_old", "dn_differs", "earlier_request"})
"""Reasons with which the row waits for a registrar's word (upki.md §5, §11 no. 2)."""


@dataclass(frozen=True)
class KindDecision:
    """発行 or 更新, why (a key of KIND_REASONS), and the serial number replaced (None for 発行)."""

    kind: RowKind
    reason: str
    serial: int | None = None


def reason_text(code: str) -> str:
    """Return the sentence for a reason's code."""
    return str(KIND_REASONS[code])


def decide_kind(request: CertificateRequest) -> KindDecision:
    """Decide by the CN alone, as NII compares (upki.md §5): once issued means 更新, whatever became of it."""
    replaced = inventory.newest_first(request.replaced.filter(common_name=request.common_name)).first()
    known = replaced or inventory.newest_with_common_name(request.common_name)
    if known:
        if not _has_our_dn(known):
            return KindDecision(RowKind.RENEW, "dn_differs", int(known.serial))
        return KindDecision(RowKind.RENEW, "replaced" if replaced else "known_name", int(known.serial))
    if _accepted_before(request):
        return KindDecision(RowKind.ISSUE, "earlier_request")
    listed_at = inventory.list_date()
    if listed_at is None or listed_at < timezone.now() - timedelta(days=settings.LIST_FRESH_DAYS):
        return KindDecision(RowKind.ISSUE, "list_too_old")
    return KindDecision(RowKind.ISSUE, "new_name")


def _has_our_dn(certificate: Certificate) -> bool:
    ours = policy().subject_dn(certificate.common_name)
    return "".join(certificate.subject_dn.split(" ")) == "".join(ours.split(" "))


def _accepted_before(request: CertificateRequest) -> bool:
    later = OPEN_STATES & {State.QUEUED, State.SUBMITTED}
    return (
        CertificateRequest.objects.filter(common_name=request.common_name, state__in=later)
        .exclude(pk=request.pk)
        .exists()
    )


def decimal_serial(kind: RowKind, text: str) -> int | None:
    """Read the serial number of the certificate replaced, as a number or from the certificate itself; None for 発行.

    Bare digits are decimal, as NII says; a number that is known only when they are read as hexadecimal is asked about,
    never guessed. Raises RowRefused, SerialDoubtful, CertificateUnreadable.
    """
    if kind == RowKind.ISSUE:
        return None
    if "CERTIFICATE" in text:
        found = certificates.read(text).certificates
        if len(found) != 1:
            raise errors.CertificateUnreadable
        return found[0].serial
    try:
        serial = serials.parse(text)
    except tsv.problems.Refused as error:
        raise errors.RowRefused(error.problems) from error
    if serial.other is not None and not _is_known(serial.value) and _is_known(serial.other):
        raise errors.SerialDoubtful(decimal=serial.decimal, typed=text.strip())
    return serial.value


def _is_known(serial: int) -> bool:
    known = Certificate.objects.filter(serial=serials.decimal(serial))
    return known.filter(provenance__in=inventory.KNOWN_TO_NII).exists()


def make(request: CertificateRequest, *, decided: KindDecision | None = None) -> TsvRow:
    """Make the row of the current CSR, in place of an earlier one. Raises NoCsr and RowRefused.

    A registrar's decision about the kind stands for the rows after it, too.
    """
    csr = freezing.current_csr(request)
    if csr is None or request.current_version is None:
        raise errors.NoCsr
    decision = decided or standing_decision(request) or decide_kind(request)
    content = _content(request, bytes(csr.der), decision)
    supersede(request)
    return TsvRow.objects.create(
        request=request,
        version=request.current_version,
        csr=csr,
        kind=decision.kind,
        kind_reason=decision.reason,
        serial=serials.decimal(decision.serial) if decision.serial is not None else "",
        content=content,
        digest=hashlib.sha256(content).hexdigest(),
    )


def follow_version(request: CertificateRequest, *, by_id: int) -> bool:
    """Make the row of a version that kept its approval; return whether its bytes differ from those before.

    The same bytes stay accepted, and sent by whom they were. Raises RowRefused.
    """
    before = request.rows.select_related("csr", "request").filter(superseded_at=None).first()
    version = request.current_version
    if before is None or version is None or not is_up_to_date(before):
        row = make(request)
        if before and before.sent_at:
            mark_sent(row, by_id=by_id)
        return True
    _put_aside(request)
    before.pk, before.version, before.made_at = None, version, timezone.now()
    before.save(force_insert=True)
    return False


def record_of(request: CertificateRequest, der: bytes, decision: KindDecision) -> IssueRecord | RenewRecord:
    """Return tsv's record: the contact's spelling from the version, the address from the person's record today."""
    contact = request.subscriber_contact
    shared: dict[str, Any] = {
        "subject": policy().subject_dn(request.common_name),
        "profile": policy().profiles[0],
        "csr": base64.b64encode(der).decode(),
        "contact_name": request.contact_name,
        "contact_affiliation": request.contact_affiliation,
        "contact_mail": contact.mail_address if contact else "",
        "fqdn": request.common_name,
        "software": request.software,
        "dns_names": tuple(request.further_names),
    }
    if decision.kind == RowKind.RENEW:
        return RenewRecord(old_serial=decision.serial or 0, **shared)
    return IssueRecord(**shared)


def is_up_to_date(row: TsvRow) -> bool:
    """Tell whether a row made now would have the same bytes."""
    decision = _decided(row) or decide_kind(row.request)
    try:
        return _content(row.request, bytes(row.csr.der), decision) == bytes(row.content)
    except errors.RowRefused:
        return False


def is_clean(row: TsvRow) -> bool:
    """Tell whether nothing about the row needs a registrar's eye: kind decided, and a CSR without warnings."""
    problems = [CsrProblem.from_json(problem) for problem in row.csr.problems]
    return row.kind_reason not in UNDECIDED and all(p.severity is Severity.INFORMATION for p in problems)


def supersede(request: CertificateRequest) -> None:
    """Put the current row aside and void an acceptance of it."""
    void_acceptance(request)
    _put_aside(request)


def _put_aside(request: CertificateRequest) -> None:
    request.rows.filter(superseded_at=None).update(superseded_at=timezone.now())


def void_acceptance(request: CertificateRequest) -> None:
    """Void what was accepted; the approval stands."""
    request.decisions.filter(kind=DecisionKind.ACCEPTANCE, void_at=None).update(void_at=timezone.now())


def void_everything(request: CertificateRequest) -> None:
    """Put the row aside and void approval and acceptance: the application is made again from its beginning."""
    supersede(request)
    request.decisions.filter(void_at=None).update(void_at=timezone.now())


def was_uploaded(request: CertificateRequest) -> bool:
    """Tell whether the request was ever in a file that went to NII; its key has left the portal then."""
    return request.submission_rows.exclude(submission__uploaded_at=None).exists()


def mark_sent(row: TsvRow, *, by_id: int) -> None:
    """Note who sent the row, and when."""
    row.sent_at = timezone.now()
    row.sent_by_id = by_id
    row.save(update_fields=["sent_at", "sent_by"])


def _decided(row: TsvRow) -> KindDecision | None:
    if row.kind_reason != DECIDED:
        return None
    return KindDecision(RowKind(row.kind), DECIDED, int(row.serial) if row.serial else None)


def standing_decision(request: CertificateRequest) -> KindDecision | None:
    """Return a registrar's word about the kind of the current row, None where the rule decides."""
    row = request.rows.filter(superseded_at=None).first()
    return _decided(row) if row else None


def _content(request: CertificateRequest, der: bytes, decision: KindDecision) -> bytes:
    try:
        return writing.row(record_of(request, der, decision))
    except tsv.problems.Refused as error:
        raise errors.RowRefused(error.problems) from error
