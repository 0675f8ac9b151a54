"""Delivery against real SMTP servers that work, refuse, hang, drop and come back."""

import logging
import ssl
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from notifications import bounces, delivery, outbox, tasks
from notifications.models import DeliveryFault, MessageState, OutboxMessage
from probes import guard
from probes.guard import Policy, Purpose, Rule
from tests.mail_kinds import TARO, enqueue_note, enqueue_question
from tests.mail_server import MailServer, ScriptedServer, converse

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mail_kinds", "gate")]


@pytest.fixture
def gate():
    before = guard.install(Policy((Rule(Purpose.SMTP, guard.LOOPBACK, guard.ANY_PORT),)))
    yield
    guard.install(before)


@pytest.fixture
def use(settings):
    def use(server):
        settings.SMTP_HOST, settings.SMTP_PORT = "127.0.0.1", server.port

    return use


@pytest.fixture
def mail_server(use):
    with MailServer() as server:
        use(server)
        yield server


@pytest.fixture
def impatient(settings):
    settings.SMTP_TIMEOUT_SECONDS = 0.5


def the_row():
    return OutboxMessage.objects.get()


def make_due():
    """As if the back-off and every lease had passed."""
    past = timezone.now() - timedelta(seconds=1)
    OutboxMessage.objects.filter(state=MessageState.PENDING).update(next_attempt_at=past)
    OutboxMessage.objects.filter(lease_until__isnull=False).update(lease_until=past)


def test_a_mail_arrives(mail_server):
    enqueue_note()
    assert delivery.deliver_pending() == 1
    row, mail = the_row(), mail_server.taken[0]
    assert (row.state, row.attempts, row.uncertain_attempts) == (MessageState.SENT, 1, 0)
    assert row.sent_at is not None
    assert row.lease_until is None
    assert mail_server.envelopes == [("upki-portal@cc.uec.ac.jp", ["taro@example.ac.jp"])]
    assert mail["Message-ID"] == row.message_id
    assert mail.get_content().replace("\r\n", "\n").strip() == row.body.strip()


def test_a_sent_mail_is_not_sent_again(mail_server):
    enqueue_note()
    assert [tasks.deliver_pending(), tasks.deliver_pending()] == [1, 0]
    assert len(mail_server.taken) == 1


def test_the_link_is_filled_in_on_the_way_only(mail_server, caplog):
    message = enqueue_question()
    with caplog.at_level(logging.DEBUG):
        delivery.deliver_pending()
    text = mail_server.taken[0].get_content()
    address = next(line for line in text.splitlines() if line.startswith("http"))
    assert address.startswith(f"{settings.PORTAL_URL}/l/")
    assert "[[" not in text
    assert address.removesuffix("/").rpartition("/")[2] not in caplog.text
    message.refresh_from_db()
    assert address not in message.body


def test_the_last_line_of_a_text_does_not_end_the_mail(mail_server):
    enqueue_note(reason="> a\n.\nRSET\nb")
    delivery.deliver_pending()
    assert "> a\n.\nRSET\nb" in mail_server.taken[0].get_content().replace("\r\n", "\n")


def test_what_is_not_due_waits(mail_server):
    enqueue_note()
    OutboxMessage.objects.update(next_attempt_at=timezone.now() + timedelta(minutes=1))
    assert delivery.deliver_pending() == 0


def test_a_sweep_is_bounded(mail_server):
    for number in range(3):
        enqueue_note(f"k{number}")
    assert delivery.deliver_pending(limit=2) == 2
    assert delivery.deliver_pending(seconds=-1) == 0
    assert delivery.deliver_pending() == 1


def test_a_server_that_is_down_costs_one_row_one_attempt(use):
    with MailServer() as server:
        use(server)
    for number in range(3):
        enqueue_note(f"k{number}")
    assert delivery.deliver_pending() == 0
    assert sorted(OutboxMessage.objects.values_list("attempts", "last_fault")) == [
        (0, ""),
        (0, ""),
        (1, DeliveryFault.UNREACHABLE),
    ]


def test_the_gate_is_asked(mail_server):
    guard.install(guard.NOTHING)
    enqueue_note()
    delivery.deliver_pending()
    assert the_row().last_fault == DeliveryFault.UNREACHABLE
    assert mail_server.taken == []


def test_nothing_is_sent_inside_a_transaction(mail_server):
    enqueue_note()
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        delivery.deliver_pending()
    assert mail_server.taken == []


def hang(connection, number):
    threading.Event().wait()


def drip(connection, number):
    while True:
        connection.sendall(b"2")
        threading.Event().wait(0.05)


@pytest.mark.parametrize("script", [hang, drip])
def test_a_server_that_hangs_is_left_at_the_deadline(use, impatient, script):
    enqueue_note()
    with ScriptedServer(script) as server:
        use(server)
        assert delivery.deliver_pending() == 0
    assert (the_row().state, the_row().last_fault) == (MessageState.PENDING, DeliveryFault.TIMED_OUT)
    assert the_row().uncertain_attempts == 0


@pytest.mark.parametrize("until", ["EHLO", "MAIL", "RCPT", "DATA"])
def test_a_server_that_hangs_up_before_the_mail_was_certain_not_to_take_it(use, until):
    enqueue_note()

    def script(connection, number):
        converse(connection, until=until)
        connection.close()

    with ScriptedServer(script) as server:
        use(server)
        delivery.deliver_pending()
    assert (the_row().state, the_row().last_fault) == (MessageState.PENDING, DeliveryFault.DISCONNECTED)
    assert the_row().uncertain_attempts == (1 if until == "DATA" else 0)


def test_half_a_reply_is_no_reply(use):
    enqueue_note()

    def script(connection, number):
        converse(connection, until=".")
        connection.sendall(b"25")
        connection.close()

    with ScriptedServer(script) as server:
        use(server)
        delivery.deliver_pending()
    row = the_row()
    assert (row.state, row.last_fault, row.uncertain_attempts) == (MessageState.PENDING, DeliveryFault.DISCONNECTED, 1)


def test_a_server_that_drops_after_the_mail_gets_the_same_message_id_again(use, mail_server):
    enqueue_question()
    received = []

    def script(connection, number):
        converse(connection, until=".", received=received)
        connection.close()

    with ScriptedServer(script) as server:
        use(server)
        delivery.deliver_pending()
    row = the_row()
    assert (row.state, row.uncertain_attempts) == (MessageState.PENDING, 1)
    use(mail_server)
    make_due()
    assert delivery.deliver_pending() == 1
    assert row.message_id.encode() in received[0]
    assert mail_server.taken[0]["Message-ID"] == row.message_id
    assert (the_row().state, the_row().uncertain_attempts) == (MessageState.SENT, 1)


def test_a_worker_that_dies_leaves_its_row_to_the_next(mail_server):
    enqueue_note()
    assert delivery._claim(the_row())
    assert delivery.deliver_pending() == 0
    make_due()
    assert delivery.deliver_pending() == 1
    assert (the_row().attempts, the_row().uncertain_attempts) == (2, 1)


def test_a_mail_that_kills_every_worker_is_parked(mail_server):
    enqueue_note()
    for _ in range(delivery.MAX_ATTEMPTS):
        assert delivery._claim(the_row())
        make_due()
    assert delivery.deliver_pending() == 0
    row = the_row()
    assert (row.state, row.last_fault, row.lease_token) == (MessageState.PARKED, DeliveryFault.WORKER_LOST, "")
    assert (row.attempts, row.uncertain_attempts) == (delivery.MAX_ATTEMPTS, delivery.MAX_ATTEMPTS)


def test_a_worker_that_lost_its_lease_does_not_touch_the_row(mail_server, caplog):
    enqueue_note()
    slow = the_row()
    delivery._claim(slow)
    make_due()
    delivery.deliver_pending()
    delivery._settle(slow, state=MessageState.PARKED)
    assert the_row().state == MessageState.SENT
    assert "lease ran out" in caplog.text


def test_a_claim_of_what_changed_meanwhile_fails(mail_server):
    enqueue_note()
    stale = the_row()
    delivery.deliver_pending()
    outbox.send_again(stale.pk)
    assert not delivery._claim(stale)


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
def test_a_temporary_refusal_is_tried_again_with_back_off(mail_server, command):
    enqueue_note("a")
    enqueue_note("b")
    mail_server.replies[command] = "451 greylisted"
    before = timezone.now()
    assert delivery.deliver_pending() == 0
    rows = list(OutboxMessage.objects.all())
    assert {(row.state, row.last_fault, row.last_reply_code, row.attempts) for row in rows} == {
        (MessageState.PENDING, DeliveryFault.DEFERRED, 451, 1)
    }
    assert all(row.next_attempt_at >= before + delivery.BACK_OFF[0] for row in rows)
    assert all(row.uncertain_attempts == 0 for row in rows)
    mail_server.replies.clear()
    make_due()
    assert delivery.deliver_pending() == 2


def test_after_the_last_wait_the_mail_is_parked(mail_server):
    enqueue_note()
    mail_server.replies["RCPT"] = "450 later"
    waits = []
    for _ in range(delivery.MAX_ATTEMPTS):
        before = timezone.now()
        delivery.deliver_pending()
        waits.append(the_row().next_attempt_at - before)
        make_due()
    for wait, back_off in zip(waits, delivery.BACK_OFF, strict=False):
        assert back_off <= wait < back_off + timedelta(seconds=30)
    assert (the_row().state, the_row().attempts) == (MessageState.PARKED, delivery.MAX_ATTEMPTS)
    mail_server.replies.clear()
    outbox.send_again(the_row().pk)
    assert delivery.deliver_pending() == 1
    assert mail_server.taken[0]["Message-ID"] == the_row().message_id


def test_a_server_that_refuses_us_or_is_away_parks_nothing(mail_server):
    """Somebody has to mend that first, which may take longer than a weekend; until then it is tried once a day."""
    enqueue_note()
    mail_server.replies["MAIL"] = "550 5.7.1 unknown sender"
    for _ in range(delivery.MAX_ATTEMPTS + 2):
        before = timezone.now()
        delivery.deliver_pending()
        assert the_row().next_attempt_at <= before + delivery.BACK_OFF[-1] + timedelta(seconds=30)
        make_due()
    assert (the_row().state, the_row().last_fault) == (MessageState.PENDING, DeliveryFault.SENDER_REFUSED)
    mail_server.replies.clear()
    assert delivery.deliver_pending() == 1


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
def test_a_refusal_by_policy_is_not_the_last_word_about_a_mail(mail_server, command):
    enqueue_note("a")
    enqueue_note("b")
    mail_server.replies[command] = "554 5.7.1 Relay access denied"
    delivery.deliver_pending()
    said = set(OutboxMessage.objects.values_list("state", "last_fault"))
    assert said == {(MessageState.PENDING, DeliveryFault.SENDER_REFUSED)}, "both were tried, none is parked"


@pytest.mark.parametrize(
    ("command", "fault"),
    [("RCPT", DeliveryFault.RECIPIENT_REFUSED), ("DATA", DeliveryFault.MESSAGE_REFUSED)],
)
def test_a_permanent_refusal_parks_that_mail_only(mail_server, command, fault):
    enqueue_note("a")
    mail_server.replies[command] = "550 no"
    delivery.deliver_pending()
    row = the_row()
    assert (row.state, row.last_fault, row.last_reply_code) == (MessageState.PARKED, fault, 550)
    mail_server.replies.clear()
    enqueue_note("b")
    assert delivery.deliver_pending() == 1


def test_a_server_that_refuses_the_portal_costs_no_mail(use):
    enqueue_note()

    def script(connection, number):
        connection.sendall(b"554 go away\r\n")
        connection.close()

    with ScriptedServer(script) as server:
        use(server)
        delivery.deliver_pending()
    row = the_row()
    assert (row.state, row.last_fault, row.last_reply_code) == (MessageState.PENDING, DeliveryFault.SENDER_REFUSED, 554)


def test_mail_to_an_address_that_bounced_since_is_parked(mail_server):
    enqueue_note()
    bounces.record(TARO.address)
    assert delivery.deliver_pending() == 0
    assert (the_row().state, the_row().last_fault) == (MessageState.PARKED, DeliveryFault.BOUNCED_ADDRESS)
    assert mail_server.taken == []


@pytest.fixture
def certificate(tmp_path, monkeypatch):
    """A certificate for 127.0.0.1 that the system's authorities vouch for, in this test."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.example")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "server.pem"
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


@pytest.mark.parametrize("mode", ["starttls", "tls"])
def test_encryption_and_sign_in(use, settings, certificate, mode):
    settings.SMTP_TLS, settings.SMTP_USER, settings.SMTP_PASSWORD = mode, "portal", "right"
    options = (
        {"tls_context": certificate, "require_starttls": True} if mode == "starttls" else {"ssl_context": certificate}
    )
    enqueue_note()
    with MailServer(**options, auth_require_tls=mode == "starttls") as server:
        use(server)
        assert delivery.deliver_pending() == 1
    assert server.users == [(b"portal", b"right")]


def test_a_wrong_password_costs_no_mail_and_is_not_logged(use, settings, certificate, caplog):
    settings.SMTP_TLS, settings.SMTP_USER, settings.SMTP_PASSWORD = "starttls", "portal", "wrong-password"
    enqueue_note()
    with MailServer(tls_context=certificate) as server, caplog.at_level(logging.DEBUG):
        use(server)
        delivery.deliver_pending()
    assert (the_row().state, the_row().last_fault) == (MessageState.PENDING, DeliveryFault.SIGN_IN_REFUSED)
    assert "wrong-password" not in caplog.text


@pytest.mark.parametrize("mode", ["starttls", "tls"])
def test_a_certificate_nobody_vouches_for_is_refused(use, settings, certificate, monkeypatch, mode):
    settings.SMTP_TLS = mode
    monkeypatch.delenv("SSL_CERT_FILE")
    enqueue_note()
    options = {"tls_context": certificate} if mode == "starttls" else {"ssl_context": certificate}
    with MailServer(**options) as server:
        use(server)
        delivery.deliver_pending()
    assert the_row().last_fault == DeliveryFault.TLS_FAILED
    assert server.taken == []


def test_a_server_without_encryption_gets_nothing(mail_server, settings):
    settings.SMTP_TLS = "starttls"
    enqueue_note()
    delivery.deliver_pending()
    assert the_row().last_fault == DeliveryFault.TLS_FAILED
    assert mail_server.taken == []


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_never_send_the_same_row(mail_server):
    for number in range(40):
        enqueue_note(f"k{number}")
    workers = 4
    barrier, sent = threading.Barrier(workers), []

    def work():
        barrier.wait(timeout=20)
        try:
            sent.append(delivery.deliver_pending())
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    copies = Counter(mail["Message-ID"] for mail in mail_server.taken)
    assert sum(sent) == 40
    assert set(copies.values()) == {1}
    assert set(copies) == {row.message_id for row in OutboxMessage.objects.filter(state=MessageState.SENT)}


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_the_server_is_asked(mail_server):
    seen = []
    hook = lambda *_: seen.append(connection.in_atomic_block)  # noqa: E731
    guard.before_connect.append(hook)
    try:
        enqueue_note()
        delivery.deliver_pending()
    finally:
        guard.before_connect.remove(hook)
    assert seen == [False]
