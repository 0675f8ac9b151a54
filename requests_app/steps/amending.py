"""The next version of a request that is asked about anew: for applying, amending and taking a request over."""

import json
from collections.abc import Iterable

from django.utils import timezone

from accounts.models import User
from audit.actors import Actor
from inventory import keys
from requests_app import errors, queries, transitions
from requests_app.models import CertificateRequest, Decision, NameOverride, OverrideKind
from requests_app.states import Action, State
from requests_app.steps import asking, collecting, freezing, rows, rules, settling

People = tuple[int, str, frozenset[int]]
"""Applicant, purpose and managers: whom the overrides of a version are for."""


def people_of(request: CertificateRequest) -> People:
    """Return the people and the purpose that the request names at present."""
    return request.applicant_id, request.purpose, frozenset(manager.pk for manager in queries.managers_of(request))


def people_of_version(request: CertificateRequest) -> People:
    """Return the people and purpose that the current version names; a returned request was edited since."""
    version = request.current_version
    if version is None:
        return people_of(request)
    frozen = json.loads(version.canonical)
    return frozen["applicant"], frozen["purpose"], frozenset(frozen["managers"])


def overrides_of(request: CertificateRequest) -> list[NameOverride]:
    """Return the overrides of the current version."""
    if request.current_version_id is None:
        return []
    return list(request.overrides.filter(versions=request.current_version_id))


def standing(overrides: list[NameOverride], before: People, after: People) -> list[NameOverride]:
    """Return the overrides that a new version leaves in force: existence always, the others for the same people."""
    same_people = before[:2] == after[:2] and after[2] <= before[2]
    return [override for override in overrides if same_people or override.kind == OverrideKind.EXISTENCE]


def replace_version(
    request: CertificateRequest, action: Action, *, actor: Actor, before: People, overrides: list[NameOverride]
) -> None:
    """Take back what was decided about the version before, and ask about what the request says now.

    `before` and `overrides` were read before the request was changed. Raises NotReady, and move's refusals.
    """
    request.held_at = request.held_by = None
    Decision.objects.filter(request=request, void_at=None).update(void_at=timezone.now())
    rows.supersede(request)
    still = standing(overrides, before, people_of(request))
    freeze_and_ask(request, action, actor=actor, overrides=still)


def freeze_and_ask(
    request: CertificateRequest, action: Action, *, actor: Actor, overrides: Iterable[NameOverride] = ()
) -> None:
    """Freeze what a locked request says, ask about its names, and move it; `overrides` go on with the new version.

    Raises NotReady with every broken rule, and move's refusals.
    """
    # Two drafts for one CN applied for at once: the second waits here, and then sees the first.
    User.objects.select_for_update(no_key=True).get(pk=request.applicant_id)
    broken = rules.broken_by_application(request)
    if broken:
        raise errors.NotReady(broken)
    csr = freezing.current_csr(request)
    if csr:
        _claim(request, csr.spki_sha256)
    request.applied_at = timezone.now()
    version = freezing.freeze(request, by_id=actor.human_id)
    request.save()
    for override in overrides:
        override.versions.add(version)
    asked = asking.ask_about_names(request, is_back=request.state == State.RETURNED)
    transitions.move(request, action, actor=actor, details={"version": version.number, "digest": version.digest})
    # Answers and observations that still stand may be all that is needed.
    settling.settle(request)
    collecting.mail_waiting(asked)


def _claim(request: CertificateRequest, spki_sha256: str) -> None:
    try:
        keys.claim(spki_sha256, owner=request.subject)
    except keys.KeyTaken as error:
        raise errors.NotReady([errors.CsrKeyUsed()]) from error
    keys.release_all_but(spki_sha256, owner=request.subject)
