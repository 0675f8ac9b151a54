"""`python -m tests.integration.background.mail_keeper PORT FOLDER`: a mail server that can be told to die in DATA."""

import os
import signal
import sys
import time
from collections.abc import Collection
from pathlib import Path

from demo.mail_sink import MailSink

HOLD_SECONDS = 0.01
"""Between the end of DATA and the answer: without it nobody is ever killed in between."""


class Keeper(MailSink):
    """Keeps mails on disk. SIGUSR1: the next mail is kept, and the server dies before it says so. SIGUSR2: it dies
    when the next mail has come, before it is kept."""

    def __init__(self, *, folder: Path, port: int) -> None:
        super().__init__(folder=folder, port=port)
        self._dies = 0
        for number in (signal.SIGUSR1, signal.SIGUSR2):
            signal.signal(number, self._note)

    def _note(self, number: int, _frame: object) -> None:
        self._dies = number

    def keep(self, sender: str, recipients: Collection[str], content: bytes) -> None:
        if self._dies == signal.SIGUSR2:
            os.kill(os.getpid(), signal.SIGKILL)
        super().keep(sender, recipients, content)
        if self._dies == signal.SIGUSR1:
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(HOLD_SECONDS)


if __name__ == "__main__":
    with Keeper(folder=Path(sys.argv[2]), port=int(sys.argv[1])):
        while True:
            time.sleep(1)
