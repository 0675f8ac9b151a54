"""The registrars' pages of files for NII: from the queue to the recorded answer, by what the pages post."""

import re
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.actors import SYSTEM
from inventory import recording
from inventory.models import Provenance
from requests_app.models import CertificateRequest, Mode, Submission
from requests_app.states import State
from tests import factories
from tests.requests import Cast

pytestmark = pytest.mark.django_db

QUEUE = "admin:requests_app_queue"


@pytest.fixture
def cast():
    return Cast()


def desk(person: User) -> Client:
    """A browser in which `person` reads English."""
    person.language = "en"
    person.save()
    client = Client()
    client.force_login(person, backend="accounts.backends.RoleBackend")
    return client


def post(client: Client, shown: HttpResponse, ending: str, **fields: str) -> HttpResponse:
    """Post the form of the page whose address ends so, with its hidden fields and `fields`."""
    forms = re.findall(r'<form method="post" action="([^"]*)"[^>]*>(.*?)</form>', shown.content.decode(), re.DOTALL)
    ((address, form),) = [found for found in forms if found[0].endswith(ending)]
    hidden: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form):
        hidden.setdefault(name, []).append(value)
    return client.post(address, {**hidden, **fields}, follow=True)


def page(request: CertificateRequest) -> str:
    return reverse("admin:requests_app_certificaterequest_change", args=[request.pk])


def said(response: HttpResponse) -> str:
    return " ".join(str(message) for message in response.context["messages"])


def test_from_the_queue_to_a_new_file_of_the_freed_rows(cast):
    waiting = [cast.request(State.QUEUED) for _ in range(2)]
    client = desk(cast.registrar)
    shown = client.get(reverse(QUEUE))
    assert all(request.rows.get().digest in shown.content.decode() for request in waiting)
    made = post(client, shown, "/build/ISSUE/")
    file = Submission.objects.get()
    assert made.request["PATH_INFO"] == file.get_absolute_url()
    assert "/uploaded/" not in made.content.decode(), "first it is downloaded"
    content = client.post(reverse("admin:requests_app_download", args=[file.pk])).content
    assert content == b"".join(bytes(line.row.content) for line in file.rows.order_by("position"))
    uploaded = post(client, client.get(file.get_absolute_url()), "/uploaded/", mode="ABORT_ALL")
    assert "told by mail" in said(uploaded)
    answered = post(client, uploaded, "/replies/", replies="212:2,主体者DN,指定したDNはすでに存在しています。")
    assert said(answered).endswith("0 accepted, 1 refused, 1 free for the next file.")
    assert "NII already has a certificate with this name" in answered.content.decode()
    post(client, answered, "/build/ISSUE/")
    assert [line.request for line in Submission.objects.get(pk=file.pk + 1).rows.all()] == waiting[:1]


def test_an_answer_that_cannot_be_read_stays_in_the_form(cast):
    file = cast.upload_file(cast.file(cast.request(State.QUEUED)), mode=Mode.SKIP_BAD)
    client = desk(cast.registrar)
    refused = post(client, client.get(file.get_absolute_url()), "/replies/", replies="212:9,主体者DN,x")
    assert refused.status_code == 422
    assert "these lines name no row of the file" in refused.content.decode()
    assert "212:9,主体者DN,x" in refused.content.decode()
    file.refresh_from_db()
    assert file.state == "UPLOADED"


def test_all_taken_is_one_click(cast):
    request = cast.request(State.QUEUED)
    file = cast.upload_file(cast.file(request), mode=Mode.SKIP_BAD)
    client = desk(cast.registrar)
    shown = client.get(file.get_absolute_url())
    assert "accepted every row" in said(post(client, shown, "/taken/"))
    assert "not possible any more" in said(post(client, shown, "/taken/")), "a second click is told, nothing is changed"


def test_a_file_is_discarded_on_its_page(cast):
    request = cast.request(State.QUEUED)
    file = cast.file(request)
    client = desk(cast.registrar)
    post(client, client.get(file.get_absolute_url()), "/discard/")
    file.refresh_from_db()
    assert file.state == "DISCARDED"
    shown = client.get(file.get_absolute_url()).content.decode()
    assert not re.search(r'action="[^"]*/(download|uploaded|discard)/"', shown)


def test_uploading_needs_the_mode(cast):
    file = cast.file(cast.request(State.QUEUED))
    answer = desk(cast.registrar).post(
        reverse("admin:requests_app_uploaded", args=[file.pk]), {"mode": ""}, follow=True
    )
    assert "say which mode" in said(answer)
    file.refresh_from_db()
    assert file.state == "BUILT"


def test_an_interested_registrar_and_an_auditor_find_no_decision(cast):
    cast.applicant = factories.registrar()
    request = cast.request(State.QUEUED)
    file = cast.file(request)
    interested = desk(cast.applicant)
    for client in (interested, desk(factories.auditor())):
        shown = client.get(file.get_absolute_url()).content.decode()
        assert not re.search(r'action="[^"]*/(uploaded|discard|taken|replies)/"', shown)


def test_the_queue_marks_rows_of_ones_own(cast):
    cast.applicant = factories.registrar()
    cast.request(State.QUEUED)
    assert "needs another registrar" in desk(cast.applicant).get(reverse(QUEUE)).content.decode()
    assert "needs another registrar" not in desk(cast.registrar).get(reverse(QUEUE)).content.decode()


def test_a_request_in_a_file_shows_the_file_and_no_decision(cast):
    request = cast.request(State.QUEUED)
    file = cast.file(request)
    at_desk = desk(cast.registrar).get(page(request)).content.decode()
    assert file.get_absolute_url() in at_desk
    assert not re.search(r'action="[^"]*/(correct|act/HOLD)/"', at_desk)
    applicants = desk(cast.applicant).get(request.get_absolute_url()).content.decode()
    assert file.reference in applicants
    assert "act/WITHDRAW" not in applicants


def test_a_held_request_says_what_nii_answered_and_whose_turn_it_is(cast):
    request = cast.request(State.HELD)
    for client, address in (
        (desk(cast.applicant), request.get_absolute_url()),
        (desk(cast.registrar), page(request)),
    ):
        shown = client.get(address).content.decode()
        assert "338:1,利用管理者FQDN,保留されました。" in shown
        assert "The name does not resolve alike from outside" in shown
        assert "The applicant and the zone administrator" in shown


def test_the_same_row_again_posts_the_row_that_was_shown(cast):
    request = cast.request(State.HELD)
    client = desk(cast.registrar)
    post(client, client.get(page(request)), "/resubmit/")
    request.refresh_from_db()
    assert request.state == State.QUEUED


def test_after_212_the_page_proposes_a_renewal(cast):
    request = cast.request(State.QUEUED)
    cast.answer(
        cast.upload_file(cast.file(request), mode=Mode.SKIP_BAD), "212:1,主体者DN,指定したDNはすでに存在しています。"
    )
    shown = desk(cast.registrar).get(page(request))
    assert shown.context["kind_form"].initial == {"kind": "RENEW", "serial": ""}
    content = shown.content.decode()
    assert "/resubmit/" not in content
    assert "the portal does not know its serial number" in content


def test_what_is_said_about_another_file_is_not_recorded(cast):
    file = cast.upload_file(cast.file(cast.request(State.QUEUED)), mode=Mode.SKIP_BAD)
    client = desk(cast.registrar)
    for digest in ("0" * 64, "", "x"):
        answer = client.post(reverse("admin:requests_app_all_taken", args=[file.pk]), {"digest": digest}, follow=True)
        assert "about another file" in said(answer)
    file.refresh_from_db()
    assert file.state == "UPLOADED"


def test_after_the_list_brought_the_certificate_its_serial_is_proposed(cast):
    request = cast.request(State.QUEUED)
    cast.answer(
        cast.upload_file(cast.file(request), mode=Mode.SKIP_BAD), "212:1,主体者DN,指定したDNはすでに存在しています。"
    )
    now = timezone.now()
    recording.add_certificate(
        recording.Facts(
            serial="2523387705629275603",
            subject_dn=f"CN={request.common_name}",
            common_name=request.common_name,
            names=(request.common_name,),
            not_before=now - timedelta(days=300),
            not_after=now - timedelta(days=100),
            nii_application_id="A1",
        ),
        provenance=Provenance.LISTED,
        holder_ids=(),
        actor=SYSTEM,
    )
    shown = desk(cast.registrar).get(page(request))
    assert shown.context["kind_form"].initial == {"kind": "RENEW", "serial": "2523387705629275603"}
    assert "2523387705629275603" in shown.content.decode()
