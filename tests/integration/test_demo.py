"""The whole demonstration, as `make demo` starts it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from demo import ports, run

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [
    pytest.mark.embedded,
    pytest.mark.skipif(
        ports.first_taken(ports.PORTS) is not None, reason="the demonstration's ports are in use (is it running?)"
    ),
]


def start(folder):
    """Start it, return it with its output up to the banner."""
    demonstration = subprocess.Popen(
        (sys.executable, "-m", "demo.run"),
        cwd=ROOT,
        env={**os.environ, "UPKI_DEMO_VAR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said = ""
    for line in demonstration.stdout:
        said += line
        if "Ctrl-C" in line:
            return demonstration, said
    pytest.fail(f"it ended before it was ready:\n{said}")


def stop(demonstration, number=signal.SIGINT):
    demonstration.send_signal(number)
    said, _ = demonstration.communicate(timeout=60)
    return said


def processes_of(folder):
    """Return the command lines of everything that still runs in the demonstration's environment."""
    mark = f"UPKI_DEMO_VAR={folder}\0".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text())
        except OSError:
            continue  # it ended, or belongs to somebody else
    return found


def pulse_of_the_background(seconds=60):
    """Wait for the heartbeats of beat and the workers, through the embedded broker, as `health` shows them."""
    end = time.monotonic() + seconds
    while (said := requests.get("http://127.0.0.1:8000/health/", timeout=5).json())["background"] == "starting":
        assert time.monotonic() < end, said
        time.sleep(0.2)
    return said["background"]


def test_it_starts_from_nothing_keeps_its_data_and_leaves_no_process(tmp_path):
    demonstration, said = start(tmp_path)
    try:
        assert "http://127.0.0.1:8000" in said
        assert all(requests.get(address, timeout=5).ok for address in run.HEALTH_ADDRESSES)
        front = requests.get("http://127.0.0.1:8000/", timeout=5)
        assert front.status_code == 200
        assert '<html lang="ja"' in front.text
        assert pulse_of_the_background() == "ok"
    finally:
        stop(demonstration)
    assert demonstration.returncode == 0
    assert processes_of(tmp_path) == []

    database = (tmp_path / "portal.sqlite3").stat().st_ino
    demonstration, _ = start(tmp_path)
    web = int((tmp_path / "lock").read_text().split()[4])
    os.kill(web, signal.SIGKILL)
    said, _ = demonstration.communicate(timeout=60)
    assert "web" in said
    assert demonstration.returncode == 1
    assert processes_of(tmp_path) == []
    assert (tmp_path / "portal.sqlite3").stat().st_ino == database
