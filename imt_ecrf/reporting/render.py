"""Printing from the outside: hands HTML to presses in child processes and takes printed parts back."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import queue
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

from imt_ecrf.reporting.parts import part_key
from imt_ecrf.reporting.piece import read_places

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import TracebackType

    from imt_ecrf.reporting.parts import PartStore

SIGNS_PER_CHILD: Final = 340_000  # of HTML, some 20 parts: a child gives its memory back by ending
SIGNS_OF_MANY: Final = 130_000  # when many are printed side by side it does so sooner; a long one begins anew
WORTH_A_SECOND: Final = 12  # parts to print from which a second child earns its start
MOST_CHILDREN: Final = 4

logger = logging.getLogger(__name__)


class PrintingFailed(Exception):  # noqa: N818 - named as what happened
    """The press could not print a part; the message names the part and the fault."""


class PressEnded(Exception):  # noqa: N818 - named as what happened
    """The press ended before it had answered: killed from outside, or by the part itself."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A printed part: its bytes, its pages, and its anchors as (page from 0, points below the top edge)."""

    key: str
    data: bytes
    pages: int
    anchors: dict[str, tuple[int, float]]


@dataclass
class Child:
    """One press in a process of its own, started when first needed."""

    sheets: tuple[Path, ...]
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    cpu_s: float = field(default=0, init=False)
    _done: int = field(default=0, init=False)

    def print(self, key: str, html: str, most: int = SIGNS_PER_CHILD) -> bytes:
        """Print one part; PrintingFailed names it when the press could not, or ended twice over it."""
        if self._done and self._done + len(html) > most:
            self.end()
        # through pipes: whatever ends either process, no child's data stay behind in a file
        order = {"html": html, "sheets": [str(sheet) for sheet in self.sheets]}
        try:
            return self._ask(key, order)
        except PressEnded:
            logger.warning("a press ended while it printed %s; a new one tries it once more", key)
        try:
            return self._ask(key, order)
        except PressEnded as fault:
            raise PrintingFailed(f"{key}: the printing process ended twice before it had finished") from fault

    def _ask(self, key: str, order: dict[str, Any]) -> bytes:
        process = self._start()
        assert process.stdin is not None  # noqa: S101 - both pipes were asked for
        assert process.stdout is not None  # noqa: S101
        try:
            process.stdin.write(json.dumps(order).encode() + b"\n")
            process.stdin.flush()
            line = process.stdout.readline()
            answer: dict[str, Any] = json.loads(line)
            part = process.stdout.read(answer.get("size", 0))
        except (BrokenPipeError, ValueError):  # killed before it read all, or in the middle of its answer
            answer, part = {}, b""
        if not answer or len(part) < answer.get("size", 0):
            self.end()
            raise PressEnded
        self._done += len(order["html"])
        if "error" in answer:
            raise PrintingFailed(f"{key}: {answer['error']}")
        self.cpu_s = answer["cpu_s"]
        return part

    def _start(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is not None:
            self.end()  # somebody killed it: its pipes are closed, the next one takes its place
        if self._process is None:
            command = [sys.executable, "-m", "imt_ecrf.reporting.press"]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - our own module
            self._done = 0
        return self._process

    def end(self) -> None:
        """End the process; it gives its memory back."""
        process, self._process, self._done = self._process, None, 0
        self.cpu_s = 0
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe:
                with contextlib.suppress(BrokenPipeError):  # what it did not read any more
                    pipe.close()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@dataclass
class Printer:
    """Presses with a store of what they printed before; ends its children with the block.

    A `warm` one leaves a child waiting for the next casebook; it ends with this process.
    """

    sheets: tuple[Path, ...]
    store: PartStore | None = None
    warm: bool = False
    most: int = field(default_factory=lambda: min(MOST_CHILDREN, os.cpu_count() or 1))
    printed: int = field(default=0, init=False)
    _idle: queue.SimpleQueue[Child] = field(default_factory=queue.SimpleQueue, init=False)

    def __enter__(self) -> Self:
        """Open the printer; a child starts with the first part that is not in the store."""
        self._idle.put(_WAITING.pop(self.sheets) if self.sheets in _WAITING else Child(self.sheets))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the children, whatever happened."""
        while not self._idle.empty():
            child = self._idle.get()
            if self.warm and kind is None and self.sheets not in _WAITING:
                _WAITING[self.sheets] = child
            else:
                child.end()

    def print(self, key: str, html: str) -> Printed:
        """Give one part, printed now or before; PrintingFailed names it when the press could not."""
        return self.print_all([(key, html)])[0]

    def print_all(
        self, wanted: Sequence[tuple[str, str]], step: Callable[[int, str], None] | None = None
    ) -> list[Printed]:
        """Give parts in order; those that are not in the store are printed, many of them side by side."""
        keys = [part_key(html, self.sheets) for _key, html in wanted]
        found = [self.store.get(key) if self.store else None for key in keys]
        missing = [place for place, data in enumerate(found) if data is None]
        many = len(missing) >= WORTH_A_SECOND
        children, most = (self.most, SIGNS_OF_MANY) if many else (1, SIGNS_PER_CHILD)
        for _ in range(children - self._idle.qsize()):
            self._idle.put(Child(self.sheets))
        with ThreadPoolExecutor(max_workers=children) as hands:
            making = {place: hands.submit(self._make, *wanted[place], keys[place], most) for place in missing}
            try:
                for done, place in enumerate(missing, 1):
                    found[place] = making[place].result()
                    if step:
                        step(len(wanted) - len(missing) + done, wanted[place][0])
            except BaseException:
                hands.shutdown(wait=True, cancel_futures=True)
                raise
        return [_printed(name, data) for (name, _html), data in zip(wanted, found, strict=True) if data]

    def _make(self, name: str, html: str, key: str, most: int) -> bytes:
        child = self._idle.get()
        try:
            data = child.print(name, html, most)
        finally:
            self._idle.put(child)
        if self.store:
            self.store.put(key, data)
        self.printed += 1
        return data


_WAITING: dict[tuple[Path, ...], Child] = {}


def waiting_cpu() -> float:
    """Give the CPU seconds that the waiting presses have used."""
    return sum(child.cpu_s for child in _WAITING.values())


def end_waiting() -> None:
    """End the presses that wait for the next casebook."""
    while _WAITING:
        _WAITING.popitem()[1].end()


def _printed(key: str, data: bytes) -> Printed:
    places = read_places(data)
    return Printed(key, data, places.pages, dict(places.anchors))
