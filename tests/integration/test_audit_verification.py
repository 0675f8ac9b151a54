"""What the verifier and the checkpoints find after somebody passed the triggers."""

import logging
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from audit import checkpoints, hashing, queries, recording, retention, tasks, triggers, verification
from audit.actors import SYSTEM
from audit.models import Checkpoint, CheckpointHead, Event
from audit.verification import Code, Finding

pytestmark = pytest.mark.django_db


@pytest.fixture
def trail():
    for number in range(3):
        recording.record("request:1", "X", actor=SYSTEM, payload={"number": number})
    recording.record("request:2", "Y", actor=SYSTEM, payload={})
    return checkpoints.make()


@pytest.fixture
def no_triggers():
    """Somebody who owns the tables. The test's transaction is rolled back, and the triggers are back with it."""
    triggers.remove(connection)


def findings():
    return verification.verify_all().findings


def test_a_whole_trail(trail):
    report = verification.verify_all({1: trail.hash})
    assert report.is_whole
    assert (report.events, report.checkpoints, report.erased_payloads) == (4, 1, 0)


def test_first_events_written_together_are_like_those_written_one_by_one():
    recording.record_first("NEW", {"certificate:1": {"serial": "1"}, "certificate:2": {"serial": "2"}}, actor=SYSTEM)
    recording.record("certificate:1", "NEXT", actor=SYSTEM, payload={})
    first, second = Event.objects.filter(subject="certificate:1")
    assert (first.sequence, first.details, second.previous_hash) == (1, {"serial": "1"}, first.hash)
    assert len({event.payload["salt"] for event in Event.objects.all()}) == 3
    assert findings() == []
    with pytest.raises(IntegrityError), transaction.atomic():
        recording.record_first("NEW", {"certificate:1": {}}, actor=SYSTEM)
    for action, payloads in (("", {"x:1": {}}), ("NEW", {"": {}}), ("NEW", {"x:1": {"salt": "1"}})):
        with pytest.raises(ValueError, match=r".+"):
            recording.record_first(action, payloads, actor=SYSTEM)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"action": "Z"}, Code.WRONG_HASH),
        ({"actor_person": 3, "door": "PORTAL"}, Code.WRONG_HASH),
        ({"actor_role": "REGISTRAR"}, Code.WRONG_HASH),
        ({"at": timezone.now() - timedelta(days=1)}, Code.WRONG_HASH),
        ({"payload": {"number": 9}}, Code.WRONG_PAYLOAD),
        ({"payload": {"number": 0.5}}, Code.WRONG_PAYLOAD),
        ({"payload_hash": "0" * 64}, Code.WRONG_HASH),
    ],
    ids=str,
)
def test_an_edited_event_is_found(trail, no_triggers, changes, code):
    Event.objects.filter(subject="request:1", sequence=2).update(**changes)
    assert Finding("request:1", 2, code) in findings()
    assert verification.verify_subject("request:2").is_whole


def test_an_edit_with_its_own_hash_made_anew_breaks_the_next_link_and_the_head(trail, no_triggers):
    event = Event.objects.get(subject="request:1", sequence=2)
    event.action = "Z"
    event.hash = hashing.event_hash(event)
    event.save()
    assert findings() == [Finding("request:1", 3, Code.WRONG_PREVIOUS)]


def test_an_event_cut_out_of_the_middle_is_found(trail, no_triggers):
    Event.objects.filter(subject="request:1", sequence=2).delete()
    assert findings() == [Finding("request:1", 3, Code.GAP)]


def test_a_cut_off_head_is_found_by_the_checkpoint(trail, no_triggers):
    Event.objects.filter(subject="request:1", sequence=3).delete()
    assert findings() == [Finding("request:1", 3, Code.HEAD_MISSING)]
    assert verification.verify_subject("request:1").findings == findings()


def rewrite_everything():
    """What whoever may write to the database can do: a trail that looks whole."""
    Event.objects.filter(subject="request:2").delete()
    CheckpointHead.objects.filter(subject="request:2").delete()
    checkpoint = Checkpoint.objects.get()
    checkpoint.heads_hash = hashing.heads_hash(checkpoint.heads.values_list("subject", "sequence", "hash"))
    checkpoint.hash = hashing.checkpoint_hash(checkpoint)
    checkpoint.save()


def test_only_a_hash_kept_outside_shows_a_rewritten_trail(trail, no_triggers):
    rewrite_everything()
    assert findings() == []
    outside = verification.verify_all({1: trail.hash, 2: "0" * 64}).findings
    assert outside == [Finding("checkpoint", 1, Code.OUTSIDE_DIFFERS), Finding("checkpoint", 2, Code.OUTSIDE_MISSING)]


def test_an_edited_checkpoint_is_found(trail, no_triggers):
    Checkpoint.objects.update(at=timezone.now() - timedelta(days=1))
    CheckpointHead.objects.filter(subject="request:2").delete()
    assert findings() == [Finding("checkpoint", 1, Code.WRONG_HASH), Finding("checkpoint", 1, Code.WRONG_HEADS)]


def test_a_checkpoint_holds_only_what_moved(trail):
    assert checkpoints.make() is None
    recording.record("request:2", "Z", actor=SYSTEM, payload={})
    recording.record("request:3", "A", actor=SYSTEM, payload={})
    second = checkpoints.make()
    assert second is not None
    assert (second.number, second.previous_hash) == (2, trail.hash)
    assert sorted(second.heads.values_list("subject", "sequence")) == [("request:2", 2), ("request:3", 1)]
    assert verification.verify_all().is_whole


def test_which_head_a_checkpoint_fixed(trail):
    recording.record("request:2", "Z", actor=SYSTEM, payload={})
    checkpoints.make()
    assert verification.fixed_head("request:2", number=1).sequence == 1
    assert verification.fixed_head("request:2", number=2).sequence == 2
    assert verification.fixed_head("request:1", number=2).sequence == 3
    assert verification.fixed_head("request:9", number=2) is None


def test_the_sweep_repeats_the_newest_checkpoint_to_the_log(trail, caplog):
    with caplog.at_level(logging.INFO, logger="audit.checkpoint"):
        tasks.make_checkpoint()
        tasks.make_checkpoint()
    assert caplog.messages == [f"checkpoint 1:{trail.hash}"] * 2


def test_an_empty_trail_has_no_checkpoint(caplog, capsys):
    tasks.make_checkpoint()
    call_command("make_checkpoint")
    assert queries.newest_checkpoint() is None
    assert "no event" in capsys.readouterr().out


def test_erased_payloads_leave_a_whole_chain(trail):
    now = timezone.now()
    assert retention.erase_payloads(now, actor=SYSTEM) == 4
    assert retention.erase_payloads(now, actor=SYSTEM) == 0
    report = verification.verify_all({1: trail.hash})
    assert report.is_whole
    assert report.erased_payloads == 4
    assert queries.history([retention.SUBJECT]).get().details["events"] == 4
    assert queries.history(["request:2"]).get().details == {}


def test_the_command_takes_the_line_of_the_log(trail, capsys):
    call_command("make_checkpoint")
    noted = capsys.readouterr().out.strip()
    call_command("verify_audit", "--checkpoint", noted)
    assert "4 events" in capsys.readouterr().out


def test_the_command_fails_on_a_broken_trail(trail, no_triggers, capsys):
    Event.objects.filter(subject="request:1", sequence=2).update(action="Z")
    with pytest.raises(CommandError, match="1 faults"):
        call_command("verify_audit")
    with pytest.raises(CommandError):
        call_command("verify_audit", "--subject", "request:1")
    assert "request:1 #2: WRONG_HASH" in capsys.readouterr().out
    call_command("verify_audit", "--subject", "request:2")


@pytest.mark.parametrize("arguments", [["--checkpoint", "1:xyz"], ["--subject", "a", "--checkpoint", "1:" + "0" * 64]])
def test_the_command_refuses_what_it_does_not_understand(arguments):
    with pytest.raises(CommandError):
        call_command("verify_audit", *arguments)
