"""What the page shows on which a registrar decides about one request. Reads; the verbs decide."""

from typing import Any

from django.utils.translation import gettext as _

from accounts import days
from accounts import queries as roster
from accounts.choices import EmploymentKind
from accounts.models import User
from audit.actors import Actor
from csr.problems import Problem as CsrProblem
from requests_app import conflicts, errors, forms, policies, queries, relations, texts
from requests_app.admin import reasons, telling
from requests_app.models import CertificateRequest, OverrideKind, RowKind, TsvRow
from requests_app.services import acting, confirming, handing_over
from requests_app.states import Action, Role, State
from requests_app.states.request import LABELS, TABLE
from requests_app.steps import freezing, rows
from requests_app.views import showing, timelines
from requests_app.views.installing import after_issue


def context(found: CertificateRequest, actor: Actor) -> dict[str, Any]:
    """Return everything that the decision page shows."""
    roles = relations.roles(actor, found)
    state = State(found.state)
    row = found.rows.select_related("csr", "sent_by", "request").filter(superseded_at=None).first()
    csr = row.csr if row else freezing.current_csr(found)
    names = showing.name_evidence(found) if found.current_version else []
    actions = [action for action in TABLE.actions_from(state) if Role.REGISTRAR in TABLE.rules[action].roles]
    warnings = [
        {"name": entry["name"], "text": texts.warning(code)} for entry in names for code in entry["found"].warnings
    ]
    unsettled = [entry["name"] for entry in names if not entry["found"].is_settled]
    digest = found.current_version.digest if found.current_version else ""
    in_file = queries.live_row(found) if state == State.QUEUED else None
    actions = [] if in_file else actions
    by_nii = showing.refusal_by_nii(found)
    questions = [question for entry in names for question in reversed(entry["found"].confirmations)]
    may_override = policies.may(roles, Action.OVERRIDE, state)
    return {
        "title": str(found),
        "certificate_request": found,
        "state_label": LABELS[state],
        "people": _people(found),
        "facts": [(term, value) for term, value in showing.facts(found) if term not in _shown_with_people()],
        "names": names,
        "unsettled": unsettled,
        "unsettled_names": texts.listed(unsettled),
        "outdated_names": texts.listed(entry["name"] for entry in names if not entry["found"].is_observed),
        "contradicted_names": texts.listed(entry["name"] for entry in names if entry["found"].is_contradicted),
        "warnings": warnings,
        "overridable": _overridable(names, digest=digest) if may_override else [],
        "recordable": telling.recordable(questions) if may_override else [],
        "conflicts": list(conflicts.open_requests_for_names(found.names, besides=found).select_related("applicant")),
        "lookalikes": showing.lookalike_findings(found),
        "digest": digest,
        "decisions": found.decisions.select_related("person"),
        "csr": csr,
        "csr_findings": showing.csr_findings([CsrProblem.from_json(p) for p in csr.problems]) if csr else [],
        **_row_context(row, by_nii),
        "comments": found.comments.select_related("person"),
        "comment_form": forms.CommentForm(auto_id="id_comment_%s") if policies.may_comment(roles) else None,
        "in_file": in_file,
        "refusal_by_nii": by_nii,
        "nii_facts": showing.nii_facts(found),
        "files": found.submission_rows.select_related("submission").order_by("-pk"),
        "entries": timelines.of_request(found),
        "may": {action.value.lower(): policies.may(roles, action, state) for action in actions},
        "is_registrar": Role.REGISTRAR in roles,
        "sees_certificate_page": True,
        "may_hand_over": handing_over.why_not(found) is None
        and relations.asker_of_request(actor, found) == Role.REGISTRAR,
        "refusals": _refusals(roles, actions),
        "plain": [
            _plain(action)
            for action in actions
            if action in acting.PLAIN and policies.may(roles, action, state) and _fits(found, action)
        ],
        "approve_form": reasons.empty_form("approve", required=bool(warnings)),
        "correct_form": reasons.empty_form("correct", required=True),
        "installed_form": reasons.empty_form("installed", required=True),
        "unauthorised_form": reasons.empty_form("unauthorised", required=True),
        **after_issue(found, is_reportable=False),
    }


def _row_context(row: TsvRow | None, by_nii: dict[str, Any] | None) -> dict[str, Any]:
    """Return the row column by column, and why it is 発行 or 更新; after NII's 212 the form proposes 更新."""
    initial = {"kind": row.kind, "serial": row.serial} if row else {}
    if by_nii and by_nii["is_renewal"]:
        initial = {"kind": RowKind.RENEW.value, "serial": by_nii["serial"]}
    kind_form = forms.KindForm(auto_id="id_kind_%s", initial=initial)
    kind_form.fields["reason"].required = True
    return {
        "row": row,
        "cells": showing.row_cells(row) if row else [],
        "kind_reason": rows.reason_text(row.kind_reason) if row else "",
        "kind_undecided": bool(row and row.kind_reason in rows.UNDECIDED),
        "kind_form": kind_form,
    }


def _shown_with_people() -> set[str]:
    """Return the terms of showing.facts that the table of people says better."""
    return {_("Applicant"), _("Certificate managers"), _("Subscriber contact")}


def _people(found: CertificateRequest) -> list[dict[str, Any]]:
    """Return who asks, with the employment that counts today: the applicant, the managers, the contact's mark."""
    asked = [(_("Applicant"), found.applicant), *((_("Certificate manager"), p) for p in queries.managers_of(found))]
    if found.prepared_by_id != found.applicant_id and found.prepared_by not in [person for _role, person in asked]:
        asked.append((_("Prepared the draft"), found.prepared_by))
    return [
        {
            "role": role,
            "person": person,
            "employment": _employment(person),
            "is_full_time": roster.is_full_time(person, on=days.today()),
            "is_contact": person.pk == found.subscriber_contact_id,
        }
        for role, person in asked
    ]


def _employment(person: User) -> str:
    if not person.is_active:
        return _("no longer at the university")
    kinds = roster.employment_kinds(person, on=days.today())
    return texts.listed(str(kind.label) for kind in EmploymentKind if kind in kinds) or _("none by the roster")


def _plain(action: Action) -> dict[str, Any]:
    rule = TABLE.rules[action]
    return {
        "action": action.value,
        "label": showing.action_label(action),
        "danger": action is Action.REJECT,
        "form": reasons.empty_form(action.value.lower(), required=rule.needs_reason),
    }


def _fits(found: CertificateRequest, action: Action) -> bool:
    """Tell whether what the table allows makes sense beside marks and files."""
    if action is Action.HOLD_AT_NII:
        # Until the file is answered, NII's answer says what becomes of the row.
        return queries.live_row(found) is None
    if action is Action.HOLD:
        return found.held_at is None
    return action is not Action.UNHOLD or found.held_at is not None


def _refusals(roles: frozenset[Role], actions: list[Action]) -> list[str]:
    """Return, once each, why this registrar may not decide here; empty for somebody disinterested."""
    refused: dict[type[errors.RequestError], list[str]] = {}
    for action in actions:
        error = policies.refusal(roles, action)
        if error in {errors.Interested, errors.WitnessMayNotApprove}:
            refused.setdefault(error, []).append(showing.action_label(action))
    return [str(error(action=texts.listed(labels))) for error, labels in refused.items()]


def _overridable(names: list[dict[str, Any]], *, digest: str) -> list[dict[str, Any]]:
    """Return a form for each point of each name that a registrar may take upon themself; it carries the digest."""
    found: list[dict[str, Any]] = []
    for entry in names:
        for kind in OverrideKind:
            if confirming.is_overridable(entry["found"], kind):
                form = forms.OverrideForm(
                    auto_id=f"id_{kind.lower()}_{len(found)}_%s",
                    initial={"name": entry["name"], "kind": kind.value, "digest": digest},
                )
                form.fields["reason"].required = True
                found.append({"name": entry["name"], "kind": kind.value, "label": kind.label, "form": form})
    return found
