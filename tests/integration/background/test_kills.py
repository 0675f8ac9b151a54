"""kill -9 at any moment loses no step and repeats none: real processes, a real PostgreSQL, Redis and mail server.

The workers and beat are started by deploy/run, as on a server. While people move requests to the queue, a seeded
schedule kills what does the background work, and starts it again a moment later.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo.dns_server import DnsServer, Zone
from tests import services
from tests.integration.background import mover, servers
from tests.integration.background.servers import ROOT, Process

MOVERS = 2
"""Processes of people who work at the same time."""

DRAIN_SECONDS = 240
"""How long the workers may take for the rest, once nobody is killed any more."""


@dataclass
class World:
    """Everything that runs, by name."""

    folder: Path
    environment: dict[str, str]
    postgresql: servers.PostgreSQL
    processes: dict[str, Process]

    def run(self, module: str, *arguments: object) -> str:
        """Run a module of these tests to its end; return what it printed."""
        command = [sys.executable, "-m", f"tests.integration.background.{module}", *map(str, arguments)]
        done = subprocess.run(
            command, env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=2 * DRAIN_SECONDS
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def victims(self) -> dict[str, Callable[[], None]]:
        """Return the ways to die."""
        worker, mail = self.processes["worker"], self.processes["mail server"]

        def in_data(number: signal.Signals) -> Callable[[], None]:
            def kill() -> None:
                os.kill(mail.pid, number)
                # Without a mail under way it does not die by itself: then it is killed between two.
                end = time.monotonic() + 5
                while not mail.has_ended and time.monotonic() < end:
                    time.sleep(0.01)
                mail.kill()

            return kill

        return {
            "mail server after DATA": in_data(signal.SIGUSR1),
            "worker": worker.kill,
            "redis": self.processes["redis"].kill,
            "postgresql": self.postgresql.restart,
            "beat": self.processes["beat"].kill,
            "probes": self.processes["probes"].kill,
            "mail server in DATA": in_data(signal.SIGUSR2),
            "worker's child": worker.kill_child,
            "worker's main process": worker.kill_main,
            "mail server": mail.kill,
        }

    def bring_back(self) -> None:
        """Start what does not run."""
        for process in self.processes.values():
            if process.has_ended:
                process.start()

    def logs(self) -> str:
        """Return the end of every log."""
        paths = [*sorted(self.folder.glob("*.log")), self.postgresql.log]
        return "\n".join(f"== {path}\n" + path.read_text(errors="replace")[-6000:] for path in paths if path.exists())


@pytest.fixture
def world(tmp_path, request):
    """All processes, running; whatever happens, none of them is left behind."""
    redis_port, mail_port = services.free_port(), services.free_port()
    mark = f"UPKI_VAR={tmp_path / 'var'}"
    (tmp_path / "var").mkdir()
    zone = Zone("".join(f"{name}. 300 IN A 192.0.2.1\n" for name in mover.names(0, request.param[1])))
    with servers.postgresql() as postgresql, DnsServer(zone) as dns:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "LC_ALL": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            "PYTHONWARNINGS": "ignore",
            "DJANGO_SETTINGS_MODULE": "upki_portal.settings",
            # Beat's pace of the demonstration: every three seconds in place of fifteen.
            "UPKI_DEMO": "1",
            "UPKI_VAR": str(tmp_path / "var"),
            "SECRET_KEY": "for-this-test-only-" * 4,
            "DATABASE_URL": postgresql.address,
            "CACHE_URL": f"redis://127.0.0.1:{redis_port}/0",
            "BROKER_URL": f"redis://127.0.0.1:{redis_port}/1",
            "SMTP_PORT": str(mail_port),
            "SMTP_TIMEOUT_SECONDS": "2",
            "MAIL_LEASE_SECONDS": "6",
            "DNS_LEASE_SECONDS": "15",
            "DNS_VIEWS": json.dumps([{"name": "outside", "resolvers": [f"127.0.0.1:{dns.port}"]}]),
        }

        def process(name: str, *command: object, **more: Callable[[], bool]) -> Process:
            log = tmp_path / f"{name.replace(' ', '-')}.log"
            return Process(name, command, environment=environment, log=log, **more)

        keeper = "tests.integration.background.mail_keeper"
        made = World(
            tmp_path,
            environment,
            postgresql,
            {
                "redis": servers.redis(
                    environment=environment, log=tmp_path / "redis.log", folder=tmp_path, port=redis_port
                ),
                "mail server": process(
                    "mail server", sys.executable, "-m", keeper, mail_port, tmp_path / "mail",
                    answers=lambda: services.listens(mail_port),
                ),
                **{part: process(part, ROOT / "deploy" / "run", part) for part in ("worker", "probes", "beat")},
            },
        )  # fmt: skip
        try:
            subprocess.run(
                [sys.executable, "manage.py", "migrate", "-v", "0"], env=environment, cwd=ROOT, check=True, timeout=240
            )
            made.run("mover", "arrange")
            made.bring_back()
            yield made
        finally:
            servers.end_all(mark)
            # pytest shows it where the test failed.
            print(made.logs())


def move_and_kill(world: World, *, seed: int, size: int, kills: int) -> Counter[str]:
    """Let people move `size` requests while `kills` processes die at moments spread over the work."""
    rng, progress = random.Random(seed), world.folder / "progress"
    progress.touch()
    share = -(-size // MOVERS)
    movers = [
        Process(
            f"mover {first}",
            [sys.executable, "-m", mover.__name__, first, min(share, size - first), seed + first, progress],
            environment=world.environment,
            log=world.folder / f"mover-{first}.log",
        )
        for first in range(0, size, share)
    ]
    for one in movers:
        one.start()
    steps = size * len(mover.STEPS)
    moments = sorted(rng.sample(range(steps // 20, steps * 9 // 10), kills))
    ways, killed = world.victims(), Counter[str]()
    order: list[str] = []
    for moment in moments:
        servers.wait_for(
            lambda moment=moment: progress.stat().st_size >= moment or all(one.has_ended for one in movers),
            what=f"step {moment}",
            seconds=mover.PATIENCE_SECONDS,
        )
        # Each way once before any comes again; the sample begins with what loses most.
        order = order or (list(ways) if not killed and kills < len(ways) else rng.sample(list(ways), len(ways)))
        way = order.pop(0)
        ways[way]()
        killed[way] += 1
        time.sleep(rng.uniform(0.2, 1.5))
        world.bring_back()
    assert [one.wait_for_end() for one in movers] == [0] * len(movers)
    return killed


@pytest.mark.parametrize(
    ("world", "kills"),
    [
        pytest.param((5, 24), 4, marks=pytest.mark.services, id="sample"),
        pytest.param((5, 500), 60, marks=pytest.mark.soak, id="500 requests"),
    ],
    indirect=["world"],
)
def test_whoever_is_killed_loses_no_step_and_repeats_none(world, kills, request, capsys):
    seed, size = request.node.callspec.params["world"]
    begun = time.monotonic()
    killed = move_and_kill(world, seed=seed, size=size, kills=kills)
    moved = time.monotonic()
    found = json.loads(world.run("judge", world.folder / "mail", DRAIN_SECONDS))
    wrong = found.pop("wrong")
    with capsys.disabled():
        print(f"\nseed {seed}, {size} requests; killed: {dict(killed)}")
        print(f"moved in {moved - begun:.0f} s, all mail out {time.monotonic() - moved:.0f} s later: {found}")
    assert not wrong, "\n".join(wrong[:40])
    assert found["requests"] == {"QUEUED": size}
    assert found["background"] == "ok", "the heartbeats are there again, although Redis lost them"
    assert found["mails"] >= size * 5
    assert found["copies"] >= found["mails"]
