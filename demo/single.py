"""One demonstration at a time: a lock that lasts as long as any process of it."""

import contextlib
import fcntl
import os
from collections.abc import Iterator, Sequence
from pathlib import Path


class AlreadyRunning(Exception):
    """A process of an earlier run lives. `groups` are its process groups, as far as they are known."""

    def __init__(self, groups: str) -> None:
        super().__init__(groups)
        self.groups = groups

    def sentence(self) -> str:
        """Return what to tell the person."""
        kill = " ".join(f"-{group}" for group in self.groups.split())
        return (
            "デモはすでに動いています。動かしている端末で Ctrl-C を押すか、"
            f"端末がもうなければ kill -- {kill} を実行してください。\n"
            "The demonstration is running already: press Ctrl-C where it runs, "
            f"or, if that terminal is gone, type “kill -- {kill}”."
        )


class Lock:
    """The held lock; `descriptor` is inherited by the programs, so that it outlives a runner that was killed."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def note(self, groups: Sequence[int]) -> None:
        """Write down which process groups belong to this run."""
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, " ".join(map(str, groups)).encode("ascii"), 0)


@contextlib.contextmanager
def hold(folder: Path) -> Iterator[Lock]:
    """Hold the demonstration's lock. Raises AlreadyRunning."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(os.pread(descriptor, 4096, 0).decode("ascii", "replace")) from None
        yield Lock(descriptor)
    finally:
        os.close(descriptor)
