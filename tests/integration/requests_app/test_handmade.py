"""A TSV file made by hand: CSR and software are taken over, everything else that differs is told."""

import base64

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from requests_app import errors
from requests_app.models import Csr, DecisionKind
from requests_app.services import preparing
from requests_app.states import State
from tests import factories, requests
from tests.requests import Cast

pytestmark = pytest.mark.django_db

O_UEC = "The University of Electro-Communications"


@pytest.fixture
def cast():
    return Cast()


def body(pem):
    request = x509.load_pem_x509_csr(pem)
    return base64.b64encode(request.public_bytes(serialization.Encoding.DER)).decode()


def row(request, *, pem=None, software="nginx 1.24", **columns):
    """The line that the portal itself would write, with `columns` ("c8": …) of somebody else's."""
    cells = [
        f"CN={request.common_name},O={O_UEC},L=chofu,ST=tokyo,C=JP",
        "3",
        "",
        "",
        "",
        "",
        body(pem or requests.csr_pem(request.common_name)),
        request.contact_name,
        request.contact_affiliation,
        request.subscriber_contact.mail_address,
        request.common_name,
        software,
        "",
    ]
    for name, value in columns.items():
        cells[int(name[1:]) - 1] = value
    return "\t".join(cells) + "\r\n"


def upload(request, content, person):
    return preparing.upload(request.pk, content, actor=factories.actor(person))


@pytest.mark.parametrize("encoding", ["shift_jis", "utf-8", "utf-8-sig", "utf-16"])
def test_the_csr_is_taken_from_column_seven_in_every_encoding(cast, encoding):
    request = cast.request(State.APPROVED)
    pem = requests.csr_pem(request.common_name)
    uploaded = upload(request, row(request, pem=pem).encode(encoding), cast.applicant)
    assert uploaded.taken_over.differences == ()
    assert base64.b64encode(request.csrs.get(superseded_at=None).der).decode() == body(pem)
    assert request.rows.filter(superseded_at=None).exists()


def test_what_differs_is_told_and_not_taken(cast):
    requests.list_is_fresh()
    request = cast.request(State.APPROVED)
    line = row(request, c2="11", c4="0x10", c8="別の 人", c13="dNSName=other.cs.uec.ac.jp")
    told = {
        one.column.number: one
        for one in upload(request, line.encode("shift_jis"), cast.applicant).taken_over.differences
    }
    assert set(told) == {2, 4, 8, 13}
    assert (told[8].in_file, told[8].written) == ("別の 人", request.contact_name)
    assert (told[4].in_file, told[4].written) == ("0x10", "")
    assert "別の".encode("shift_jis") not in bytes(request.rows.get(superseded_at=None).content)


def test_blanks_in_the_dn_and_the_order_of_names_do_not_differ(cast):
    request = cast.request(State.APPROVED, further_names=("a.cs.uec.ac.jp", "b.cs.uec.ac.jp"))
    line = row(
        request,
        c1=f"CN={request.common_name}, O={O_UEC}, L=chofu, ST=tokyo, C=JP",
        c13=f"dNSName=b.cs.uec.ac.jp,dNSName={request.common_name},dNSName=a.cs.uec.ac.jp",
    )
    assert upload(request, line.encode(), cast.applicant).taken_over.differences == ()


def test_other_software_makes_a_version_that_carries_the_approval(cast):
    request = cast.request(State.APPROVED)
    before = request.current_version
    uploaded = upload(request, row(request, software="Apache 2.4").encode(), cast.applicant)
    request.refresh_from_db()
    assert uploaded.taken_over.software == request.software == "Apache 2.4"
    assert request.state == State.APPROVED
    assert request.current_version.number == before.number + 1
    approval = request.decisions.get(kind=DecisionKind.APPROVAL, digest=request.current_version.digest)
    assert approval.carried_from == before.digest
    current = request.rows.get(superseded_at=None)
    assert current.version == request.current_version
    assert b"Apache 2.4" in bytes(current.content)


def test_a_manager_gives_the_csr_but_not_the_software(cast):
    manager = factories.faculty()
    request = cast.request(State.APPROVED, manager_accounts=(manager.account,))
    uploaded = upload(request, row(request, software="Apache 2.4").encode(), manager)
    request.refresh_from_db()
    assert request.software == "nginx 1.24"
    assert [type(one) for one in uploaded.taken_over.kept_because] == [errors.SoftwareKept]
    assert request.csrs.exists()


@pytest.mark.parametrize("software", ["https://example.org/key.zip", "nginx ☃"])
def test_software_that_is_refused_elsewhere_is_refused_here(cast, software):
    request = cast.request(State.APPROVED)
    uploaded = upload(request, row(request, software=software).encode(), cast.applicant)
    request.refresh_from_db()
    assert request.software == "nginx 1.24"
    assert uploaded.taken_over.kept_because


def test_a_draft_takes_csr_and_software(cast):
    request = cast.request()
    upload(request, row(request, software="Apache 2.4").encode(), cast.applicant)
    request.refresh_from_db()
    assert request.software == "Apache 2.4"
    assert request.state == State.DRAFT
    assert request.csrs.count() == 1


def test_a_refused_csr_leaves_everything_as_it_was(cast):
    request = cast.request(State.APPROVED)
    line = row(request, pem=requests.csr_pem("elsewhere.cs.uec.ac.jp"), software="Apache 2.4")
    with pytest.raises(errors.CsrRefused):
        upload(request, line.encode(), cast.applicant)
    request.refresh_from_db()
    assert request.software == "nginx 1.24"
    assert request.versions.count() == 1
    assert not Csr.objects.exists()


def test_names_of_columns_and_quotes_are_read_over(cast):
    request = cast.request(State.APPROVED)
    quoted = "\t".join(f'"{cell}"' for cell in row(request).rstrip().split("\t")) + '\t""\r\n'
    header = "主体者DN\t証明書プロファイルID\t\t\t\t\tCSR\t\t\t\tFQDN\t\t\r\n"
    assert upload(request, (header + quoted).encode(), cast.applicant).taken_over is not None


def revocation(_line):
    return f"CN=a.cs.uec.ac.jp,O={O_UEC},L=chofu,ST=tokyo,C=JP\t\t\t4711\t0\t停止\t\t\t\t\t\t\t\r\n"


BAD_FILES = {
    "100 rows": (lambda line: line * 100, errors.TsvFileManyRows),
    "two rows": (lambda line: line * 2, errors.TsvFileManyRows),
    "only names of columns": (
        lambda _: "主体者DN\t証明書プロファイルID\t\t\t\t\tCSR\t\t\t\tFQDN\t\t\r\n",
        errors.TsvFileEmpty,
    ),
    "12 columns": (lambda line: line.replace("\t3\t", "\t"), errors.TsvFileColumns),
    "14 columns": (lambda line: line.rstrip("\r\n") + "\tmore\r\n", errors.TsvFileColumns),
    "NUL": (lambda line: line.replace("nginx", "ng\0nx"), errors.TsvFileUnreadable),
    "a revocation": (revocation, errors.TsvFileOtherKind),
    "tabs alone": (lambda _: "\t" * 12 + "\r\n", errors.RequestError),
    "garbage for a CSR": (lambda line: line.replace("MII", "!!!"), errors.CsrRefused),
    "nothing": (lambda _: "", errors.CsrRefused),
    "a text": (lambda _: "これはTSVではありません", errors.CsrRefused),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file_is_refused_with_a_sentence_and_changes_nothing(cast, case):
    make, error = BAD_FILES[case]
    request = cast.request(State.APPROVED)
    content = make(row(request)).encode()
    with pytest.raises(error) as caught:
        upload(request, content, cast.applicant)
    assert str(caught.value)
    assert not Csr.objects.exists()
    client = browser(cast.applicant)
    answer = client.post(reverse("requests:upload", args=[request.pk]), {"csr_file": file(content)})
    # An empty file is told by the field itself, as are more bytes than one request has.
    assert answer.status_code == 422
    assert not Csr.objects.exists()


def file(content):
    return SimpleUploadedFile("by-hand.tsv", content)


def browser(person):
    person.language = "en"
    person.save()
    client = Client()
    client.force_login(person, backend="accounts.backends.RoleBackend")
    return client


def test_bytes_that_no_encoding_has_are_refused(cast):
    request = cast.request(State.APPROVED)
    with pytest.raises(errors.RequestError):
        upload(request, row(request).encode() + b"\xff\xfe\x81\t\x80\xa0", cast.applicant)
    assert not Csr.objects.exists()


def test_the_page_tells_columns_in_the_readers_language(cast):
    request = cast.request(State.APPROVED)
    client = browser(cast.applicant)
    content = row(request, software="Apache 2.4", c8="<b>別の 人").encode("utf-8")
    shown = client.post(reverse("requests:upload", args=[request.pk]), {"csr_file": file(content)}, follow=True)
    text = shown.content.decode()
    assert "Apache 2.4" in text
    assert "&lt;b&gt;別の 人" in text
    assert "<b>別の" not in text
    told = " ".join(str(message) for message in shown.context["messages"])
    assert "Column 8" in told


def test_a_pasted_row_is_taken_in_a_draft(cast):
    request = cast.request()
    client = browser(cast.applicant)
    fields = {
        "purpose": request.purpose,
        "common_name": request.common_name,
        "software": request.software,
        "csr_text": row(request, software="Apache 2.4"),
        "save": "1",
    }
    shown = client.post(reverse("requests:edit", args=[request.pk]), fields, follow=True)
    request.refresh_from_db()
    assert request.software == "Apache 2.4", shown.content.decode()
    assert request.csrs.count() == 1


def test_a_private_key_in_the_file_is_refused_before_anything_reads_it(cast):
    request = cast.request(State.APPROVED)
    client = browser(cast.applicant)
    key = serialization.load_pem_private_key(requests.private_key_pem(3), None)
    der = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    for value in (base64.b64encode(der).decode(), requests.private_key_pem(3).decode().replace("\n", " ")):
        content = row(request, c7=value).encode()
        answer = client.post(reverse("requests:upload", args=[request.pk]), {"csr_file": file(content)})
        assert answer.status_code == 422
        assert value[:60] not in answer.content.decode()
    assert not Csr.objects.exists()
