"""Who hears of a change of zones: those who may apply it, then the administrators above and everybody concerned."""

from typing import Any

from django.urls import reverse
from django.utils import timezone

from accounts import queries as people
from accounts.models import AccountName, User
from notifications.quoting import quoted
from requests_app import mails, queries
from requests_app.models import ZoneChange
from requests_app.steps import zone_file
from requests_app.steps.zone_file import Described, Difference

MAX_LINES = 40
"""Lines of a difference that a mail shows; the page shows all of them."""


def tell_of_proposal(change: ZoneChange, difference: Difference) -> None:
    """Tell everybody else who may apply the change that it waits."""
    context = _facts(change) | _shortened(_lines(zone_file.describe(difference)))
    for person in _who_may_apply():
        if person.pk != change.proposed_by_id:
            mails.send(
                "zone_change_proposed", key=change.subject, person=person, context=context, link=_desk_page(change)
            )


def tell_of_discard(change: ZoneChange, *, reason: str) -> None:
    """Tell whoever proposed the change that another person discarded it, and why."""
    if change.proposed_by.is_active and change.discarded_by_id != change.proposed_by_id:
        discarded_by = change.discarded_by
        words = {
            "discarded_ja": _name(discarded_by, "ja"),
            "discarded_en": _name(discarded_by, "en"),
            "discard_reason": quoted(reason),
        }
        mails.send(
            "zone_change_discarded",
            key=f"{change.subject}/discarded",
            person=change.proposed_by,
            context=_facts(change) | words,
            link=_desk_page(change),
        )


def people_to_tell(difference: Difference) -> dict[int, set[str]]:
    """Return by person the zones of which they hear: those below theirs, those that they administer, begin or end in.

    Where nobody administers a zone above at present, the registrars hear.
    """
    told: dict[int, set[str]] = {}
    for zone in difference.zones:
        parent = queries.zone_of(zone.partition(".")[2])
        above = list(queries.administrators_of(parent)) if parent else []
        for person in above or mails.registrars():
            told.setdefault(person.pk, set()).add(zone)
    # Who stays hears, too, with whom they share the zone from now on.
    present = queries.active_administrations().filter(zone__name__in=difference.zones)
    concerned = [*present.values_list("person_id", "zone__name")]
    concerned += [(one.person_id, one.zone) for one in (*difference.added, *difference.ended)]
    for person_id, zone in concerned:
        told.setdefault(person_id, set()).add(zone)
    return told


def tell_of_change(change: ZoneChange, difference: Difference, told: dict[int, set[str]]) -> None:
    """Tell each of these people in one mail what became of their zones, and who proposed and applied it."""
    lines, facts = _lines(zone_file.describe(difference)), _facts(change)
    at_desk = {person.pk for person in _who_may_apply()}
    for person in User.objects.filter(pk__in=told, is_active=True).order_by("pk"):
        mails.send(
            "zone_changed",
            key=change.subject,
            person=person,
            context=facts | _shortened([line for line in lines if line["zone"] in told[person.pk]]),
            link=_desk_page(change) if person.pk in at_desk else reverse("requests:confirmations"),
        )


def _who_may_apply() -> list[User]:
    now = timezone.now()
    found = {person.pk: person for role in queries.ZONE_ROLES for person in people.people_with_role(role, at=now)}
    return [found[pk] for pk in sorted(found)]


def _desk_page(change: ZoneChange) -> str:
    return reverse("admin:requests_app_zonechange_change", args=[change.pk])


def _facts(change: ZoneChange) -> dict[str, Any]:
    proposed_by, applied_by = change.proposed_by, change.applied_by
    return {
        "reference": str(change),
        "reason": quoted(change.reason),
        "proposed_ja": _name(proposed_by, "ja"),
        "proposed_en": _name(proposed_by, "en"),
        "applied_ja": _name(applied_by, "ja"),
        "applied_en": _name(applied_by, "en"),
    }


def _name(person: User | None, language: str, account: str | None = None) -> str:
    if person is None:
        return ""
    names = (person.name_ja, person.name_en) if language == "ja" else (person.name_en, person.name_ja)
    return f"{names[0] or names[1]} ({person.account if account is None else account})"


def _lines(described: list[Described]) -> list[dict[str, Any]]:
    """Return every line in words; the accounts of all of them come in one query."""
    people = {person.pk for one in described for person in (one.person, one.deputy_of) if person}
    accounts = dict(AccountName.objects.filter(person__in=people, until_at=None).values_list("person_id", "account"))

    def name(person: User | None, language: str) -> str:
        return _name(person, language, accounts.get(person.pk, "") if person else "")

    return [
        {
            "sign": one.sign,
            "zone": one.zone,
            "person_ja": name(one.person, "ja"),
            "person_en": name(one.person, "en"),
            "deputy_ja": name(one.deputy_of, "ja"),
            "deputy_en": name(one.deputy_of, "en"),
            "period": f"{one.from_on or '…'} – {one.until_on or '…'}" if one.from_on or one.until_on else "",
        }
        for one in described
    ]


def _shortened(lines: list[dict[str, Any]]) -> dict[str, Any]:
    return {"changes": lines[:MAX_LINES], "more": max(len(lines) - MAX_LINES, 0)}
