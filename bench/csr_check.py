"""µs for each check of a request, beside the floor: parsing and verifying its signature with `cryptography` alone.

Run `python -m bench.csr_check`. Figures of one run on one machine; the ratios are what counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from cryptography import x509

from csr import check, keys, lookalikes, texts
from csr.policy import UEC
from csr.reading import find_private_key

VECTORS = Path(__file__).parents[1] / "tests" / "vectors" / "csr"
ROUNDS = 7
CALLS = 300


def microseconds(call: Callable[[], object]) -> float:
    """Return the best of `ROUNDS` means over `CALLS` calls: the least disturbed by other processes."""
    call()
    means = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for _ in range(CALLS):
            call()
        means.append((time.perf_counter() - started) / CALLS)
    return min(means) * 1e6


def vector(name: str) -> bytes:
    return (VECTORS / f"{name}.vector").read_bytes().split(b"\n==========\n", 1)[1]


def floor(given: bytes) -> Callable[[], object]:
    return lambda: x509.load_pem_x509_csr(given).is_signature_valid


def main() -> None:
    plain, iis = vector("plain"), vector("corpus-valid-iis-style")
    base = microseconds(floor(plain))
    public_key = x509.load_pem_x509_csr(plain).public_key()
    whole, weak = microseconds(lambda: check(plain, UEC)), microseconds(lambda: keys.check_weakness(public_key))
    rows = (
        ("floor: parse + verify (cryptography)", base),
        ("check without the weak-key tests", whole - weak),
        ("check, whole", whole),
        ("check of a request in IIS's shape, whole", microseconds(lambda: check(iis, UEC))),
        ("weak-key tests alone (badkeys)", weak),
        ("private-key guard on a request", microseconds(lambda: find_private_key(plain))),
        ("private-key guard on a host name", microseconds(lambda: find_private_key("www.cs.uec.ac.jp"))),
        ("look-alike screen of one name", microseconds(lambda: lookalikes.check_name("www.cs.uec.ac.jp"))),
        ("text of one problem", microseconds(lambda: texts.text(check_problem, "ja"))),
    )
    for label, value in rows:
        print(f"{label:45} {value:9.1f} µs {value / base:7.2f} × floor")


check_problem = check(vector("trap-ou"), UEC).problems[0]


if __name__ == "__main__":
    main()
