"""Whatever somebody sends: never a 500, the right status, a sentence, and nothing half done."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from audit.actors import SYSTEM
from inventory import recording
from notifications.models import OutboxMessage
from requests_app.models import CertificateRequest
from requests_app.services import acting, applying, confirming, drafting, preparing
from requests_app.states import Action, State
from requests_app.steps import freezing
from tests import factories, requests
from tests.integration.faults.conftest import english

pytestmark = pytest.mark.django_db

DESK = "/admin/requests_app/certificaterequest"
TEN_MEGABYTES = 10 * 1024 * 1024


@pytest.fixture
def cast():
    made = requests.Cast()
    english(made.applicant, made.administrator, made.registrar)
    return made


# --- Wrong people ----------------------------------------------------------------------------------------------------


def test_a_student_may_prepare_but_not_apply(browse, refuses):
    student = factories.student()
    english(student)
    pk = drafting.create(requests.contents(), actor=factories.actor(student))
    digest = freezing.digest(CertificateRequest.objects.get(pk=pk))
    address = f"/requests/{pk}/check/"
    refuses(browse(student), "post", address, {"digest": digest}, status=302, sentence="is not full-time")


def test_strangers_find_nothing(cast, browse, refuses):
    request = cast.request(State.APPROVED)
    for person in (factories.faculty(), factories.student(), cast.administrator, factories.settings_administrator()):
        for path in ("", "edit/", "check/", "csr/", "tsv/", "contact/", "amend/", "adjust/"):
            refuses(browse(person), "get", f"/requests/{request.pk}/{path}", status=404)
        for path in ("check/", "delete/", "act/WITHDRAW/", "csr/send/", "csr/upload/", "amend/", "look-up/"):
            refuses(browse(person), "post", f"/requests/{request.pk}/{path}", {"digest": "0" * 64}, status=404)


def test_only_the_zone_s_administrators_answer(cast, browse, refuses):
    request = cast.request(State.CONFIRMING)
    address = f"/confirmations/{request.confirmations.get().pk}/"
    other = factories.zone_person()
    requests.zone("ee.uec.ac.jp", other)
    for person in (other, cast.applicant, cast.registrar):
        refuses(browse(person), "post", address, {"answer": "yes"}, status=404)


def test_nobody_decides_about_their_own_request(cast, browse, refuses):
    request = cast.request(State.REVIEWING)
    digest = request.current_version.digest
    refused = refuses(browse(cast.applicant), "post", f"{DESK}/{request.pk}/approve/", {"digest": digest}, status=302)
    assert "login" in refused.headers["Location"]
    refuses(browse(factories.auditor()), "post", f"{DESK}/{request.pk}/approve/", {"digest": digest}, status=403)
    factories.grant_role(cast.applicant, "REGISTRAR")
    sentence = "Another registrar has to decide"
    client = browse(cast.applicant)
    refuses(client, "post", f"{DESK}/{request.pk}/approve/", {"digest": digest}, status=302, sentence=sentence)


def test_who_has_left_is_signed_out(cast, browse, refuses):
    request = cast.request(State.APPROVED)
    client = browse(cast.applicant)
    cast.applicant.is_active = False
    cast.applicant.save()
    response = refuses(client, "post", f"/requests/{request.pk}/act/WITHDRAW/", status=302)
    assert "/accounts/login/" in response.headers["Location"]


# --- Names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "www.example.com",
        "uec.ac.jp.example.com",
        "notuec.ac.jp",
        "*.cs.uec.ac.jp",
        "192.0.2.1",
        "localhost",
        "_x.cs.uec.ac.jp",
        "-a.cs.uec.ac.jp",
        "a..cs.uec.ac.jp",
        "ｗｗｗ。cs.uec.ac.jp/../..",
        "www.cs.uec.ac.jp:443",
        "a" * 64 + ".cs.uec.ac.jp",
        "xn--80ak6aa92e.uec.ac.jp.",
        "'; DROP TABLE requests_app_zone; --",
    ],
)
def test_a_name_that_no_certificate_can_have_is_not_applied_for(cast, browse, refuses, name):
    client = browse(cast.applicant)
    saved = client.post(
        "/requests/new/", {"purpose": "RESEARCH_EDUCATION", "common_name": name, "software": "nginx 1.24"}
    )
    assert saved.status_code in {302, 422}
    for request in CertificateRequest.objects.all():
        digest = freezing.digest(request)
        refuses(client, "post", f"/requests/{request.pk}/check/", {"digest": digest}, status=302)
        assert client.get(f"/requests/{request.pk}/check/").status_code == 200


def test_nine_names_are_too_many(cast, browse, refuses):
    request = cast.request(State.DRAFT, further_names=tuple(requests.name() for _ in range(8)))
    digest = freezing.digest(request)
    refuses(browse(cast.applicant), "post", f"/requests/{request.pk}/check/", {"digest": digest}, status=302)


def test_a_name_outside_every_zone_goes_to_the_registrars_at_once(cast):
    request = cast.request(State.CONFIRMING, common_name="www.nobody-s.uec.ac.jp")
    told = OutboxMessage.objects.filter(kind="confirmation_unanswered")
    assert [mail.person_id for mail in told] == [cast.registrar.pk]
    assert "www.nobody-s.uec.ac.jp" in told.get().body
    assert not request.confirmations.exists()


def test_somebody_else_s_name_waits_for_its_holder(cast, browse, refuses):
    holder, host, now = factories.faculty(), requests.name(), timezone.now()
    recording.add_certificate(
        recording.Facts(
            serial="4711",
            subject_dn=f"CN={host},O=The University of Electro-Communications,L=chofu,ST=tokyo,C=JP",
            common_name=host,
            names=(host,),
            not_before=now - timedelta(days=1),
            not_after=now + timedelta(days=90),
            nii_application_id="A1",
        ),
        provenance="LISTED",
        holder_ids=[holder.pk],
        actor=SYSTEM,
    )
    request = cast.request(State.CONFIRMING, common_name=host)
    requests.observe(host)
    confirming.answer(
        request.confirmations.get(kind="ZONE").pk, is_yes=True, reason="", actor=factories.actor(cast.administrator)
    )
    request.refresh_from_db()
    assert request.state == State.CONFIRMING
    assert OutboxMessage.objects.filter(kind="may_use_name", person_id=holder.pk).count() == 1
    refuses(browse(holder), "get", f"/requests/{request.pk}/", status=404)


# --- CSR and files ---------------------------------------------------------------------------------------------------


def test_a_reused_key_is_refused_without_saying_whose(cast, browse, refuses):
    requests.list_is_fresh()
    first = cast.request(State.APPROVED)
    preparing.upload(first.pk, requests.csr_pem(first.common_name, key_number=3), actor=factories.actor(cast.applicant))
    preparing.send(first.pk, actor=factories.actor(cast.applicant), digest=first.rows.get().digest)
    second = cast.request(State.APPROVED)
    pem = requests.csr_pem(second.common_name, key_number=3).decode()
    response = refuses(
        browse(cast.applicant),
        "post",
        f"/requests/{second.pk}/csr/upload/",
        {"csr_text": pem},
        status=422,
        sentence="already been used",
    )
    assert first.reference not in response.content.decode()


@pytest.mark.parametrize(
    "given",
    [
        b"",
        b"\0" * 5000,
        b"\xff\xfe" * 400,
        b"-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----\n",
        b"-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n",
        b"\x30\x82\xff\xff" + b"\x30" * 3000,
        b"\x30\x84\xff\xff\xff\xff",
        b"\x30\x80" * 20_000,
        b"A" * 70_000,
        "証明書をください".encode("shift_jis"),
    ],
    ids=range(10),
)
def test_what_is_no_csr_is_refused_pasted_or_as_a_file(cast, browse, refuses, given):
    request = cast.request(State.APPROVED)
    client, address = browse(cast.applicant), f"/requests/{request.pk}/csr/upload/"
    refuses(client, "post", address, {"csr_file": SimpleUploadedFile("a.csr", given)}, status=422)
    refuses(client, "post", address, {"csr_text": given.decode("latin-1")}, status=422)


@pytest.mark.parametrize(
    ("address", "field", "who"),
    [
        ("/requests/new/", "csr_file", "applicant"),
        ("/admin/requests_app/zone/import/", "zones_file", "registrar"),
        ("/admin/accounts/user/import/", "roster", "registrar"),
    ],
)
def test_ten_megabytes_are_refused_before_they_are_read(cast, browse, refuses, address, field, who):
    client = browse(getattr(cast, who))
    data = {field: SimpleUploadedFile("a", b"A" * TEN_MEGABYTES)}
    refuses(client, "post", address, data, status=413, sentence="What was sent is too large")
    refuses(client, "post", address, {"x": "A" * TEN_MEGABYTES}, status=413)


@pytest.mark.parametrize("length", ["-1", "abc", "1e9", "9" * 30, "9" * 5000, "²", "1 1"])
def test_a_length_that_is_none_is_refused(cast, browse, refuses, length):
    refuses(browse(cast.applicant), "post", "/requests/new/", status=413, CONTENT_LENGTH=length)


@pytest.mark.parametrize(
    ("address", "field"),
    [("/admin/requests_app/zone/import/", "zones_file"), ("/admin/accounts/user/import/", "roster")],
)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0",
        b"\xff\xff\xff",
        b"zone\n",
        b"zone,account\nexample.com,nobody\n",
        b"zone,account,from\ncs.uec.ac.jp,x,2026-99-99\n",
        b"zone,account\n" + b"a" * 200_000 + b",b\n",
        b'zone,account\n"' + b"\n" * 1000,
        b"account,name_ja\n\0,\0\n",
        b"account,name_ja,employment,from\nab1,x,KING,2026-13-01\n",
    ],
    ids=range(10),
)
def test_files_of_nonsense_change_nothing(cast, browse, refuses, address, field, content):
    client = browse(cast.registrar)
    refuses(client, "post", address, {field: SimpleUploadedFile("a.csv", content)}, status=422)
    refuses(client, "post", address, {field: "not a file"}, status=422)
    refuses(client, "post", address, {"apply": "1", "content": "%%%", "packed": "%%%", "digest": "0" * 64}, status=422)


# --- Text ------------------------------------------------------------------------------------------------------------

HIDDEN = ["\0", "\x1b", "\x7f", "\u202e", "\u2066", "\u200b", "\ufeff", "\u2028", "\ue000"]


@pytest.mark.parametrize("character", HIDDEN, ids=lambda character: f"U+{ord(character):04X}")
def test_hidden_characters_are_refused_in_every_text_of_an_application(cast, browse, refuses, character):
    client = browse(cast.applicant)
    texts = (
        *("common_name", "further_names", "applicant", "managers", "contact"),
        *("contact_name", "contact_affiliation", "software", "installation"),
    )
    for field in texts:
        refuses(client, "post", "/requests/new/", {"software": "nginx", field: f"a{character}b"}, status=422)


@pytest.mark.parametrize("character", ["\0", "\x1b", "\u202e"], ids=lambda character: f"U+{ord(character):04X}")
def test_a_reason_with_hidden_characters_decides_nothing(cast, browse, refuses, character):
    request = cast.request(State.REVIEWING)
    given = {"reason": f"a{character}b", "digest": request.current_version.digest}
    for address in ("approve/", "act/RETURN/", "act/REJECT/"):
        refuses(
            browse(cast.registrar), "post", f"{DESK}/{request.pk}/{address}", given, status=302, sentence="invisible"
        )
    address = f"/requests/{request.pk}/act/WITHDRAW/"
    refuses(browse(cast.applicant), "post", address, given, status=302, sentence="invisible")
    waiting = cast.request(State.CONFIRMING)
    question = waiting.confirmations.get()
    answer = {"answer": "no", "reason": f"a{character}b"}
    refuses(browse(cast.administrator), "post", f"/confirmations/{question.pk}/", answer, status=422)


def test_a_reason_that_is_too_long_decides_nothing(cast, browse, refuses):
    request = cast.request(State.REVIEWING)
    given = {"reason": "a" * 2001, "digest": request.current_version.digest}
    for address in ("approve/", "act/RETURN/"):
        refuses(browse(cast.registrar), "post", f"{DESK}/{request.pk}/{address}", given, status=302, sentence="2000")


# --- Decisions that come too late ------------------------------------------------------------------------------------


def test_a_decision_on_a_version_that_changed_decides_nothing(cast, browse, refuses):
    request = cast.request(State.REVIEWING)
    seen = request.current_version.digest
    changed = requests.contents(common_name=request.common_name, software="Apache 2.4")
    applying.amend(request.pk, changed, actor=factories.actor(cast.applicant))
    cast.confirm(CertificateRequest.objects.get(pk=request.pk))
    client = browse(cast.registrar)
    sentence = "was changed after this page was opened"
    refuses(client, "post", f"{DESK}/{request.pk}/approve/", {"digest": seen}, status=302, sentence=sentence)


def test_a_decision_after_another_decides_nothing(cast, browse, refuses):
    request = cast.request(State.REVIEWING)
    acting.act(request.pk, Action.REJECT, actor=factories.actor(factories.registrar()), reason="なぜなら")
    client, given = browse(cast.registrar), {"digest": request.current_version.digest, "reason": "because"}
    for address in ("approve/", "act/REJECT/", "act/RETURN/"):
        refuses(client, "post", f"{DESK}/{request.pk}/{address}", given, status=302, sentence="Somebody was faster")


def test_a_row_that_changed_is_not_sent(cast, browse, refuses):
    request = cast.request(State.APPROVED)
    cast.upload(request)
    client = browse(cast.applicant)
    for digest in ("0" * 64, "", "x", "0" * 63 + "\n"):
        refuses(
            client, "post", f"/requests/{request.pk}/csr/send/", {"digest": digest}, status=302, sentence="made anew"
        )


@pytest.mark.parametrize("digest", [None, "", "0" * 63, "0" * 64, "0" * 65, "Z" * 64, "\0" * 64, ["0" * 64, "1" * 64]])
def test_nothing_is_applied_for_or_approved_without_the_digest_that_was_shown(cast, browse, refuses, digest):
    given = {} if digest is None else {"digest": digest}
    draft, reviewing = cast.request(State.DRAFT), cast.request(State.REVIEWING)
    sentence = "was changed after this page was opened"
    refuses(browse(cast.applicant), "post", f"/requests/{draft.pk}/check/", given, status=302, sentence=sentence)
    refuses(browse(cast.registrar), "post", f"{DESK}/{reviewing.pk}/approve/", given, status=302, sentence=sentence)


def test_an_answer_is_given_once(cast, browse, refuses):
    request = cast.request(State.CONFIRMING)
    address = f"/confirmations/{request.confirmations.get().pk}/"
    client = browse(cast.administrator)
    assert client.post(address, {"answer": "yes"}).status_code == 302
    refuses(client, "post", address, {"answer": "yes"}, status=302, sentence="already answered")
    refuses(client, "post", address, {"answer": "no", "reason": "x"}, status=302, sentence="already answered")


@pytest.mark.parametrize(
    "given", [{"x": "1"}, {"answer": ""}, {"answer": "maybe"}, {"answer": "no"}, {"answer": "no", "reason": " "}]
)
def test_half_an_answer_is_none(cast, browse, refuses, given):
    request = cast.request(State.CONFIRMING)
    refuses(browse(cast.administrator), "post", f"/confirmations/{request.confirmations.get().pk}/", given, status=422)


# --- Unknown actions -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["EXPLODE", "withdraw", "APPROVE", "SETTLE", "__class__", "%00", "%FF", "a" * 3000])
def test_an_unknown_action_has_no_address(cast, browse, refuses, action):
    request = cast.request(State.APPROVED)
    refuses(browse(cast.applicant), "post", f"/requests/{request.pk}/act/{action}/", status=404)
    refuses(browse(cast.registrar), "post", f"{DESK}/{request.pk}/act/{action}/", status=404)
    refuses(browse(cast.registrar), "post", f"/admin/requests_app/submission/build/{action}/", status=404)
