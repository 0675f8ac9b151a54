""" "Ask ITC to confirm my employment", and a registrar's answer with the evidence."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from accounts import days, mailing, policies, queries
from accounts.choices import FULL_TIME, EmploymentKind, EmploymentSource
from accounts.claims import clean_text
from accounts.errors import (
    EmploymentAlreadyFullTime,
    EmploymentQuestionAnswered,
    EmploymentQuestionOpen,
    EvidenceRequired,
    FullTimeKindRequired,
    NotPermitted,
    OwnEmployment,
    PersonUnknown,
)
from accounts.models import Employment, EmploymentQuestion, User
from audit.actors import Actor
from audit.recording import record

MAX_NOTE = 500
"""Characters of a note; as in the table."""


@transaction.atomic(durable=True)
def ask(*, note: str, actor: Actor) -> int:
    """Ask the registrars to confirm that the actor is full-time; returns the question's id.

    Raises NotPermitted for the system, EmploymentAlreadyFullTime, EmploymentQuestionOpen.
    """
    if actor.person_id is None:
        raise NotPermitted
    person = User.objects.select_for_update(no_key=True).get(pk=actor.person_id)
    if queries.is_full_time(person, on=days.today()):
        raise EmploymentAlreadyFullTime
    if person.employment_questions.filter(answered_at=None).exists():
        raise EmploymentQuestionOpen
    question = EmploymentQuestion.objects.create(person=person, note=clean_text(note, limit=MAX_NOTE))
    record(f"person:{person.pk}", "employment_asked", actor=actor, payload={"question": question.pk})
    mailing.tell_registrars(
        "employment_question",
        key=f"employment_question/q{question.pk}",
        context={"person": mailing.naming(person), "is_lowered": False, "note": question.note},
        link="/accounts/employment-questions/",
    )
    return question.pk


@transaction.atomic(durable=True)
def confirm(person_id: int, *, kind: EmploymentKind, evidence: str, until_on: date | None = None, actor: Actor) -> None:
    """Note that the person is full-time from today to `until_on` (included; None: until further notice).

    Answers an open question and lifts what a claim had lowered. Raises NotPermitted, OwnEmployment, PersonUnknown,
    FullTimeKindRequired, EvidenceRequired, EmploymentAlreadyFullTime.
    """
    person = User.objects.select_for_update(no_key=True).filter(pk=person_id, is_active=True).first()
    actor = policies.as_registrar(actor)
    if person is None:
        raise PersonUnknown(account=f"P{person_id:06d}")
    if person.pk == actor.person_id:
        raise OwnEmployment
    if kind not in FULL_TIME:
        raise FullTimeKindRequired
    evidence = clean_text(evidence, limit=MAX_NOTE)
    if not evidence:
        raise EvidenceRequired
    today, now = days.today(), timezone.now()
    if queries.is_full_time(person, on=today):
        raise EmploymentAlreadyFullTime
    Employment.objects.create(
        person=person,
        kind=kind,
        from_on=today,
        until_on=until_on,
        source=EmploymentSource.REGISTRAR,
        evidence=evidence,
        confirmed_by_id=actor.person_id,
        confirmed_at=now,
    )
    person.lowered_by_claim_at = None
    person.save(update_fields=["lowered_by_claim_at"])
    person.employment_questions.filter(answered_at=None).update(
        answered_at=now, answered_by_id=actor.person_id, is_confirmed=True
    )
    payload = {"kind": kind.value, "evidence": evidence, "until": until_on.isoformat() if until_on else ""}
    record(f"person:{person.pk}", "employment_confirmed", actor=actor, payload=payload)


@transaction.atomic(durable=True)
def decline(question_id: int, *, actor: Actor) -> None:
    """Answer a question with no. Raises NotPermitted, OwnEmployment, EmploymentQuestionAnswered."""
    question = EmploymentQuestion.objects.select_for_update().filter(pk=question_id).first()
    actor = policies.as_registrar(actor)
    if question is None or question.answered_at is not None:
        raise EmploymentQuestionAnswered
    if question.person_id == actor.person_id:
        raise OwnEmployment
    User.objects.select_for_update(no_key=True).get(pk=question.person_id)
    question.answered_at, question.answered_by_id, question.is_confirmed = timezone.now(), actor.person_id, False
    question.save(update_fields=["answered_at", "answered_by", "is_confirmed"])
    record(f"person:{question.person_id}", "employment_declined", actor=actor, payload={"question": question.pk})
