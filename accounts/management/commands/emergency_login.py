"""`manage.py emergency_login ACCOUNT`: a one-time address for a holder of a role, when the provider is away."""

import getpass
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from accounts.errors import AccountError
from accounts.services import emergency


class Command(BaseCommand):
    help = "Prints an address that signs ACCOUNT in once within ten minutes; every registrar is told by mail."

    def add_arguments(self, parser: CommandParser) -> None:
        """One account, which must hold a current role."""
        parser.add_argument("account", help="UEC account of a holder of a current role")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the address. Raises CommandError with the reason where there is none to give."""
        try:
            token = emergency.make_link(options["account"], made_by=getpass.getuser())
        except AccountError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{settings.PORTAL_URL}{reverse('emergency_sign_in', kwargs={'token': token})}")
