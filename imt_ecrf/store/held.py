"""Files that one living process holds: whatever ends it lets go of them; knows no job and no paper."""

from __future__ import annotations

import contextlib
import fcntl
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HALF = ".half"


def hold(path: Path, *, make: bool = True) -> int | None:
    """Hold a file; None when another holds it, or it is not there and is not to be made."""
    try:
        descriptor = os.open(path, os.O_RDWR | (os.O_CREAT if make else 0), 0o666)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_ino == path.stat().st_ino:
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass  # held by another, or removed by the one who held it
    os.close(descriptor)
    return None


def let_go(path: Path, descriptor: int) -> None:
    """Remove a file one holds."""
    path.unlink(missing_ok=True)
    os.close(descriptor)


@dataclass(frozen=True, slots=True)
class Half:
    """A file being written, held meanwhile: it becomes another, whole or not at all."""

    path: Path
    file: BinaryIO

    def become(self, path: Path) -> None:
        """Stand under its name from now on."""
        self.file.flush()
        os.fsync(self.file.fileno())
        self.path.replace(path)


@contextmanager
def half_file(folder: Path, name: str) -> Iterator[Half]:
    """Give a file to be written into; what did not become another is removed in the end."""
    path = folder / f".{os.urandom(6).hex()}-{name}{HALF}"
    descriptor = None
    while descriptor is None:  # a sweep may take it between its making and its holding
        descriptor = hold(path)
    try:
        with os.fdopen(descriptor, "r+b") as file:
            yield Half(path, file)
    finally:
        path.unlink(missing_ok=True)


def sweep(folder: Path, pattern: str = f".*{HALF}") -> None:
    """Remove the files of a folder that a killed process held."""
    for path in folder.glob(pattern):
        descriptor = hold(path, make=False)
        if descriptor is not None:
            with contextlib.suppress(OSError):
                let_go(path, descriptor)
