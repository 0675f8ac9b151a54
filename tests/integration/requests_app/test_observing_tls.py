"""What servers show over TLS, stored and read: by the sweep with real name servers and real TLS servers."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from inventory import keys, recording, serving
from inventory import queries as inventory
from inventory.models import Certificate, Endpoint, Provenance, PublicKey, TlsObservation
from inventory.serving import Serving
from probes.tls import Look, Outcome, Target
from requests_app import errors
from requests_app.services import issuing, observing_tls
from requests_app.states import State
from tests import authority, factories, revocations
from tests.requests import Cast
from tests.tls_server import self_signed

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return Cast()


def shows(name: str, *looks: tuple[str, bytes | Outcome], port: int = 443) -> None:
    """Store a look in which each address showed this certificate, or ended like this."""
    Endpoint.objects.get_or_create(name=name)
    seen = [
        Look(Target(name, address, port), what)
        if isinstance(what, Outcome)
        else Look(Target(name, address, port), Outcome.SERVED, what)
        for address, what in looks
    ]
    observing_tls.store(name, port=port, looks=seen)


def other(name: str = "x.example") -> bytes:
    return self_signed(name).public_bytes(Encoding.DER)


@pytest.fixture
def issued(cast):
    return cast.request(State.ISSUED).certificate


def verdict(certificate: Certificate) -> Serving:
    return serving.of_certificates([certificate.pk])[certificate.pk]


def test_never_looked_at_says_nothing(issued):
    assert verdict(issued) is Serving.UNKNOWN


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("own", "own", Serving.EVERYWHERE),
        ("own", "other", Serving.SOMEWHERE),
        ("own", Outcome.TIMEOUT, Serving.SOMEWHERE),
        ("other", "other", Serving.NOWHERE),
        ("other", Outcome.REFUSED, Serving.UNKNOWN),
        (Outcome.NOT_ADMITTED, Outcome.NOT_ADMITTED, Serving.UNKNOWN),
    ],
)
def test_the_verdict_of_two_addresses(issued, first, second, expected):
    what = {"own": bytes(issued.der), "other": other()}
    shows(issued.common_name, ("192.0.2.1", what.get(first, first)), ("192.0.2.2", what.get(second, second)))
    assert verdict(issued) is expected


def test_every_name_has_to_be_seen(cast):
    request = cast.request(State.ISSUED, further_names=("alias.cs.uec.ac.jp",))
    certificate = request.certificate
    shows(request.common_name, ("192.0.2.1", bytes(certificate.der)))
    assert verdict(certificate) is Serving.SOMEWHERE
    shows("alias.cs.uec.ac.jp", ("192.0.2.1", bytes(certificate.der)))
    assert verdict(certificate) is Serving.EVERYWHERE


def test_only_the_last_look_counts_and_only_while_it_is_fresh(issued):
    shows(issued.common_name, ("192.0.2.1", bytes(issued.der)), ("192.0.2.9", bytes(issued.der)))
    shows(issued.common_name, ("192.0.2.1", other()))
    assert verdict(issued) is Serving.NOWHERE
    moment = timezone.now() - serving.FRESH_FOR - timedelta(minutes=1)
    Endpoint.objects.update(observed_at=moment)
    TlsObservation.objects.update(observed_at=moment)
    assert verdict(issued) is Serving.UNKNOWN


def test_a_look_at_a_name_without_address_is_stored(issued):
    shows(issued.common_name)
    assert TlsObservation.objects.get().outcome == Outcome.NO_ADDRESS
    assert verdict(issued) is Serving.UNKNOWN


def test_two_queries_for_any_number(cast, django_assert_num_queries):
    ids = [revocations.certificate(cast.applicant, name=f"n{number}.cs.uec.ac.jp").pk for number in range(5)]
    with django_assert_num_queries(2):
        serving.of_certificates(ids)


def test_what_was_merely_seen_counts_for_nothing(cast, issued):
    name = issued.common_name
    shows(name, ("192.0.2.1", other(name)))
    seen = Certificate.objects.get(provenance=Provenance.SEEN)
    assert not PublicKey.objects.filter(spki_sha256=seen.spki_sha256).exists()
    assert not seen.holdings.exists()
    assert not seen.expiry_rungs.exists()
    assert keys.is_free(seen.spki_sha256, owner="request:1")
    assert inventory.newest_with_common_name(name) == issued
    assert seen not in inventory.valid_for_names([name])


@pytest.mark.parametrize("odd", ["", "x" * 64, "名前.example", "a\u202eb"])
def test_whatever_a_server_writes_into_its_certificate_is_stored(issued, odd):
    try:
        made = self_signed(odd or "x", names=("x" * 60 + ".example", *(f"h{n}.example" for n in range(150))))
    except ValueError:
        pytest.skip("cryptography makes no such certificate")
    shows(issued.common_name, ("192.0.2.1", made.public_bytes(Encoding.DER)), ("192.0.2.2", b"\x30\x03\x02\x01\x01"))
    outcomes = list(TlsObservation.objects.order_by("address").values_list("outcome", flat=True))
    assert outcomes == [Outcome.SERVED, Outcome.BAD_CERTIFICATE]


def test_a_certificate_that_was_seen_first_becomes_the_issued_one(cast):
    request = cast.request(State.SUBMITTED)
    (found,) = authority.pinned().issue_for(request)
    shows(request.common_name, ("192.0.2.1", found.der))
    issuing.record(request.pk, (found,), actor=factories.actor(cast.applicant))
    request.refresh_from_db()
    certificate = Certificate.objects.get()
    assert request.certificate == certificate
    assert certificate.provenance == Provenance.ISSUED
    assert certificate.issuer_spki_sha256 == authority.pinned().spki_sha256
    assert certificate.holdings.exists()
    assert verdict(certificate) is Serving.EVERYWHERE


def test_endpoints_are_made_for_valid_certificates_only(cast, issued):
    revocations.certificate(cast.applicant, name="ended.cs.uec.ac.jp", days=-1)
    observing_tls.ensure_endpoints()
    observing_tls.ensure_endpoints()
    endpoint = Endpoint.objects.get()
    assert endpoint.name == issued.common_name
    assert endpoint.next_at <= timezone.now(), "just issued: nobody waits a day for the first look"


def test_an_awaited_certificate_is_looked_for_hourly_and_an_ended_one_never(cast, issued):
    shows(issued.common_name)
    soon = Endpoint.objects.get().next_at
    assert soon - timezone.now() <= observing_tls.HOURLY
    Certificate.objects.filter(pk=issued.pk).update(not_after=timezone.now() - timedelta(days=1))
    shows(issued.common_name)
    assert Endpoint.objects.get().next_at is None


def test_a_claim_is_taken_once(issued):
    Endpoint.objects.create(name=issued.common_name, next_at=timezone.now() - timedelta(minutes=1))
    (endpoint,) = observing_tls._due(10)
    assert observing_tls._claim(endpoint)
    assert not observing_tls._claim(endpoint)
    assert observing_tls._due(10) == []


def test_old_observations_go(issued):
    shows(issued.common_name)
    TlsObservation.objects.update(observed_at=timezone.now() - observing_tls.KEPT_FOR - timedelta(days=1))
    observing_tls.forget_old()
    assert not TlsObservation.objects.exists()


def test_holders_and_registrars_have_it_looked_at_and_nobody_else(cast, issued):
    for person in (cast.applicant, cast.registrar):
        observing_tls.look_now(issued.pk, actor=factories.actor(person))
    with pytest.raises(errors.NotPermitted):
        observing_tls.look_now(issued.pk, actor=factories.actor(factories.faculty()))


def test_a_port_is_stated_for_a_name_of_the_certificate_from_the_list(cast, issued):
    actor = factories.actor(cast.applicant)
    observing_tls.state_port(issued.pk, name=issued.common_name, port=636, actor=actor)
    assert Endpoint.objects.get().port == 636
    with pytest.raises(errors.PortNotAdmitted):
        observing_tls.state_port(issued.pk, name=issued.common_name, port=22, actor=actor)
    with pytest.raises(errors.NameNotInCertificate):
        observing_tls.state_port(issued.pk, name="other.uec.ac.jp", port=636, actor=actor)


def test_the_page_shows_what_each_address_showed(cast, issued):
    shows(issued.common_name, ("192.0.2.1", bytes(issued.der)), ("192.0.2.2", other("old.example")))
    client = Client()
    client.force_login(cast.applicant)
    content = client.get(reverse("requests:servers", args=[issued.pk])).content.decode()
    for words in ("192.0.2.1", "192.0.2.2", "old.example"):
        assert words in content
    answer = client.post(
        reverse("requests:port", args=[issued.pk]), {"name": issued.common_name, "port": "x"}, follow=True
    )
    assert "65535" in answer.content.decode()
    client.post(reverse("requests:look", args=[issued.pk]))
    assert Endpoint.objects.get().next_at <= timezone.now()


def test_names_that_dns_cannot_carry_keep_no_other_name_waiting(issued, settings):
    settings.DNS_VIEWS = []
    for name in ("a..b", "名前.example", "", "x.example."):
        Endpoint.objects.create(name=name, next_at=timezone.now() - timedelta(hours=1))
    assert observing_tls.look_at_due() == 5, "the issued one is due, too"
    assert not Endpoint.objects.filter(next_at__lte=timezone.now()).exists()
    assert TlsObservation.objects.filter(outcome=Outcome.NO_ADDRESS).count() == 5


def test_a_moment_without_end_and_a_nul_are_kept_as_nothing(issued):
    far = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    facts = recording.Facts(
        serial="1",
        subject_dn="CN=a\0b",
        common_name="a\0b",
        names=("a\0b", "c.example"),
        not_before=None,
        not_after=far,
        der=b"x",
        der_sha256="0" * 64,
    )
    seen = recording.note_seen(facts)
    assert (seen.common_name, seen.not_after) == ("ab", None)
    assert list(seen.certificate_names.values_list("name", flat=True)) == ["c.example"]


def test_a_self_made_certificate_with_niis_serial_number_is_not_niis(cast, issued):
    seen = recording.note_seen(
        recording.Facts(
            serial="4242",
            subject_dn="CN=www.cs.uec.ac.jp",
            common_name="www.cs.uec.ac.jp",
            names=("www.cs.uec.ac.jp",),
            not_before=None,
            not_after=None,
            der=b"y",
            der_sha256="1" * 64,
        )
    )
    listed = revocations.certificate(cast.applicant, name="www.cs.uec.ac.jp", serial="4242")
    assert listed.pk != seen.pk
    assert listed.der_sha256 is None


def test_a_port_stated_during_a_look_stays_due(cast, issued):
    name = issued.common_name
    Endpoint.objects.create(name=name, next_at=timezone.now())
    observing_tls.state_port(issued.pk, name=name, port=636, actor=factories.actor(cast.applicant))
    shows(name, ("192.0.2.1", Outcome.REFUSED), port=443)
    endpoint = Endpoint.objects.get()
    assert endpoint.next_at <= timezone.now()
    assert endpoint.observed_at is None
