"""A person gives a certificate that came back from NII: on its request's page, or several at the desk."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction

from accounts.choices import Role as Grant
from audit.actors import Actor
from csr.certificates import Certificate
from inventory import queries as inventory
from requests_app import errors, transitions
from requests_app.models import CertificateRequest, TsvRow
from requests_app.states import Action, State
from requests_app.states.request import LABELS, TABLE
from requests_app.steps import desk, issuing

CLOCKS_DIFFER = timedelta(days=1)
"""A certificate of NII's for a row may begin a little before the portal heard that the row was uploaded."""


@transaction.atomic(durable=True)
def record(request_id: int, found: Iterable[Certificate], *, actor: Actor) -> issuing.Placed:
    """Record the certificate of one request out of a file that may hold a chain.

    What it is follows from the signature, the key and the names alone, so whoever has a part in the request may give
    it. Raises OtherCertificate, SeveralCertificates, IssuerNotPinned and check's refusals; nothing is kept then.
    """
    request = transitions.lock(request_id)
    transitions.check(request, Action.RECORD_CERTIFICATE, actor=actor)
    row = _submitted_row(request)
    leaf = _choose(request, row, [one for one in found if not one.is_ca])
    return issuing.place(leaf, request=request, row=row, action=Action.RECORD_CERTIFICATE, actor=actor)


@transaction.atomic(durable=True)
def record_at_desk(found: Certificate, *, actor: Actor) -> issuing.Placed:
    """Record a certificate that a registrar gives without naming its request; its key says to which it belongs.

    Raises NotPermitted, Interested, IssuerNotPinned.
    """
    label = TABLE.rules[Action.RECORD_CERTIFICATE].label
    actor = desk.demand(actor, Grant.REGISTRAR, action=label)
    row = issuing.submitted_row(found.spki_sha256)
    if row is None:
        return issuing.place_unasked(found, actor=actor)
    request = transitions.lock(row.request_id)
    desk.demand_disinterested(actor, request, action=label)
    return issuing.place(found, request=request, row=row, action=Action.RECORD_CERTIFICATE, actor=actor)


def _submitted_row(request: CertificateRequest) -> TsvRow:
    sent = request.rows.filter(submission_rows__submission__uploaded_at__isnull=False)
    row = sent.select_related("csr", "version").order_by("-pk").first()
    if row is None:
        label = TABLE.rules[Action.RECORD_CERTIFICATE].label
        raise errors.TransitionNotAllowed(action=label, state=LABELS[State(request.state)])
    return row


def _choose(request: CertificateRequest, row: TsvRow, leaves: list[Certificate]) -> Certificate:
    """Return the certificate with the row's key; else the only one, if NII can have meant this row by it.

    People pick the wrong file: somebody else's certificate, or their own old one, is refused and not an incident.
    """
    own = next((leaf for leaf in leaves if leaf.spki_sha256 == row.csr.spki_sha256), None)
    if own:
        return own
    if len(leaves) != 1:
        raise errors.SeveralCertificates(count=len(leaves))
    (leaf,) = leaves
    is_known = inventory.is_known(leaf.fingerprint_sha256) or issuing.submitted_row(leaf.spki_sha256) is not None
    if is_known or leaf.common_name != request.common_name or not _is_newer(leaf, row):
        raise errors.OtherCertificate(name=leaf.common_name or "?", reference=request.reference)
    return leaf


def _is_newer(leaf: Certificate, row: TsvRow) -> bool:
    last = (
        row.submission_rows.exclude(submission__uploaded_at=None).select_related("submission").order_by("-pk").first()
    )
    uploaded_at = last.submission.uploaded_at if last else None
    return uploaded_at is not None and leaf.not_before >= uploaded_at - CLOCKS_DIFFER
