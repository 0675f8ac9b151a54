"""Reminders of what people do after NII's answer: fetch the certificate, report its installation."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from requests_app import mails, transitions
from requests_app.models import CertificateRequest, SubmissionRow
from requests_app.states import State, SubmissionRowState

REMIND_AFTER = (timedelta(days=7), timedelta(days=21))
"""After the moment from which something is awaited. NII's link lives for 30 days (upki.md §7.2, §11 no. 15)."""


@transaction.atomic(durable=True)
def remind(request_id: int) -> None:
    """Send the reminder that is due now; each at most once (its key in the outbox). May run twice."""
    request = transitions.lock(request_id)
    if request.state == State.ISSUED:
        _remind_of_installation(request)
    elif request.state == State.SUBMITTED:
        _remind_of_fetching(request)


def _remind_of_installation(request: CertificateRequest) -> None:
    due = _due(request.issued_at)
    for person in mails.holders_of_request(request) if due else ():
        _send("report_installation", request, key=f"report/{due}", person=person, link=request.get_absolute_url())


def _remind_of_fetching(request: CertificateRequest) -> None:
    taken = _taken(request)
    due = _due(taken.submission.answered_at) if taken else 0
    if taken is None or not due:
        return
    contact = [request.subscriber_contact] if request.subscriber_contact else []
    for person in dict.fromkeys([*contact, request.applicant]):
        _send(
            "fetch_certificate", request, key=f"fetch/{taken.pk}/{due}", person=person, link=request.get_absolute_url()
        )
    if due == len(REMIND_AFTER):
        for registrar in mails.registrars():
            _send(
                "nothing_came", request, key=f"nothing/{taken.pk}", person=registrar, link=mails.desk_address(request)
            )


def _due(since: datetime | None) -> int:
    return sum(since <= timezone.now() - after for after in REMIND_AFTER) if since else 0


def _send(kind: str, request: CertificateRequest, *, key: str, person: User, link: str) -> None:
    mails.send(kind, key=f"R{request.pk}/{key}", person=person, context=mails.facts(request), link=link)


def _taken(request: CertificateRequest) -> SubmissionRow | None:
    """Return the row that is with NII now, if NII took it; what became of earlier ones is over."""
    last = request.submission_rows.select_related("submission").order_by("-pk").first()
    return last if last and last.state == SubmissionRowState.TAKEN else None
