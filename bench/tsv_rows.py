"""Rows per second of the writer and the reader for 10,000 records, beside a bare join and encode in the same run.

Run: `python -m bench.tsv_rows`. The floor does no check at all: it joins ready texts with tabs and encodes them.
"""

from __future__ import annotations

import base64
import time
import tracemalloc
from collections.abc import Callable, Iterator

from tsv import listing_rows, reading, writing
from tsv.fields import MAX_ROWS, Kind
from tsv.listing import read_rows
from tsv.records import IssueRecord

COUNT = 10_000
BODY = base64.b64encode(bytes([0x30, 0x82, 0x02, 0xBC]) + bytes(range(256)) * 2 + bytes(188)).decode()


def record(number: int) -> IssueRecord:
    """Return one ordinary application with its own name."""
    name = f"host{number}.cs.uec.ac.jp"
    return IssueRecord(
        subject=f"CN={name},O=The University of Electro-Communications,L=chofu,ST=tokyo,C=JP",
        profile=3,
        csr=BODY,
        contact_name="電通　太郎",
        contact_affiliation="情報基盤センター",
        contact_mail="taro@cc.uec.ac.jp",
        fqdn=name,
        software="nginx1.24",
        dns_names=(name, f"www{number}.cs.uec.ac.jp"),
    )


def bare(rows: list[list[str]]) -> int:
    """The floor: join and encode, nothing else."""
    return sum(len(("\t".join(row) + "\r\n").encode("shift_jis")) for row in rows)


def rate(work: Callable[[], object]) -> float:
    """Return rows per second, the best of three."""
    best = float("inf")
    for _ in range(3):
        begun = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - begun)
    return COUNT / best


def peak(work: Callable[[], object]) -> float:
    """Return the highest allocation of Python objects in MB."""
    tracemalloc.start()
    work()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / 1e6


class Stream:
    """A list of NII's with `rows` rows that never exists as a whole."""

    def __init__(self, rows: int) -> None:
        header = "主体者DN\t状態\t発行・更新申請-シリアル番号\t発行・更新申請-証明書\r\n"
        self._lines = self._make(header.encode("cp932"), rows)

    def _make(self, header: bytes, rows: int) -> Iterator[bytes]:
        yield header
        for number in range(rows):
            yield f"CN=h{number}.uec.ac.jp,C=JP\t5\t{number + 1}\t-----BEGIN CERTIFICATE-----\r\n".encode()
            for _ in range(20):
                yield b"A" * 64 + b"\r\n"
            yield b"-----END CERTIFICATE-----\r\n"

    def readline(self, _limit: int) -> bytes:
        return next(self._lines, b"")


def read_list(rows: int) -> int:
    """Read a list row by row and keep nothing."""
    reader = listing_rows.Rows(Stream(rows))  # type: ignore[arg-type]  # all that is asked of a stream is readline
    return sum(1 for _ in read_rows(reader, reader.read_header()))


def main() -> None:
    records = [record(number) for number in range(COUNT)]
    texts = [[cell for _, cell in writing.cells(each)] for each in records]
    files = writing.files(records)
    floor = rate(lambda: bare(texts))
    figures = {
        "bare join and encode": floor,
        "make records": rate(lambda: [record(number) for number in range(COUNT)]),
        "write (check, join, encode)": rate(lambda: writing.files(records)),
        "read (decode, split, check, record)": rate(lambda: [reading.read(each, Kind.ISSUE) for each in files]),
        "read NII's list": rate(lambda: read_list(COUNT)),
    }
    for name, value in figures.items():
        print(f"{name:<38}{value:>12,.0f} rows/s   {1e6 / value:>7.1f} µs/row   {floor / value:>6.1f} × the floor")
    size = sum(map(len, files)) / 1e6
    print(f"{len(files)} files, {size:.1f} MB written")
    print(f"peak while writing {MAX_ROWS} rows     {peak(lambda: writing.files(records[:MAX_ROWS])):8.2f} MB")
    print(f"peak while writing {COUNT} rows  {peak(lambda: writing.files(records)):8.2f} MB (the files themselves)")
    print(f"peak reading a list of   500   {peak(lambda: read_list(500)):8.2f} MB")
    print(f"peak reading a list of 10000   {peak(lambda: read_list(COUNT)):8.2f} MB")


if __name__ == "__main__":
    main()
