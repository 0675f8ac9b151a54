"""`manage.py import_roster FILE`: shows the difference; with --apply it is imported."""

import getpass
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import bilingual, queries, roster_file
from accounts.errors import AccountError, PersonUnknown
from accounts.roster_plan import Answers, Plan
from accounts.services import roster
from audit.actors import SYSTEM, Actor, Door


class Command(BaseCommand):
    help = "Reads ITC's roster (CSV, UTF-8 or Shift_JIS) and shows the difference; --apply imports it."

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, what to do with it, and the answers to "another person?"."""
        parser.add_argument("file", type=Path, help="CSV with the columns " + ", ".join(roster_file.COLUMNS))
        parser.add_argument("--apply", action="store_true", help="import what is shown")
        parser.add_argument("--end-absent", action="store_true", help="with --apply: end the people listed as absent")
        parser.add_argument("--same", action="append", default=[], metavar="ACCOUNT", help="it is the same person")
        parser.add_argument("--other", action="append", default=[], metavar="ACCOUNT", help="it is somebody new")
        parser.add_argument("--by", default="", metavar="ACCOUNT", help="the registrar who imports")

    def handle(self, *args: Any, **options: Any) -> None:
        """Show and, if asked, import. Raises CommandError with every problem."""
        try:
            file = roster_file.read(options["file"].read_bytes())
        except OSError as fault:
            raise CommandError(f"{options['file']}: {fault.strerror}") from fault
        if file.problems:
            raise CommandError("\n".join(map(bilingual.on_one_line, file.problems)))
        answers = Answers(same=frozenset(options["same"]), other=frozenset(options["other"]))
        plan = roster.plan(file, answers=answers)
        self._show(plan)
        if not options["apply"]:
            self.stdout.write("Nothing was changed (dry run); --apply imports this.")
            return
        try:
            roster.apply(
                file,
                plan_digest=plan.digest,
                actor=_actor(options["by"]),
                answers=answers,
                end_absent=options["end_absent"],
                made_by=getpass.getuser(),
            )
        except AccountError as error:
            raise CommandError(str(error)) from error
        self.stdout.write("Imported.")

    def _show(self, plan: Plan) -> None:
        for row in plan.added:
            self.stdout.write(f"+ {row.account} {row.name_ja or row.name_en} {row.employment.value}")
        for changed in plan.changed:
            what = "; ".join(f"{one.field}: “{one.before}” → “{one.after}”" for one in changed.changes)
            self.stdout.write(f"~ {changed.row.account} ({changed.public_id}) {what}")
        for doubt in plan.other_people:
            known, new = doubt.name_ja or doubt.name_en, doubt.row.name_ja or doubt.row.name_en
            self.stdout.write(f"? {doubt.row.account} ({doubt.public_id}) “{known}” / “{new}”: another person?")
        for absent in plan.absent:
            self.stdout.write(f"- {absent.account} ({absent.public_id}) {absent.name}: not in the file")
        self.stdout.write(
            f"{plan.people_in_file} in the file, {plan.people_before} on the roster: {len(plan.added)} new, "
            f"{len(plan.changed)} changed, {plan.unchanged_count} unchanged, {len(plan.other_people)} in doubt, "
            f"{len(plan.absent)} absent"
        )


def _actor(account: str) -> Actor:
    """The registrar named with --by, else the system: the first import comes before anybody has a role."""
    if not account:
        return SYSTEM
    person = queries.find_by_account(account)
    if person is None:
        raise CommandError(str(PersonUnknown(account=account)))
    return Actor(person.pk, "REGISTRAR", Door.COMMAND)
