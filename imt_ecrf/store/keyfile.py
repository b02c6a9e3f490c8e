"""Secrets in files that only their owner reads; knows not what they are for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def read_or_make(path: Path, make: Callable[[], bytes]) -> bytes:
    """Read a secret, or make and keep one; a file others may read is refused."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_once(path, make())
    if path.stat().st_mode & 0o077:
        raise PermissionError(f"{path} may be read by others: give it to its owner alone (chmod 600).")
    return path.read_bytes()


def _write_once(path: Path, secret: bytes) -> None:
    # written beside and linked into place: two processes starting together end with one and the same key
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, secret)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
