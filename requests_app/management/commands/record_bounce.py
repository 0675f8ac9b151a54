"""`manage.py record_bounce`: a delivery status notification (RFC 3464) from standard input, as an alias pipes it."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from notifications import reports
from requests_app import errors
from requests_app.services import bouncing

UNREADABLE = 65
"""EX_DATAERR of sysexits.h: a mail that is no notification, for the postmaster to look at."""

LATER = 75
"""EX_TEMPFAIL: the mail server keeps the notification and tries again."""

SENTENCES = {
    "too_large": "The mail is larger than 1 MiB; it is no notification about a mail of this portal.",
    "no_report": "This is no delivery status notification (multipart/report with message/delivery-status, RFC 3464).",
    "no_recipient": "The notification names no recipient (Final-Recipient).",
    "no_message_id": "The notification does not say which mail came back (Message-ID).",
}


class Command(BaseCommand):
    """Stop mail to the addresses that the notification calls failed for ever; anything else changes nothing."""

    help = "Read one delivery status notification (RFC 3464) from standard input and stop mail to what failed for ever."

    def handle(self, *args: Any, **options: Any) -> None:
        content = sys.stdin.buffer.read(reports.MAX_BYTES + 1)
        try:
            taken = bouncing.take_report(content)
        except reports.NotAReport as error:
            raise CommandError(SENTENCES[error.code], returncode=UNREADABLE) from error
        except errors.ForeignReport as error:
            # No failure of the alias: a mail that nobody of ours sent is nothing to come back for.
            self.stdout.write(str(error))
            return
        except DatabaseError as error:
            raise CommandError("The database does not answer; try again later.", returncode=LATER) from error
        for address in taken.stopped:
            self.stdout.write(f"Mail to {address} is stopped; the registrars are told.")
        for address in taken.unchanged:
            self.stdout.write(f"{address}: nothing was changed (not failed for ever, stopped already, or not ours).")
