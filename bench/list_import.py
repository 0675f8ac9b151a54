"""Rows per second of NII's list taken in whole, beside reading the file alone and a bare bulk_create in the same run.

Run `python -m bench.list_import [ROWS]` (10,000). Real PEM of a throw-away CA, each with a key of its own, in an SQLite
file that is thrown away; making the list is not counted.
"""

from __future__ import annotations

import csv
import io
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from demo.nii.authority import ISSUING_CA, SERIAL_BITS, Authority
from demo.nii.listing import HEADER
from demo.nii.reading import Subject, read_subject

ROWS = 10_000
NOW = datetime.now(UTC).replace(microsecond=0)
COUNTED_DAYS = 3 * 365
"""The list begins so long ago: most of its certificates have ended, as in a list of years."""
CSR = Path(__file__).parents[1] / "tests" / "vectors" / "csr" / "plain.vector"


def subject(name: str) -> Subject:
    return read_subject(f"CN={name},O=The University of Electro-Communications,L=chofu,ST=tokyo,C=JP")


def key() -> rsa.RSAPublicKey:
    """Return a public key that nobody has the other half of: making real ones would take an hour."""
    modulus = secrets.randbits(2048) | 1 << 2047 | 1
    return rsa.RSAPublicNumbers(65537, modulus).public_key()


def make_list(authority: Authority, rows: int) -> bytes:
    """Return serverAll.tsv with a certificate in every row."""
    csr = "".join(CSR.read_text("latin-1").split("-----")[2].split())
    out = io.StringIO(newline="")
    writer = csv_writer(out)
    for number in range(rows):
        name = f"host{number}.cs.uec.ac.jp"
        at = NOW - timedelta(days=COUNTED_DAYS * (rows - number) / rows)
        serial = 1 << (SERIAL_BITS - 1) | number
        made = authority.issue(subject(name), (name, f"www{number}.cs.uec.ac.jp"), key(), serial=serial, at=at)
        writer.writerow(
            {
                "発行・更新申請-申請ID": str(number + 1),
                "主体者DN": f"CN={name},O=The University of Electro-Communications,L=chofu,ST=tokyo,C=JP",
                "状態": "5",
                "利用管理者mail": f"person{number % 300}@cc.uec.ac.jp",
                "CSR": csr,
                "dNSName": f"dNSName={name},dNSName=www{number}.cs.uec.ac.jp",
                "発行・更新申請-証明書": made.public_bytes(Encoding.PEM).decode(),
                "発行・更新申請-シリアル番号": str(serial),
                "最終更新日": f"{at:%Y/%m/%d %H:%M:%S}",
            }
        )
    return out.getvalue().encode("cp932")


def csv_writer(out: io.StringIO) -> csv.DictWriter[str]:
    writer = csv.DictWriter(out, HEADER, restval="", delimiter="\t", lineterminator="\r\n")
    writer.writeheader()
    return writer


def seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def set_up(folder: Path) -> None:
    """Let Django run on a new database in `folder`."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "upki_portal.settings",
        "UPKI_DEMO": "1",
        "UPKI_VAR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder / 'bench.sqlite3'}",
        "UPKI_ISSUERS": str(folder / ISSUING_CA),
    }
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def main(rows: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        authority = Authority(folder, now=NOW - timedelta(days=COUNTED_DAYS), address="http://127.0.0.1")
        content = make_list(authority, rows)
        set_up(folder)
        report(measure(content, rows), rows, len(content))


def measure(content: bytes, rows: int) -> dict[str, float]:
    """Return the seconds of each step."""
    from django.utils import timezone

    from audit.verification import verify_all
    from inventory.models import Certificate
    from requests_app.services import listing
    from tests import factories
    from tsv import listing as lists

    actor = factories.actor(factories.registrar())
    found = {"floor: read the file": seconds(lambda: lists.read(content)), "floor: bare bulk_create": _bare(rows)}
    given: list[int] = []
    found["stage"] = seconds(lambda: given.append(listing.stage(content, actor=actor)))
    listing.confirm(given[0], listed_on=timezone.localdate(), actor=actor)
    found["take in all parts"] = seconds(lambda: _apply_all(given[0]))
    assert Certificate.objects.count() == rows
    assert not verify_all().findings
    found["the whole import"] = found["stage"] + found["take in all parts"]
    return found


def _apply_all(pk: int) -> None:
    from requests_app.services import listing

    while listing.apply_chunk(pk):
        pass


def _bare(rows: int) -> float:
    """Return the seconds that so many rows of one table take, and remove them."""
    from django.db import transaction

    from inventory.models import NiiApplication

    made = [
        NiiApplication(application_id=f"B{number}", state=5, common_name=f"h{number}.uec.ac.jp", listed_at=NOW)
        for number in range(rows)
    ]

    def write() -> None:
        with transaction.atomic():
            NiiApplication.objects.bulk_create(made)

    taken = seconds(write)
    NiiApplication.objects.all().delete()
    return taken


def report(found: dict[str, float], rows: int, size: int) -> None:
    floor = found["floor: read the file"]
    print(f"{rows} rows, {size / 1e6:.1f} MB")
    for name, taken in found.items():
        print(f"{name:26}{taken:8.2f} s {rows / taken:10,.0f} rows/s {taken / floor:7.1f} × reading the file")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
