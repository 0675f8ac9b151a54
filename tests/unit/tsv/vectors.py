"""The vectors of tests/vectors/tsv, read once, with the correct rows that they are made from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "vectors" / "tsv"

SUBJECT = "CN=www.cs.uec.ac.jp,O=The University of Electro-Communications,L=chofu,ST=tokyo,C=JP"
BODY = "MAA="  # an empty DER SEQUENCE: the package looks no deeper into column 7


def issue_row(
    *,
    name: str = "電通　太郎",
    affiliation: str = "情報基盤センター",
    fqdn: str = "www.cs.uec.ac.jp",
    dns_names: str = "",
) -> str:
    last = (name, affiliation, "taro@cc.uec.ac.jp", fqdn, "nginx1.24", dns_names)
    return "\t".join((SUBJECT, "3", "", "", "", "", BODY, *last))


def renewal_row() -> str:
    cells = issue_row().split("\t")
    return "\t".join((*cells[:3], "2523387705629275603", *cells[4:]))


def revocation_row(*, serial: int = 2523387705629275603, reason: int = 4, comment: str = "") -> str:
    return "\t".join((SUBJECT, "", "", str(serial), str(reason), comment, *[""] * 7))


def _quoted(row: str) -> str:
    return "\t".join(f'"{cell}"' for cell in row.split("\t"))


PLACES = {
    "{issue}": issue_row,
    "{renew}": renewal_row,
    "{revoke}": revocation_row,
    "{doubtful}": lambda: issue_row(name="ああ", affiliation="CC"),
    "{髙橋}": lambda: issue_row(name="髙橋"),
    "{quoted revoke}": lambda: _quoted(revocation_row()),
    "{revoke without its last tab}": lambda: revocation_row()[:-1],
    "{revoke with reason 0}": lambda: revocation_row(reason=0),
    "{issue for another FQDN}": lambda: issue_row(fqdn="web.cs.uec.ac.jp"),
    "{issue with names}": issue_row,
    "{99 revocations}": lambda: "".join(revocation_row(serial=n) + "\r\n" for n in range(1, 100)),
    "{100 revocations}": lambda: "".join(revocation_row(serial=n) + "\r\n" for n in range(1, 101)),
    "{5 MB}": lambda: "x" * 5_000_000,
}


def content(vector: dict[str, Any]) -> bytes:
    if "hex" in vector:
        return bytes.fromhex(vector["hex"])
    text = vector["text"]
    for place, make in PLACES.items():
        text = text.replace(place, make())
    return text.encode(vector.get("encoding", "shift_jis"))


def load(name: str) -> Any:
    return json.loads((FOLDER / name).read_text("utf-8"))
