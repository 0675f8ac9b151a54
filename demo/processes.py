"""Run several programs as one: prefixed output, and an end of all of them when one ends or a signal comes.

honcho's Manager was read and not taken: when the leader of a process group dies, it leaves the rest of the group
behind, and when no program obeys SIGTERM, it waits for ever.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO, TextIO

GRACE_SECONDS = 8.0
"""Between SIGTERM and SIGKILL: longer than any look-up (5 s), so that a worker may end what it does."""

KILLED_SECONDS = 3.0
"""How long the system may take to end what was killed."""

POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Program:
    """One program: its name in the output and its command."""

    name: str
    command: Sequence[str]


class Stopped(Exception):
    """Somebody asked for the end, or a program ended, while the runner was waiting for something else."""


class Runner:
    """Starts programs, each in a process group of its own, and ends the groups as a whole."""

    def __init__(
        self, *, environment: Mapping[str, str], folder: Path, out: TextIO | None = None, keep: Sequence[int] = ()
    ) -> None:
        """`keep`: file descriptors that every program inherits."""
        self._environment, self._folder, self._keep = dict(environment), folder, tuple(keep)
        self._out = out or sys.stdout
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._readers: list[threading.Thread] = []
        self._writing = threading.Lock()
        self._stopping = threading.Event()
        self.asked_to_stop = False
        """True when a signal came, False when a program ended by itself."""

    @property
    def groups(self) -> tuple[int, ...]:
        """The process groups, which are the ids of the programs."""
        return tuple(process.pid for process in self._running.values())

    @contextlib.contextmanager
    def signals(self) -> Iterator[None]:
        """Take SIGINT, SIGTERM and SIGHUP as the wish to stop."""
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, self._on_signal) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def start(self, program: Program) -> None:
        """Start a program; its output appears with its name in front. Raises Stopped after a signal."""
        self.demand_running()
        process = subprocess.Popen(
            program.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=self._environment,
            cwd=self._folder,
            # A group of its own: Ctrl-C in the terminal reaches the runner only, which ends them in order.
            start_new_session=True,
            pass_fds=self._keep,
        )
        self._running[program.name] = process
        reader = threading.Thread(target=self._relay, args=(program.name, process.stdout), daemon=True)
        reader.start()
        self._readers.append(reader)

    def run(self, program: Program) -> int:
        """Run a program to its end and return its exit code. Raises Stopped when a signal comes meanwhile."""
        self.start(program)
        process = self._running[program.name]
        while process.poll() is None:
            if self._stopping.wait(POLL_SECONDS):
                raise Stopped
            self.demand_running(except_for=program.name)
        self._end_group(process, signal.SIGKILL)
        del self._running[program.name]
        return process.returncode

    def wait_until(self, is_true: Callable[[], bool], *, seconds: float) -> bool:
        """Wait for `is_true`; False when it did not come in time. Raises Stopped."""
        end = time.monotonic() + seconds
        while not is_true():
            if time.monotonic() > end:
                return False
            if self._stopping.wait(POLL_SECONDS):
                raise Stopped
            self.demand_running()
        return True

    def wait(self) -> str:
        """Wait until a signal comes or a program ends; return the name of that program, "" for a signal."""
        while not self._stopping.wait(POLL_SECONDS):
            ended = self.ended()
            if ended:
                return ended
        return ""

    def ended(self) -> str:
        """Return the name of a program that ended by itself, "" while all run."""
        return next((name for name, process in self._running.items() if process.poll() is not None), "")

    def demand_running(self, *, except_for: str = "") -> None:
        """Raise Stopped after a signal, or when a program other than `except_for` ended."""
        if self._stopping.is_set() or self.ended() not in ("", except_for):
            raise Stopped

    def stop(self) -> None:
        """End all groups: SIGTERM, then SIGKILL for what is left. Returns when nothing is left."""
        processes = tuple(self._running.values())
        for process in processes:
            self._end_group(process, signal.SIGTERM)
        if not _wait_for_end(processes, GRACE_SECONDS):
            for process in processes:
                self._end_group(process, signal.SIGKILL)
            _wait_for_end(processes, KILLED_SECONDS)
        for reader in self._readers:
            reader.join(1)
        self._running.clear()

    def say(self, text: str) -> None:
        """Print text of the runner itself. A closed output ends the run."""
        try:
            with self._writing:
                print(text, file=self._out, flush=True)
        except (BrokenPipeError, ValueError):
            self._stopping.set()

    def _relay(self, name: str, output: IO[bytes]) -> None:
        with output:
            for line in output:
                self.say(f"{name:<8}| {line.decode('utf-8', 'replace').rstrip()}")

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.asked_to_stop = True
        self._stopping.set()

    @staticmethod
    def _end_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
        # Also when the leader is gone: its children may live on in the group.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)


def _wait_for_end(processes: Sequence[subprocess.Popen[bytes]], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while any(_is_alive(process) for process in processes):
        if time.monotonic() > end:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _is_alive(process: subprocess.Popen[bytes]) -> bool:
    """Say whether the leader or anything in its group is there (`poll` also buries the leader)."""
    process.poll()
    try:
        os.killpg(process.pid, 0)
    except ProcessLookupError:
        return False
    return True
