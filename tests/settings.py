"""Settings of the test runs: the embedded default on loopback; real servers where the environment names them.

Ports are chosen here, before the settings are read, so that what they derive (origin of the provider in the content
security policy, DNS views) is what the stand-ins of the tests listen on.
"""

import json
import os
import socket
import tempfile


def _free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


PORTAL_PORT, OIDC_PORT, MAIL_PORT, DNS_OUTSIDE_PORT, DNS_INSIDE_PORT = _free_ports(5)

os.environ.setdefault("UPKI_DEMO", "1")
os.environ.setdefault("UPKI_VAR", tempfile.mkdtemp(prefix="upki-tests-"))
os.environ["PORTAL_URL"] = f"http://127.0.0.1:{PORTAL_PORT}"
os.environ["OIDC_ISSUER"] = f"http://127.0.0.1:{OIDC_PORT}"
os.environ["SMTP_PORT"] = str(MAIL_PORT)
os.environ["DNS_VIEWS"] = json.dumps(
    [
        {"name": "outside", "resolvers": [f"127.0.0.1:{DNS_OUTSIDE_PORT}"]},
        {"name": "inside", "resolvers": [f"127.0.0.1:{DNS_INSIDE_PORT}"]},
    ]
)

os.environ["UPKI_ISSUERS"] = f"{os.environ['UPKI_VAR']}/ca/demo-issuing-ca.pem"

from upki_portal.settings import *  # noqa: E402, F403

# A file, not shared memory: threads of the race tests get the same locks as in production.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    DATABASES["default"]["TEST"] = {"NAME": VAR_DIR / "test.sqlite3"}  # noqa: F405

ALLOWED_HOSTS = ["127.0.0.1", "localhost", "testserver"]

# Whitenoise warns once for each test client where the folder of collected files is missing.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405
