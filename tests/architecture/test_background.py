"""Background work: which queue each sweep goes to, who takes from it, and that beat stands alone."""

import re
import shlex

import pytest
from celery import current_app
from django.conf import settings

from demo import run
from tests.architecture.sources import ROOT

QUEUES = {
    "mail": {"notifications.tasks.deliver_pending", "notifications.tasks.remove_old_bodies"},
    "probes": {"requests_app.tasks.look_up_names", "requests_app.tasks.look_at_servers"},
}
"""What may wait for a server elsewhere has a queue of its own; the rest asks the database only."""

SCHEDULED = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}


def queue_of(task: str) -> str:
    return current_app.amqp.router.route({}, task)["queue"].name


def test_every_sweep_has_its_queue():
    found: dict[str, set[str]] = {}
    for task in SCHEDULED:
        found.setdefault(queue_of(task), set()).add(task)
    assert found.pop("default")
    assert found == QUEUES


def commands() -> dict[str, list[list[str]]]:
    """Return the commands of the demonstration and of deploy/run, as words."""
    script = (ROOT / "deploy" / "run").read_text().replace("\\\n", " ")
    celery = re.findall(r'exec "\$bin/celery" (.*)', script)
    worker = re.search(r'^worker="(.*)"', script, re.MULTILINE)
    assert worker
    return {
        "deploy/run": [shlex.split(line.replace("$worker", worker[1])) for line in celery],
        "make demo": [
            list(map(str, program.command))
            for program in run.portal_programs(ROOT)
            if program.name in {"worker", "probes", "beat"}
        ],
    }


@pytest.mark.parametrize("where", ["deploy/run", "make demo"])
def test_every_queue_is_taken_from_once_and_probes_hold_nobody_else_up(where):
    taken = [words[words.index("--queues") + 1].split(",") for words in commands()[where] if "worker" in words]
    assert sorted(queue for queues in taken for queue in queues) == sorted({queue_of(task) for task in SCHEDULED})
    assert ["probes"] in taken


@pytest.mark.parametrize("where", ["deploy/run", "make demo"])
def test_beat_is_one_process_of_its_own(where):
    beats = [words for words in commands()[where] if "beat" in words]
    assert len(beats) == 1
    assert "worker" not in beats[0]
    assert not any({"-B", "--beat"} & set(words) for words in commands()[where])


@pytest.mark.parametrize("task", sorted(SCHEDULED))
def test_a_sweep_is_acknowledged_before_it_runs(task):
    """Late acknowledgement brings a killed worker's task back by itself, an hour later: rows know what is due."""
    current_app.loader.import_default_modules()
    found = current_app.tasks[task]
    assert not found.acks_late
    assert not found.reject_on_worker_lost
    assert found.ignore_result
