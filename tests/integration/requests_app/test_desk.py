"""The registrars' pages: what they show first, what they offer to whom, and that a page decides on what it showed."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.models import User
from requests_app import queries
from requests_app.models import CertificateRequest, Decision, Incident, RowKind, ZoneAdministration, ZoneChange
from requests_app.services import acting
from requests_app.states import Action, State
from tests import factories
from tests.requests import Cast, observe

pytestmark = pytest.mark.django_db


def desk(person: User) -> Client:
    """A browser in which `person` reads English."""
    person.language = "en"
    person.save()
    client = Client()
    client.force_login(person, backend="accounts.backends.RoleBackend")
    return client


def page(request: CertificateRequest) -> str:
    """The address of a request's decision page."""
    return reverse("admin:requests_app_certificaterequest_change", args=[request.pk])


def test_the_first_page_counts_what_waits():
    cast = Cast()
    cast.request(State.REVIEWING)
    cast.request(State.CONFIRMING)
    cast.request(State.PREPARED)
    cast.request(State.QUEUED)
    held = cast.request(State.QUEUED)
    acting.act(held.pk, Action.HOLD, actor=factories.actor(cast.registrar), reason="a question")
    assert queries.desk_counts() == {
        "confirming": 1,
        "reviewing": 1,
        "prepared": 1,
        "issue": 1,
        "renew": 0,
        "held": 1,
        "held_by_nii": 0,
        "revocations_asked": 0,
        "revoke": 0,
        "files": 0,
        "lists": 0,
        "lists_under_way": 0,
        "zone_changes": 0,
        "proposals": 0,
        "incidents": 0,
        "overdue": 0,
    }
    shown = desk(cast.registrar).get(reverse("admin:index"))
    assert shown.context["waits"] == queries.desk_counts() | {"ending": 0, "closed": 0}


def test_a_settings_administrator_sees_neither_counts_nor_the_queue():
    client = desk(factories.settings_administrator())
    shown = client.get(reverse("admin:index"))
    assert shown.status_code == 200
    assert "waits" not in shown.context
    assert client.get(reverse("admin:requests_app_queue")).status_code == 403


def test_the_list_opens_with_what_waits_and_a_search_looks_everywhere():
    cast = Cast()
    waiting = cast.request(State.REVIEWING)
    approved = cast.request(State.APPROVED)
    client = desk(cast.registrar)
    address = reverse("admin:requests_app_certificaterequest_changelist")

    def listed(**query: str) -> list[int]:
        return [request.pk for request in client.get(address, query).context["cl"].result_list]

    assert listed() == [waiting.pk]
    assert listed(q=approved.common_name) == [approved.pk]
    assert sorted(listed(queue="all")) == [waiting.pk, approved.pk]
    assert listed(queue="APPROVED") == [approved.pk]


def test_the_digest_on_the_page_is_the_one_that_approves():
    cast = Cast()
    request = cast.request(State.REVIEWING)
    client = desk(cast.registrar)
    shown = client.get(page(request)).content.decode()
    form = re.search(r'<form method="post" action="[^"]*/approve/">.*?</form>', shown, re.DOTALL)
    digests = re.findall(r'name="digest" value="([0-9a-f]{64})"', form[0])
    assert digests == [request.current_version.digest]
    client.post(reverse("admin:requests_app_approve", args=[request.pk]), {"digest": digests[0], "reason": ""})
    request.refresh_from_db()
    assert request.state == State.APPROVED
    assert Decision.objects.get().digest == digests[0]


def test_an_override_is_posted_with_one_digest():
    cast = Cast()
    request = cast.request(State.CONFIRMING)
    observe(request.common_name, outcome="NXDOMAIN")
    shown = desk(cast.registrar).get(page(request)).content.decode()
    forms = re.findall(r'<form method="post" action="[^"]*/override/">.*?</form>', shown, re.DOTALL)
    assert len(forms) == 2
    for form in forms:
        assert re.findall(r'name="digest" value="([^"]*)"', form) == [request.current_version.digest]


def test_a_warning_makes_the_reason_required():
    cast = Cast()
    request = cast.request(State.REVIEWING)
    client = desk(cast.registrar)
    assert not client.get(page(request)).context["approve_form"].fields["reason"].required
    observe(request.common_name, caa="FORBIDS")
    shown = client.get(page(request))
    assert shown.context["approve_form"].fields["reason"].required
    assert [warning["name"] for warning in shown.context["warnings"]] == [request.common_name]


def test_an_interested_registrar_reads_why_and_finds_no_form():
    cast = Cast()
    cast.applicant = factories.registrar()
    request = cast.request(State.REVIEWING)
    shown = desk(cast.applicant).get(page(request))
    assert len(shown.context["refusals"]) == 1
    forms = re.findall(r'<form[^>]* action="([^"]*)"', shown.content.decode())
    # A comment decides nothing.
    assert [form for form in forms if f"/certificaterequest/{request.pk}/" in form] == [
        f"{page(request).removesuffix('change/')}comment/"
    ]


def test_an_auditor_reads_everything_and_decides_nothing():
    cast = Cast()
    client = desk(factories.auditor())
    for state in State:
        if state == State.LAPSED:
            continue
        shown = client.get(page(cast.request(state)))
        assert shown.status_code == 200
        actions = re.findall(r'<form[^>]* action="([^"]*)"', shown.content.decode())
        assert not [action for action in actions if action.startswith("/admin/")]


def test_the_row_to_accept_is_shown_with_its_bytes():
    cast = Cast()
    request = cast.request(State.PREPARED)
    shown = desk(cast.registrar).get(page(request))
    assert shown.context["kind_undecided"]
    content = shown.content.decode()
    assert "/decide-kind/" in content
    assert "/accept/" not in content
    assert request.rows.get(superseded_at=None).digest in content


def test_the_proposal_of_zones_carries_the_file_that_was_shown():
    cast = Cast()
    new = factories.staff()
    client = desk(factories.settings_administrator())
    address = reverse("admin:requests_app_import_zones")
    shown = _upload(client, f"zone,account\ncs.uec.ac.jp,{new.account}\n")
    carried = {"content": shown.context["propose_form"].initial["content"], "digest": shown.context["digest"]}
    assert not ZoneAdministration.objects.filter(person=new).exists()
    refused = client.post(address, carried | {"digest": "0" * 64, "propose": "propose"})
    assert refused.status_code == 422
    assert not ZoneChange.objects.exists()
    proposed = client.post(address, carried | {"propose": "propose"}, follow=True)
    assert not ZoneAdministration.objects.filter(person=new).exists()
    change, digest = ZoneChange.objects.get(), proposed.context["digest"]
    assert not proposed.context["may_apply"]
    address = reverse("admin:requests_app_zonechange_apply", args=[change.pk])
    client.post(address, {"digest": digest})
    assert not ZoneAdministration.objects.filter(person=new).exists()
    applied = desk(cast.registrar).post(address, {"digest": digest}, follow=True)
    assert applied.status_code == 200
    assert list(queries.administrators_of(queries.zone_of("www.cs.uec.ac.jp"))) == [new]
    assert cast.administrator != new


@pytest.mark.parametrize("content", ["", "***", "QQ==" * 10])
def test_a_carried_file_that_is_not_one_is_refused(content: str):
    client = desk(factories.registrar())
    address = reverse("admin:requests_app_import_zones")
    answer = client.post(address, {"content": content, "digest": "0" * 64, "propose": "propose"})
    assert answer.status_code == 422
    assert "Please choose the file again." in answer.content.decode()


def test_the_queue_shows_rows_by_kind_and_what_is_on_hold():
    cast = Cast()
    queued, held = cast.request(State.QUEUED), cast.request(State.QUEUED)
    acting.act(held.pk, Action.HOLD, actor=factories.actor(cast.registrar), reason="a question")
    shown = desk(cast.registrar).get(reverse("admin:requests_app_queue"))
    by_kind = {kind["value"]: [entry["row"].request for entry in kind["rows"]] for kind in shown.context["kinds"]}
    assert by_kind == {RowKind.ISSUE: [queued], RowKind.RENEW: []}
    assert shown.context["held"] == [held]


def test_an_incident_is_closed_on_its_page():
    cast = Cast()
    request = cast.request(State.APPROVED)
    incident = Incident.objects.create(kind="KEY_COMPROMISE", request=request, due_at=request.touched_at)
    client = desk(cast.registrar)
    address = reverse("admin:requests_app_incident_change", args=[incident.pk])
    assert "/resolve/" in client.get(address).content.decode()
    client.post(reverse("admin:requests_app_resolve", args=[incident.pk]), {"reason": "The key was replaced."})
    shown = client.get(address).content.decode()
    assert "The key was replaced." in shown
    assert "/resolve/" not in shown


def _upload(client: Client, text: str) -> HttpResponse:
    file = SimpleUploadedFile("zones.csv", text.encode())
    return client.post(reverse("admin:requests_app_import_zones"), {"zones_file": file})
