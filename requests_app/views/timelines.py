"""The audit trail as pages show it: what happened, when, who did it in which role, and through which door."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from audit import queries as audit
from audit.models import Event
from requests_app import texts
from requests_app.models import CertificateRequest


def of_request(request: CertificateRequest) -> list[dict[str, Any]]:
    """Return the history of a request and its confirmations, newest first, as components/timeline.html wants it."""
    asked = [confirmation.subject for confirmation in request.confirmations.all()]
    return of_subjects([request.subject, *asked, *(one.subject for one in request.hand_overs.all())])


def of_subjects(subjects: list[str]) -> list[dict[str, Any]]:
    """Return the events of these subjects, newest first, as components/timeline.html wants it."""
    return of_events(reversed(audit.history(subjects)))


def of_events(events: Iterable[Event], *, with_subject: bool = False) -> list[dict[str, Any]]:
    """Return these events, in their order, as components/timeline.html wants them; `with_subject` says of what."""
    shown = list(events)
    names = _names_of({event.actor_person for event in shown if event.actor_person})
    entries = [_entry(event, names) for event in shown]
    if with_subject:
        for entry, event in zip(entries, shown, strict=True):
            entry["detail"] = "\n".join(filter(None, [event.subject, entry["detail"]]))
    return entries


def _names_of(ids: set[int]) -> dict[int, str]:
    """Return the names of people by id, in one query."""
    return {person.pk: person.display_name for person in User.objects.filter(pk__in=ids)}


def _entry(event: Event, names: dict[int, str]) -> dict[str, Any]:
    payload = event.payload or {}
    details = [str(payload.get("name", "")), str(payload.get("reason", ""))]
    who = names.get(event.actor_person or 0, _("the portal"))
    role = texts.role(event.actor_role)
    return {
        "title": texts.event(event.action),
        "at": event.at,
        "who": f"{who} ({role})" if event.actor_person and role else who,
        "door": texts.door(event.door) if event.actor_person else "",
        "detail": "\n".join(detail for detail in details if detail),
        "hash": event.hash[:12],
    }
