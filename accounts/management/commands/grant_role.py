"""`manage.py grant_role ACCOUNT ROLE --until DAY`: the first two registrars, who give every other role."""

import getpass
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import days
from accounts.errors import AccountError
from accounts.services import roles


class Command(BaseCommand):
    help = "Makes one of the first two registrars; refuses while two are in office."

    def add_arguments(self, parser: CommandParser) -> None:
        """Account, role and the last day of the role."""
        parser.add_argument("account", help="UEC account of a person on the roster")
        parser.add_argument("role", help="REGISTRAR; every other role is offered in the portal")
        parser.add_argument("--until", required=True, type=date.fromisoformat, help="last day, YYYY-MM-DD")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the grant. Raises CommandError with the rule that is broken."""
        try:
            roles.grant_first(
                options["account"],
                options["role"],
                until_at=days.end_of(options["until"]),
                made_by=getpass.getuser(),
            )
        except AccountError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{options['account']}: {options['role']} until {options['until']}")
