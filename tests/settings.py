"""Settings of the test runs: the embedded default on loopback; real servers where the environment names them."""

import os
import tempfile

os.environ.setdefault("UPKI_DEMO", "1")
os.environ.setdefault("UPKI_VAR", tempfile.mkdtemp(prefix="upki-tests-"))
os.environ.setdefault("PORTAL_URL", "http://127.0.0.1:8000")

from upki_portal.settings import *  # noqa: F403

# A file, not shared memory: threads of the race tests get the same locks as in production.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    DATABASES["default"]["TEST"] = {"NAME": VAR_DIR / "test.sqlite3"}  # noqa: F405

ALLOWED_HOSTS = ["127.0.0.1", "localhost", "testserver"]
