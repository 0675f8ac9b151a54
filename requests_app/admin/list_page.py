"""What the page of one list of NII's shows: what it would bring, what is doubtful in it, how far it has come. Reads."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from django.utils import formats, timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from inventory import queries as inventory
from inventory.models import ListImport
from requests_app import texts
from requests_app.steps import rules
from requests_app.views.showing import Finding
from tsv import texts as tsv_texts
from tsv.problems import Problem


class Phase(StrEnum):
    """How far a list has come."""

    WAITING = "WAITING"
    APPLYING = "APPLYING"
    COMPLETE = "COMPLETE"
    DISCARDED = "DISCARDED"


PHASES = {
    Phase.WAITING: ("warning", pgettext_lazy("list", "Waits for confirmation")),
    Phase.APPLYING: ("waiting", pgettext_lazy("list", "Being taken in")),
    Phase.COMPLETE: ("success", pgettext_lazy("list", "Taken in")),
    Phase.DISCARDED: ("neutral", pgettext_lazy("list", "Discarded")),
}
"""Tone and word of each."""

COUNTS = {
    "rows": gettext_lazy("Applications in the list"),
    "applications_new": gettext_lazy("Applications that no list had before"),
    "applications_changed": gettext_lazy("Applications that changed"),
    "applications_unchanged": gettext_lazy("Applications without a change"),
    "matched": gettext_lazy("Applications that the portal sent"),
    "certificates_new": gettext_lazy("Certificates that the portal does not know yet"),
    "without_pem": gettext_lazy("Certificates of which the list has the serial number only"),
}
"""Counts of the preview that are no warnings, in the order of the page."""

LINES_SHOWN = 50
"""Numbers of lines in a warning."""


def phase(listing: ListImport) -> Phase:
    """Return how far a list has come."""
    if listing.discarded_at:
        return Phase.DISCARDED
    if listing.completed_at:
        return Phase.COMPLETE
    return Phase.APPLYING if listing.confirmed_at else Phase.WAITING


def context(listing: ListImport) -> dict[str, Any]:
    """Return everything that the page shows besides its forms."""
    now_in, preview = phase(listing), listing.preview
    counts = preview.get("counts", {})
    tone, label = PHASES[now_in]
    return {
        "title": _("NII's list of %(day)s") % {"day": listing},
        "listing": listing,
        "phase": now_in,
        "state_tone": tone,
        "state_label": label,
        "discarded": discarded(listing),
        "newest_at": parse_datetime(preview.get("newest_at") or ""),
        "counts": [(label, counts.get(name, 0)) for name, label in COUNTS.items()] if counts else [],
        "states": [(texts.nii_state(int(state)), number) for state, number in preview.get("states", {}).items()],
        "warnings": _warnings(listing, counts, is_waiting=now_in is Phase.WAITING),
        "problems": [_in_words(Problem.from_json(stored)) for stored in preview.get("problems", ())],
        "problems_left": preview.get("problem_count", 0) - len(preview.get("problems", ())),
        **_progress(listing),
    }


def discarded(listing: ListImport) -> str:
    """Return what became of a list that was given up."""
    if listing.confirmed_at:
        return _("The list was discarded. What was taken in of it before stays.")
    return _("The list was discarded; nothing of it was taken in.")


def _progress(listing: ListImport) -> dict[str, int]:
    chunks = listing.chunks.all()
    return {"parts": chunks.count(), "parts_done": chunks.exclude(applied_at=None).count()}


def _warnings(listing: ListImport, counts: Mapping[str, int], *, is_waiting: bool) -> list[Finding]:
    """Return what a registrar thinks about before confirming, in sentences."""
    found = []
    if number := counts.get("unreadable"):
        text = ngettext(
            "%(number)s row cannot be read and is left out; see below.",
            "%(number)s rows cannot be read and are left out; see below.",
            number,
        )
        found.append(text % {"number": number})
    if number := max(counts.get("not_pinned", 0), len(listing.preview.get("not_pinned_lines", ()))):
        found.append(_not_pinned(listing, number))
    if lines := listing.preview.get("serial_twice_lines"):
        found.append(_serial_twice(lines))
    if number := counts.get("unexpected"):
        text = ngettext(
            "%(number)s certificate was issued after the go-live without a request here: it becomes an incident.",
            "%(number)s certificates were issued after the go-live without requests here: they become incidents.",
            number,
        )
        found.append(text % {"number": number})
    newest = inventory.list_date()
    if is_waiting and newest and newest > listing.listed_at:
        day = formats.date_format(timezone.localtime(newest), "Y-m-d H:i")
        text = _("A newer list (%(day)s) was taken in already: what that one says stands.")
        found.append(text % {"day": day})
    return [Finding("warning", text) for text in found]


def _not_pinned(listing: ListImport, number: int) -> str:
    text = ngettext(
        "%(number)s certificate is of a CA that the portal does not know and is not recorded. An operator can add the "
        "CA's certificate to UPKI_ISSUERS before the list is taken in.",
        "%(number)s certificates are of CAs that the portal does not know and are not recorded. An operator can add "
        "the CAs' certificates to UPKI_ISSUERS before the list is taken in.",
        number,
    ) % {"number": number}
    return _with_lines(text, listing.preview.get("not_pinned_lines", []))


def _serial_twice(lines: list[int]) -> str:
    text = ngettext(
        "%(number)s certificate has the serial number of another certificate of the same CA and was not recorded. Ask "
        "NII which of the two is right.",
        "%(number)s certificates have the serial numbers of other certificates of the same CA and were not recorded. "
        "Ask NII which are right.",
        len(lines),
    ) % {"number": len(lines)}
    return _with_lines(text, lines)


def _with_lines(text: str, lines: list[int]) -> str:
    shown = ", ".join(map(str, lines[:LINES_SHOWN]))
    return " ".join((text, _("Lines: %(lines)s") % {"lines": shown})) if shown else text


def _in_words(problem: Problem) -> str:
    """Return the sentence of a problem behind its line."""
    language = rules.reader_language()
    stated = texts.LIST_PROBLEMS.get(problem.code)
    text = str(stated) if stated else tsv_texts.text(problem, language)
    place = tsv_texts.place(problem, language)
    return f"{place}: {text}" if place else text
