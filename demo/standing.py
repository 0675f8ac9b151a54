"""Let one stand-in run as a process of its own until it is told to stop."""

import signal
import threading
from typing import Protocol


class StandIn(Protocol):
    """A server with threads of its own."""

    def start(self) -> None: ...
    def stop(self) -> None: ...


def serve(stand_in: StandIn) -> None:
    """Run until SIGTERM or SIGINT."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    stand_in.start()
    stopping.wait()
    stand_in.stop()
