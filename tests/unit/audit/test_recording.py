import pytest
from django.db import IntegrityError, transaction

from audit import canonical, queries, recording, verification
from audit.actors import SYSTEM, Actor, Door
from audit.models import Event

pytestmark = pytest.mark.django_db

REGISTRAR = Actor(7, "REGISTRAR", Door.ADMIN, issuer="https://issuer.example", sub="4711", address="192.0.2.9")


def test_each_subject_has_its_own_chain():
    first = recording.record("request:1", "APPLY", actor=REGISTRAR, payload={"digest": "ab"})
    other = recording.record("request:2", "APPLY", actor=SYSTEM, payload={})
    second = recording.record("request:1", "APPROVE", actor=REGISTRAR, payload={"reason": "可"})
    assert (first.sequence, other.sequence, second.sequence) == (1, 1, 2)
    assert (first.previous_hash, other.previous_hash, second.previous_hash) == ("", "", first.hash)
    assert verification.verify_all().is_whole


def test_identity_and_address_of_the_actor_are_in_the_payload_only():
    event = recording.record("request:1", "APPLY", actor=REGISTRAR, payload={"digest": "ab"})
    outside = [str(getattr(event, field.attname)) for field in Event._meta.fields if field.name != "payload"]
    assert event.payload["actor"]["sub"] == "4711"
    assert not any(secret in text for text in outside for secret in ("4711", "192.0.2.9", "issuer.example"))
    assert event.details == {"digest": "ab"}


def test_equal_payloads_have_different_hashes():
    hashes = {recording.record("a", "B", actor=SYSTEM, payload={"x": 1}).payload_hash for _ in range(2)}
    assert len(hashes) == 2


@pytest.mark.parametrize("name", ["actor", "salt"])
def test_reserved_members_are_refused(name):
    with pytest.raises(ValueError, match=name):
        recording.record("a", "B", actor=SYSTEM, payload={name: "x"})


def test_a_payload_that_databases_change_is_refused():
    with pytest.raises(canonical.NotCanonical):
        recording.record("a", "B", actor=SYSTEM, payload={"seconds": 0.5})


def test_what_the_database_returns_has_the_same_hash():
    payload = {"texts": ["か\u3099", "\u2028", "𠮷"], "number": 2**53 - 1, "nothing": None, "": {}}
    recording.record("a", "B", actor=SYSTEM, payload=payload)
    assert verification.verify_subject("a").is_whole


def test_history_is_in_the_order_of_time():
    for subject in ("b", "a", "c", "a"):
        recording.record(subject, "X", actor=SYSTEM, payload={})
    assert [event.subject for event in queries.history(["a", "b"])] == ["b", "a", "a"]


def test_actions_of_one_person():
    recording.record("a", "X", actor=SYSTEM, payload={})
    recording.record("a", "Y", actor=REGISTRAR, payload={})
    assert [event.action for event in queries.actions_of(7)] == ["Y"]


@pytest.mark.parametrize(
    "changes",
    [
        {"sequence": 1},
        {"sequence": 3, "previous_hash": ""},
        {"sequence": 0},
        {"door": "WINDOW"},
        {"door": "SYSTEM"},
        {"actor_person": None},
    ],
    ids=str,
)
def test_constraints_refuse_what_no_code_writes(changes):
    recording.record("a", "X", actor=REGISTRAR, payload={})
    event = recording.record("a", "Y", actor=REGISTRAR, payload={})
    event.pk = None
    event.sequence = 3
    for name, value in changes.items():
        setattr(event, name, value)
    with pytest.raises(IntegrityError), transaction.atomic():
        event.save(force_insert=True)


@pytest.mark.django_db(transaction=True)
def test_an_event_outside_a_transaction_is_refused():
    with pytest.raises(transaction.TransactionManagementError):
        recording.record("a", "X", actor=SYSTEM, payload={})


@pytest.mark.django_db(transaction=True)
def test_an_event_goes_with_its_transaction():
    with transaction.atomic():
        recording.record("a", "X", actor=SYSTEM, payload={})
        transaction.set_rollback(True)
    assert not Event.objects.exists()
