"""Roles need two registrars; full-time is confirmed by a registrar with evidence."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts import errors, queries
from accounts.choices import EmploymentKind, EmploymentSource, GrantSource, Role
from accounts.models import AccountName, Employment, EmploymentQuestion, Identity, RoleGrant, User
from accounts.services import employment, roles
from audit.models import Event
from notifications.models import OutboxMessage
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_cache(settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "roles"}}


def in_half_a_year():
    return timezone.now() + timedelta(days=180)


def offered(grantee: User, *, by: User, role: Role = Role.AUDITOR) -> int:
    return roles.offer(grantee.account, role, until_at=in_half_a_year(), actor=factories.actor(by))


def test_a_role_acts_once_a_second_registrar_has_confirmed_it():
    first, second, grantee = factories.registrar(), factories.registrar(), factories.staff()
    grant = offered(grantee, by=first)
    assert queries.current_roles(grantee, at=timezone.now()) == frozenset()
    roles.confirm(grant, actor=factories.actor(second))
    assert queries.current_roles(grantee, at=timezone.now()) == {Role.AUDITOR}
    roles.end(grant, actor=factories.actor(first))
    assert queries.current_roles(grantee, at=timezone.now()) == frozenset()
    actions = Event.objects.filter(subject=f"person:{grantee.pk}").order_by("sequence")
    assert [(event.action, event.actor_role) for event in actions] == [
        ("role_offered", "REGISTRAR"),
        ("role_confirmed", "REGISTRAR"),
        ("role_ended", "REGISTRAR"),
    ]


def test_an_offer_is_told_to_the_grantee_and_to_the_other_registrars():
    first, second, grantee = factories.registrar(), factories.registrar(), factories.staff()
    offered(grantee, by=first)
    told = OutboxMessage.objects.filter(kind="role_offered").values_list("person_id", flat=True)
    assert set(told) == {second.pk, grantee.pk}


def test_who_may_not_confirm():
    first, grantee = factories.registrar(), factories.registrar()
    grant = offered(grantee, by=first)
    with pytest.raises(errors.SecondRegistrarNeeded):
        roles.confirm(grant, actor=factories.actor(first))
    with pytest.raises(errors.OwnRole):
        roles.confirm(grant, actor=factories.actor(grantee))
    with pytest.raises(errors.NotPermitted):
        roles.confirm(grant, actor=factories.actor(factories.auditor()))
    assert Role.AUDITOR not in queries.current_roles(grantee, at=timezone.now())


def test_who_may_not_offer():
    registrar, grantee = factories.registrar(), factories.staff()
    with pytest.raises(errors.OwnRole):
        offered(registrar, by=registrar)
    for nobody in (factories.faculty(), factories.auditor(), factories.settings_administrator()):
        with pytest.raises(errors.NotPermitted):
            offered(grantee, by=nobody)
    with pytest.raises(errors.RoleTooLong):
        roles.offer(
            grantee.account,
            Role.AUDITOR,
            until_at=timezone.now() + timedelta(days=367),
            actor=factories.actor(registrar),
        )
    offered(grantee, by=registrar)
    with pytest.raises(errors.RoleAlreadyOffered):
        offered(grantee, by=registrar)
    assert RoleGrant.objects.filter(person=grantee).count() == 1


def test_an_offer_is_decided_once():
    first, second, third = (factories.registrar() for _ in range(3))
    grant = offered(factories.staff(), by=first)
    roles.confirm(grant, actor=factories.actor(second))
    with pytest.raises(errors.RoleOver):
        roles.confirm(grant, actor=factories.actor(third))
    roles.end(grant, actor=factories.actor(third))
    with pytest.raises(errors.RoleOver):
        roles.end(grant, actor=factories.actor(third))


def test_the_holder_may_give_up_a_role_a_stranger_may_not_end_it(client):
    auditor = factories.auditor()
    grant = auditor.role_grants.get()
    client.force_login(factories.faculty())
    client.post(reverse("end_role", kwargs={"grant_id": grant.pk}))
    assert queries.current_roles(auditor, at=timezone.now())
    client.force_login(auditor)
    client.post(reverse("end_role", kwargs={"grant_id": grant.pk}))
    assert not queries.current_roles(auditor, at=timezone.now())


def test_offering_and_confirming_through_the_pages(client):
    first, second, grantee = factories.registrar(), factories.registrar(), factories.staff(account="matsumoto")
    client.force_login(first)
    assert client.post(reverse("offer_role"), {"account": "matsumoto"}).status_code == 422
    until = timezone.localdate() + timedelta(days=100)
    form = {"account": "nobody", "role": "AUDITOR", "until_on": until.isoformat()}
    assert client.post(reverse("offer_role"), form).status_code == 422
    assert client.post(reverse("offer_role"), {**form, "account": "matsumoto"}).status_code == 302
    grant = grantee.role_grants.get()
    assert grant.last_on == until
    client.force_login(second)
    assert "matsumoto" not in client.get(reverse("own_page")).content.decode()
    assert until.isoformat() in client.get(reverse("role_list")).content.decode()
    client.post(reverse("confirm_role", kwargs={"grant_id": grant.pk}))
    assert queries.current_roles(grantee, at=timezone.now()) == {Role.AUDITOR}


def test_an_auditor_sees_roles_and_changes_none(client):
    grant = offered(factories.staff(), by=factories.registrar())
    client.force_login(factories.auditor())
    assert client.get(reverse("role_list")).status_code == 200
    for name, kwargs in (("offer_role", {}), ("confirm_role", {"grant_id": grant})):
        assert client.post(reverse(name, kwargs=kwargs)).status_code == 403


@pytest.mark.parametrize(
    "fields",
    [
        {"offered_by": "grantee"},
        {"offered_by": None},
        {"confirmed_by": "grantee", "confirmed_at": "now"},
        {"confirmed_by": "offerer", "confirmed_at": "now"},
        {"confirmed_by": "other"},
        {"confirmed_at": "now"},
        {"ended_at": "now"},
        {"role": "KING"},
        {"until_days": 367},
        {"until_days": 0},
        {"source": GrantSource.COMMAND},
    ],
)
def test_the_database_refuses_a_grant_that_breaks_the_rules(fields):
    now = timezone.now()
    people = {"grantee": factories.staff(), "offerer": factories.staff(), "other": factories.staff(), "now": now}
    values = {"role": Role.AUDITOR, "offered_by": "offerer", **fields}
    until_at = now + timedelta(days=values.pop("until_days", 100))
    values = {name: people.get(value, value) for name, value in values.items()}
    with pytest.raises(IntegrityError), transaction.atomic():
        RoleGrant.objects.create(person=people["grantee"], from_at=now, until_at=until_at, **values)


def test_constraints_of_identities_accounts_and_employment():
    person, other = factories.staff(account="suzuki", sub="1"), factories.staff()
    with pytest.raises(IntegrityError), transaction.atomic():
        Identity.objects.create(person=other, issuer=factories.ISSUER, sub="1")
    with pytest.raises(IntegrityError), transaction.atomic():
        AccountName.objects.create(person=factories.person(account=""), account="suzuki")
    with pytest.raises(IntegrityError), transaction.atomic():
        Employment.objects.create(
            person=person,
            kind=EmploymentKind.FULL_TIME_FACULTY,
            from_on=timezone.localdate(),
            source=EmploymentSource.CLAIM,
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Employment.objects.create(
            person=person, kind=EmploymentKind.OTHER, from_on=timezone.localdate(), source=EmploymentSource.REGISTRAR
        )


def test_public_ids_are_made_from_the_internal_id_and_not_given_twice():
    first = factories.person(account="")
    assert first.public_id == f"P{first.pk:06d}"
    number = first.pk
    first.delete()
    assert factories.person(account="").pk > number


def test_asking_and_confirming_employment(client):
    person, registrar = factories.part_time(), factories.registrar()
    client.force_login(person)
    assert client.post(reverse("ask_about_employment"), {"note": "総合研究機構、4月から"}).status_code == 302
    client.post(reverse("ask_about_employment"), {"note": "again"})
    question = EmploymentQuestion.objects.get()
    assert OutboxMessage.objects.filter(kind="employment_question").count() == 1
    assert client.get(reverse("employment_questions")).status_code == 403
    client.force_login(registrar)
    assert "総合研究機構" in client.get(reverse("employment_questions")).content.decode()
    address = reverse("answer_employment_question", kwargs={"question_id": question.pk})
    client.post(address, {"kind": "FULL_TIME_FACULTY", "evidence": " "})
    assert not queries.is_full_time(person, on=timezone.localdate())
    client.post(address, {"kind": "FULL_TIME_FACULTY", "evidence": "辞令を確認"})
    assert queries.is_full_time(person, on=timezone.localdate())
    question.refresh_from_db()
    assert question.is_confirmed
    row = person.employments.get(source=EmploymentSource.REGISTRAR)
    assert (row.evidence, row.confirmed_by) == ("辞令を確認", registrar)


def test_declining_an_employment_question():
    person, registrar = factories.part_time(), factories.registrar()
    question = employment.ask(note="", actor=factories.actor(person))
    with pytest.raises(errors.NotPermitted):
        employment.decline(question, actor=factories.actor(person))
    employment.decline(question, actor=factories.actor(registrar))
    assert not queries.is_full_time(person, on=timezone.localdate())
    with pytest.raises(errors.EmploymentQuestionAnswered):
        employment.decline(question, actor=factories.actor(registrar))


def test_who_may_not_confirm_employment():
    person, registrar = factories.part_time(), factories.registrar()
    given = {"kind": EmploymentKind.FULL_TIME_STAFF, "evidence": "seen"}
    for nobody in (person, factories.auditor(), factories.faculty()):
        with pytest.raises(errors.NotPermitted):
            employment.confirm(person.pk, **given, actor=factories.actor(nobody))
    with pytest.raises(errors.OwnEmployment):
        employment.confirm(registrar.pk, **given, actor=factories.actor(registrar))
    with pytest.raises(errors.FullTimeKindRequired):
        employment.confirm(person.pk, kind=EmploymentKind.STUDENT, evidence="seen", actor=factories.actor(registrar))
    assert not queries.is_full_time(person, on=timezone.localdate())


def test_employment_counts_on_its_days_only():
    today = timezone.localdate()
    leaver = factories.staff(employed_until=today - timedelta(days=1))
    last_day = factories.staff(employed_until=today)
    assert not queries.is_full_time(leaver, on=today)
    assert queries.is_full_time(last_day, on=today)
    assert queries.find_by_account(f"{leaver.account.upper()}@gl.cc.uec.ac.jp") == leaver
    assert queries.find_by_account(f"{leaver.account}@example.com") is None
