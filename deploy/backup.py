#!/usr/bin/env python3
"""Dump the portal's database into FOLDER and remove dumps older than 35 days: deploy/backup.py FOLDER

DATABASE_URL comes from the environment (EnvironmentFile= of upki-portal-backup.service). The dump holds personal data,
but no secret: SECRET_KEY and passwords are in the file of settings, which is kept apart.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

KEEP_SECONDS = 35 * 24 * 3600


def main(folder: Path) -> int:
    """Return pg_dump's or pg_restore's exit status; a dump that cannot be listed again leaves no file."""
    os.umask(0o077)
    environment = {**os.environ, **connection(os.environ["DATABASE_URL"])}
    made = folder / time.strftime("portal-%Y%m%dT%H%M%S.dump")
    part = made.with_suffix(".part")
    for command in (["pg_dump", "--format=custom", "--file", str(part)], ["pg_restore", "--list", str(part)]):
        done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)
        if done.returncode:
            part.unlink(missing_ok=True)
            return done.returncode
    part.rename(made)
    for old in folder.glob("portal-*.dump"):
        if old.stat().st_mtime < time.time() - KEEP_SECONDS:
            old.unlink()
    print(f"{made}: {made.stat().st_size} bytes")
    return 0


def connection(url: str) -> dict[str, str]:
    """Return libpq's variables for `url`: a password on a command line would stand in `ps`."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"}:
        sys.exit("DATABASE_URL does not name PostgreSQL; for SQLite use: sqlite3 FILE '.backup COPY'")
    values = {
        "PGDATABASE": unquote(parts.path[1:]),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGHOST": parts.hostname or "",
        "PGPORT": str(parts.port or ""),
    }
    return {name: value for name, value in values.items() if value}


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1])))
