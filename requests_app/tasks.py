"""Sweeps over due rows: no arguments, one call for each row, harmless when run twice."""

import time
from contextlib import suppress
from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from inventory.models import ListImport
from requests_app import conflicts
from requests_app.errors import RequestGone
from requests_app.models import CertificateRequest, Confirmation, Fate, HandOver, Replacement, Revocation, SubmissionRow
from requests_app.services import (
    answering,
    completing,
    confirming,
    digesting,
    expiring,
    granting,
    handing_over,
    lapsing,
    leaving,
    listing,
    observing,
    observing_tls,
    questioning,
    reminding,
    revoking,
)
from requests_app.states import ConfirmationState, HandOverState, State, SubmissionRowState
from requests_app.states.revocation import OPEN_STATES

BATCH = 200
"""Rows in one run; the next run takes the next ones."""

ASKING_SECONDS = 20
"""How long one run mails collected questions; the next run goes on."""


@shared_task
def look_up_names() -> int:
    """Look up the names that are due in DNS."""
    return observing.look_up_due()


@shared_task
def keep_names_fresh() -> int:
    """Look up anew what registrars are about to decide on, before the observations are too old to be relied on."""
    return observing.keep_fresh()


@shared_task
def look_at_servers() -> int:
    """Look at the servers of certificates over TLS."""
    return observing_tls.look_at_due()


@shared_task
def ask_collected() -> int:
    """Mail the questions that were collected, and ask others where people, grants or certificates came or went."""
    for pk in granting.to_ask_again()[:BATCH]:
        granting.ask_again(pk)
    for pk in conflicts.to_follow_holders().values_list("pk", flat=True)[:BATCH]:
        confirming.follow_holders(pk)
    for pk in confirming.to_count_again()[:BATCH]:
        confirming.count_again(pk)
    for pk in questioning.unattended()[:BATCH]:
        questioning.ask_others(pk)
    mailed, begun = 0, time.monotonic()
    for person_id in questioning.people_due():
        mailed += questioning.mail_collected(person_id)
        if time.monotonic() - begun > ASKING_SECONDS:
            break
    return mailed


@shared_task
def remind_and_expire() -> int:
    """Remind those who were asked about a name, and expire what nobody answered."""
    before = timezone.now() - confirming.EXPIRES_AFTER
    asked = Confirmation.objects.filter(asked_at__lt=before, state=ConfirmationState.ASKED)
    over = list(asked.order_by("asked_at").values_list("pk", flat=True)[:BATCH])
    for pk in over:
        confirming.expire(pk)
    due = [pk for pk in questioning.due_for_reminder() if pk not in over][:BATCH]
    for first in range(0, len(due), questioning.BATCH):
        questioning.remind(due[first : first + questioning.BATCH])
    return len(over) + len(due)


@shared_task
def lapse_untouched() -> int:
    """Warn of lapsing, and let lapse what was warned of."""
    limit = timezone.now() - timedelta(days=settings.LAPSE_DAYS) + lapsing.WARN_BEFORE
    states = [State(state).value for state in lapsing.LAPSING_STATES]
    # Who was warned a moment ago is not due, and must not keep the others out of the batch.
    warned_before = timezone.now() - lapsing.WARN_BEFORE
    untouched = CertificateRequest.objects.filter(state__in=states, touched_at__lt=limit).exclude(
        lapse_warned_at__gt=warned_before
    )
    due = list(untouched.order_by("touched_at").values_list("pk", flat=True)[:BATCH])
    for pk in due:
        # Somebody may delete a draft while the sweep comes to it.
        with suppress(RequestGone):
            lapsing.warn(pk)
            lapsing.lapse(pk)
    return len(due)


@shared_task
def complete_requests() -> int:
    """Complete the requests whose certificate, or what it replaced, ended while nobody was looking; close files, too.

    Those for NII of whose rows the list said everything, though nobody recorded an answer.
    """
    for pk in answering.answered_by_list()[:BATCH]:
        answering.answer_by_list(pk)
    now = timezone.now()
    ended = Q(certificate__not_after__lte=now) | Q(certificate__revoked_at__isnull=False)
    replaced = Q(
        certificate__replacements__fate=Fate.REVOKE, certificate__replacements__request__installed_at__isnull=False
    )
    # While one is open the request stays, and must not keep the others out of the batch.
    kept = Replacement.objects.filter(
        request=OuterRef("certificaterequest"), certificate=OuterRef("certificate"), fate=Fate.KEEP
    )
    still_open = CertificateRequest.replaced.through.objects.filter(
        Q(certificate__not_after__gt=now) | Q(certificate__not_after=None),
        ~Exists(kept),
        certificaterequest=OuterRef("pk"),
        certificate__revoked_at=None,
    )
    over = Q(state=State.ISSUED) & (ended | replaced) | Q(state=State.INSTALLED) & ~Exists(still_open)
    due = list(CertificateRequest.objects.filter(over).order_by("pk").values_list("pk", flat=True).distinct()[:BATCH])
    for pk in due:
        completing.complete(pk)
    return len(due)


@shared_task
def expire_revocations() -> int:
    """Close the open revocations whose certificates ended by themselves; those in a file wait for its end."""
    ended = Revocation.objects.filter(state__in=OPEN_STATES, certificate__not_after__lte=timezone.now())
    in_file = SubmissionRow.objects.filter(state=SubmissionRowState.OPEN).exclude(revocation=None)
    due = ended.exclude(pk__in=in_file.values("revocation_id")).order_by("pk").values_list("pk", flat=True)[:BATCH]
    for pk in list(due):
        revoking.expire(pk)
    return len(due)


@shared_task
def remind_after_nii() -> int:
    """Remind of fetching a certificate that NII has ready, and of reporting an installation."""
    before = timezone.now() - reminding.REMIND_AFTER[0]
    issued = Q(state=State.ISSUED, issued_at__lte=before)
    taken = Q(
        state=State.SUBMITTED,
        submission_rows__state=SubmissionRowState.TAKEN,
        submission_rows__submission__answered_at__lte=before,
    )
    due = list(CertificateRequest.objects.filter(issued | taken).order_by("pk").values_list("pk", flat=True).distinct())
    for pk in due:
        reminding.remind(pk)
    return len(due)


LIST_SECONDS = 20
"""How long one run takes in lists; the next run goes on."""


@shared_task
def take_in_lists() -> int:
    """Take in the oldest confirmed list, chunk by chunk. One worker at a time: the others find its lease."""
    now = timezone.now()
    waiting = ListImport.objects.exclude(confirmed_at=None).filter(completed_at=None, discarded_at=None)
    first = waiting.order_by("listed_at", "pk").first()
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    lease = now + timedelta(seconds=3 * LIST_SECONDS)
    if first is None or not waiting.filter(free, pk=first.pk).update(lease_until=lease):
        return 0
    begun, taken, more = time.monotonic(), 0, True
    while more and time.monotonic() - begun < LIST_SECONDS:
        more = listing.apply_chunk(first.pk)
        taken += 1
    ListImport.objects.filter(pk=first.pk, lease_until=lease).update(lease_until=None)
    return taken


@shared_task
def expire_hand_overs() -> int:
    """Close the hand-overs that nobody answered in time."""
    before = timezone.now() - handing_over.EXPIRES_AFTER
    asked = HandOver.objects.filter(state=HandOverState.ASKED, asked_at__lte=before)
    due = list(asked.order_by("pk").values_list("pk", flat=True)[:BATCH])
    for pk in due:
        handing_over.expire(pk)
    return len(due)


@shared_task
def tell_of_ends() -> int:
    """Tell holders, and in the last week the registrars, that certificates end; return how many mails that took."""
    return sum(expiring.tell(part) for part in expiring.due_parts()) + expiring.escalate()


@shared_task
def send_digest() -> int:
    """Send the registrars' morning digest, once on each working day; return how many mails that took."""
    return digesting.send_digest()


@shared_task
def tell_of_leaving() -> int:
    """Tell people and the registrars that employments end; return how many mails that took."""
    return sum(leaving.tell(pk) for pk in leaving.due()[:BATCH])
