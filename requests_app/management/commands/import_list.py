"""`manage.py import_list FILE [--confirm-date YYYY-MM-DD] --by ACCOUNT`: NII's list of server certificates."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import queries as people
from audit.actors import Actor, Door
from inventory.models import ListImport
from requests_app import errors
from requests_app.services import listing


class Command(BaseCommand):
    """Give the list and show what it would bring; with --confirm-date take it in."""

    help = "Read NII's list (serverAll.tsv) and show what it would bring; with --confirm-date take it in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--confirm-date", type=date.fromisoformat, metavar="YYYY-MM-DD", help="day of the list")
        parser.add_argument("--by", required=True, metavar="ACCOUNT", help="UEC account of the registrar who runs this")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        actor = _actor(options["by"])
        try:
            pk = listing.stage(path.read_bytes(), actor=actor)
            given = ListImport.objects.get(pk=pk)
            self._show(given)
            if not options["confirm_date"]:
                self.stdout.write("Nothing was taken in; add --confirm-date to take the list in.")
                return
            if given.confirmed_at is None:
                listing.confirm(pk, listed_on=options["confirm_date"], actor=actor)
            else:
                self.stdout.write(f"Confirmed before, as the list of {given}.")
        except errors.RequestError as error:
            raise CommandError(str(error)) from error
        self._apply(given)
        given.refresh_from_db()
        if given.completed_at is None:
            raise CommandError("Somebody discarded the list; what was taken in of it before stays.")
        self.stdout.write("Taken in.")

    def _show(self, given: ListImport) -> None:
        self.stdout.write(f"newest change: {given.preview.get('newest_at') or 'unknown'}")
        for name, number in given.preview.get("counts", {}).items():
            self.stdout.write(f"{name}: {number}")

    def _apply(self, given: ListImport) -> None:
        total = given.chunks.count()
        more = True
        while more:
            more = listing.apply_chunk(given.pk)
            done = given.chunks.exclude(applied_at=None).count()
            self.stderr.write(f"{done} of {total} parts taken in")


def _actor(account: str) -> Actor:
    person = people.find_by_account(account)
    if person is None:
        raise CommandError("--by needs the UEC account of the registrar who runs this.")
    return Actor(person.pk, "REGISTRAR", Door.COMMAND)
