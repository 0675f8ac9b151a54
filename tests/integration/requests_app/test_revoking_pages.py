"""Revocations by pages: a holder's, the registrars' queue and decision page, and asking on behalf."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from inventory.serving import Serving
from requests_app.models import Revocation, RevocationReason, Submission
from requests_app.states import RevocationState as S
from tests import factories, observations, revocations
from tests.integration.requests_app.test_submission_pages import desk, post, said
from tests.revocations import accept, ask, certificate, state

pytestmark = pytest.mark.django_db

authority = revocations.authority_fixture


@pytest.fixture
def holder():
    return factories.faculty()


@pytest.fixture
def registrar():
    return factories.registrar()


def portal(old):
    return reverse("requests:revoke", args=[old.pk])


def page(revocation):
    return reverse("admin:requests_app_revocation_change", args=[revocation.pk])


def test_a_holder_asks_and_cancels(holder):
    old = certificate(holder)
    client = desk(holder)
    shown = client.get(portal(old))
    asked = post(client, shown, "/revoke/", reason="5")
    assert "A registrar decides" in said(asked)
    revocation = Revocation.objects.get()
    assert revocation.reference in asked.content.decode()
    cancelled = post(client, asked, "/revocation/cancel/")
    assert "stays valid" in said(cancelled)
    assert state(revocation) == S.CANCELLED


def test_a_leak_is_reported_while_another_revocation_is_under_way(holder):
    old = certificate(holder)
    revocation = ask(old, holder)
    client = desk(holder)
    shown = client.get(portal(old))
    assert shown.context["may_cancel"]
    reported = post(client, shown, "/revoke/", reason="1")
    revocation.refresh_from_db()
    assert (revocation.state, revocation.reason) == (S.ACCEPTED, RevocationReason.KEY_COMPROMISE)
    # What the verbs would refuse has no button: a leak is reported once, and is not taken back.
    assert not reported.context["may_report"]
    assert not reported.context["may_cancel"]


@pytest.mark.parametrize("fields", [{}, {"reason": "2"}, {"reason": "0"}, {"reason": "4", "comment": "髙橋"}])
def test_what_is_missing_is_said_in_the_form(fields, holder):
    old = certificate(holder)
    answer = desk(holder).post(portal(old), fields)
    assert answer.status_code == 422
    assert answer.context["form"].errors
    assert not Revocation.objects.exists()


def test_a_leaked_key_page_says_what_to_do_and_promises_no_time(holder, settings):
    settings.CONTACT_PHONE = "042-443-0000"
    old = certificate(holder)
    client = desk(holder)
    told = post(client, client.get(portal(old)), "/revoke/", reason="1")
    content = told.content.decode()
    assert "All holders and registrars were told" in said(told)
    assert "Take the key and the certificate out of service" in content
    assert "042-443-0000" in content
    assert "24 hours" not in content


def test_nobody_else_finds_the_page(holder, registrar):
    old = certificate(holder)
    assert desk(factories.faculty()).get(portal(old)).status_code == 404
    shown = desk(registrar).get(portal(old))
    assert shown.status_code == 200
    assert "You do not hold this certificate" in shown.content.decode()


def test_from_the_wish_to_the_file_and_the_proof(holder, registrar, authority):
    old = certificate(holder, issuer=authority.spki_sha256)
    revocation = ask(old, holder)
    client = desk(registrar)
    shown = client.get(page(revocation))
    assert old.serial in shown.content.decode()
    post(client, shown, "/accept/")
    assert state(revocation) == S.ACCEPTED
    made = post(client, client.get(reverse("admin:requests_app_queue")), "/build/REVOKE/")
    submission = Submission.objects.get()
    assert made.request["PATH_INFO"] == submission.get_absolute_url()
    client.post(reverse("admin:requests_app_download", args=[submission.pk]))
    uploaded = post(client, client.get(submission.get_absolute_url()), "/uploaded/", mode="ABORT_ALL")
    post(client, uploaded, "/taken/")
    assert state(revocation) == S.SUBMITTED
    address = reverse("admin:requests_app_revocation_status", args=[revocation.pk])
    refused = client.post(address, {"status_file": SimpleUploadedFile("x.crl", b"garbage")})
    assert refused.status_code == 422
    assert "neither as a CRL nor as an OCSP response" in refused.content.decode()
    done = client.post(address, {"status_file": SimpleUploadedFile("x.crl", authority.crl(old))}, follow=True)
    assert "the certificate is revoked" in said(done)
    assert state(revocation) == S.REVOKED
    assert not re.search(r'<form[^>]*action="[^"]*/revocation/\d+/', done.content.decode())


def test_the_page_shows_no_decision_to_who_must_not_take_it(holder, registrar):
    asked = ask(certificate(holder), registrar, on_behalf=True)
    shown = desk(registrar).get(page(asked)).content.decode()
    assert "Another registrar" in shown
    assert not re.search(r'action="[^"]*/accept/"', shown)
    assert not re.search(
        r'action="[^"]*/(accept|decline)/"', desk(factories.auditor()).get(page(asked)).content.decode()
    )


def test_a_row_that_nii_would_not_take_is_told(holder, registrar):
    revocation = ask(certificate(holder, subject_dn="CN=old.cs.uec.ac.jp,O=UEC,C=JP"), holder)
    shown = desk(registrar).get(page(revocation)).content.decode()
    assert "NII would not take this row" in shown
    assert not re.search(r'action="[^"]*/accept/"', shown)


def test_decline_override_and_by_hand_from_the_page(holder, registrar):
    client = desk(registrar)
    declined = ask(certificate(holder), holder)
    post(client, client.get(page(declined)), "/decline/", reason="まだ使われています")
    assert state(declined) == S.DECLINED
    served = accept(ask(certificate(holder), holder), registrar)
    observations.show({served.certificate_id: Serving.SOMEWHERE})
    shown = client.get(page(served))
    assert "A server still shows this certificate" in shown.content.decode()
    assert "stays out of the file" in client.get(reverse("admin:requests_app_queue")).content.decode()
    post(client, shown, "/override/", reason="保持者と確認済み")
    served.refresh_from_db()
    assert served.served_overridden_by == registrar
    own = client.post(reverse("admin:requests_app_revocation_download", args=[served.pk]))
    assert own.content == bytes(served.content)
    post(client, client.get(page(served)), "/submitted/")
    assert state(served) == S.SUBMITTED


def test_the_batch_checks_each_again(holder, registrar):
    revocation = ask(certificate(holder), holder)
    client = desk(registrar)
    given = {"revocation": [f"{revocation.pk}:{revocations.digest(revocation)}", "0:x", "junk"]}
    answer = client.post(reverse("admin:requests_app_accept_green"), given, follow=True)
    assert "was left out" in said(answer)
    assert state(revocation) == S.REQUESTED


def test_a_registrar_asks_on_behalf_from_the_certificates_page(holder, registrar):
    old = certificate(holder)
    client = desk(registrar)
    address = reverse("admin:requests_app_revoke_on_behalf", args=[old.pk])
    at_desk = client.get(reverse("admin:inventory_certificate_change", args=[old.pk])).content.decode()
    assert address in at_desk
    asked = post(client, client.get(address), address, reason="0", comment="サーバ廃止")
    revocation = Revocation.objects.get()
    assert asked.request["PATH_INFO"] == page(revocation)
    assert revocation.on_behalf
    again = client.post(address, {"reason": "5"}, follow=True)
    assert revocation.reference in said(again)
    assert client.get("/admin/").status_code == 200


def test_a_refused_file_shows_niis_words_to_the_holder(holder, registrar):
    revocation = accept(ask(certificate(holder), holder, reason=RevocationReason.SUPERSEDED), registrar)
    client = desk(registrar)
    post(client, client.get(reverse("admin:requests_app_queue")), "/build/REVOKE/")
    file = Submission.objects.get()
    client.post(reverse("admin:requests_app_download", args=[file.pk]))
    uploaded = post(client, client.get(file.get_absolute_url()), "/uploaded/", mode="ABORT_ALL")
    post(client, uploaded, "/replies/", replies="206:1,主体者DN,DN情報のフォーマットが不正です。")
    for address, reader in ((portal(revocation.certificate), holder), (page(revocation), registrar)):
        assert "206:1,主体者DN" in desk(reader).get(address).content.decode()
