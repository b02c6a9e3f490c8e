"""Printed parts kept by what shapes them: a cache that may be deleted at any time; knows no casebook."""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from imt_ecrf import __version__
from imt_ecrf.reporting.fonts import PAPER_FONTS, font_file
from imt_ecrf.reporting.piece import FORMAT, read_places

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FOLDER: Final = "parts"
UNUSED_DAYS: Final = 90


def part_key(html: str, sheets: Sequence[Path]) -> str:
    """Give the SHA-256 of everything that shapes a part: text, style sheets, fonts, press and program."""
    whole = hashlib.sha256(_press().encode())
    for sheet in sheets:
        whole.update(hashlib.sha256(sheet.read_bytes()).digest())
    whole.update(html.encode())
    return whole.hexdigest()


@cache
def _press() -> str:
    fonts = [hashlib.sha256(font_file(name).read_bytes()).hexdigest() for name in PAPER_FONTS]
    return " ".join([__version__, version("weasyprint"), str(FORMAT), *fonts])


@dataclass(frozen=True, slots=True)
class PartStore:
    """A folder of printed parts; a part is whole or not there."""

    folder: Path

    def get(self, key: str) -> bytes | None:
        """Find a part; a damaged one counts as absent."""
        path = self._path(key)
        try:
            data = path.read_bytes()
            read_places(data)
            path.touch()  # its last use
        except (OSError, ValueError):
            return None
        return data

    def put(self, key: str, data: bytes) -> None:
        """Keep a part; when two make the same one, either stays."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_name(f".{secrets.token_hex(6)}.half")
        half.write_bytes(data)
        half.replace(path)

    def prune(self, days: int = UNUSED_DAYS) -> int:
        """Remove parts that nothing has used for so long; give how many."""
        late, gone = time.time() - days * 86400, 0
        for path in self.folder.glob("??/*"):
            if path.stat().st_mtime < late:
                path.unlink(missing_ok=True)
                gone += 1
        return gone

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / key
