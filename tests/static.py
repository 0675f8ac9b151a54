"""`make check`: everything that can be said of the code without running it, each in one line when it holds."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
_FOLDER = tempfile.TemporaryDirectory(prefix="upki-static-")


def _issuer_file() -> str:
    """Return a file with the certificate of a CA, as UPKI_ISSUERS of a server names one."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "check only")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=365))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    path = Path(_FOLDER.name, "issuers.pem")
    path.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return str(path)


PRODUCTION = {
    "UPKI_DEMO": "0",
    "SECRET_KEY": "check-only-" * 6,
    "PORTAL_URL": "https://portal.example.ac.jp",
    "UPKI_TRUSTED_PROXY": "1",
    "OIDC_ISSUER": "https://accounts.example.ac.jp",
    "OIDC_CLIENT_SECRET": "check-only",
    "DATABASE_URL": "postgresql://portal@127.0.0.1/portal",
    "BROKER_URL": "redis://127.0.0.1/1",
    "CACHE_URL": "redis://127.0.0.1/0",
    "DNS_VIEWS": '[{"name": "outside", "resolvers": ["192.0.2.53:53"]}]',
    "SMTP_TLS": "starttls",
    "UPKI_ISSUERS": _issuer_file(),
}
"""A server's settings, with which `check --deploy` has nothing to say."""


def main() -> int:
    """Run every check and return 1 when one of them fails."""
    failed = [name for name, passed in _checks() if not passed]
    print(f"{'failed: ' + ', '.join(failed) if failed else 'all static checks hold'}")
    return 1 if failed else 0


def _checks() -> Iterator[tuple[str, bool]]:
    demo = {"UPKI_DEMO": "1"}
    yield "ruff check", _run([BIN / "ruff", "check", "."])
    yield "ruff format", _run([BIN / "ruff", "format", "--check", "."])
    yield "mypy", _run([BIN / "mypy", "."], demo)
    yield "layers", _run([BIN / "lint-imports", "--no-logo"] if _knows("--no-logo") else [BIN / "lint-imports"])
    yield "migrations", _run([sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"], demo)
    yield (
        "check --deploy",
        _run([sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"], PRODUCTION),
    )
    yield "catalogue", _catalogue_is_complete()
    yield "lock file", _lock_has_no_address()


def _knows(option: str) -> bool:
    helped = subprocess.run([BIN / "lint-imports", "--help"], capture_output=True, text=True, check=False)
    return option in helped.stdout


def _run(command: list[str | Path], environment: dict[str, str] | None = None) -> bool:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    print(
        f"{'ok  ' if done.returncode == 0 else 'FAIL'} {' '.join(Path(str(p)).name for p in command[:3])}", flush=True
    )
    if done.returncode:
        print(done.stdout + done.stderr)
    return done.returncode == 0


def _catalogue_is_complete() -> bool:
    """Every text of the code is in the Japanese catalogue, translated, not fuzzy; the .mo is made from this .po."""
    sys.path.insert(0, str(ROOT))
    from tests import catalogue

    problems = catalogue.problems()
    print(f"{'FAIL' if problems else 'ok  '} catalogue")
    for problem in problems:
        print("    ", problem)
    return not problems


def _lock_has_no_address() -> bool:
    lock = (ROOT / "requirements.lock").read_text()
    without_hash = [
        line for line in re.split(r"\n(?=\S)", lock) if "==" in line.split("\n")[0] and "--hash=" not in line
    ]
    clean = "://" not in lock and not without_hash
    print(f"{'ok  ' if clean else 'FAIL'} requirements.lock has hashes and no address")
    return clean


if __name__ == "__main__":
    sys.exit(main())
