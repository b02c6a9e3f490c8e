"""The turn to write: first come, first served, then one process at a time; knows no database."""

from __future__ import annotations

import fcntl
import os
import threading
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from imt_ecrf.policy.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE: Final = 60.0


class StoreIsBusy(Refused):
    """Too many people save at this moment; nothing was saved, try again."""

    ru = "Сейчас сохраняют слишком многие; ничего не сохранено, попробуйте ещё раз."
    status = 503


class WriterQueue:
    """A fair lock for threads, then an exclusive `flock` on a file beside the database."""

    def __init__(self, lock_file: Path) -> None:
        self._file = lock_file
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._holder: int | None = None

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for the turn, keep it for the block, hand it on to the next in line."""
        self._enter()
        try:
            with _flock(self._file):
                yield
        finally:
            self._leave()

    def waiting(self) -> int:
        """Count the threads of this process that wait."""
        return len(self._waiting)

    def _enter(self) -> None:
        me = threading.get_ident()
        with self._guard:
            if self._holder == me:
                raise RuntimeError("this thread is writing already: acts do not nest")
            if self._holder is None:
                self._holder = me
                return
            called = threading.Event()
            self._waiting.append(called)
        if not called.wait(PATIENCE):
            self._give_up(called)
        self._holder = me

    def _give_up(self, called: threading.Event) -> None:
        with self._guard:
            if not called.is_set():
                self._waiting.remove(called)
                raise StoreIsBusy

    def _leave(self) -> None:
        with self._guard:
            if self._waiting:
                # the turn is handed over, never dropped: a newcomer cannot overtake
                self._holder = -1
                self._waiting.popleft().set()
            else:
                self._holder = None


@contextmanager
def _flock(path: Path) -> Iterator[None]:
    # opened anew each time: a descriptor inherited by a forked worker would share the lock
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
