"""Printing from the outside: hands HTML to the press in a child process and takes PDF parts back."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from types import TracebackType

PARTS_PER_CHILD = 40  # a child gives its memory back by ending


class PrintingFailed(Exception):  # noqa: N818 - named as what happened
    """The press could not print a part; the message names the part and the fault."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A printed part: its bytes, its pages, and its anchors as (page from 0, points below the top edge)."""

    key: str
    pdf: bytes
    pages: int
    anchors: dict[str, tuple[int, float]]


@dataclass
class Printer:
    """A press in a child process, started when first needed and ended with the block."""

    sheets: tuple[Path, ...]
    _child: subprocess.Popen[str] | None = field(default=None, init=False)
    _done: int = field(default=0, init=False)

    def __enter__(self) -> Self:
        """Open the printer; the child starts with the first part."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the child, whatever happened."""
        self._end()

    def print(self, key: str, html: str) -> Printed:
        """Print one part; PrintingFailed names it when the press could not."""
        if self._done >= PARTS_PER_CHILD:
            self._end()
        with tempfile.TemporaryDirectory(prefix="imt-ecrf-press-") as folder:
            source, target = Path(folder, "part.html"), Path(folder, "part.pdf")
            source.write_text(html, "utf-8")
            order: dict[str, Any] = {
                "html": str(source),
                "pdf": str(target),
                "sheets": [str(sheet) for sheet in self.sheets],
                "identifier": hashlib.sha256(html.encode()).hexdigest(),
            }
            answer = self._ask(key, order)
            anchors = {name: (int(page), float(y)) for name, (page, y) in answer["anchors"].items()}
            return Printed(key, target.read_bytes(), answer["pages"], anchors)

    def _ask(self, key: str, order: dict[str, Any]) -> dict[str, Any]:
        child = self._start()
        assert child.stdin is not None  # noqa: S101 - both pipes were asked for
        assert child.stdout is not None  # noqa: S101
        try:
            child.stdin.write(json.dumps(order) + "\n")
            child.stdin.flush()
            line = child.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            self._end()
            message = f"{key}: the printing process ended before it had finished"
            raise PrintingFailed(message)
        self._done += 1
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            message = f"{key}: {answer['error']}"
            raise PrintingFailed(message)
        return answer

    def _start(self) -> subprocess.Popen[str]:
        if self._child is None or self._child.poll() is not None:
            command = [sys.executable, "-m", "imt_ecrf.reporting.press"]
            self._child = subprocess.Popen(  # noqa: S603 - our own module
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
            )
            self._done = 0
        return self._child

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        if child.stdin:
            child.stdin.close()
        if child.stdout:
            child.stdout.close()
        try:
            child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
