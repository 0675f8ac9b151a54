"""`python -m tests.services COMMAND…`: run a command with a real PostgreSQL and Redis, named by its environment.

Servers that DATABASE_URL and CACHE_URL name already are used as they are. Otherwise servers from the distribution's
packages are started on free loopback ports in a temporary folder, and ended afterwards by their process id.
"""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

WAIT_SECONDS = 30
"""How long a server may take until it answers."""


class NotInstalled(Exception):
    """A server's program is missing; the message says which package has it."""


def main(command: Sequence[str]) -> int:
    """Run `command` and return its exit status; 69 (EX_UNAVAILABLE) when a server is not installed."""
    environment = dict(os.environ)
    with ExitStack() as servers:
        try:
            if not environment.get("DATABASE_URL", "").startswith("postgres"):
                environment["DATABASE_URL"] = servers.enter_context(postgresql())
            if not environment.get("CACHE_URL"):
                address = servers.enter_context(redis())
                environment["CACHE_URL"] = f"{address}/0"
                environment["BROKER_URL"] = f"{address}/1"
        except NotInstalled as missing:
            print(missing, file=sys.stderr)
            return 69
        return subprocess.run(command, env=environment, check=False).returncode


@contextmanager
def postgresql() -> Iterator[str]:
    """Start a PostgreSQL cluster of its own and yield its address."""
    programs = postgresql_programs()
    folder = Path(tempfile.mkdtemp(prefix="upki-postgresql-"))
    port = free_port()
    as_user = drop_root(folder)
    try:
        initdb = [programs / "initdb", "--auth=trust", "--username=upki", "--encoding=UTF8", "--locale=C.UTF-8"]
        subprocess.run(
            [*as_user, *initdb, "--no-sync", "-D", folder / "data"], check=True, stdout=subprocess.DEVNULL, cwd="/"
        )
        options = ["-h", "127.0.0.1", "-p", str(port), "-k", str(folder), "-c", "fsync=off", "-c", "max_connections=60"]
        with _server([*as_user, programs / "postgres", "-D", folder / "data", *options], folder / "log", port):
            yield f"postgresql://upki@127.0.0.1:{port}/postgres"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def redis() -> Iterator[str]:
    """Start a Redis server of its own and yield its address."""
    program = shutil.which("redis-server")
    if program is None:
        raise NotInstalled("Redis がありません。 Redis is not installed: apt install redis-server")
    folder = Path(tempfile.mkdtemp(prefix="upki-redis-"))
    port = free_port()
    try:
        options = ["--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder), "--save", ""]
        with _server([program, *options], folder / "log", port):
            yield f"redis://127.0.0.1:{port}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """Return a loopback port that nobody listens on at present."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    """Tell whether somebody listens on a port of loopback."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def _server(command: Sequence[object], log: Path, port: int) -> Iterator[None]:
    with open(log, "wb") as output:
        process = subprocess.Popen([str(part) for part in command], stdout=output, stderr=output, cwd="/")
        try:
            _wait_for(port, process, log)
            yield
        finally:
            process.terminate()
            process.wait(timeout=WAIT_SECONDS)


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    for _attempt in range(WAIT_SECONDS * 10):
        if process.poll() is not None:
            break
        if listens(port):
            return
        time.sleep(0.1)
    raise RuntimeError(f"The server on port {port} did not start:\n{log.read_text(errors='replace')}")


def postgresql_programs() -> Path:
    """Return the folder of initdb and postgres, the newest version first."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if not versions:
        raise NotInstalled("PostgreSQL がありません。 PostgreSQL is not installed: apt install postgresql")
    return versions[-1].parent


def drop_root(folder: Path) -> list[str]:
    """PostgreSQL refuses to run as root: give the folder to the account postgres and run as that."""
    if os.geteuid() != 0:
        return []
    account = pwd.getpwnam("postgres")
    os.chown(folder, account.pw_uid, account.pw_gid)
    return ["runuser", "-u", "postgres", "--"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
