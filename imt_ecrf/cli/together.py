"""Processes that start together and end together; knows not what they do."""

import logging
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_LOOK_EVERY = 0.2
_PATIENCE = 30.0
_MOST_DEATHS = 5
_DEATHS_WITHIN = 120.0
"""A part that is started again ends all others when it dies so often within so many seconds."""
logger = logging.getLogger(__name__)
_ASKED_TO_STOP = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True)
class Part:
    """One process: its name, how it is started and by which signal it ends in good order.

    `again`: when it ends by itself it is started again, and the others go on; one that keeps dying ends all.
    """

    name: str
    command: tuple[str, ...]
    stop: signal.Signals = signal.SIGTERM
    again: bool = False


@dataclass
class _Running:
    part: Part
    process: subprocess.Popen[bytes]
    deaths: list[float] = field(default_factory=list)

    def dies_too_often(self) -> bool:
        now = time.monotonic()
        self.deaths = [*(at for at in self.deaths if now - at < _DEATHS_WITHIN), now]
        return len(self.deaths) >= _MOST_DEATHS


def run_together(parts: Sequence[Part], environment: Mapping[str, str]) -> str | None:
    """Run all parts until a signal asks to stop; return None, or the name of a part that ended by itself."""
    with _asked_to_stop() as asked:
        running: list[_Running] = []
        try:
            running += (_Running(part, _start(part, environment)) for part in parts)
            return _watch(running, environment, asked)
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


def _start(part: Part, environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    # a session of its own: Ctrl+C reaches this process only, which then ends them in good order
    return subprocess.Popen(part.command, env=dict(environment), start_new_session=True)  # noqa: S603


def _watch(running: Sequence[_Running], environment: Mapping[str, str], asked: list[int]) -> str | None:
    while not asked:
        for one in running:
            if one.process.poll() is None:
                continue
            if not one.part.again or one.dies_too_often():
                return one.part.name
            logger.warning("the process %s ended by itself and is started again", one.part.name)
            _sweep(one.process.pid)
            one.process = _start(one.part, environment)
        time.sleep(_LOOK_EVERY)
    return None


def _end(running: Sequence[_Running]) -> None:
    for one in running:
        if one.process.poll() is None:
            one.process.send_signal(one.part.stop)
    for one in running:
        try:
            one.process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            one.process.kill()
            one.process.wait()
        _sweep(one.process.pid)


def _sweep(group: int) -> None:
    """End what a part had started itself and left behind: a signal may come while it is starting."""
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
