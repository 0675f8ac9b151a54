"""Numbers of thousands of digits: Python refuses to write and to read them, and no page may fail for that."""

import base64

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from inventory.models import Certificate, ListImport
from requests_app.forms import DraftForm
from tests import lists, revocations
from tests.integration.requests_app.test_hostile_servers import with_serial_of
from tests.integration.requests_app.test_submission_pages import desk
from tests.requests import Cast

pytestmark = pytest.mark.django_db

DIGITS = "9" * 5000


def test_a_certificate_with_one_as_serial_number_is_refused_in_words():
    cast = Cast()
    file = SimpleUploadedFile("long.der", with_serial_of(3000))
    answer = desk(cast.registrar).post(reverse("admin:inventory_record_certificates"), {"certificate_file": file})
    assert answer.status_code == 200
    assert [one["tone"] for one in answer.context["results"]] == ["error"]


def test_a_list_with_such_a_certificate_is_previewed(tmp_path):
    cast = Cast()
    with lists.running(tmp_path) as nii:
        nii.issue("www.cs.uec.ac.jp")
        pem = base64.b64encode(with_serial_of(3000)).decode()
        content = lists.with_pem(nii.server_all(), f"-----BEGIN CERTIFICATE-----{pem}-----END CERTIFICATE-----")
    lists.give(content, by=cast.registrar)
    assert ListImport.objects.get().preview["counts"]["rows"] == 1


@pytest.mark.parametrize("model", ["certificaterequest", "submission", "revocation"])
def test_a_page_at_the_desk_with_such_a_number_is_not_found(model):
    address = reverse(f"admin:requests_app_{model}_change", args=[DIGITS])
    assert desk(Cast().registrar).get(address).status_code == 404


def test_a_list_with_such_a_number_is_not_found():
    address = reverse("admin:inventory_listimport_change", args=[DIGITS])
    assert desk(Cast().registrar).get(address).status_code == 404


@pytest.mark.parametrize("year", ["0", "10000", DIGITS])
def test_a_year_that_there_is_not_leads_to_the_whole_list(year):
    address = reverse("admin:requests_app_certificaterequest_changelist")
    answer = desk(Cast().registrar).get(f"{address}?applied_at__year={year}")
    assert (answer.status_code, answer.headers.get("Location")) == (302, f"{address}?e=1")


@pytest.mark.parametrize("number", [DIGITS, "9" * 23, "9" * 19, "-" + "9" * 18])
def test_a_choice_of_such_a_row_is_none_of_the_choices(number):
    cast = Cast()
    settle = desk(cast.registrar).post(
        reverse("admin:inventory_holderproposal_settle"), {"decision": "CONFIRM", "proposal": [number]}
    )
    assert settle.status_code == 302
    revocations.certificate(cast.applicant)
    draft = DraftForm({"replaced": [number]}, replaceable=Certificate.objects.all())
    assert "replaced" in draft.errors


def test_a_batch_skips_such_a_number():
    shown = {"revocation": [f"{DIGITS}:{'0' * 64}", f"1:{'0' * 64}"]}
    answer = desk(Cast().registrar).post(reverse("admin:requests_app_accept_green"), shown)
    assert answer.status_code == 302


def test_a_page_of_the_portal_with_such_a_number_is_not_found():
    cast = Cast()
    for address in (f"/requests/{DIGITS}/", f"/certificates/{DIGITS}/", f"/certificates/{DIGITS}/revoke/"):
        assert desk(cast.applicant).get(address).status_code == 404
