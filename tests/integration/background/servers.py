"""Processes that a test may kill and start again, and a PostgreSQL and a Redis of its own that can be restarted."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tests import services

ROOT = Path(__file__).resolve().parents[3]

PATIENCE_SECONDS = 60
"""How long a process may take to come or to go; a busy machine needs a tenth of it."""


class Process:
    """One program in a process group of its own; started again, it is another process with the same command."""

    def __init__(
        self,
        name: str,
        command: Sequence[object],
        *,
        environment: Mapping[str, str],
        log: Path,
        answers: Callable[[], bool] = lambda: True,
    ) -> None:
        self.name, self._command, self._environment = name, [str(part) for part in command], dict(environment)
        self.log, self._answers = log, answers
        self._popen: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id of the one that was started last."""
        assert self._popen is not None
        return self._popen.pid

    def start(self) -> None:
        """Start it and wait until it answers."""
        with open(self.log, "ab") as output:
            self._popen = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=ROOT,
                env=self._environment,
                start_new_session=True,
            )
        wait_for(lambda: self.has_ended or self._answers(), what=f"{self.name} to answer")
        assert not self.has_ended, f"{self.name} ended at once"

    @property
    def has_ended(self) -> bool:
        """Whether it is not running any more."""
        return self._popen is None or self._popen.poll() is not None

    def kill(self) -> None:
        """kill -9 of the process and everything that it started."""
        if self._popen is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._popen.pid, signal.SIGKILL)
            self._popen.wait(PATIENCE_SECONDS)

    def kill_main(self) -> None:
        """kill -9 of the main process alone: its children notice by themselves."""
        os.kill(self.pid, signal.SIGKILL)
        self.wait_for_end()

    def kill_child(self) -> None:
        """kill -9 of one process that it started."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        if children:
            with suppress(ProcessLookupError):
                os.kill(int(children[-1]), signal.SIGKILL)

    def wait_for_end(self) -> int:
        """Wait until it ended by itself; return its exit status."""
        assert self._popen is not None
        return self._popen.wait(PATIENCE_SECONDS)


class PostgreSQL:
    """A cluster of its own, handled by pg_ctl. Without fsync: the machine survives, only the server does not."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.log = folder, folder / "log"
        self.port = services.free_port()
        self._programs, self._as_user = services.postgresql_programs(), services.drop_root(folder)
        self.address = f"postgresql://upki@127.0.0.1:{self.port}/postgres"

    def make(self) -> None:
        """Make the cluster and start it."""
        options = ["--auth=trust", "--username=upki", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        self._run("initdb", *options, "-D", self._folder / "data")
        self._ctl("start")

    def restart(self) -> None:
        """Restart without letting anybody finish: what was not committed is gone."""
        self._ctl("restart", "-m", "immediate")

    def stop(self) -> None:
        """Stop it at once, if it runs."""
        with suppress(subprocess.CalledProcessError):
            self._run("pg_ctl", "stop", "-m", "immediate", "-D", self._folder / "data")

    def _ctl(self, word: str, *more: str) -> None:
        options = f"-h 127.0.0.1 -p {self.port} -k {self._folder} -c fsync=off -c max_connections=60"
        self._run("pg_ctl", word, *more, "-w", "-D", self._folder / "data", "-l", self.log, "-o", options)

    def _run(self, program: str, *arguments: object) -> None:
        command = [str(part) for part in (*self._as_user, self._programs / program, *arguments)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")


@contextmanager
def postgresql() -> Iterator[PostgreSQL]:
    """Yield a running cluster in a folder that its account can reach; stop it and remove the folder afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="upki-kills-"))
    server = PostgreSQL(folder)
    try:
        server.make()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def redis(*, environment: Mapping[str, str], log: Path, folder: Path, port: int) -> Process:
    """Return a Redis that keeps nothing on disk: whoever kills it empties the queues."""
    program = shutil.which("redis-server")
    if program is None:
        raise services.NotInstalled("redis-server")
    options = ["--bind", "127.0.0.1", "--port", port, "--dir", folder, "--save", "", "--appendonly", "no"]
    return Process(
        "redis", [program, *options], environment=environment, log=log, answers=lambda: services.listens(port)
    )


def wait_for(is_true: Callable[[], bool], *, what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait for `is_true`; fail when it does not come in time."""
    end = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(0.05)


def those_with(mark: str) -> Iterator[int]:
    """Yield the ids of the processes that have `mark` (NAME=VALUE) in their environment: ours, whoever started them."""
    wanted = f"{mark}\0".encode()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended, or belongs to somebody else
            if wanted in (process / "environ").read_bytes():
                yield int(process.name)


def end_all(mark: str) -> None:
    """kill -9 of every process with `mark` in its environment, until none is left."""

    def none_left() -> bool:
        left = [pid for pid in those_with(mark) if pid != os.getpid()]
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return not left

    wait_for(none_left, what="our processes to end")
