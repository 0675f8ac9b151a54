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
ROUNDS = 40
CALLS = 25


def microseconds(*calls: Callable[[], object]) -> list[float]:
    """Return the best mean of processor time for each of `calls`, measured in turn: other processes count little."""
    best = [float("inf")] * len(calls)
    for _ in range(ROUNDS):
        for index, call in enumerate(calls):
            started = time.process_time()
            for _ in range(CALLS):
                call()
            best[index] = min(best[index], (time.process_time() - started) / CALLS * 1e6)
    return best


def vector(name: str) -> bytes:
    return (VECTORS / f"{name}.vector").read_bytes().split(b"\n==========\n", 1)[1]


def floor(given: bytes) -> Callable[[], object]:
    return lambda: x509.load_pem_x509_csr(given).is_signature_valid


def main() -> None:
    plain, iis = vector("plain"), vector("corpus-valid-iis-style")
    public_key = x509.load_pem_x509_csr(plain).public_key()
    problem = check(vector("trap-ou"), UEC).problems[0]
    base, whole, shaped, weak, guard, short, screen, words = microseconds(
        floor(plain),
        lambda: check(plain, UEC),
        lambda: check(iis, UEC),
        lambda: keys.check_weakness(public_key),
        lambda: find_private_key(plain),
        lambda: find_private_key("www.cs.uec.ac.jp"),
        lambda: lookalikes.check_name("www.cs.uec.ac.jp"),
        lambda: texts.text(problem, "ja"),
    )
    rows = (
        ("floor: parse + verify (cryptography)", base),
        ("check without the weak-key tests", whole - weak),
        ("check, whole", whole),
        ("check of a request in IIS's shape, whole", shaped),
        ("weak-key tests alone (badkeys)", weak),
        ("private-key guard on a request", guard),
        ("private-key guard on a host name", short),
        ("look-alike screen of one name", screen),
        ("text of one problem", words),
    )
    for label, value in rows:
        print(f"{label:42} {value:8.1f} µs {value / base:6.2f} × floor")


if __name__ == "__main__":
    main()
