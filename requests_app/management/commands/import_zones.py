"""`manage.py import_zones FILE [--apply] [--by ACCOUNT]`: zones and administrators from CSV."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import queries as people
from audit.actors import Actor, Door
from requests_app import errors
from requests_app.services import zones


class Command(BaseCommand):
    """Show the difference; with --apply make it."""

    help = "Read zones and their administrators from a CSV file (zone, account, deputy_of, from, until)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--apply", action="store_true", help="make the change instead of showing it")
        parser.add_argument("--by", default="", help="UEC account of the person who runs this (needed with --apply)")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        try:
            difference = zones.read(path.read_bytes())
            if options["apply"]:
                zones.apply_import(path.read_bytes(), actor=_actor(options["by"]))
        except errors.ImportRefused as error:
            raise CommandError("\n".join([str(error), *error.problems])) from error
        except errors.NotPermitted as error:
            raise CommandError(str(error)) from error
        described = zones.describe(difference)
        for sign, kind in (("+", "added"), ("-", "ended")):
            for row in described[kind]:
                self.stdout.write(f"{sign} {row['zone']}: {row['person']}")
        self.stdout.write("Applied." if options["apply"] else "Nothing was changed; add --apply to make the change.")


def _actor(account: str) -> Actor:
    person = people.find_by_account(account) if account else None
    if person is None:
        raise CommandError("--apply needs --by with the UEC account of the person who runs this.")
    return Actor(person.pk, "REGISTRAR", Door.COMMAND)
