"""Turning rows into what templates show: evidence lists, timelines, problems, TSV cells. Reads, decides nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from audit import queries as audit
from csr import lookalikes
from csr import texts as csr_texts
from csr.problems import Problem as CsrProblem
from inventory import queries as inventory
from inventory.models import Certificate
from requests_app import evidence, queries, texts
from requests_app.institution import policy
from requests_app.models import CertificateRequest, Confirmation, ConfirmationKind, Fate, Replacement, RowKind, TsvRow
from requests_app.services import submitting
from requests_app.states import State
from requests_app.states.request import TABLE, Action
from requests_app.steps import rules
from requests_app.views import answers
from tsv import fields
from tsv import texts as tsv_texts
from tsv.problems import Problem as TsvProblem


@dataclass(frozen=True)
class Finding:
    """One sentence with its tone ("error", "warning", "info") for the page."""

    tone: str
    text: str


def csr_findings(problems: list[CsrProblem] | tuple[CsrProblem, ...]) -> list[Finding]:
    """Return csr's problems as sentences in the reader's language, errors first."""
    tones = {"error": "error", "warning": "warning", "information": "info"}
    order = list(tones)
    ranked = sorted(problems, key=lambda problem: order.index(problem.severity.value.lower()))
    return [
        Finding(tones[problem.severity.value.lower()], csr_texts.text(problem, rules.reader_language()))
        for problem in ranked
    ]


def row_cells(row: TsvRow) -> list[dict[str, Any]]:
    """Return the stored bytes column by column with NII's Japanese names: what the digest covers, nothing made anew."""
    return cells_of(bytes(row.content), _KINDS[RowKind(row.kind)])


def cells_of(content: bytes, kind: fields.Kind) -> list[dict[str, Any]]:
    """Return the bytes of any row column by column, as components/tsv_row.html wants it."""
    values = content.decode("shift_jis").removesuffix(fields.LINE_END).split(fields.DELIMITER)
    return [
        {"number": column.number, "name_ja": column.name_ja, "name_en": column.name_en, "value": value}
        for column, value in zip(fields.columns(kind), values, strict=True)
    ]


_KINDS = {RowKind.ISSUE: fields.Kind.ISSUE, RowKind.RENEW: fields.Kind.RENEW}


def name_evidence(request: CertificateRequest) -> list[dict[str, Any]]:
    """Return, for each name, what DNS and people said, as items of components/evidence.html."""
    return [
        {
            "name": found.name,
            "found": found,
            "items": [*_dns_items(found), *_people_items(found), *_override_items(found)],
            "warnings": [Finding("warning", texts.warning(code)) for code in found.warnings],
            "verdict": _verdict(found),
        }
        for found in evidence.of_request(request)
    ]


def evidence_for_those_asked(question: Confirmation) -> list[dict[str, Any]]:
    """Return what DNS and the answers to this very question say; who else was asked is not the reader's business."""
    found = next((one for one in evidence.of_request(question.request) if one.name == question.name), None)
    dns = _dns_items(found) if found else []
    return [*dns, *answers.items(question)]


def _verdict(found: evidence.NameEvidence) -> Finding:
    if found.is_refused or found.is_missing:
        return Finding("error", _("Not confirmed"))
    if found.is_settled:
        return Finding("warning" if found.is_by_link else "success", _("Confirmed"))
    return Finding("waiting", _("Being confirmed"))


def _dns_items(found: evidence.NameEvidence) -> list[dict[str, Any]]:
    items = []
    for observation in found.observations:
        tone = "success" if observation.exists else ("warning" if observation.temporary else "error")
        details = [texts.outcome(observation.outcome), ", ".join(observation.answer.get("addresses", []))]
        if observation.caa:
            details.append(texts.caa(observation.caa))
        items.append(
            {
                "tone": tone,
                "title": _("DNS (%(view)s)") % {"view": texts.view(observation.view)},
                "detail": "\n".join(detail for detail in details if detail),
                "source": observation.answer.get("resolver", ""),
                "at": observation.observed_at,
            }
        )
    if not items:
        items.append({"tone": "info", "title": _("DNS"), "detail": _("Not looked up yet; this takes some seconds.")})
    return items


def _people_items(found: evidence.NameEvidence) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    for confirmation in found.confirmations:
        items += answers.items(confirmation)
    if not any(c.kind == ConfirmationKind.ZONE for c in found.confirmations):
        items.append(
            {
                "tone": "warning",
                "title": _("No zone administrator is known for this name"),
                "detail": _("A registrar decides."),
            }
        )
    return items


def _override_items(found: evidence.NameEvidence) -> list[dict[str, Any]]:
    return [
        {
            "tone": "warning",
            "title": f"{_('Override')}: {override.get_kind_display()}",
            "detail": override.reason,
            "source": override.person.display_name,
            "at": override.decided_at,
        }
        for override in found.overrides
    ]


def tsv_sentences(problems: tuple[TsvProblem, ...]) -> list[str]:
    """Return tsv's problems as sentences in the reader's language."""
    return [tsv_texts.text(problem, rules.reader_language()) for problem in problems]


def nii_messages(stored: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Return NII's stored messages: its line as it came, what it means and what to do, in the reader's language."""
    language = rules.reader_language()
    return [
        {
            "text": message["text"],
            "explanation": tsv_texts.sentence(message["explanation"], language),
            "remedy": tsv_texts.sentence(message["remedy"], language),
        }
        for message in stored
    ]


def refusal_by_nii(request: CertificateRequest) -> dict[str, Any] | None:
    """Return what NII answered to a request that it holds, whose turn it is, and whether 更新 is the way out."""
    if request.state != State.HELD:
        return None
    refused = queries.last_refusal(request)
    messages = refused.replies if refused else []
    said = "" if refused else queries.last_word_of_nii(request)
    if not messages and not said:
        return None
    codes = {message["code"] for message in messages}
    actions = {message["action"] for message in messages}
    known = inventory.newest_with_common_name(request.common_name)
    return {
        "messages": nii_messages(messages),
        "said": said,
        "turn": texts.turn_at_nii(actions),
        "is_renewal": submitting.RENEW_CODE in codes,
        "serial": str(known.serial) if known else "",
    }


def action_label(action: Action) -> str:
    """Return the word on the button."""
    return str(TABLE.rules[action].label)


def facts(request: CertificateRequest) -> list[tuple[str, str]]:
    """Return what the request asks for, as (term, value) for components/facts.html."""
    contact = request.subscriber_contact
    replaced = [f"{c.common_name} ({c.serial})" for c in request.replaced.all()]
    return [
        (_("Server name (CN)"), request.common_name),
        (_("Further names"), "\n".join(request.further_names)),
        (_("Purpose"), request.get_purpose_display()),
        (_("Applicant"), _person(request.applicant)),
        (_("Certificate managers"), "\n".join(_person(manager) for manager in queries.managers_of(request))),
        (_("Subscriber contact"), _person(contact) if contact else ""),
        (_("As written for NII"), f"{request.contact_name} / {request.contact_affiliation}"),
        (_("Mail address for NII's link"), contact.mail_address if contact else ""),
        (_("Server software"), request.software),
        (_("Installation"), request.installation),
        (_("Certificates replaced"), "\n".join(replaced)),
    ]


def _person(person: User) -> str:
    return " ".join(
        part
        for part in (person.display_name, f"({person.display_affiliation})" if person.display_affiliation else "")
        if part
    )


def broken_rules(request: CertificateRequest) -> list[dict[str, str]]:
    """Return what keeps the draft from being applied for, each sentence with the id of its place on the form."""
    anchors = {"": "main", "csr": "csr", "subscriber_contact": "id_contact"}
    return [
        {"text": str(broken), "anchor": anchors.get(broken.field, f"id_{broken.field}")}
        for broken in rules.broken_by_application(request)
    ]


def last_reason(request: CertificateRequest) -> str:
    """Return why the request was given back or rejected, "" if its present state has another cause."""
    moves = [event for event in audit.history([request.subject]) if event.action in Action.__members__]
    changes = [event for event in moves if (event.payload or {}).get("from") != (event.payload or {}).get("to")]
    given_back = {Action.RETURN, Action.REFUSE, Action.REJECT, Action.CORRECT}
    return str((changes[-1].payload or {}).get("reason", "")) if changes and changes[-1].action in given_back else ""


def is_given_back(request: CertificateRequest, row: TsvRow | None) -> bool:
    """Tell whether a registrar asked for a correction and the row is still the one that they gave back."""
    if row is None or request.state != State.APPROVED:
        return False
    asked = [event.at for event in audit.history([request.subject]) if event.action == Action.CORRECT]
    return bool(asked) and row.made_at <= asked[-1]


def subject_attributes(common_name: str) -> list[dict[str, str]]:
    """Return the subject DN attribute by attribute, in the order in which OpenSSL asks for it."""
    words = {
        "C": _("Country"),
        "ST": _("State or province"),
        "L": _("Locality"),
        "O": _("Organization"),
        "CN": _("Common name: the server's FQDN"),
    }
    pairs = (*policy().attributes(), ("CN", common_name))
    return [{"name": name, "words": words[name], "value": value} for name, value in pairs]


def your_turn(person: User) -> list[dict[str, Any]]:
    """Return the requests that wait for `person`, oldest first, each with what to do."""
    states = (State.DRAFT, State.RETURNED, State.APPROVED)
    waiting = queries.involving(person).filter(state__in=states).select_related("applicant").order_by("touched_at")
    asked = set(waiting.filter(_asks_for_consent(person)).values_list("pk", flat=True))
    found = []
    for request in waiting:
        theirs = person.pk in {request.applicant_id, request.prepared_by_id}
        if request.pk in asked:
            found.append(
                {"request": request, "title": _("You are asked to be the subscriber contact"), "page": "contact"}
            )
        elif request.state == State.DRAFT:
            if request.applicant_id == person.pk != request.prepared_by_id:
                title = _("An application was prepared for you: check it and apply")
                found.append({"request": request, "title": title, "page": "check"})
        elif request.state == State.APPROVED or theirs:
            page = "csr" if request.state == State.APPROVED else "edit"
            found.append({"request": request, "title": texts.next_step(request.state)[0], "page": page})
    return found


def _asks_for_consent(person: User) -> Q:
    is_useful = Q(subscriber_contact=person) | Q(state__in=queries.AMENDABLE_STATES)
    return is_useful & Q(contact_consents__person=person, contact_consents__agreed_at=None)


def lookalike_findings(request: CertificateRequest) -> list[Finding]:
    """Return warnings about names that a CA may take for somebody else's service."""
    return [finding for name in request.names for finding in csr_findings(lookalikes.check_name(name, policy()))]


def minute(moment: datetime | None) -> str:
    """Return a moment to the minute in the portal's time zone, "" for none."""
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M") if moment else ""


def pem_name(certificate: Certificate) -> str:
    """Return an ASCII file name for a certificate: its CN and the day on which it begins."""
    begun = f"-{timezone.localtime(certificate.not_before):%Y%m%d}" if certificate.not_before else ""
    return f"{certificate.common_name}{begun}.pem"


def replaced_certificates(request: CertificateRequest) -> list[dict[str, Any]]:
    """Return the certificates that a request replaced, each with what becomes of it, as tone, word and reason."""
    said = {one.certificate_id: one for one in request.replacements.all()}
    return [
        {
            "certificate": certificate,
            **_becomes(certificate, said.get(certificate.pk)),
            "is_undecided": certificate.pk not in said and not certificate.revoked_at,
            "reason": said[certificate.pk].reason if certificate.pk in said else "",
        }
        for certificate in request.replaced.order_by("pk")
    ]


def _becomes(certificate: Certificate, said: Replacement | None) -> dict[str, str]:
    if certificate.revoked_at:
        return {"tone": "success", "label": _("Revoked")}
    if certificate.not_after and certificate.not_after <= timezone.now():
        return {"tone": "success", "label": _("Ended by itself")}
    if said is None:
        return {"tone": "warning", "label": _("Not decided yet")}
    if said.fate == Fate.KEEP:
        return {"tone": "info", "label": _("Kept")}
    return {"tone": "waiting", "label": _("Being revoked")}


_AT_NII = frozenset({State.SUBMITTED, State.HELD, State.ISSUED, State.INSTALLED})


def nii_facts(request: CertificateRequest) -> list[dict[str, Any]]:
    """Return what NII's list says about a request whose row went there, the newest first: facts, never states."""
    if State(request.state) not in _AT_NII:
        return []
    keys = request.rows.values_list("csr__spki_sha256", flat=True)
    found = inventory.nii_facts(spki_sha256=keys, certificate_id=request.certificate_id)
    return [
        {
            "application": one,
            "state": texts.nii_state(one.state),
            "errors": [code for code in (one.error_code, one.revocation_error_code) if code.strip("0")],
        }
        for one in found
    ]
