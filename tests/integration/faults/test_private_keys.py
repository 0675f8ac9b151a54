"""A private key that somebody pastes or uploads, anywhere: refused, kept nowhere, and its public half blocked."""

import io
import logging
from collections import defaultdict
from itertools import cycle
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django import forms as django_forms
from django.core import mail

import accounts.forms
import requests_app.forms
from audit.models import Event
from csr.private_keys import spki_sha256
from inventory.models import PublicKey
from requests_app.models import CertificateRequest, Incident
from requests_app.services import preparing
from requests_app.states import State
from tests import factories, requests
from tests.architecture.addresses import all_patterns, filled
from tests.integration.faults import shown_keys, stored

pytestmark = [pytest.mark.django_db, pytest.mark.embedded]

SHAPES_FOR_EACH_ADDRESS = 4
"""Shapes, fields and people take turns, so that each meets many of the others; all together would take minutes."""

SENTENCE = "秘密鍵"
"""Stands on the page of the refusal, which says what to do now."""


@pytest.fixture(scope="module")
def elliptic():
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def shapes(elliptic):
    return shown_keys.shapes(requests.key(0), elliptic)


@pytest.fixture
def uploads(elliptic):
    return shown_keys.uploads(requests.key(0), elliptic)


def field_names():
    """Return every field that a form of ours has, and those that pages post without a form."""
    names = {"apply", "check", "same", "other", "show", "next", "decline", "state", "q"}
    for module in (accounts.forms, requests_app.forms):
        for form in vars(module).values():
            if isinstance(form, type) and issubclass(form, django_forms.Form):
                names |= form.base_fields.keys()
    return sorted(names)


def every_address(**numbers):
    """Return each address of the portal and the desk once; what is no number of ours is 1 or a word that fits."""
    words = {"action": "WITHDRAW", "kind": "ISSUE", "provider_id": "uec", "app_label": "requests_app", "url": "none/"}
    values = defaultdict(lambda: "1", words | {name: str(number) for name, number in numbers.items()})
    return sorted({filled(address, values) for address, _pattern in all_patterns()})


def file_of(shown):
    given = shown.given if isinstance(shown.given, bytes) else shown.given.encode()
    return io.BytesIO(given)


class Search:
    """Everything in which a key could turn up: pages, logs, mails, database, cache and sessions."""

    def __init__(self, shown, caplog):
        self.pieces = {piece for one in shown for piece in one.fragments()}
        self.caplog = caplog

    @staticmethod
    def page(response, shown):
        content = response.content + repr(response.headers).encode() + repr(response.cookies).encode()
        assert not [piece for piece in shown.fragments() if piece in content], shown.shape

    def everything(self):
        kept = stored.everything() + self.caplog.text.encode() + repr(mail.outbox).encode()
        kept += repr([record.__dict__ for record in self.caplog.records]).encode()
        assert not [piece for piece in self.pieces if piece in kept]


def test_the_search_finds_what_is_kept(cast, shapes, uploads):
    """The other tests say something only if a key that was kept would be found."""
    request = cast.request(State.DRAFT)
    for shown in [*shapes, *uploads]:
        text = shown.given if isinstance(shown.given, str) else shown.given.hex()
        CertificateRequest.objects.filter(pk=request.pk).update(further_names=[text.replace("\0", "")])
        kept = stored.everything()
        assert any(piece in kept for piece in shown.fragments()), shown.shape


def test_no_address_takes_a_private_key(cast, browse, caplog, shapes, uploads):
    caplog.set_level(logging.DEBUG)
    request = cast.request(State.APPROVED)
    question = request.confirmations.get()
    clients = cycle(
        browse(person)
        for person in (
            cast.applicant,
            cast.registrar,
            cast.administrator,
            factories.student(),
            factories.auditor(),
            None,
        )
    )
    given, fields, search = [*shapes, *uploads], cycle(field_names()), Search([*shapes, *uploads], caplog)
    refused = 0
    for address in every_address(pk=request.pk, object_id=request.pk, question_id=question.pk):
        for _ in range(SHAPES_FOR_EACH_ADDRESS):
            shown, client, field = given[refused % len(given)], next(clients), next(fields)
            as_file = isinstance(shown.given, bytes) or refused // len(given) % 2
            data = {"digest": "0" * 64, "answer": "yes", field: file_of(shown) if as_file else shown.given}
            response = client.post(address, data)
            assert response.status_code == 422, (address, shown.shape, field)
            assert SENTENCE in response.content.decode()
            search.page(response, shown)
            refused += 1
    assert refused > 20 * len(given)
    search.everything()
    request.refresh_from_db()
    assert request.state == State.APPROVED
    assert not request.csrs.exists()


def test_every_field_of_the_pages_refuses_every_shape(cast, browse, caplog, shapes):
    request = cast.request(State.DRAFT)
    search = Search(shapes, caplog)
    applicant, registrar = browse(cast.applicant), browse(cast.registrar)
    pages = {
        f"/requests/{request.pk}/edit/": (applicant, requests_app.forms.DraftForm),
        f"/requests/{request.pk}/csr/upload/": (applicant, requests_app.forms.CsrForm),
        f"/admin/requests_app/certificaterequest/{request.pk}/decide-kind/": (registrar, requests_app.forms.KindForm),
        f"/admin/requests_app/certificaterequest/{request.pk}/override/": (registrar, requests_app.forms.OverrideForm),
        "/accounts/me/employment-question/": (applicant, accounts.forms.QuestionForm),
        "/accounts/roles/offer/": (registrar, accounts.forms.OfferForm),
    }
    before = stored.standing()["requests_app_certificaterequest"]
    for address, (client, form) in pages.items():
        for field in form.base_fields:
            for shown in shapes:
                response = client.post(address, {field: shown.given})
                assert response.status_code == 422, (address, field, shown.shape)
                search.page(response, shown)
    search.everything()
    assert stored.standing()["requests_app_certificaterequest"] == before


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_refusal_says_what_to_do(cast, browse, shapes, language):
    cast.applicant.language = language
    cast.applicant.save()
    page = browse(cast.applicant).post("/requests/new/", {"software": shapes[0].given})
    assert page.status_code == 422
    assert ("秘密鍵" if language == "ja" else "private key") in page.content.decode()


def test_a_key_in_the_address_is_refused(cast, browse, caplog, shapes):
    search = Search(shapes, caplog)
    for shown in shapes:
        response = browse(cast.registrar).get("/admin/requests_app/certificaterequest/", {"q": shown.given})
        assert response.status_code == 422, shown.shape
        search.page(response, shown)
    search.everything()


def test_a_key_as_the_name_of_a_field_or_as_the_whole_body_is_kept_nowhere(cast, browse, caplog, shapes):
    search, client = Search(shapes, caplog), browse(cast.applicant)
    for shown in shapes:
        named = urlencode({shown.given: "1"})
        response = client.post("/requests/new/", named, content_type="application/x-www-form-urlencoded")
        assert response.status_code == 422, shown.shape
        for content_type in ("application/x-www-form-urlencoded", "text/plain", "application/json"):
            response = client.post("/requests/new/", shown.given, content_type=content_type)
            assert response.status_code < 500
            search.page(response, shown)
    search.everything()


def test_every_public_half_is_blocked(cast, browse, elliptic):
    other = requests.key(1)
    shown = {
        "software": shown_keys.shapes(requests.key(0), elliptic)[4].given,
        "installation": shown_keys.shapes(requests.key(0), elliptic)[0].given,
        "common_name": shown_keys.shapes(other, elliptic)[1].given,
        "further_names": shown_keys.shapes(other, elliptic)[2].given,
    }
    assert browse(cast.applicant).post("/requests/new/", shown).status_code == 422
    blocked = PublicKey.objects.filter(blocked_at__isnull=False).values_list("spki_sha256", flat=True)
    assert set(blocked) == {spki_sha256(key.public_key()) for key in (requests.key(0), other, elliptic)}


def test_each_shape_blocks_its_key(cast, browse, shapes, uploads):
    client = browse(cast.applicant)
    for shown in [*shapes, *uploads]:
        PublicKey.objects.all().delete()
        client.post("/requests/new/", {"software": file_of(shown)})
        expected = [spki_sha256(shown.key.public_key())] if shown.hash_is_found else []
        assert list(PublicKey.objects.values_list("spki_sha256", flat=True)) == expected, shown.shape


def test_a_blocked_key_is_not_accepted_in_a_csr(cast, browse, shapes):
    request = cast.request(State.APPROVED)
    client = browse(cast.applicant)
    client.post("/requests/new/", {"software": shapes[0].given})
    pem = requests.csr_pem(request.common_name, key_number=0)
    response = client.post(f"/requests/{request.pk}/csr/upload/", {"csr_text": pem.decode()})
    assert response.status_code == 422
    assert not request.csrs.exists()


def test_a_key_in_use_opens_one_incident(cast, browse, shapes):
    requests.list_is_fresh()
    request = cast.request(State.APPROVED)
    pem = requests.csr_pem(request.common_name, key_number=0)
    preparing.upload(request.pk, pem, actor=factories.actor(cast.applicant))
    digest = request.rows.get().digest
    preparing.send(request.pk, actor=factories.actor(cast.applicant), digest=digest)
    for person in (cast.applicant, cast.administrator, cast.applicant):
        browse(person).post("/requests/new/", {"installation": shapes[0].given})
    incident = Incident.objects.get()
    assert (incident.kind, incident.request) == ("KEY_COMPROMISE", request)
    assert incident.spki_sha256 == spki_sha256(requests.key(0).public_key())
    assert list(Event.objects.filter(subject=incident.subject).values_list("action", flat=True)) == ["OPEN"]


def test_a_stranger_s_post_is_refused_too_and_blocks_nothing(browse, shapes):
    response = browse(None).post("/requests/new/", {"software": shapes[0].given})
    assert response.status_code == 422
    assert not PublicKey.objects.exists()


def test_a_certification_request_and_a_public_key_are_no_private_keys(cast, browse):
    request = cast.request(State.APPROVED)
    pem = requests.csr_pem(request.common_name, key_number=2)
    response = browse(cast.applicant).post(f"/requests/{request.pk}/csr/upload/", {"csr_text": pem.decode()})
    assert response.status_code == 302
    assert request.csrs.count() == 1
