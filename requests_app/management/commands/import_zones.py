"""`manage.py import_zones FILE`: zones and administrators from CSV; changed by two people, as at the desk."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import bilingual
from accounts import queries as people
from audit.actors import Actor, Door
from requests_app import errors
from requests_app.models import ZoneChange
from requests_app.services import zones
from requests_app.steps import zone_file


class Command(BaseCommand):
    """Show the difference; propose it, apply what another person proposed, or make the very first zones."""

    help = "Zones and their administrators from a CSV file (zone, account, deputy_of, from, until)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", help="the CSV file; none with --apply")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--propose", action="store_true", help="propose the change to another person")
        what.add_argument("--apply", type=int, metavar="NUMBER", help="apply the change that another person proposed")
        what.add_argument("--first", action="store_true", help="make the first zones; only while there is none")
        parser.add_argument("--by", default="", metavar="ACCOUNT", help="UEC account of the person who runs this")
        parser.add_argument("--reason", default="", help="why, for --propose")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["apply"] is not None:
                self._apply(options["apply"], options)
            else:
                self._take(_content(options["file"]), options)
        except errors.ImportRefused as error:
            raise CommandError("\n".join(map(bilingual.on_one_line, (error, *error.problems)))) from error
        except errors.RequestError as error:
            raise CommandError(bilingual.on_one_line(error)) from error

    def _take(self, content: bytes, options: dict[str, Any]) -> None:
        difference = zone_file.read(content)
        self._show(difference)
        if options["first"]:
            zones.import_first(content, actor=_actor(options["by"]))
            self.stdout.write("Made.")
        elif options["propose"]:
            pk = zones.propose(content, reason=options["reason"], actor=_actor(options["by"]))
            self.stdout.write(
                f"Proposed as {pk}. Another person applies it: at the desk, or --apply {pk} --by ACCOUNT."
            )
        else:
            self.stdout.write("Nothing was changed; add --propose, or --first while there is no zone.")

    def _apply(self, number: int, options: dict[str, Any]) -> None:
        """Show the difference and apply exactly it."""
        if options["file"]:
            raise CommandError("--apply takes the number of a proposed change and no file.")
        change = ZoneChange.objects.filter(pk=number).first()
        if change is None:
            raise CommandError(f"No change of zones has the number {number}.")
        difference = zone_file.read(bytes(change.content))
        self._show(difference)
        if not options["by"]:
            self.stdout.write("Nothing was changed; add --by to apply it.")
            return
        zones.apply(number, digest=difference.digest, actor=_actor(options["by"]))
        self.stdout.write("Applied.")

    def _show(self, difference: zone_file.Difference) -> None:
        for one in zone_file.describe(difference):
            person = f"{one.person.display_name} ({one.person.account})" if one.person else "a new zone"
            deputy = f", deputy of {one.deputy_of.account}" if one.deputy_of else ""
            dates = f", {one.from_on or '…'} – {one.until_on or '…'}" if one.from_on or one.until_on else ""
            self.stdout.write(f"{one.sign} {one.zone}: {person}{deputy}{dates}")


def _content(path: Path | None) -> bytes:
    if path is None or not path.is_file():
        raise CommandError(f"There is no file {path}." if path else "Name the CSV file.")
    return path.read_bytes()


def _actor(account: str) -> Actor:
    person = people.find_by_account(account) if account else None
    if person is None:
        raise CommandError("--by needs the UEC account of the person who runs this.")
    return Actor(person.pk, "", Door.COMMAND)
