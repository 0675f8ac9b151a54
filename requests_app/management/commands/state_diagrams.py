"""`manage.py state_diagrams [FILE]`: the tables of transitions as Mermaid diagrams, printed or written into FILE."""

import re
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from requests_app.states import confirmation, handover, request, revocation, submission
from requests_app.states.diagrams import mermaid

_TABLES = (
    request.TABLE,
    confirmation.TABLE,
    submission.SUBMISSION_TABLE,
    submission.ROW_TABLE,
    revocation.TABLE,
    handover.TABLE,
)

DIAGRAMS = {table.name.replace(" ", "-"): mermaid(table) for table in _TABLES}


class Command(BaseCommand):
    """Print the diagrams, or put each between its markers `<!-- diagram:NAME -->` and `<!-- /diagram:NAME -->`."""

    help = "Show the tables of transitions as Mermaid diagrams; with FILE, bring the ones in it up to date."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", help="a Markdown file with markers, for example README.md")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path | None = options["file"]
        if path is None:
            self.stdout.write("\n\n".join(DIAGRAMS.values()))
            return
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        try:
            path.write_text(with_diagrams(path.read_text(encoding="utf-8")), encoding="utf-8")
        except ValueError as error:
            raise CommandError(f"{path}: {error}") from error


def with_diagrams(text: str) -> str:
    """Return `text` with every diagram between its markers. Raises ValueError where a pair of markers is missing."""
    for name, diagram in DIAGRAMS.items():
        begin, end = f"<!-- diagram:{name} -->", f"<!-- /diagram:{name} -->"
        marked = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
        if len(marked.findall(text)) != 1:
            raise ValueError(f"there has to be one pair of markers {begin} … {end}.")
        before, after = marked.split(text)
        text = f"{before}{begin}\n```mermaid\n{diagram}\n```\n{end}{after}"
    return text
