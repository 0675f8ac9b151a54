"""Comments on a request's page: who may write, who hears of it, and that no mail carries the text."""

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Event
from notifications.models import OutboxMessage
from requests_app import errors
from requests_app.models import Comment
from requests_app.services import commenting, drafting
from requests_app.states import State
from tests import factories, requests
from tests.integration.requests_app.test_submission_pages import desk
from tests.requests import Cast

pytestmark = pytest.mark.django_db

TEXT = "明日の夕方に差し替えます。\nそれまで待ってください。"


@pytest.fixture
def cast():
    return Cast()


@pytest.fixture
def manager():
    return factories.student()


@pytest.fixture
def request_(cast, manager):
    """Under review, of a student activity, with a manager."""
    request = cast.request(State.DRAFT)
    contents = requests.contents(
        common_name=request.common_name, purpose="STUDENT_ACTIVITY", manager_accounts=(manager.account,)
    )
    drafting.save(request.pk, contents, actor=factories.actor(cast.applicant))
    request.refresh_from_db()
    cast.advance(request, State.REVIEWING)
    request.refresh_from_db()
    return request


def told() -> set[int]:
    return set(OutboxMessage.objects.filter(kind="comment_waits").values_list("person_id", flat=True))


def test_the_applicants_side_writes_to_its_others_and_to_the_registrars(cast, manager, request_):
    made = commenting.comment(request_.pk, TEXT, actor=factories.actor(manager))
    assert told() == {cast.applicant.pk, cast.registrar.pk}
    assert all("夕方" not in mail.body + mail.subject for mail in OutboxMessage.objects.all())
    event = Event.objects.get(subject=request_.subject, action="COMMENTED")
    assert (event.actor_role, dict(event.details)) == ("MANAGER", {"comment": made})


def test_a_registrar_writes_to_the_people_of_the_request(cast, manager, request_):
    other = factories.registrar()
    commenting.comment(request_.pk, TEXT, actor=factories.actor(other))
    assert told() == {cast.applicant.pk, manager.pk}
    assert Event.objects.get(action="COMMENTED").actor_role == "REGISTRAR"


@pytest.mark.parametrize("who", [factories.faculty, factories.auditor, factories.settings_administrator])
def test_nobody_else_writes(request_, who):
    with pytest.raises(errors.NotPermitted):
        commenting.comment(request_.pk, TEXT, actor=factories.actor(who()))
    assert not Comment.objects.exists()


def test_a_draft_takes_none(cast):
    draft = cast.request(State.DRAFT)
    with pytest.raises(errors.NotPermitted):
        commenting.comment(draft.pk, TEXT, actor=factories.actor(cast.applicant))


@pytest.mark.parametrize(("text", "refused"), [(" \n ", errors.CommentMissing), ("あ" * 4001, errors.CommentTooLong)])
def test_empty_and_long_ones_are_refused(cast, request_, text, refused):
    with pytest.raises(refused):
        commenting.comment(request_.pk, text, actor=factories.actor(cast.applicant))


def test_the_pages_show_and_take_them(cast, request_):
    client = Client()
    client.force_login(cast.applicant)
    address = reverse("requests:comment", args=[request_.pk])
    page = client.post(address, {"text": TEXT}, follow=True)
    assert page.redirect_chain[0][0] == f"/requests/{request_.pk}/#comments"
    assert "明日の夕方に差し替えます。<br>それまで" in page.content.decode()
    at_desk = desk(cast.registrar)
    review = at_desk.get(reverse("admin:requests_app_certificaterequest_change", args=[request_.pk]))
    assert "明日の夕方に差し替えます。" in review.content.decode()
    at_desk.post(reverse("admin:requests_app_comment", args=[request_.pk]), {"text": "わかりました。"})
    assert list(Comment.objects.values_list("person_id", flat=True)) == [cast.applicant.pk, cast.registrar.pk]
    read = desk(factories.auditor()).get(reverse("admin:requests_app_certificaterequest_change", args=[request_.pk]))
    assert "わかりました。" in read.content.decode()
    assert reverse("admin:requests_app_comment", args=[request_.pk]) not in read.content.decode()


@pytest.mark.parametrize("text", ["", "x" * 4001, "鍵は https://example.com/key.pem にあります", "\u202eevil"])
def test_what_is_refused_is_shown_again_with_the_reason(cast, request_, text):
    client = Client()
    client.force_login(cast.applicant)
    page = client.post(reverse("requests:comment", args=[request_.pk]), {"text": text})
    assert page.status_code == 422
    assert page.context["form"].errors["text"]
    assert not Comment.objects.exists()


def test_a_stranger_finds_nothing(request_):
    client = Client()
    client.force_login(factories.faculty())
    assert client.post(reverse("requests:comment", args=[request_.pk]), {"text": "x"}).status_code == 404


def test_who_is_only_asked_something_does_not_read_them(cast, request_):
    commenting.comment(request_.pk, TEXT, actor=factories.actor(cast.applicant))
    asked = factories.faculty()
    request_.contact_consents.create(person=asked)
    for person, reads in ((asked, False), (factories.auditor(), True)):
        client = Client()
        client.force_login(person, backend="accounts.backends.RoleBackend")
        page = client.get(request_.get_absolute_url())
        assert page.status_code == 200
        assert ("夕方" in page.content.decode()) is reads
