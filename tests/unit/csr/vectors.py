"""Read the vectors: a request, who made it, and what is expected of it, in one file.

A vector is UTF-8 lines `key: value`, a line of equals signs, and then the exact octets that are checked.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

from csr.policy import EC_PROFILE, RSA_PROFILE, UEC, Policy

FOLDER = Path(__file__).parents[2] / "vectors" / "csr"
RULE = b"\n==========\n"
POLICIES = {"uec": UEC, "uec with curves": dataclasses.replace(UEC, profiles=(RSA_PROFILE, EC_PROFILE))}

ENVIRONMENT = "key.lists_missing"
"""Raised wherever badkeys' lists are not installed: says something about the machine, not about the request."""


@dataclasses.dataclass(frozen=True)
class Vector:
    """One request with its expected verdict and codes (without `ENVIRONMENT`), sorted."""

    name: str
    what: str
    producer: str
    names: tuple[str, ...] | None
    policy: Policy
    accepted: bool
    codes: tuple[str, ...]
    given: bytes


def load(path: Path) -> Vector:
    head, given = path.read_bytes().split(RULE, 1)
    fields = dict(line.split(": ", 1) for line in head.decode().splitlines())
    return Vector(
        name=path.stem,
        what=fields["what"],
        producer=fields["producer"],
        names=tuple(fields["names"].split()) if "names" in fields else None,
        policy=POLICIES[fields.get("policy", "uec")],
        accepted=fields["verdict"] == "accepted",
        codes=tuple(fields["codes"].split()) if "codes" in fields else (),
        given=given + b" " * int(fields.get("padding", "0")),
    )


def save(name: str, fields: dict[str, str], given: bytes) -> None:
    head = "\n".join(f"{key}: {value}" for key, value in fields.items() if value)
    (FOLDER / f"{name}.vector").write_bytes(head.encode() + RULE + given)


def all_vectors() -> list[Vector]:
    return [load(path) for path in sorted(FOLDER.glob("*.vector"))]
