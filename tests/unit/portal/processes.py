"""The portal started with an environment of its own, as an operator starts it."""

import os
import subprocess
import sys
from pathlib import Path

from tests.static import PRODUCTION

ROOT = Path(__file__).resolve().parents[3]
DEMO = {"UPKI_DEMO": "1"}


def start(environment: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    """Run `command` (by default: read the settings) with these settings and nothing of ours."""
    return subprocess.run(
        [sys.executable, *(command or ("-c", "import upki_portal.settings"))],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def refusal(environment: dict[str, str]) -> str:
    """Return the sentence with which the settings refuse; empty where they don't."""
    done = start(environment)
    last = done.stderr.strip().rpartition("\n")[2]
    _error, _, sentence = last.partition("ImproperlyConfigured: ")
    assert done.returncode == 0 or sentence, done.stderr
    return sentence if done.returncode else ""


def production(**changes: str) -> dict[str, str]:
    """Return a server's settings with some changed; an empty value takes one away."""
    return {name: value for name, value in (PRODUCTION | changes).items() if value}


def printed(environment: dict[str, str], expression: str) -> str:
    """Return what `expression` over the settings `s` prints."""
    done = start(environment, "-c", f"import upki_portal.settings as s; print(({expression}))")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
