"""The Japanese catalogue against the code: nothing missing, nothing fuzzy, nothing stale, compiled."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PO = ROOT / "upki_portal/locale/ja/LC_MESSAGES/django.po"


def problems() -> list[str]:
    """Return what is wrong with the catalogue; msgfmt and msgmerge (package gettext) do the reading."""
    return [*_untranslated(), *_out_of_date(), *_not_compiled()]


def _gettext(*command: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "UPKI_DEMO": "1"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def _untranslated() -> list[str]:
    checked = _gettext("msgfmt", "--check", "--statistics", "-o", "/dev/null", str(PO))
    if checked.returncode:
        return [checked.stderr.strip()]
    return [checked.stderr.strip()] if re.search(r"fuzzy|untranslated", checked.stderr) else []


def _out_of_date() -> list[str]:
    """Extract the texts anew, compare which there are, and put the committed catalogue back."""
    committed = PO.read_bytes()
    try:
        made = _gettext(sys.executable, "manage.py", "makemessages", "-l", "ja", "--no-location", *IGNORED)
        fresh = PO.read_text(encoding="utf-8")
    finally:
        PO.write_bytes(committed)
    if made.returncode:
        return [made.stderr.strip()]
    missing = _texts(fresh) - _texts(committed.decode())
    return [f"not in the catalogue: {text[:90]}" for text in sorted(missing)]


IGNORED = tuple(f"--ignore={name}" for name in (".venv", "node_modules", "var", "tests", "bench", "demo"))


def _texts(po: str) -> set[str]:
    active = "\n".join(line for line in po.splitlines() if not line.startswith("#~"))
    found = re.findall(r'^msgid ((?:".*"\n?)+)', active, flags=re.MULTILINE)
    return {"".join(re.findall(r'"(.*)"', text)) for text in found}


def _not_compiled() -> list[str]:
    with tempfile.NamedTemporaryFile(suffix=".mo") as compiled:
        _gettext("msgfmt", "-o", compiled.name, str(PO))
        mo = PO.with_suffix(".mo")
        if not mo.exists() or mo.read_bytes() != Path(compiled.name).read_bytes():
            return [f"{mo.relative_to(ROOT)} is not made from the catalogue: manage.py compilemessages"]
    return []
