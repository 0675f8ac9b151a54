"""The desk's tables in Japanese: words where codes are stored, on the lists, in their filters and on single pages."""

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Event
from notifications.models import OutboxMessage
from requests_app.models import Confirmation, Csr, NameObservation, TsvRow
from requests_app.states import State
from tests.requests import Cast

pytestmark = pytest.mark.django_db

LISTS = {
    "audit_event": (Event, ["申請", "申請責任者", "ポータル"], ["APPLY", ">APPLICANT<", ">PORTAL<"]),
    "notifications_outboxmessage": (
        OutboxMessage,
        ["申請の受付", "送信待ち"],
        ["application_received</td>", "PENDING<"],
    ),
    "requests_app_nameobservation": (
        NameObservation,
        ["この名前にはアドレスがあります。"],
        ["<td>ADDRESS", ">ADDRESS<"],
    ),
    "requests_app_confirmation": (Confirmation, ["確認済み"], []),
    "requests_app_tsvrow": (TsvRow, [], []),
    "requests_app_csr": (Csr, [], []),
}


@pytest.fixture
def client() -> Client:
    """A registrar's browser, in Japanese, after a request has come to its row."""
    cast = Cast()
    cast.request(State.PREPARED)
    cast.registrar.language = "ja"
    cast.registrar.save()
    browser = Client()
    browser.force_login(cast.registrar, backend="accounts.backends.RoleBackend")
    return browser


@pytest.mark.parametrize("name", LISTS)
def test_a_list_shows_words(client: Client, name: str):
    _model, words, codes = LISTS[name]
    shown = client.get(reverse(f"admin:{name}_changelist")).content.decode()
    assert [word for word in words if word not in shown] == []
    assert [code for code in codes if code in shown] == []


@pytest.mark.parametrize("name", LISTS)
def test_a_single_page_opens(client: Client, name: str):
    model = LISTS[name][0]
    answer = client.get(reverse(f"admin:{name}_change", args=[model.objects.latest("pk").pk]))
    assert answer.status_code == 200


def test_the_row_says_why_it_is_of_its_kind(client: Client):
    row = TsvRow.objects.latest("pk")
    shown = client.get(reverse("admin:requests_app_tsvrow_change", args=[row.pk])).content.decode()
    assert "発行・更新の別の理由" in shown
    assert row.kind_reason not in shown


def test_a_filter_still_filters(client: Client):
    address = reverse("admin:audit_event_changelist")
    found = client.get(address, {"door": "SYSTEM"}).context["cl"].result_list
    assert {event.door for event in found} == {"SYSTEM"}
