"""Who a verified identity is: the binding of (issuer, sub) to a person, and what is refused."""

import hashlib
from dataclasses import replace

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import days, mailing, queries
from accounts.choices import EmploymentKind, EmploymentSource
from accounts.claims import Claims
from accounts.errors import (
    AccountUnreadable,
    AddressUnverified,
    ForeignDomain,
    IdentityConflict,
    PersonInactive,
    SignInRefused,
)
from accounts.models import AccountName, Employment, EmploymentQuestion, Identity, MailAddress, User
from audit.actors import SYSTEM, Actor, Door
from audit.recording import record

EMPLOYEE_AFFILIATIONS = frozenset({"faculty", "staff", "employee"})
"""eduPersonAffiliation values of people who work for the institution (eduPerson 202208, section 2.2.1)."""


def sign_in(said: Claims, *, address: str, request_id: str) -> int:
    """Return the person's id. Raises SignInRefused; what a refusal must leave behind is committed all the same."""
    _check_domain(said)
    try:
        person_id, refusal = _decide(said, address=address, request_id=request_id)
    except IntegrityError:
        # Two first sign-ins at once: the other one has made the person or the binding, which the second look finds.
        person_id, refusal = _decide(said, address=address, request_id=request_id)
    if refusal is not None:
        raise refusal
    return person_id


def _check_domain(said: Claims) -> None:
    domain = settings.OIDC_HOSTED_DOMAIN.lower()
    if said.hosted_domain != domain or said.mail_domain != domain:
        raise ForeignDomain(domain=domain)
    if not said.email_is_verified:
        raise AddressUnverified
    if not said.account:
        raise AccountUnreadable


@transaction.atomic(durable=True)
def _decide(said: Claims, *, address: str, request_id: str) -> tuple[int, SignInRefused | None]:
    """The one transaction of a sign-in: returns the person's id and, where it is refused, why."""
    identity = Identity.objects.filter(issuer=said.issuer, sub=said.sub).select_related("person").first()
    found = identity.person if identity else queries.find_by_account(said.account)
    is_new = found is None
    person = User.objects.select_for_update(no_key=True).get(pk=found.pk if found else _make_person(said).pk)
    is_bound = is_new or identity is not None
    if refusal := _refusal(person, said, is_bound=is_bound):
        _record_refusal(person, said, refusal=refusal, address=address, request_id=request_id)
        return person.pk, refusal
    actor = Actor(
        person_id=person.pk,
        role="",
        door=Door.PORTAL,
        issuer=said.issuer,
        sub=said.sub,
        signed_in_at=timezone.now(),
        strength=said.strength,
        address=address,
        request_id=request_id,
    )
    if not is_bound:
        Identity.objects.create(person=person, issuer=said.issuer, sub=said.sub)
        record(f"person:{person.pk}", "identity_bound", actor=actor, payload={"account": said.account})
    _lower_by_claim(person, said, actor=actor)
    record(f"person:{person.pk}", "signed_in", actor=actor, payload={})
    return person.pk, None


def _refusal(person: User, said: Claims, *, is_bound: bool) -> SignInRefused | None:
    if not person.is_active:
        return PersonInactive()
    if is_bound:
        return None if person.account == said.account else IdentityConflict()
    # The account is on the roster; only somebody who never signed in is bound by it.
    return IdentityConflict() if person.identities.exists() else None


def _make_person(said: Claims) -> User:
    """Somebody of the hosted domain who isn't on the roster: OTHER, or STUDENT where the provider says so."""
    name = said.name or said.account
    is_latin = name.isascii()
    person = User.objects.create_person(name_ja="" if is_latin else name, name_en=name if is_latin else "")
    AccountName.objects.create(person=person, account=said.account)
    MailAddress.objects.create(person=person, address=said.email.lower())
    Identity.objects.create(person=person, issuer=said.issuer, sub=said.sub)
    Employment.objects.create(
        person=person,
        kind=EmploymentKind.STUDENT if "student" in said.affiliations else EmploymentKind.OTHER,
        from_on=days.today(),
        source=EmploymentSource.CLAIM,
    )
    record(f"person:{person.pk}", "person_made_at_sign_in", actor=SYSTEM, payload={"account": said.account})
    return person


def _lower_by_claim(person: User, said: Claims, *, actor: Actor) -> None:
    """Affiliations without an employee's end "full-time" until a registrar confirms it; none at all say nothing."""
    if not said.affiliations or said.affiliations & EMPLOYEE_AFFILIATIONS:
        return
    if not queries.is_full_time(person, on=days.today()):
        return
    person.lowered_by_claim_at = timezone.now()
    person.save(update_fields=["lowered_by_claim_at"])
    # The registrars answer it on the same page as a question that the person asked.
    EmploymentQuestion.objects.get_or_create(person=person, answered_at=None)
    event = record(
        f"person:{person.pk}",
        "employment_lowered_by_claim",
        actor=actor,
        payload={"affiliations": sorted(said.affiliations)},
    )
    mailing.tell_registrars(
        "employment_question",
        key=f"employment_lowered/e{event.pk}",
        context={"person": mailing.naming(person), "is_lowered": True, "note": ""},
        link="/accounts/employment-questions/",
    )


def _record_refusal(person: User, said: Claims, *, refusal: SignInRefused, address: str, request_id: str) -> None:
    """Write the event and, for a conflict, tell the registrars, at most once a day for each identity."""
    actor = replace(SYSTEM, issuer=said.issuer, sub=said.sub, address=address, request_id=request_id)
    record(
        f"person:{person.pk}",
        "sign_in_refused",
        actor=actor,
        payload={"code": refusal.code, "account": said.account},
    )
    if isinstance(refusal, IdentityConflict):
        identity = hashlib.sha256(f"{said.issuer}\n{said.sub}".encode()).hexdigest()[:16]
        mailing.tell_registrars(
            "identity_conflict",
            key=f"identity_conflict/p{person.pk}/{identity}/{days.today():%Y-%m-%d}",
            context={"person": mailing.naming(person), "account": said.account, "at": timezone.now()},
            link=f"/admin/accounts/user/{person.pk}/change/",
        )
