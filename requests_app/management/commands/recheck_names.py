"""`manage.py recheck_names`: look up every name of valid certificates and open requests in DNS anew."""

import signal
from argparse import ArgumentParser, ArgumentTypeError
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from probes import dns
from requests_app.services import observing

CONCURRENCY = 50
"""Look-ups at once; more buys only latency (probes.dns)."""

MAX_CONCURRENCY = 200
"""What one may ask of the university's own resolvers."""


class Command(BaseCommand):
    """Begun again after an interruption, it goes on: what was looked up lately is left out."""

    help = (
        "Look up the names of valid certificates and open requests in DNS. Exit code 1 when one of them does not exist "
        "or its CAA records forbid the CA."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--younger-than",
            type=_number(0, 24 * 365),
            default=24,
            metavar="HOURS",
            help="leave out names looked up within so many hours (24; 0: none)",
        )
        parser.add_argument(
            "--concurrency",
            type=_number(1, MAX_CONCURRENCY),
            default=CONCURRENCY,
            help=f"look-ups at once ({CONCURRENCY}; at most {MAX_CONCURRENCY})",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        views = observing.views()
        if not views:
            raise CommandError("There is no DNS view: set DNS_VIEWS.")
        names = observing.to_recheck(within=timedelta(hours=options["younger_than"]))
        batch = max(1, options["concurrency"] // len(views))
        seen: dict[str, list[dns.Observation]] = {}
        busy = 0
        with _interruptible() as interrupted:
            for start in range(0, len(names), batch):
                part = names[start : start + batch]
                found = observing.recheck(part, concurrency=options["concurrency"])
                seen |= found
                busy += len(part) - len(found)
                self._progress(start + len(part), len(names))
                if interrupted.is_set():
                    break
        is_bad = self._summary(seen, busy=busy)
        if interrupted.is_set():
            raise CommandError("Interrupted. What was looked up is stored; run it again to go on.")
        if is_bad:
            raise CommandError("Some names do not exist, or no certificate may be issued for them: see above.")

    def _progress(self, done: int, total: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{done} of {total} names", ending="" if done < total else "\n")
        elif done == total or done // 500 != (done - 1) // 500:
            self.stderr.write(f"{done} of {total} names")

    def _summary(self, seen: dict[str, list[dns.Observation]], *, busy: int) -> bool:
        """Write how many names are how, and those with a fault; return whether there is one that a CA would refuse."""
        listed: dict[str, list[str]] = defaultdict(list)
        for name, observations in sorted(seen.items()):
            for what in _faults(observations):
                listed[what].append(name)
        self.stdout.write(f"{len(seen)} names were looked up.")
        if busy:
            self.stdout.write(f"{busy} names are being looked up by a worker just now; they were left to it.")
        for what, names in sorted(listed.items()):
            self.stdout.write(f"{what}: {len(names)}")
            for name in names:
                self.stdout.write(f"  {name}")
        return bool({"missing in every view", "CAA forbids the CA"} & listed.keys())


@contextmanager
def _interruptible() -> Iterator[Event]:
    """Let Ctrl-C end the run after the look-ups under way, seconds later; pressed again it ends it at once.

    In the middle of a statement it would leave the connection in a transaction that nobody began.
    """
    interrupted, before = Event(), signal.getsignal(signal.SIGINT)

    def note(_signal: int, _frame: FrameType | None) -> None:
        interrupted.set()
        signal.signal(signal.SIGINT, before)

    # Where a shell ignores it, as for a job in the background, it stays ignored.
    if before is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, note)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, before)


def _faults(observations: list[dns.Observation]) -> set[str]:
    """Return in words what is wrong with one name; empty when it is well."""
    faults = {f"{one.view}: {one.outcome}" for one in observations if not one.exists}
    if not any(one.exists for one in observations) and not any(one.is_temporary for one in observations):
        faults.add("missing in every view")
    if any(one.view == "outside" and not one.exists for one in observations):
        faults.add("missing outside")
    verdicts = {one.caa.verdict for one in observations if one.caa}
    if dns.CaaVerdict.FORBIDS in verdicts:
        faults.add("CAA forbids the CA")
    if dns.CaaVerdict.FAILED in verdicts:
        faults.add("CAA unknown")
    return faults


def _number(least: int, most: int) -> Any:
    def read(text: str) -> int:
        if not text.isascii() or not text.isdecimal() or not least <= int(text) <= most:
            raise ArgumentTypeError(f"a whole number from {least} to {most}, not “{text}”")
        return int(text)

    return read
