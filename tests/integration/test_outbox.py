"""What enters the outbox, and what a link in a mail is worth."""

import threading
from datetime import timedelta

import pytest
from django.conf import settings
from django.core import signing
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from notifications import bounces, kinds, links, outbox, queries, retention, tasks
from notifications.links import LinkFault, LinkInvalid
from notifications.models import DeliveryFault, MessageState, OutboxMessage
from notifications.outbox import Recipient
from tests.mail_kinds import TARO, enqueue_note, enqueue_question

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mail_kinds")]


def recipient(address="taro@example.ac.jp", language="ja"):
    return Recipient(7, address, language, "電通 太郎", "")


def token_of(message):
    return links.address_of(message).removeprefix(f"{settings.PORTAL_URL}/l/").removesuffix("/")


def test_a_key_is_used_once():
    assert enqueue_note("R12/e7/approved/u3")
    assert not enqueue_note("R12/e7/approved/u3", name="other.example.jp")
    assert OutboxMessage.objects.get().subject.count("www.example.jp") == 1


def test_an_unknown_kind_is_refused():
    with pytest.raises(kinds.UnknownKind):
        outbox.enqueue("nobody_registered_it", key="k", recipient=TARO, context={})


def test_a_missing_name_is_taken_from_the_other_script():
    enqueue_note(recipient=recipient(language="en"))
    assert "Dear 電通 太郎," in OutboxMessage.objects.get().body


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("", DeliveryFault.NO_ADDRESS),
        ("taro", DeliveryFault.BAD_ADDRESS),
        ("taro@example.ac.jp\r\nRCPT TO:<evil@example.com>", DeliveryFault.BAD_ADDRESS),
        ("taro@example.ac.jp\nBcc: evil@example.com", DeliveryFault.BAD_ADDRESS),
        ("太郎@example.ac.jp", DeliveryFault.BAD_ADDRESS),
        ("a" * 250 + "@example.ac.jp", DeliveryFault.BAD_ADDRESS),
        ("Back@example.ac.jp", DeliveryFault.BOUNCED_ADDRESS),
    ],
)
def test_a_recipient_nobody_can_reach_gives_a_parked_row(address, fault):
    bounces.record("back@example.ac.jp", note="550 on 1 April")
    assert enqueue_note(recipient=recipient(address))
    assert queries.parked().get().last_fault == fault


def test_an_address_may_be_used_again():
    bounces.record("back@example.ac.jp")
    bounces.record("BACK@example.ac.jp")
    bounces.forget("Back@example.ac.jp")
    assert outbox.address_fault("back@example.ac.jp") is None


@pytest.mark.parametrize(
    "link", ["https://evil.example/", "//evil.example/", "confirmations/5/", "/\\evil.example", "/a\n"]
)
def test_a_link_stays_in_the_portal(link):
    with pytest.raises(ValueError):
        enqueue_question(link=link)


def test_the_database_holds_no_link_that_opens():
    message = enqueue_question()
    assert links.PLACEHOLDER in message.body
    stored = " ".join(str(getattr(message, field.attname)) for field in OutboxMessage._meta.fields)
    assert "/l/" not in stored


def test_a_link_leads_the_addressee_to_the_path():
    message = enqueue_question()
    link = links.resolve(token_of(message))
    assert link == links.Link(message.pk, 7, "/confirmations/5/")


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "WzEsMV0:1abcde:forged",
        signing.dumps([1, 1], salt="another"),
        signing.dumps([1, 1], key="k" * 50, salt="notifications.link"),
    ],
)
def test_a_forged_link_is_refused(token):
    enqueue_question()
    with pytest.raises(LinkInvalid) as refusal:
        links.resolve(token)
    assert refusal.value.code is LinkFault.FORGED


def test_a_changed_link_is_refused():
    token = token_of(enqueue_question())
    payload, rest = token.split(":", 1)
    with pytest.raises(LinkInvalid) as refusal:
        links.resolve(f"{payload[:-1]}{'A' if payload[-1] != 'A' else 'B'}:{rest}")
    assert refusal.value.code is LinkFault.FORGED


def test_a_link_expires(settings):
    token = token_of(enqueue_question())
    settings.MAIL_LINK_DAYS = -1
    with pytest.raises(LinkInvalid) as refusal:
        links.resolve(token)
    assert refusal.value.code is LinkFault.EXPIRED


def test_sending_again_closes_the_older_link():
    message = enqueue_question()
    older, older_id = token_of(message), message.message_id
    OutboxMessage.objects.update(state=MessageState.SENT, sent_at=timezone.now(), attempts=1)
    outbox.send_again(message.pk)
    message.refresh_from_db()
    assert (message.state, message.generation, message.attempts, message.sent_at) == (MessageState.PENDING, 2, 0, None)
    assert message.earlier_sent_at is not None
    assert message.message_id != older_id
    assert links.resolve(token_of(message)).path == "/confirmations/5/"
    with pytest.raises(LinkInvalid) as refusal:
        links.resolve(older)
    assert refusal.value.code is LinkFault.SUPERSEDED


def test_a_link_without_its_mail_is_superseded():
    token = token_of(enqueue_question())
    OutboxMessage.objects.all().delete()
    with pytest.raises(LinkInvalid) as refusal:
        links.resolve(token)
    assert refusal.value.code is LinkFault.SUPERSEDED


def test_a_waiting_mail_is_not_sent_again():
    message = enqueue_question()
    with pytest.raises(outbox.NotSendable):
        outbox.send_again(message.pk)


def test_texts_are_removed_and_the_fact_stays(settings):
    old = timezone.now() - timedelta(days=settings.MAIL_BODY_DAYS + 1)
    for key in ("sent", "new", "waiting", "parked"):
        enqueue_note(key)
    OutboxMessage.objects.filter(key="sent").update(state=MessageState.SENT, sent_at=old)
    OutboxMessage.objects.filter(key="new").update(state=MessageState.SENT, sent_at=timezone.now(), created_at=old)
    OutboxMessage.objects.filter(key="parked").update(state=MessageState.PARKED)
    OutboxMessage.objects.exclude(key="sent").update(created_at=old, next_attempt_at=old)
    assert tasks.remove_old_bodies() == 2
    assert retention.remove_old_bodies() == 0
    removed = OutboxMessage.objects.filter(body="", body_removed_at__isnull=False)
    assert set(removed.values_list("key", flat=True)) == {"sent", "parked"}
    assert "www.example.jp" in removed.get(key="sent").subject
    with pytest.raises(outbox.NotSendable):
        outbox.send_again(removed.get(key="sent").pk)


def test_how_long_the_oldest_mail_waits():
    assert queries.waiting_since() is None
    enqueue_note("a")
    enqueue_note("b")
    assert queries.waiting_since() == OutboxMessage.objects.get(key="a").created_at


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "LOST"},
        {"state": "SENT"},
        {"sent_at": timezone.now()},
        {"lease_token": "x"},
        {"lease_until": timezone.now()},
        {"state": "PARKED", "lease_until": timezone.now(), "lease_token": "x"},
        {"body_removed_at": timezone.now(), "body": ""},
        {"state": "PARKED", "body_removed_at": timezone.now()},
        {"language": "fr"},
        {"generation": 0},
    ],
    ids=str,
)
def test_constraints_refuse_what_no_code_writes(changes):
    enqueue_note()
    with pytest.raises(IntegrityError), transaction.atomic():
        OutboxMessage.objects.update(**changes)


@pytest.mark.django_db(transaction=True)
def test_a_mail_outside_a_transaction_is_refused():
    with pytest.raises(transaction.TransactionManagementError):
        outbox.enqueue("example_note", key="k", recipient=TARO, context={"name": "x", "reason": ""})


@pytest.mark.django_db(transaction=True)
def test_a_mail_goes_with_its_transaction():
    with transaction.atomic():
        enqueue_note()
        transaction.set_rollback(True)
    assert not OutboxMessage.objects.exists()
    assert enqueue_note()


@pytest.mark.django_db(transaction=True)
def test_two_transactions_with_one_key_make_one_mail():
    barrier, results = threading.Barrier(2), []

    def work():
        barrier.wait(timeout=20)
        try:
            results.append(enqueue_note("same"))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(results) == [False, True]
    assert OutboxMessage.objects.count() == 1
