"""`python -m tests.integration.background.judge FOLDER SECONDS`: wait until all is done, then say what is wrong.

Prints one JSON object: numbers, and under "wrong" a sentence for each rule that was broken. It reads the database and
the mail server's folder, and changes one thing only: it moves the moments for which mails and names wait after a
failure to now, as if the back-off had passed. Leases are left to run out by themselves.
"""

import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import django
from django.utils import timezone


def main(folder: Path, seconds: float) -> dict:
    """Return numbers and faults."""
    brought_forward = wait(seconds)
    wrong = [*requests_are_where_their_events_say(), *chains_are_whole(), *mails_are_complete()]
    mails, wrong_copies = copies(folder)
    return {**mails, "brought_forward": brought_forward, **numbers(), "wrong": [*wrong, *wrong_copies]}


def wait(seconds: float) -> int:
    """Wait until no mail and no name is due and every sweep was heard; return how often a back-off was cut short."""
    from notifications.models import MessageState, OutboxMessage
    from requests_app.models import NameLookup
    from upki_portal import heartbeats

    end, brought_forward = time.monotonic() + seconds, 0
    pending = OutboxMessage.objects.filter(state=MessageState.PENDING)
    names = NameLookup.objects.exclude(next_at=None)
    while time.monotonic() < end and (pending.exists() or names.exists()):
        now = timezone.now()
        brought_forward += pending.filter(next_attempt_at__gt=now).update(next_attempt_at=now)
        names.filter(next_at__gt=now, attempts__gt=1).update(next_at=now)
        time.sleep(0.5)
    while time.monotonic() < end and heartbeats.standing().overall is not heartbeats.Pulse.OK:
        time.sleep(0.5)
    return brought_forward


def requests_are_where_their_events_say() -> Iterator[str]:
    """Every move is one of the table, begins where the last one ended, and the last one's end is the row's state."""
    from audit.models import Event
    from requests_app.models import CertificateRequest, Confirmation
    from requests_app.states import Action, ConfirmationAction, ConfirmationState, State
    from requests_app.states import confirmation as confirmation_states
    from requests_app.states import request as request_states

    kinds = (
        (CertificateRequest, request_states.TABLE, Action, State),
        (Confirmation, confirmation_states.TABLE, ConfirmationAction, ConfirmationState),
    )
    for model, table, actions, states in kinds:
        for row in model.objects.order_by("pk"):
            state = table.initial
            for event in Event.objects.filter(subject=row.subject).order_by("sequence"):
                if event.action not in set(actions):
                    continue
                source, target = states(event.payload["from"]), states(event.payload["to"])
                if source != state or target not in table.targets(actions(event.action), source):
                    yield f"{event}: from {source} to {target}, but it was {state}"
                state = target
            if row.state != state:
                yield f"{row.subject} is {row.state}; its events say {state}"


def chains_are_whole() -> Iterator[str]:
    """The audit trail verifies."""
    from audit import verification

    yield from map(str, verification.verify_all().findings)


def mails_are_complete() -> Iterator[str]:
    """Every event has exactly the mails that its action sends, and every question went to somebody.

    One key is one row by a constraint of the database; the keys are computed anew from the events.
    """
    from audit.models import Event
    from notifications.models import MessageState, OutboxMessage
    from requests_app import mails
    from requests_app.models import Asking, CertificateRequest, Confirmation
    from requests_app.states import Action, State

    rows = set(OutboxMessage.objects.values_list("key", flat=True))
    wanted = set()
    for request in CertificateRequest.objects.all():
        for event in Event.objects.filter(subject=request.subject, action__in=mails.NOTICES):
            # Some notices depend on where the action led.
            request.state = State(event.payload["to"])
            wanted |= {
                f"R{request.pk}/e{event.sequence}/{notice.kind}/u{person.pk}"
                for notice in mails.NOTICES[Action(event.action)]
                for person in notice.to(request)
            }
    found = {key for key in rows if re.match(r"R\d+/e\d+/", key)}
    yield from (f"nobody put {key} into the outbox" for key in sorted(wanted - found))
    yield from (f"{key} belongs to no event" for key in sorted(found - wanted))
    for question in Confirmation.objects.all():
        asked = any(key.startswith(f"C{question.pk}/") for key in rows)
        if not asked and not Asking.objects.filter(confirmation=question).exists():
            yield f"{question.subject} went to nobody"
    for message in OutboxMessage.objects.exclude(state=MessageState.SENT):
        yield f"{message.key} is {message.state}: {message.last_fault}, attempt {message.attempts}"


def copies(folder: Path) -> tuple[dict, list[str]]:
    """Compare what the mail server kept with the outbox: a second copy only where the row says it may exist."""
    from demo.mail_sink import MailSink
    from notifications.models import OutboxMessage

    kept = Counter(str(mail.message["Message-ID"]) for mail in MailSink(folder=folder).messages)
    rows = {message.message_id: message for message in OutboxMessage.objects.all()}
    wrong = [f"{identifier} is in no row" for identifier in kept.keys() - rows.keys()]
    for identifier, message in rows.items():
        if not 1 <= kept[identifier] <= 1 + message.uncertain_attempts:
            wrong.append(
                f"{message.key} arrived {kept[identifier]} times, with {message.uncertain_attempts} uncertain attempts"
            )
    counted = {
        "mails": len(rows),
        "copies": kept.total(),
        "second_copies": kept.total() - len(kept),
        "uncertain_attempts": sum(message.uncertain_attempts for message in rows.values()),
        "attempts": sum(message.attempts for message in rows.values()),
        "faults": dict(Counter(message.last_fault for message in rows.values() if message.last_fault)),
    }
    return counted, wrong


def numbers() -> dict:
    """Return how many events and requests there are, by state."""
    from audit.models import Event
    from requests_app.models import CertificateRequest
    from upki_portal import heartbeats

    states = Counter(CertificateRequest.objects.values_list("state", flat=True))
    heard = heartbeats.standing()
    return {"requests": dict(states), "events": Event.objects.count(), "background": heard.overall}


if __name__ == "__main__":
    django.setup()
    print(json.dumps(main(Path(sys.argv[1]), float(sys.argv[2])), ensure_ascii=False))
