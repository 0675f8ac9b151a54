"""manage.py make_checkpoint"""

from typing import Any

from django.core.management.base import BaseCommand

from audit import checkpoints


class Command(BaseCommand):
    """Prints NUMBER:HASH, for a copy on paper or on another machine."""

    help = "Fix the heads of the audit trail in a checkpoint and print the newest one as NUMBER:HASH."

    def handle(self, *args: Any, **options: Any) -> None:
        checkpoints.make()
        newest = checkpoints.deliver()
        self.stdout.write(checkpoints.line(newest) if newest else "There is no event yet.")
