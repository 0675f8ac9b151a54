"""The one place that says where the demonstration runs and with which settings."""

import json
import os
import secrets
from datetime import UTC, datetime
from pathlib import Path

from demo.accounts import HOSTED_DOMAIN
from demo.web import HOST

CLIENT_ID, CLIENT_SECRET = "upki-portal", "demonstration-only"
"""The portal at the demonstration's OpenID provider."""

ROOT = Path(__file__).resolve().parent.parent

PORTAL_PORT = 8000
PROVIDER_PORT = 8001
MAIL_PAGE_PORT = 8002
NII_PORT = 8003
SMTP_PORT = 8025
DNS_OUTSIDE_PORT = 8053
DNS_INSIDE_PORT = 8054

PORTAL_URL = f"http://{HOST}:{PORTAL_PORT}"
NII_URL = f"http://{HOST}:{NII_PORT}"
"""The stand-in for NII's support system."""


def var_dir() -> Path:
    """Return the folder of everything that the demonstration keeps (UPKI_DEMO_VAR moves it, for tests)."""
    return Path(os.environ.get("UPKI_DEMO_VAR", ROOT / "var" / "demo")).resolve()


def nii_folder() -> Path:
    """Return the folder of the stand-in for NII."""
    return var_dir() / "nii"


def nii_issuer() -> Path:
    """Return the file with the certificate of the demonstration's issuing CA, which the stand-in makes at its start."""
    return nii_folder() / "ca" / "demo-issuing-ca.pem"


INHERITED = ("HOME", "LANG", "LC_ALL", "PATH", "SSL_CERT_FILE", "TERM", "TMPDIR", "USER", "VIRTUAL_ENV")
"""What the demonstration takes from the caller; an exported DATABASE_URL of a real server is not among it."""


def settings() -> dict[str, str]:
    """Return the environment of the portal's processes; makes the folder and the secret key when they are missing."""
    folder = var_dir()
    folder.mkdir(parents=True, exist_ok=True)
    return {
        **{name: os.environ[name] for name in INHERITED if name in os.environ},
        "DJANGO_SETTINGS_MODULE": "upki_portal.settings",
        "UPKI_DEMO": "1",
        "UPKI_DEMO_VAR": str(folder),
        "UPKI_DEBUG": "0",
        "UPKI_VAR": str(folder),
        "UPKI_BIND": HOST,
        "SECRET_KEY": _secret_key(folder / "secret-key"),
        "DATABASE_URL": f"sqlite:///{folder / 'portal.sqlite3'}",
        "BROKER_URL": f"filesystem://{HOST}",
        "PORTAL_URL": PORTAL_URL,
        "OIDC_ISSUER": f"http://{HOST}:{PROVIDER_PORT}",
        "OIDC_CLIENT_ID": CLIENT_ID,
        "OIDC_CLIENT_SECRET": CLIENT_SECRET,
        "OIDC_HOSTED_DOMAIN": HOSTED_DOMAIN,
        "SMTP_HOST": HOST,
        "SMTP_PORT": str(SMTP_PORT),
        "DNS_VIEWS": json.dumps(
            [
                {"name": "outside", "resolvers": [f"{HOST}:{DNS_OUTSIDE_PORT}"]},
                {"name": "inside", "resolvers": [f"{HOST}:{DNS_INSIDE_PORT}"]},
            ]
        ),
        "TLS_NETWORKS": "127.0.0.0/8",
        "UPKI_ISSUERS": str(nii_issuer()),
        "UPKI_GO_LIVE_ON": _first_day(folder / "first-day"),
        "PYTHONUNBUFFERED": "1",
        # "You run the worker as root": so does whoever tries the demonstration in a container.
        "PYTHONWARNINGS": "ignore::UserWarning",
    }


def _first_day(path: Path) -> str:
    """Return the day on which the demonstration was first started: its past lies before the portal's go-live."""
    if not path.exists():
        path.write_text(datetime.now(UTC).date().isoformat(), encoding="ascii")
    return path.read_text(encoding="ascii")


def _secret_key(path: Path) -> str:
    """Return the key that earlier runs used, so that sessions and mail links outlive a restart."""
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        key = secrets.token_urlsafe(48)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="ascii") as file:
            file.write(key)
        return key
