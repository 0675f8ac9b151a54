"""The registrars' morning digest: once on each working day, from eight o'clock, and only when something waits."""

from datetime import time

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts import days, working_days
from audit.actors import SYSTEM
from audit.models import Event
from audit.recording import lock, record
from requests_app import mails
from requests_app.steps import digest

FROM = time(8)
"""In Tokyo. After an outage the digest comes later in the day."""


@transaction.atomic(durable=True)
def send_digest() -> int:
    """Tell every registrar what waits, if today's digest is due; return how many were told. May run twice.

    The event of the day says that it was decided, so that what comes up later on a quiet day makes no second morning.
    """
    today, now = days.today(), timezone.now()
    if not working_days.is_working_day(today) or now.astimezone(days.TOKYO).time() < FROM:
        return 0
    subject = f"digest:{today:%Y-%m-%d}"
    if Event.objects.filter(subject=subject).exists():
        return 0
    lock(subject)
    if Event.objects.filter(subject=subject).exists():
        return 0
    facts = digest.facts()
    told = [] if facts["is_empty"] else mails.registrars()
    for registrar in told:
        mails.send(
            "morning_digest",
            key=f"digest/{today:%Y-%m-%d}",
            person=registrar,
            context=facts | {"today": f"{today:%Y-%m-%d}"},
            link=reverse("admin:index"),
        )
    record(subject, "MORNING_DIGEST", actor=SYSTEM, payload={"told": len(told)})
    return len(told)
