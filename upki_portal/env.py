"""The typed reader of the environment: every setting an operator can give is declared once, here.

Each value is read by name with its type; a missing or malformed one raises `ImproperlyConfigured` with a sentence that
names the variable. `DECLARED` feeds the settings table of README.md (a test compares them).
"""

import ipaddress
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True)
class Declared:
    """One setting: the variable's name, its default as text ("required" where there is none) and what it is for."""

    name: str
    default: str
    meaning: str


@dataclass
class Environment:
    """Reads `values` (the process environment) and remembers what was asked for."""

    values: Mapping[str, str]
    declared: list[Declared] = field(default_factory=list)

    def text(self, name: str, default: str | None, meaning: str) -> str:
        """Return the value of `name`. Raises ImproperlyConfigured where it is required and missing."""
        self.declared.append(Declared(name, "required" if default is None else default, meaning))
        value = self.values.get(name, "")
        if value:
            return value
        if default is None:
            raise ImproperlyConfigured(f"The environment variable {name} is required: {meaning}.")
        return default

    def number(self, name: str, default: int, meaning: str, *, within: range | None = None) -> int:
        """Return a whole number ≥ 0, inside `within` where that is given."""
        value = self.text(name, str(default), meaning)
        if not value.isdecimal():
            raise ImproperlyConfigured(f"{name} must be a whole number, but is “{value}”.")
        if within is not None and int(value) not in within:
            raise ImproperlyConfigured(f"{name} must be from {within[0]} to {within[-1]}, but is {value}.")
        return int(value)

    def flag(self, name: str, default: bool, meaning: str) -> bool:
        """Return True for 1, False for 0; nothing else is accepted."""
        value = self.text(name, "1" if default else "0", meaning)
        if value not in {"0", "1"}:
            raise ImproperlyConfigured(f"{name} must be 0 or 1, but is “{value}”.")
        return value == "1"

    def choice(self, name: str, choices: tuple[str, ...], meaning: str) -> str:
        """Return one of `choices`, whose first is the default."""
        value = self.text(name, choices[0], f"{', '.join(choices)}: {meaning}")
        if value not in choices:
            raise ImproperlyConfigured(f"{name} must be one of {', '.join(choices)}, but is “{value}”.")
        return value

    def origin(self, name: str, default: str, meaning: str) -> str:
        """Return scheme://host[:port] without a slash at its end; a path would be lost where only hosts count."""
        value = self.text(name, default, meaning).rstrip("/")
        if not is_origin(value):
            raise ImproperlyConfigured(f"{name} must be http(s)://HOST[:PORT] without a path, but is “{value}”.")
        return value

    def words(self, name: str, default: str, meaning: str) -> list[str]:
        """Return the comma-separated values, without empty ones."""
        return [word.strip() for word in self.text(name, default, meaning).split(",") if word.strip()]

    def json(self, name: str, default: Any, meaning: str) -> Any:
        """Return the value parsed as JSON."""
        value = self.text(name, json.dumps(default), meaning)
        try:
            return json.loads(value)
        except ValueError as error:
            raise ImproperlyConfigured(f"{name} is not JSON: {error}.") from error

    def mapping(self, name: str, meaning: str) -> dict[str, Any]:
        """Return a JSON object, by default the empty one."""
        value = self.json(name, {}, meaning)
        if not isinstance(value, dict):
            raise ImproperlyConfigured(f"{name} must be a JSON object.")
        return value

    def day(self, name: str, meaning: str) -> date | None:
        """Return a day written as YYYY-MM-DD, None where there is none."""
        value = self.text(name, "", meaning)
        try:
            return date.fromisoformat(value) if value else None
        except ValueError as error:
            raise ImproperlyConfigured(f"{name} must be a day like 2026-12-01, but is “{value}”.") from error

    def periods(self, name: str, meaning: str) -> list[tuple[date, date]]:
        """Return comma-separated periods FIRST/LAST of whole days in their order; both days belong to a period."""
        periods = sorted(_period(name, word) for word in self.words(name, "", meaning))
        for (_, last), (first, _) in pairwise(periods):
            if first <= last:
                raise ImproperlyConfigured(f"{name} has periods that overlap: {first} lies in an earlier one.")
        return periods

    def networks(self, name: str, meaning: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
        """Return comma-separated networks such as 192.0.2.0/24."""
        try:
            return [ipaddress.ip_network(word) for word in self.words(name, "", meaning)]
        except ValueError as error:
            raise ImproperlyConfigured(f"{name} must be networks like 192.0.2.0/24,2001:db8::/32: {error}.") from error

    def views(self, name: str, default: Any, meaning: str) -> list[dict[str, Any]]:
        """Return DNS views, each an object with a name of its own and resolvers written as ADDRESS:PORT."""
        value = self.json(name, default, meaning)
        wanted = '[{"name": "outside", "resolvers": ["192.0.2.53:53"]}]'
        if not isinstance(value, list) or not all(_is_view(view) for view in value):
            raise ImproperlyConfigured(f"{name} must be a list like {wanted}; resolvers are ADDRESS:PORT.")
        if len({view["name"] for view in value}) < len(value):
            raise ImproperlyConfigured(f"{name} names a view twice.")
        return value


LONGEST_PERIOD_DAYS = 31
"""A mistyped year would close the office for twelve months, and every reminder of them would leave today."""


def _period(name: str, word: str) -> tuple[date, date]:
    parts = word.split("/")
    try:
        first, last = map(date.fromisoformat, parts)
    except ValueError as error:
        raise ImproperlyConfigured(
            f"{name} must be periods like 2026-12-28/2027-01-04,2027-08-12/2027-08-16, but holds “{word}”."
        ) from error
    if not first <= last < first + timedelta(days=LONGEST_PERIOD_DAYS):
        raise ImproperlyConfigured(
            f"{name} holds “{word}”: a period ends on or after its first day, and has ≤ {LONGEST_PERIOD_DAYS} days."
        )
    return first, last


def _is_view(view: object) -> bool:
    if not isinstance(view, dict) or not isinstance(view.get("name"), str) or not view["name"]:
        return False
    resolvers = view.get("resolvers")
    return isinstance(resolvers, list) and bool(resolvers) and all(_is_address_and_port(one) for one in resolvers)


def _is_address_and_port(resolver: object) -> bool:
    if not isinstance(resolver, str):
        return False
    address, _, port = resolver.rpartition(":")
    try:
        ipaddress.ip_address(address.strip("[]"))
    except ValueError:
        return False
    return port.isdecimal() and 0 < int(port) < 2**16


def is_origin(address: str) -> bool:
    """Tell whether `address` is http(s)://HOST[:PORT] and nothing more."""
    return re.fullmatch(r"https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?", address) is not None


def is_loopback(host: str) -> bool:
    """Tell whether `host` (a name or an address) stays on this machine. Only addresses and "localhost" do."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def database(url: str) -> dict[str, Any]:
    """Turn sqlite:///PATH or postgresql://USER:PASSWORD@HOST:PORT/NAME into Django's settings."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(parts.path[1:]),
            # select_for_update does nothing on SQLite: without IMMEDIATE 698 of 1,000 concurrent writes failed.
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                # recursive_triggers: without it INSERT OR REPLACE goes past the audit's triggers.
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA recursive_triggers=ON;",
            },
        }
    if parts.scheme in {"postgresql", "postgres"}:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path[1:]),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 60,
            # Without it the first request after a restart of PostgreSQL is a 500.
            "CONN_HEALTH_CHECKS": True,
            # Seconds for one address of HOST: a page then fails in time where the server does not answer at all.
            "OPTIONS": {"connect_timeout": 4},
        }
    raise ImproperlyConfigured(f"DATABASE_URL must begin with sqlite:/// or postgresql://, not with “{parts.scheme}”.")


def refuse_demo_on_the_network(*, hosts: Mapping[str, str]) -> None:
    """Raise ImproperlyConfigured unless every host of a demonstration is a loopback address."""
    outside = {name: host for name, host in hosts.items() if not is_loopback(host)}
    if outside:
        listed = ", ".join(f"{name} ({host})" for name, host in outside.items())
        raise ImproperlyConfigured(
            f"UPKI_DEMO=1 signs anybody in with a click, so it runs on loopback only; these are elsewhere: {listed}."
        )


BASE_DIR = Path(__file__).resolve().parent.parent
environment = Environment(os.environ)
DECLARED = environment.declared
