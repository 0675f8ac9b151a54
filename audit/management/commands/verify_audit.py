"""manage.py verify_audit"""

import argparse
import re
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit import verification


def outside_checkpoint(text: str) -> tuple[int, str]:
    """Parse NUMBER:HASH, as make_checkpoint and the log lines write it."""
    match = re.fullmatch(r"([1-9][0-9]{0,8}):([0-9a-f]{64})", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"“{text}” is not NUMBER:HASH with 64 hexadecimal digits")
    return int(match[1]), match[2]


class Command(BaseCommand):
    """Exits with 1 when something is wrong."""

    help = "Check the hash chains and checkpoints of the audit trail; exit status 1 if one is broken."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--subject", help='check one subject only, for example "request:12"')
        parser.add_argument(
            "--checkpoint",
            action="append",
            default=[],
            type=outside_checkpoint,
            metavar="NUMBER:HASH",
            help="a checkpoint as it was noted outside this machine; may be repeated",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["subject"] and options["checkpoint"]:
            raise CommandError("--checkpoint concerns the whole trail; give it without --subject.")
        if options["subject"]:
            report = verification.verify_subject(options["subject"])
        else:
            report = verification.verify_all(dict(options["checkpoint"]))
        for finding in report.findings:
            self.stdout.write(str(finding))
        if not report.is_whole:
            raise CommandError(f"The audit trail has {len(report.findings)} faults.")
        self.stdout.write(
            f"{report.events} events ({report.erased_payloads} with erased payload) and "
            f"{report.checkpoints} checkpoints are whole."
        )
        if not options["checkpoint"]:
            self.stdout.write("Only comparison with a checkpoint kept outside (--checkpoint) shows a rewritten trail.")
