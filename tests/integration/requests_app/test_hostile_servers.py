"""What servers and name servers do to looks over TLS: no false evidence, and no page or sweep broken."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.actors import SYSTEM
from demo.dns_server import DnsServer, Zone
from inventory import recording, serving
from inventory.models import Certificate, Endpoint, Provenance, TlsObservation
from inventory.serving import Serving
from probes.tls import Look, Outcome, Target
from requests_app import errors
from requests_app.services import issuing, observing_tls
from requests_app.states import State
from tests import authority, factories, requests
from tests.requests import Cast

pytestmark = pytest.mark.django_db

LISTED = "old.cs.uec.ac.jp"
NO_END = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.fixture
def cast():
    return Cast()


@pytest.fixture
def issued(cast):
    return cast.request(State.ISSUED).certificate


@pytest.fixture
def views(settings):
    """The outside and the inside view: two real name servers."""
    with DnsServer(Zone()) as outside, DnsServer(Zone()) as inside:
        settings.DNS_VIEWS = [
            {"name": "outside", "resolvers": [f"127.0.0.1:{outside.port}"]},
            {"name": "inside", "resolvers": [f"127.0.0.1:{inside.port}"]},
        ]
        yield outside.zone, inside.zone


def shown(common_name: str, *, serial: int = 0, until: datetime = datetime(2030, 1, 1, tzinfo=UTC)) -> bytes:
    """Return a self-signed certificate as a server may show it."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    key = requests.key(0)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(serial or x509.random_serial_number())
    builder = builder.not_valid_before(datetime(2020, 1, 1, tzinfo=UTC)).not_valid_after(until)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def element(tag: int, content: bytes) -> bytes:
    size = len(content)
    head = bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2)
    return bytes([tag]) + head + content


def with_serial_of(octets: int) -> bytes:
    """Return a certificate whose serial number has so many octets (its signature is wrong, as nobody checks it)."""
    made = x509.load_der_x509_certificate(shown("x.example", serial=1))
    before = element(0xA0, element(0x02, b"\x02")) + element(0x02, b"\x01")
    rest = made.tbs_certificate_bytes.partition(before)[2]
    body = element(0x30, element(0xA0, element(0x02, b"\x02")) + element(0x02, b"\x7f" * octets) + rest)
    return element(0x30, body + made.public_bytes(Encoding.DER).partition(made.tbs_certificate_bytes)[2])


def shows(name: str, *certificates: bytes) -> None:
    """Store a look in which the n-th address showed the n-th certificate."""
    Endpoint.objects.get_or_create(name=name)
    looks = [
        Look(Target(name, f"192.0.2.{number}", 443), Outcome.SERVED, der) for number, der in enumerate(certificates)
    ]
    observing_tls.store(name, port=443, looks=looks)


def verdict(certificate: Certificate) -> Serving:
    return serving.of_certificates([certificate.pk])[certificate.pk]


def listed_without_pem(holder) -> Certificate:
    return recording.add_certificate(facts(), provenance=Provenance.LISTED, holder_ids=[holder.pk], actor=SYSTEM)


def facts(**more: object) -> recording.Facts:
    given = {"serial": "4711", "subject_dn": f"CN={LISTED}", "common_name": LISTED, "names": (LISTED,)}
    given |= {"not_before": timezone.now(), "not_after": timezone.now() + timedelta(days=90)}
    return recording.Facts(**(given | {"nii_application_id": "A9"} | more))


def look_at_due_with_local_addresses() -> None:
    observing_tls.ensure_endpoints()
    Endpoint.objects.update(next_at=timezone.now())
    observing_tls.look_at_due()


def test_a_certificate_without_end_breaks_no_page(cast, issued):
    shows(issued.common_name, shown("x.example", until=NO_END))
    for person, address in (
        (cast.applicant, reverse("requests:servers", args=[issued.pk])),
        (cast.registrar, reverse("admin:inventory_certificate_changelist")),
    ):
        client = Client()
        client.force_login(person, backend="accounts.backends.RoleBackend")
        assert client.get(address).status_code == 200


def test_what_no_database_takes_is_left_out(issued):
    shows(issued.common_name, shown("a\0b"), with_serial_of(3000))
    assert TlsObservation.objects.filter(outcome=Outcome.SERVED).count() == 2
    seen = Certificate.objects.filter(provenance=Provenance.SEEN)
    assert {one.common_name for one in seen} == {"ab", "x.example"}
    assert not any("\0" in one.subject_dn for one in seen)


@pytest.mark.parametrize("failure", ["SERVFAIL", "REFUSED"])
def test_a_view_that_fails_may_hide_addresses(issued, views, failure):
    outside, inside = views
    outside.add(f"{issued.common_name}. 300 IN A 127.0.0.77")
    inside.fail(issued.common_name, failure)
    look_at_due_with_local_addresses()
    assert {(one.address, one.outcome) for one in TlsObservation.objects.all()} == {
        ("", Outcome.ADDRESSES_UNKNOWN),
        ("127.0.0.77", Outcome.REFUSED),
    }


def test_more_addresses_than_are_looked_at_are_no_everywhere(issued, views):
    for number in range(observing_tls.MAX_ADDRESSES + 1):
        views[0].add(f"{issued.common_name}. 300 IN A 127.0.1.{number + 1}")
    look_at_due_with_local_addresses()
    assert TlsObservation.objects.filter(outcome=Outcome.ADDRESSES_UNKNOWN).count() == 1
    assert TlsObservation.objects.count() == observing_tls.MAX_ADDRESSES + 1


def test_addresses_that_nobody_knows_are_neither_everywhere_nor_nowhere(issued):
    name = issued.common_name
    unknown = Look(Target(name, "", 443), Outcome.ADDRESSES_UNKNOWN)
    Endpoint.objects.create(name=name)
    for der, expected in ((bytes(issued.der), Serving.SOMEWHERE), (shown("x.example"), Serving.UNKNOWN)):
        seen = Look(Target(name, "192.0.2.1", 443), Outcome.SERVED, der)
        observing_tls.store(name, port=443, looks=[unknown, seen])
        assert verdict(issued) is expected


def test_one_listed_without_pem_is_served_where_its_serial_number_is(cast):
    listed = listed_without_pem(cast.applicant)
    shows(LISTED, shown(LISTED, serial=4711), shown(LISTED))
    assert verdict(listed) is Serving.SOMEWHERE
    shows(LISTED, shown(LISTED))
    assert verdict(listed) is Serving.NOWHERE


def test_a_forged_serial_number_says_nothing_about_a_known_certificate(issued):
    shows(issued.common_name, shown(issued.common_name, serial=int(issued.serial)))
    assert verdict(issued) is Serving.NOWHERE


def test_a_forged_certificate_does_not_rise_by_niis_list(cast):
    shows(LISTED, shown(LISTED, serial=4711))
    forged = Certificate.objects.get()
    listed = listed_without_pem(cast.applicant)
    forged.refresh_from_db()
    assert listed != forged
    assert forged.provenance == Provenance.SEEN
    assert not forged.holdings.exists()


def test_seen_and_listed_without_pem_become_one_with_the_pem(cast):
    request = cast.request(State.SUBMITTED)
    (found,) = authority.pinned().issue_for(request)
    listed = recording.add_certificate(
        facts(serial=str(found.serial), common_name=request.common_name, names=found.names),
        provenance=Provenance.LISTED,
        holder_ids=[],
        actor=SYSTEM,
    )
    shows(request.common_name, found.der)
    assert Certificate.objects.count() == 2
    issuing.record(request.pk, (found,), actor=factories.actor(cast.applicant))
    one = Certificate.objects.get()
    assert (one.pk, one.provenance, one.der_sha256) == (listed.pk, Provenance.ISSUED, found.fingerprint_sha256)
    assert verdict(one) is Serving.EVERYWHERE


def test_who_held_what_is_over_states_no_port(cast, issued):
    Certificate.objects.filter(pk=issued.pk).update(not_after=timezone.now() - timedelta(days=1))
    with pytest.raises(errors.CertificateOver):
        observing_tls.state_port(issued.pk, name=issued.common_name, port=636, actor=factories.actor(cast.applicant))
    assert not Endpoint.objects.exists()
