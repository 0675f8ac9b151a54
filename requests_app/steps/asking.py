"""Asking about names: each name's zone, and the holders of valid certificates for it."""

import hashlib
from collections.abc import Iterable, Sequence

from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.actors import SYSTEM
from inventory import queries as inventory
from inventory.models import Certificate
from requests_app import conflicts, mails, queries, question_mails, relations, transitions, zone_people
from requests_app.conflicts import ForeignCertificate
from requests_app.models import CertificateRequest, Confirmation, ConfirmationKind, ContactConsent, NameLookup, Zone
from requests_app.states import ConfirmationAction, ConfirmationState
from requests_app.steps import collecting, granting

_STANDING = (ConfirmationState.ASKED, ConfirmationState.YES)


def ask_about_names(
    request: CertificateRequest, names: Sequence[str] | None = None, *, is_back: bool = False
) -> set[int]:
    """Ask about `names` (all) of the current version; an answer that still stands is linked, not asked again.

    Where the request `is_back` after it was returned, open questions are asked anew: whoever had one was told meanwhile
    that no answer is needed. Returns the zone administrators for whom a question waits: the caller gives them to
    `collecting.mail_waiting`, all of its transaction at once, when the request is in its new state.
    """
    unasked: list[str] = []
    asked: set[int] = set()
    wanted = request.names if names is None else tuple(names)
    foreign = conflicts.foreign_certificates(wanted, applicant_id=request.applicant_id)
    for name in wanted:
        zone = queries.zone_of(name)
        if zone and queries.administrators_of(zone).exists():
            asked |= _ask(request, name=name, kind=ConfirmationKind.ZONE, zone=zone, is_back=is_back)
        else:
            unasked.append(name)
        ask_holders(request, name, foreign.get(name, ()), is_back=is_back)
    if unasked:
        nameless = hashlib.sha256(" ".join(unasked).encode()).hexdigest()[:16]
        tell_registrars(request, names=unasked, key=f"R{request.pk}/v{request.current_version_id}/no-zone/{nameless}")
    look_up(wanted)
    return asked


def ask_holders(
    request: CertificateRequest, name: str, foreign: Iterable[ForeignCertificate], *, is_back: bool = False
) -> None:
    """Ask the holders of these certificates whether the applicant may use `name`; each of them once."""
    asked: set[int] = set()
    for one in foreign:
        if not one.holder_ids <= asked:
            _ask(request, name=name, kind=ConfirmationKind.HOLDER, certificate=one.certificate, is_back=is_back)
            asked |= one.holder_ids


def tell_registrars(request: CertificateRequest, *, names: list[str], key: str) -> None:
    """Tell the registrars that nobody answers for `names`, so that one of them decides."""
    context = mails.facts(request) | {"unanswered": names}
    for registrar in mails.registrars():
        mails.send(
            "confirmation_unanswered", key=key, person=registrar, context=context, link=mails.desk_address(request)
        )


def look_up(names: Iterable[str]) -> None:
    """Make each name due for the DNS sweep now."""
    now = timezone.now()
    # In one order for everybody: two requests with the same names in crossed order locked each other on PostgreSQL.
    for name in sorted(names):
        NameLookup.objects.update_or_create(
            name=name, defaults={"next_at": now, "attempts": 0, "asked_since_at": now, "lease_until": None}
        )


def look_up_again(names: Iterable[str]) -> None:
    """Make those of `names` due now that the sweep has put aside; the others are due soon anyway."""
    for name in sorted(names):
        now = timezone.now()
        # The time after which the portal gives up begins anew, too: it was here before, and may be away for a moment.
        NameLookup.objects.filter(name=name, next_at=None).update(next_at=now, attempts=0, asked_since_at=now)


def _ask(
    request: CertificateRequest,
    *,
    name: str,
    kind: ConfirmationKind,
    zone: Zone | None = None,
    certificate: Certificate | None = None,
    is_back: bool = False,
) -> set[int]:
    """Ask one question about the current version, or link the one that stands; return whom it waits for."""
    version = request.current_version
    if version is None:
        raise ValueError("names are asked about when a version is frozen")
    managers = sorted(manager.pk for manager in queries.managers_of(request))
    asked_before = Confirmation.objects.filter(
        request=request,
        kind=kind,
        name=name,
        zone=zone,
        certificate=certificate,
        applicant=request.applicant,
        purpose=request.purpose,
        state__in=_STANDING,
    )
    covering = [c for c in asked_before.order_by("-pk") if set(managers) <= set(c.manager_ids)]
    standing = next((c for c in covering if c.state == ConfirmationState.YES), next(iter(covering), None))
    if standing and not granting.still_holds(standing):
        transitions.move_confirmation(standing, ConfirmationAction.LOSE_GRANT, actor=SYSTEM)
        standing = None
    if standing:
        standing.versions.add(version)
        if is_back and standing.state == ConfirmationState.ASKED:
            _ask_anew(standing)
        # The zone may have got other administrators meanwhile; who has the mail already gets no second one.
        return ask_people(standing) if standing.state == ConfirmationState.ASKED else set()
    confirmation = Confirmation.objects.create(
        request=request,
        kind=kind,
        name=name,
        zone=zone,
        certificate=certificate,
        applicant=request.applicant,
        manager_ids=managers,
        purpose=request.purpose,
    )
    confirmation.versions.add(version)
    if kind == ConfirmationKind.ZONE and granting.answer(confirmation):
        return set()
    if not may_answer(confirmation):
        tell_registrars(request, names=[name], key=f"C{confirmation.pk}/nobody")
    return ask_people(confirmation)


def _ask_anew(question: Confirmation) -> None:
    """Let an open question begin once more: its mails, its reminders, the time after which it expires."""
    question.asked_at, question.reminders_sent = timezone.now(), 0
    question.save(update_fields=["asked_at", "reminders_sent"])
    question.askings.update(mailed_at=None)


def ask_people(confirmation: Confirmation) -> set[int]:
    """Let an open question wait for whom it is for; holders are mailed at once. Returns the administrators."""
    if confirmation.kind == ConfirmationKind.HOLDER:
        for person in may_answer(confirmation):
            question_mails.ask(confirmation, person)
        return set()
    zone_id = confirmation.zone_id or 0
    people = zone_people.administrators([zone_id]).get(zone_id, [])
    interested = relations.interested_ids(confirmation.request)
    chosen = zone_people.to_mail(people, zone_people.absent(), interested=interested)
    collecting.put(confirmation, chosen)
    return chosen


def may_answer(confirmation: Confirmation) -> list[User]:
    """Return everybody who may answer now: the zone's administrators and deputies, or the certificate's holders."""
    return answerers([confirmation])[confirmation.pk]


def answerers(confirmations: Iterable[Confirmation]) -> dict[int, list[User]]:
    """Return the same for several questions, by question, in a number of queries that does not grow with them."""
    questions = list(confirmations)
    administrators = zone_people.administrators(one.zone_id or 0 for one in questions if one.kind == "ZONE")
    holders = inventory.holders(one.certificate_id or 0 for one in questions if one.kind == "HOLDER")
    ids = {
        one.pk: holders.get(one.certificate_id or 0, set())
        if one.kind == "HOLDER"
        else {administrator.person_id for administrator in administrators.get(one.zone_id or 0, [])}
        for one in questions
    }
    people = User.objects.filter(pk__in=set().union(*ids.values()), is_active=True).order_by("pk")
    found = {person.pk: person for person in people}
    return {pk: [found[person_id] for person_id in sorted(of_one & found.keys())] for pk, of_one in ids.items()}


def to_remind(confirmation: Confirmation) -> list[User]:
    """Return who is reminded of an open question: all who may answer and have not, save those whom others replace."""
    people = may_answer(confirmation)
    if confirmation.kind == ConfirmationKind.ZONE:
        zone_id = confirmation.zone_id or 0
        of_zone = zone_people.administrators([zone_id]).get(zone_id, [])
        interested = relations.interested_ids(confirmation.request)
        present = zone_people.to_remind(of_zone, zone_people.absent(), interested=interested)
        people = [person for person in people if person.pk in present]
    answered = set(confirmation.answers.values_list("person_id", flat=True))
    return [person for person in people if person.pk not in answered]


def ask_for_consent(request: CertificateRequest, person: User) -> bool:
    """Ask `person` by mail to be the subscriber contact, once for each request; return whether it was now."""
    consent, asked_now = ContactConsent.objects.get_or_create(request=request, person=person)
    if asked_now:
        mails.send(
            "contact_asked",
            key=f"R{request.pk}/contact{consent.pk}",
            person=person,
            context=mails.facts(request),
            link=reverse("requests:contact", args=[request.pk]),
        )
    return asked_now
