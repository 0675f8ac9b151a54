"""The portal's pages of certificates: the list, one of them, its file, and what the first page says of its end."""

from datetime import timedelta

import pytest
from cryptography import x509
from django.urls import reverse
from django.utils import timezone

from inventory.models import Certificate
from requests_app.models import RevocationReason
from requests_app.services import handing_over, renewing
from tests import factories
from tests.integration.requests_app.test_submission_pages import desk
from tests.requests import certificate_pem
from tests.revocations import ask, certificate

pytestmark = pytest.mark.django_db

LIST = reverse("requests:certificates")


@pytest.fixture
def holder():
    return factories.faculty()


def page(held):
    return reverse("requests:certificate", args=[held.pk])


def test_the_list_shows_what_one_holds_the_next_end_first(holder):
    later, sooner = certificate(holder, days=90), certificate(holder, days=5)
    other = certificate(factories.faculty())
    shown = desk(holder).get(LIST)
    assert [row["certificate"] for row in shown.context["rows"]] == [sooner, later]
    assert [row["validity"]["tone"] for row in shown.context["rows"]] == ["error", "success"]
    assert "5 days left" in shown.content.decode()
    assert other.serial not in shown.content.decode()


def test_ended_and_revoked_ones_stand_in_a_list_of_their_own(holder):
    current, ended, revoked = (certificate(holder) for _ in range(3))
    Certificate.objects.filter(pk=ended.pk).update(not_after=timezone.now() - timedelta(days=1))
    Certificate.objects.filter(pk=revoked.pk).update(revoked_at=timezone.now(), revocation_source="LIST")
    client = desk(holder)
    assert [row["certificate"] for row in client.get(LIST).context["rows"]] == [current]
    gone = client.get(LIST, {"show": "ended"})
    assert {row["certificate"] for row in gone.context["rows"]} == {ended, revoked}


def test_an_empty_list_says_how_certificates_come_here(holder):
    client = desk(holder)
    assert "You hold no valid certificate" in client.get(LIST).content.decode()
    assert "None of your certificates has ended" in client.get(LIST, {"show": "ended"}).content.decode()


def test_the_list_says_what_waits(holder):
    held, successor = certificate(holder), factories.faculty()
    ask(held, holder, reason=RevocationReason.CESSATION_OF_OPERATION)
    handing_over.ask_for_certificate(held.pk, account=successor.account, actor=factories.actor(holder))
    (row,) = desk(holder).get(LIST).context["rows"]
    assert len(row["waits"]) == 2
    assert successor.name_en in row["waits"][1]


def test_the_list_asks_the_database_no_more_for_more(holder, django_assert_max_num_queries):
    client = desk(holder)
    for number in range(25):
        held = certificate(holder, name=f"h{number}.cs.uec.ac.jp", names=(f"h{number}.cs.uec.ac.jp", "x.uec.ac.jp"))
        ask(held, holder)
    with django_assert_max_num_queries(20):
        assert len(client.get(LIST).context["rows"]) == 25


def test_a_page_shows_every_fact_and_the_history(holder):
    held = certificate(holder)
    ask(held, holder)
    text = desk(holder).get(page(held)).content.decode()
    for fact in (held.serial, f"0x{int(held.serial):X}", held.subject_dn, holder.name_en, "From NII&#x27;s list"):
        assert fact in text
    assert "Revocation asked" in text
    assert "Certificate recorded" in text


def test_strangers_see_neither_page_nor_file(holder):
    held = certificate(holder)
    client = desk(factories.faculty())
    assert client.get(page(held)).status_code == 404
    assert client.get(f"{page(held)}pem/").status_code == 404
    assert client.post(f"{page(held)}renew/").status_code == 404


@pytest.mark.parametrize("role", [factories.registrar, factories.auditor])
def test_registrars_and_auditors_see_it_and_act_on_nothing(role, holder):
    held = certificate(holder)
    shown = desk(role()).get(page(held))
    assert shown.status_code == 200
    assert "/renew/" not in shown.content.decode()
    assert "/hand-over/" not in shown.content.decode()


def test_the_file_is_the_certificate(holder):
    pem, serial = certificate_pem("old.cs.uec.ac.jp")
    parsed = x509.load_pem_x509_certificate(pem.encode())
    from cryptography.hazmat.primitives.serialization import Encoding

    held = certificate(holder, der=parsed.public_bytes(Encoding.DER), der_sha256="a" * 64)
    answer = desk(holder).get(f"{page(held)}pem/")
    assert x509.load_pem_x509_certificate(answer.content).serial_number == serial
    assert "attachment" in answer["Content-Disposition"]
    assert desk(holder).get(f"{page(certificate(holder))}pem/").status_code == 404


def test_the_first_page_says_what_is_to_be_renewed(holder):
    home = reverse("requests:list")
    soon, late = certificate(holder, days=40), certificate(holder, name="late.cs.uec.ac.jp", days=50)
    client = desk(holder)
    shown = client.get(home)
    assert [one["certificate"] for one in shown.context["to_renew"]] == [soon]
    assert "40 days left" in shown.content.decode()
    assert page(late) not in shown.content.decode()
    renewing.renew(soon.pk, actor=factories.actor(holder))
    assert client.get(home).context["to_renew"] == []


def test_what_is_being_revoked_is_not_to_be_renewed(holder):
    ask(certificate(holder, days=10), holder)
    assert desk(holder).get(reverse("requests:list")).context["to_renew"] == []
