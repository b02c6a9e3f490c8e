"""Processes that start together and end together; knows not what they do."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

_LOOK_EVERY = 0.2
_PATIENCE = 30.0
_ASKED_TO_STOP = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True)
class Part:
    """One process: its name, how it is started and by which signal it ends in good order."""

    name: str
    command: tuple[str, ...]
    stop: signal.Signals = signal.SIGTERM


def run_together(parts: Sequence[Part], environment: Mapping[str, str]) -> str | None:
    """Run all parts until a signal asks to stop; return None, or the name of a part that ended by itself."""
    with _asked_to_stop() as asked:
        running: list[tuple[Part, subprocess.Popen[bytes]]] = []
        try:
            for part in parts:
                # a session of its own: Ctrl+C reaches this process only, which then ends them in good order
                process = subprocess.Popen(part.command, env=dict(environment), start_new_session=True)  # noqa: S603
                running.append((part, process))
            return _watch(running, asked)
        finally:
            _end(running)


@contextmanager
def _asked_to_stop() -> Iterator[list[int]]:
    # a list, not an Event: the handler runs in the thread that waits, and would wait for its own lock
    asked: list[int] = []
    before = {number: signal.signal(number, lambda got, _: asked.append(got)) for number in _ASKED_TO_STOP}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _watch(running: Sequence[tuple[Part, subprocess.Popen[bytes]]], asked: list[int]) -> str | None:
    while not asked:
        for part, process in running:
            if process.poll() is not None:
                return part.name
        time.sleep(_LOOK_EVERY)
    return None


def _end(running: Sequence[tuple[Part, subprocess.Popen[bytes]]]) -> None:
    for part, process in running:
        if process.poll() is None:
            process.send_signal(part.stop)
    for _, process in running:
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        _sweep(process.pid)


def _sweep(group: int) -> None:
    """End what a part had started itself and left behind: a signal may come while it is starting."""
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
