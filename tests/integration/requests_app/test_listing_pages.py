"""NII's list at the desk: uploaded, previewed, confirmed, followed; proposed holders; and how large a file may be."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.verification import verify_all
from inventory.models import Certificate, ExpiryGate, HolderProposal, ListImport, NiiApplication, Provenance
from requests_app import queries
from requests_app.services import listing
from requests_app.states import State
from tests import factories, lists, requests
from tests.requests import Cast

pytestmark = pytest.mark.django_db

UPLOAD = "admin:inventory_listimport_upload"
HOLDERS = "admin:inventory_holderproposal_open"
SETTLE = "admin:inventory_holderproposal_settle"


@pytest.fixture
def cast():
    return Cast()


def desk(person):
    """A browser in which `person` reads English."""
    person.language = "en"
    person.save()
    client = Client()
    client.force_login(person, backend="accounts.backends.RoleBackend")
    return client


def give(client, content):
    """Upload a file; return the answer after the redirect."""
    return client.post(reverse(UPLOAD), {"list_file": SimpleUploadedFile("serverAll.tsv", content)}, follow=True)


def page_of(pk):
    return reverse("admin:inventory_listimport_change", args=[pk])


def said(response):
    return " ".join(str(message) for message in response.context["messages"])


def test_a_registrar_uploads_looks_and_confirms(cast, nii):
    nii.issue("www.cs.uec.ac.jp", "mail.cs.uec.ac.jp")
    client = desk(cast.registrar)
    assert client.get(reverse(UPLOAD)).status_code == 200
    shown = give(client, nii.server_all())
    given = ListImport.objects.get()
    assert shown.request["PATH_INFO"] == page_of(given.pk)
    assert shown.context["counts"][0] == ("Applications in the list", 2)
    assert sum(number for _word, number in shown.context["states"]) == 2
    assert f'value="{timezone.localdate(given.listed_at):%Y-%m-%d}"' in shown.content.decode()
    assert "Refresh" not in shown.headers
    assert not Certificate.objects.exists()
    confirm = reverse("admin:inventory_listimport_confirm", args=[given.pk])
    followed = client.post(confirm, {"listed_on": timezone.localdate().isoformat()}, follow=True)
    assert followed.headers["Refresh"] == "5"
    assert "0 of 1 part" in followed.content.decode()
    assert "<progress" in followed.content.decode()
    assert "Refresh" not in client.get(page_of(given.pk), {"still": "1"}).headers, "who wants to read can stop it"
    assert queries.desk_counts()["lists_under_way"] == 1
    lists.apply_all(given.pk)
    done = client.get(page_of(given.pk))
    assert "Refresh" not in done.headers
    assert "The list was taken in completely." in done.content.decode()
    assert Certificate.objects.count() == 2
    assert verify_all().findings == []


def test_the_preview_warns_of_what_is_doubtful(cast, nii, settings):
    settings.GO_LIVE_ON = timezone.localdate() - timedelta(days=10)
    client = desk(cast.registrar)
    ListImport.objects.create(listed_at=timezone.now() + timedelta(days=1), completed_at=timezone.now())
    nii.issue("www.cs.uec.ac.jp", "mail.cs.uec.ac.jp", "ftp.cs.uec.ac.jp")
    content = nii.server_all().replace(b"CN=mail.cs.uec.ac.jp,", b"XX=mail.cs.uec.ac.jp,", 1)
    text = give(client, content).content.decode()
    assert "1 row cannot be read" in text
    assert "2 certificates were issued after the go-live" in text
    assert "A newer list" in text
    assert re.search(r"<li>line \d+: [^<]+</li>", text)
    settings.ISSUERS_FILE = ""
    assert "of CAs that the portal does not know" in give(client, nii.server_all() + b"\r\n").content.decode()


def test_a_wrong_date_or_file_stays_on_its_page_with_a_sentence(cast, nii):
    client = desk(cast.registrar)
    assert give(client, b"a\tb\r\n1\t2\r\n").status_code == 422
    assert "The file is empty" in give(client, b"").content.decode()
    assert client.post(reverse(UPLOAD)).status_code == 422
    nii.issue("www.cs.uec.ac.jp")
    give(client, nii.server_all())
    given = ListImport.objects.get()
    confirm = reverse("admin:inventory_listimport_confirm", args=[given.pk])
    tomorrow = timezone.localdate() + timedelta(days=1)
    refused = client.post(confirm, {"listed_on": tomorrow.isoformat()})
    assert refused.status_code == 422
    assert "has not come yet" in refused.content.decode()
    assert client.post(confirm, {"listed_on": "soon"}).status_code == 422
    assert client.post(confirm).status_code == 422
    discard = reverse("admin:inventory_listimport_discard", args=[given.pk])
    assert "nothing of it was taken in" in said(client.post(discard, follow=True))
    assert "not possible any more" in said(client.post(discard, follow=True))
    late = client.post(confirm, {"listed_on": timezone.localdate().isoformat()}, follow=True)
    assert "not possible any more" in said(late)


def test_an_auditor_reads_and_decides_nothing(cast, nii):
    nii.issue("www.cs.uec.ac.jp")
    pk = lists.give(nii.server_all(), by=cast.registrar)
    client = desk(factories.auditor())
    shown = client.get(page_of(pk))
    assert shown.status_code == 200
    assert "/confirm/" not in shown.content.decode()
    assert client.get(reverse(UPLOAD)).status_code == 403
    assert client.post(reverse("admin:inventory_listimport_confirm", args=[pk])).status_code == 403
    assert client.post(reverse("admin:inventory_listimport_discard", args=[pk])).status_code == 403
    assert client.get(reverse(HOLDERS)).status_code == 200
    assert client.post(reverse(SETTLE)).status_code == 403


def test_niis_applications_are_found_and_read_in_words(cast, nii):
    nii.issue("www.cs.uec.ac.jp", "mail.cs.uec.ac.jp")
    lists.take_in(nii.server_all(), by=cast.registrar)
    client = desk(cast.registrar)
    listed = reverse("admin:inventory_niiapplication_changelist")
    found = client.get(listed, {"q": "www.cs"}).content.decode()
    assert "www.cs.uec.ac.jp" in found
    assert "mail.cs.uec.ac.jp" not in found
    one = NiiApplication.objects.get(common_name="www.cs.uec.ac.jp")
    for text in (one.serial, one.application_id):
        assert "www.cs.uec.ac.jp" in client.get(listed, {"q": text}).content.decode()
    shown = client.get(reverse("admin:inventory_niiapplication_change", args=[one.pk])).content.decode()
    assert "NII" in shown
    assert client.get(listed, {"state": str(one.state)}).status_code == 200


# --- Large files ---


def pad(content, size):
    """Return a list of at least `size` bytes: lines at its end that are no rows."""
    return content + b"\r\n" * ((size - len(content)) // 2 + 1)


class Untouched(BytesIO):
    """A body that nobody reads."""

    def read(self, *_sizes):
        raise AssertionError("the body was read")

    readline = read


def announce(client, address, length):
    return client.request(
        REQUEST_METHOD="POST",
        PATH_INFO=address,
        CONTENT_TYPE="multipart/form-data; boundary=b",
        CONTENT_LENGTH=str(length),
        **{"wsgi.input": Untouched()},
    )


def test_only_a_registrar_sends_a_large_list_and_to_one_address_only(cast, nii, settings, tmp_path):
    settings.BODY_LIMIT_BYTES = settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100_000
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 100_000
    settings.LIST_LIMIT_BYTES = 1_000_000
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "missing")  # a temporary file could not be made there
    nii.issue("www.cs.uec.ac.jp")
    address = reverse(UPLOAD)
    for client in (Client(), desk(factories.auditor()), desk(cast.applicant)):
        assert announce(client, address, 500_000).status_code == 413
    registrar = desk(cast.registrar)
    assert announce(registrar, address, 1_000_001).status_code == 413
    assert announce(registrar, reverse("admin:requests_app_import_zones"), 500_000).status_code == 413
    assert announce(registrar, f"{address}?x", 500_000).status_code == 413
    assert give(registrar, pad(nii.server_all(), 500_000)).status_code == 200
    assert ListImport.objects.get().preview["counts"]["rows"] == 1


@pytest.mark.parametrize("distance", [0, 4 * 1024**2 - 900, 4 * 1024**2 - 20, 9 * 1024**2])
def test_a_private_key_anywhere_in_a_large_list_is_refused(cast, nii, distance):
    client = desk(cast.registrar)
    nii.issue("www.cs.uec.ac.jp")
    content = pad(nii.server_all(), distance) + requests.private_key_pem(1) + b"\r\n" * 500
    assert give(client, content).status_code == 422
    assert not ListImport.objects.exists()


# --- Proposed holders and the gate ---


def propose(person, name):
    certificate = Certificate.objects.create(
        provenance=Provenance.LISTED, serial="7", nii_application_id=name, common_name=name
    )
    return HolderProposal.objects.create(certificate=certificate, person=person, mail="a@uec.example")


def test_ticked_proposals_are_confirmed_or_dismissed_each_for_itself(cast):
    theirs = [propose(cast.applicant, f"h{number}.cs.uec.ac.jp") for number in range(3)]
    own = propose(cast.registrar, "own.cs.uec.ac.jp")
    client = desk(cast.registrar)
    shown = client.get(reverse(HOLDERS))
    assert [len(one["proposals"]) for one in shown.context["people"]] in ([3, 1], [1, 3])
    assert queries.desk_counts()["proposals"] == 4
    chosen = [str(one.pk) for one in (*theirs[:2], own)]
    told = said(client.post(reverse(SETTLE), {"decision": "CONFIRM", "proposal": chosen}, follow=True))
    assert "2 holders were confirmed." in told
    assert "Another registrar has to confirm it" in told
    assert cast.applicant.holdings.count() == 2
    dismissed = client.post(reverse(SETTLE), {"decision": "DISMISS", "proposal": [str(theirs[2].pk)]}, follow=True)
    assert "1 proposal was dismissed." in said(dismissed)
    assert cast.applicant.holdings.count() == 2
    for form in (
        {},
        {"decision": "CONFIRM"},
        {"decision": "X", "proposal": "1"},
        {"decision": "CONFIRM", "proposal": "x"},
    ):
        assert "Nothing was recorded" in said(client.post(reverse(SETTLE), form, follow=True))
    assert HolderProposal.objects.filter(settled_at=None).get() == own


def test_the_gate_is_opened_on_the_page_of_proposed_holders(cast):
    client = desk(cast.registrar)
    assert "The gate is closed" in client.get(reverse(HOLDERS)).content.decode()
    gate = reverse("admin:inventory_holderproposal_gate")
    assert "The gate is open" in client.post(gate, follow=True).content.decode()
    assert "open already" in said(client.post(gate, follow=True))
    assert ExpiryGate.objects.count() == 1


# --- Facts beside the request ---


def test_what_niis_list_says_stands_on_the_requests_pages(cast, nii):
    request = cast.request(State.SUBMITTED)
    nii.take(request.submission_rows.get().submission)
    lists.take_in(nii.server_all(), by=cast.registrar)
    request.refresh_from_db()
    assert request.state == State.ISSUED
    one = NiiApplication.objects.get()
    review = reverse("admin:requests_app_certificaterequest_change", args=[request.pk])
    for person, address in ((cast.applicant, request.get_absolute_url()), (cast.registrar, review)):
        text = desk(person).get(address).content.decode()
        assert f"List of {timezone.localtime(one.listed_at):%Y-%m-%d}" in text.replace("&#x27;", "'")
        assert one.application_id in text


def test_a_list_confirmed_on_the_page_is_only_taken_in_by_the_sweep(cast, nii):
    nii.issue("www.cs.uec.ac.jp")
    pk = lists.give(nii.server_all(), by=cast.registrar)
    listing.confirm(pk, listed_on=timezone.localdate(), actor=factories.actor(cast.registrar))
    desk(cast.registrar).get(page_of(pk))
    assert not Certificate.objects.exists()
