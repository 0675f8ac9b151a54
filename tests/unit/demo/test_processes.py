import io
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from demo import processes
from demo.processes import Program, Runner, Stopped

ROOT = Path(__file__).resolve().parents[3]

OBEDIENT = "import time\nprint('こんにちは', flush=True)\ntime.sleep(600)"
STUBBORN = (
    "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('up', flush=True)\ntime.sleep(600)"
)
PARENT = f"""
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", {STUBBORN!r}])
print("child", child.pid, flush=True)
time.sleep(600)
"""


def python(name, source):
    return Program(name, (sys.executable, "-c", source))


@pytest.fixture
def output():
    return io.StringIO()


@pytest.fixture
def runner(output, tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "GRACE_SECONDS", 0.5)
    runner = Runner(environment=dict(os.environ), folder=tmp_path, out=output)
    yield runner
    runner.stop()


def is_alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_for(output, text):
    end = time.monotonic() + 20
    while text not in output.getvalue():
        assert time.monotonic() < end, output.getvalue()
        time.sleep(0.02)


def test_each_line_bears_the_name_of_its_program(runner, output):
    runner.start(python("one", OBEDIENT))
    runner.start(python("two", OBEDIENT))
    wait_for(output, "two     | こんにちは")
    wait_for(output, "one     | こんにちは")


def test_stop_leaves_nothing_behind_not_even_what_ignores_it(runner, output):
    runner.start(python("parent", PARENT))
    runner.start(python("stubborn", STUBBORN))
    wait_for(output, "parent  | up")
    wait_for(output, "stubborn| up")
    child = int(output.getvalue().split("child ")[1].split()[0])
    pids = (*runner.groups, child)
    assert all(is_alive(pid) for pid in pids)
    runner.stop()
    assert not any(is_alive(pid) for pid in pids)


def test_a_group_ends_although_its_leader_died_before(runner, output):
    runner.start(python("parent", PARENT))
    wait_for(output, "parent  | up")
    child = int(output.getvalue().split("child ")[1].split()[0])
    os.kill(runner.groups[0], signal.SIGKILL)
    assert runner.wait() == "parent"
    assert not runner.asked_to_stop
    runner.stop()
    assert not is_alive(child)


def test_a_program_that_ends_stops_what_waits_for_something_else(runner):
    runner.start(python("short", "raise SystemExit(3)"))
    with pytest.raises(Stopped):
        runner.wait_until(lambda: False, seconds=30)
    assert runner.ended() == "short"


def test_what_is_run_to_its_end_gives_its_exit_code(runner, output):
    assert runner.run(python("good", "print('done')")) == 0
    assert runner.run(python("bad", "raise SystemExit(3)")) == 3
    assert runner.ended() == ""
    assert runner.wait_until(lambda: True, seconds=1)
    assert not runner.wait_until(lambda: False, seconds=0.1)


def test_a_signal_ends_the_waiting(runner):
    with runner.signals():
        runner.start(python("one", OBEDIENT))
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
        assert runner.wait() == ""
        assert runner.asked_to_stop
        with pytest.raises(Stopped):
            runner.start(python("two", OBEDIENT))


def test_a_closed_output_ends_the_run(tmp_path):
    source = f"""
import sys
from demo.processes import Program, Runner
from pathlib import Path
runner = Runner(environment={{}}, folder=Path({str(tmp_path)!r}))
runner.start(Program("one", (sys.executable, "-uc", "while True: print('x' * 1000)")))
runner.wait()
runner.stop()
"""
    command = (sys.executable, "-c", source)
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
        running.stdout.readline()
        running.stdout.close()
        running.wait(30)
