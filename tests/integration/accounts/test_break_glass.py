"""Break-glass: a registrar decides about what concerns themself, everybody hears of it, another one reviews it."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import errors, sessions
from accounts.choices import Role
from accounts.models import BreakGlass, User
from accounts.services import break_glass
from audit.models import Event
from notifications.models import OutboxMessage
from requests_app.errors import Interested
from requests_app.models import CertificateRequest
from requests_app.services import acting, drafting
from requests_app.states import Action, State
from tests import factories, requests
from tests.requests import Cast

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def own() -> User:
    """A registrar who may break the glass."""
    person = factories.registrar()
    factories.grant_role(person, Role.BREAK_GLASS)
    return person


def desk(person: User, *, minutes_ago: int = 0) -> Client:
    client = Client()
    client.force_login(person)
    session = client.session
    session[sessions.SIGNED_IN_AT] = timezone.now().timestamp() - 60 * minutes_ago
    session.save()
    return client


def managed_by(person: User) -> CertificateRequest:
    """A request under review in which the registrar is a manager: nobody of the desk but another may return it."""
    cast = Cast()
    request = cast.request(State.DRAFT)
    contents = requests.contents(common_name=request.common_name, manager_accounts=(person.account,))
    drafting.save(request.pk, contents, actor=factories.actor(cast.applicant))
    request.refresh_from_db()
    cast.advance(request, State.REVIEWING)
    request.refresh_from_db()
    return request


def broken(person: User) -> BreakGlass:
    return BreakGlass.objects.get(pk=break_glass.open_for("誰にも連絡がつかない。", actor=factories.actor(person)))


def send_back(client: Client, request: CertificateRequest) -> Any:
    address = reverse("admin:requests_app_act", args=[request.pk, Action.RETURN])
    return client.post(address, {"reason": "急ぎの訂正。", "digest": request.current_version.digest}, follow=True)


def test_who_may_break_it_and_how(own):
    for person in (factories.registrar(), factories.auditor(), factories.faculty()):
        with pytest.raises(errors.NotPermitted):
            broken(person)
    holder = factories.faculty()
    factories.grant_role(holder, Role.BREAK_GLASS)
    with pytest.raises(errors.NotPermitted):
        broken(holder)
    with pytest.raises(errors.ReasonMissing):
        break_glass.open_for(" ", actor=factories.actor(own))
    answer = desk(own).post(reverse("admin:accounts_breakglass_open"), {"reason": "x"})
    assert answer.status_code == 302
    other = factories.registrar()
    factories.grant_role(other, Role.BREAK_GLASS)
    old = desk(other, minutes_ago=16)
    assert old.post(reverse("admin:accounts_breakglass_open"), {"reason": "x"}).status_code == 403
    with pytest.raises(errors.BreakGlassIsOpen):
        broken(own)


def test_every_registrar_is_told_with_the_reason(own):
    other = factories.registrar()
    opened = broken(own)
    told = OutboxMessage.objects.filter(kind="break_glass")
    assert {own.pk, other.pk} <= set(told.values_list("person_id", flat=True))
    assert all("> 誰にも連絡がつかない。" in mail.body for mail in told)
    assert all(mail.path == f"/admin/accounts/breakglass/{opened.pk}/change/" for mail in told)


def test_it_opens_the_way_and_every_event_says_so(own):
    request = managed_by(own)
    with pytest.raises(Interested):
        acting.act(request.pk, Action.RETURN, actor=factories.actor(own), reason="x")
    client = desk(own)
    client.post(reverse("admin:accounts_breakglass_open"), {"reason": "休日で誰もいない。"})
    opened = BreakGlass.objects.get()
    send_back(client, request)
    request.refresh_from_db()
    assert request.state == State.RETURNED
    event = Event.objects.get(subject=request.subject, action=Action.RETURN)
    assert event.payload["actor"]["break_glass"] == f"B{opened.pk}: 休日で誰もいない。"
    page = desk(factories.registrar()).get(reverse("admin:accounts_breakglass_change", args=[opened.pk]))
    assert [request.subject in entry["detail"] for entry in page.context["entries"]].count(True) == 1


def test_its_end_acts_at_once(own):
    request = managed_by(own)
    client = desk(own)
    client.post(reverse("admin:accounts_breakglass_open"), {"reason": "x"})
    client.post(reverse("admin:accounts_breakglass_close"))
    send_back(client, request)
    request.refresh_from_db()
    assert request.state == State.REVIEWING


def test_without_the_role_it_is_over(own):
    request = managed_by(own)
    client = desk(own)
    client.post(reverse("admin:accounts_breakglass_open"), {"reason": "x"})
    own.role_grants.filter(role=Role.BREAK_GLASS).update(until_at=timezone.now() + timedelta(microseconds=1))
    send_back(client, request)
    request.refresh_from_db()
    assert request.state == State.REVIEWING


def test_it_stays_on_the_first_page_until_another_reviewed_it(own):
    other = factories.registrar()
    opened = broken(own)
    first_page = reverse("admin:index")
    review = reverse("admin:accounts_breakglass_review", args=[opened.pk])
    assert list(desk(other).get(first_page).context["broken"]) == [opened]
    with pytest.raises(errors.BreakGlassOver):
        break_glass.review(opened.pk, note="", actor=factories.actor(other))
    break_glass.close(actor=factories.actor(own))
    with pytest.raises(errors.OwnBreakGlass):
        break_glass.review(opened.pk, note="", actor=factories.actor(own))
    assert list(desk(own).get(first_page).context["broken"]) == [opened]
    desk(other).post(review, {"reason": "問題なし。"})
    opened.refresh_from_db()
    assert (opened.reviewed_by, opened.note) == (other, "問題なし。")
    assert list(desk(own).get(first_page).context["broken"]) == []
    desk(other).post(review, {"reason": "二度目。"})
    opened.refresh_from_db()
    assert opened.note == "問題なし。"
