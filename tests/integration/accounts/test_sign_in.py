"""Who a verified identity is, and what a session is allowed."""

import time
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth import SESSION_KEY
from django.urls import reverse
from django.utils import timezone

from accounts import queries, sessions
from accounts.actors import actor_of
from accounts.choices import EmploymentKind, Role
from accounts.models import EmploymentQuestion, Identity, User
from audit.models import Event
from demo.identity_provider import Misbehaviour
from notifications.models import OutboxMessage
from tests import factories
from tests.integration.accounts.conftest import Visitor

pytestmark = pytest.mark.django_db


def test_the_first_sign_in_binds_the_person_on_the_roster(visitor: Visitor):
    person = factories.faculty(account="suzuki")
    response = visitor.sign_in("suzuki")
    assert response.status_code == 302
    assert visitor.person_id == person.pk
    identity = person.identities.get()
    assert identity.issuer == visitor.provider.issuer
    actions = Event.objects.filter(subject=f"person:{person.pk}").order_by("sequence")
    assert [event.action for event in actions] == ["identity_bound", "signed_in"]


def test_later_sign_ins_find_the_person_by_identity(visitor: Visitor):
    person = factories.faculty(account="suzuki")
    visitor.sign_in("suzuki")
    visitor.client.logout()
    visitor.sign_in("suzuki")
    assert visitor.person_id == person.pk
    assert Identity.objects.count() == 1


def test_a_sign_in_changes_neither_name_nor_address_of_a_known_person(visitor: Visitor):
    person = factories.faculty(account="suzuki", name_ja="鈴木 はるか")
    address = person.mail_address
    visitor.sign_in("suzuki")
    person.refresh_from_db()
    assert (person.name_ja, person.mail_address) == ("鈴木 はるか", address)


def test_an_account_that_is_not_on_the_roster_is_known_as_other(visitor: Visitor):
    visitor.sign_in("kato")
    person = User.objects.get(pk=visitor.person_id)
    assert (person.account, person.name_ja) == ("kato", "加藤 未来")
    assert person.mail_address == "kato@gl.cc.uec.ac.jp"
    assert queries.employment_kinds(person, on=timezone.localdate()) == {EmploymentKind.OTHER}
    assert not queries.is_full_time(person, on=timezone.localdate())
    assert not person.has_usable_password()


def test_somebody_who_left_is_refused(visitor: Visitor):
    factories.faculty(account="suzuki", is_active=False)
    response = visitor.sign_in("suzuki")
    assert response.status_code == 403
    assert "sign_in.person_inactive" in response.content.decode()
    assert visitor.person_id is None


def test_a_claim_lowers_full_time_until_a_registrar_confirms(visitor: Visitor, settings):
    settings.OIDC_AFFILIATION_CLAIM = "locale"
    # The stand-in says "ja" there: an affiliation that is no employee's.
    person = factories.faculty(account="suzuki")
    factories.registrar()
    visitor.sign_in("suzuki")
    assert not queries.is_full_time(person, on=timezone.localdate())
    assert EmploymentQuestion.objects.get(person=person).answered_at is None
    assert OutboxMessage.objects.filter(kind="employment_question").count() == 1


def test_a_claim_never_raises(visitor: Visitor, settings):
    settings.OIDC_AFFILIATION_CLAIM = "locale"
    person = factories.student(account="suzuki")
    visitor.sign_in("suzuki")
    assert queries.employment_kinds(person, on=timezone.localdate()) == {EmploymentKind.STUDENT}


def test_the_request_carries_pkce_nonce_state_and_the_hosted_domain(visitor: Visitor):
    query = parse_qs(urlsplit(visitor.begin(scope="admin", auth_params="prompt=none").headers["Location"]).query)
    assert query["code_challenge_method"] == ["S256"]
    assert query["hd"] == ["gl.cc.uec.ac.jp"]
    assert set(query["scope"][0].split()) == {"openid", "email", "profile"}
    assert query["nonce"] != query["state"]
    assert "prompt" not in query


@pytest.mark.parametrize(
    ("asked", "reached"),
    [
        ("/accounts/me/", "/accounts/me/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_a_sign_in_leads_to_paths_of_the_portal_only(visitor: Visitor, asked: str, reached: str):
    factories.faculty(account="suzuki")
    assert visitor.sign_in("suzuki", next=asked).headers["Location"] == reached


def test_the_session_key_changes_and_holds_the_strength_of_the_sign_in(visitor: Visitor, rf):
    factories.faculty(account="suzuki")
    visitor.begin()
    before = visitor.client.session.session_key
    visitor.sign_in("suzuki")
    session = visitor.client.session
    assert session.session_key != before
    request = rf.get("/")
    request.session, request.user = session, User.objects.get(pk=visitor.person_id)
    actor = actor_of(request)
    assert actor.issuer == visitor.provider.issuer
    assert "amr=pwd,mfa" in actor.strength
    assert actor.signed_in_at is not None
    assert timezone.now() - actor.signed_in_at < timedelta(minutes=5)


def test_signing_out_ends_the_session_here_and_at_the_provider(visitor: Visitor, settings):
    factories.faculty(account="suzuki")
    visitor.sign_in("suzuki")
    assert visitor.client.get(reverse("account_logout")).status_code == 200
    assert visitor.person_id is not None, "GET only asks"
    response = visitor.client.post(reverse("account_logout"))
    assert visitor.person_id is None
    address = urlsplit(response.headers["Location"])
    query = parse_qs(address.query)
    assert response.headers["Location"].startswith(f"{visitor.provider.issuer}/logout?")
    assert query["post_logout_redirect_uri"] == [f"{settings.PORTAL_URL}/accounts/signed-out/"]
    assert query["id_token_hint"][0].count(".") == 2
    assert visitor.client.get(reverse("signed_out")).status_code == 200


def test_no_page_shows_a_token(visitor: Visitor):
    factories.faculty(account="suzuki")
    visitor.sign_in("suzuki")
    hint = visitor.client.session[sessions.SIGN_OUT_HINT]
    for name in ("own_page", "account_logout"):
        assert hint not in visitor.client.get(reverse(name)).content.decode()
    assert not Event.objects.filter(payload__icontains=hint[:40]).exists()


def signed_in(client, person: User):
    client.force_login(person)
    assert client.get(reverse("own_page")).status_code == 200


def set_session(client, **values: int):
    session = client.session
    session.update({getattr(sessions, name): value for name, value in values.items()})
    session.save()


def test_an_idle_session_ends(client, settings):
    signed_in(client, factories.faculty())
    set_session(client, SEEN_AT=int(time.time()) - settings.SESSION_IDLE_MINUTES * 60 - 120)
    assert client.get(reverse("own_page")).status_code == 302
    assert SESSION_KEY not in client.session


def test_a_session_ends_after_the_absolute_limit_however_busy(client, settings):
    signed_in(client, factories.faculty())
    set_session(client, SIGNED_IN_AT=int(time.time()) - settings.SESSION_ABSOLUTE_HOURS * 3600 - 1)
    assert client.get(reverse("own_page")).status_code == 302


def test_last_seen_is_written_at_most_once_a_minute(client, django_assert_max_num_queries):
    signed_in(client, factories.faculty())
    first = client.session[sessions.SEEN_AT]
    client.get(reverse("own_page"))
    assert client.session[sessions.SEEN_AT] == first
    set_session(client, SEEN_AT=first - 61)
    client.get(reverse("own_page"))
    assert client.session[sessions.SEEN_AT] >= first


def test_somebody_made_inactive_is_signed_out_at_the_next_request(client):
    person = factories.faculty()
    signed_in(client, person)
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert client.get(reverse("own_page")).status_code == 302
    User.objects.filter(pk=person.pk).update(is_active=True)
    assert client.get(reverse("own_page")).status_code == 302, "the session is gone, not asleep"


def test_sign_out_everywhere_ends_other_sessions_too(client):
    from django.test import Client

    person = factories.faculty()
    elsewhere = Client()
    signed_in(client, person)
    signed_in(elsewhere, person)
    assert client.post(reverse("sign_out_everywhere")).status_code == 302
    for one in (client, elsewhere):
        assert one.get(reverse("own_page")).status_code == 302
    assert Event.objects.filter(subject=f"person:{person.pk}", action="signed_out_everywhere").exists()


def test_a_role_that_ends_acts_at_the_next_request(client):
    registrar = factories.registrar()
    client.force_login(registrar)
    assert client.get(reverse("role_list")).status_code == 200
    registrar.role_grants.update(ended_at=timezone.now(), ended_by=factories.person())
    assert client.get(reverse("role_list")).status_code == 403


def test_accept_language_is_not_read_and_japanese_is_the_default(client):
    response = client.get(reverse("login"), headers={"Accept-Language": "en"})
    assert response.headers["Content-Language"] == "ja"


def test_the_persons_language_wins_over_the_cookie(client):
    client.post(reverse("set_language"), {"language": "en", "next": "/accounts/login/"})
    assert client.get(reverse("login")).headers["Content-Language"] == "en"
    client.force_login(factories.faculty(language="ja"))
    assert client.get(reverse("own_page")).headers["Content-Language"] == "ja"
    client.post(reverse("set_language"), {"language": "en"})
    assert client.get(reverse("own_page")).headers["Content-Language"] == "en"


@pytest.mark.parametrize("form", [{}, {"language": "xx"}, {"language": "en", "next": "//evil.example"}])
def test_a_bad_language_or_address_does_no_harm(client, form):
    response = client.post(reverse("set_language"), form)
    assert (response.status_code, response.headers["Location"]) == (302, "/")


def test_too_many_sign_ins_of_one_address_get_429(visitor: Visitor):
    # Twice the limit and two: the clock may turn to the next window once in between.
    statuses = [visitor.begin().status_code for _ in range(62)]
    assert set(statuses) == {302, 429}


def test_the_admin_sign_in_leads_to_the_provider_and_keeps_next(client):
    response = client.get("/admin/login/?next=/admin/accounts/user/")
    assert response.status_code == 302
    address = urlsplit(response.headers["Location"])
    assert address.path == reverse("login")
    assert parse_qs(address.query)["next"] == ["/admin/accounts/user/"]
    page = client.get(response.headers["Location"]).content.decode()
    assert 'name="next" value="/admin/accounts/user/"' in page
    assert "password" not in page.lower().replace("never asks for your password", "")


def test_a_password_signs_nobody_in(client):
    person = factories.registrar()
    person.set_password("x")
    person.save()
    assert not client.login(username=person.public_id, password="x")
    client.post("/admin/login/", {"username": person.public_id, "password": "x"})
    assert SESSION_KEY not in client.session


def test_two_first_sign_ins_at_once_leave_one_person(visitor: Visitor):
    back = [visitor.provider.callback_for(visitor.begin().headers["Location"], "kato") for _ in range(2)]
    for address in back:
        visitor.client.get(address)
    assert User.objects.filter(account_names__account="kato").count() == 1


def test_only_a_role_gives_permissions():
    person = factories.faculty()
    assert not person.has_perm("requests_app.review")
    assert not person.is_staff
    registrar, auditor = factories.registrar(), factories.auditor()
    assert registrar.has_perm("requests_app.review")
    assert not auditor.has_perm("requests_app.review")
    assert auditor.has_perms(["requests_app.view_desk", "accounts.view_user"])
    assert factories.settings_administrator().has_perm("requests_app.change_zones")
    assert not any(one.is_superuser for one in (registrar, auditor))
    assert not registrar.has_perm("accounts.change_user")
    assert queries.current_roles(registrar, at=timezone.now()) == {Role.REGISTRAR}


def test_the_admin_shows_nothing_of_allauth(client):
    client.force_login(factories.registrar())
    index = client.get("/admin/").content.decode()
    for path in ("socialaccount/socialapp", "socialaccount/socialtoken", "account/emailaddress", "auth/group"):
        assert path not in index
        assert client.get(f"/admin/{path}/").status_code in {403, 404}


def test_unverified_mail_of_a_stranger_makes_nobody(visitor: Visitor):
    visitor.provider.misbehaviour = {Misbehaviour.UNVERIFIED_MAIL}
    visitor.sign_in("kato")
    assert not User.objects.exists()
