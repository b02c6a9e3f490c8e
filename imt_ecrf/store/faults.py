"""One fault that the proof found; knows not how it is found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with which row, in one sentence."""

    table: str
    row: str
    what: str

    def __str__(self) -> str:
        """Write it for the terminal: `change_set 17: …`."""
        return f"{self.table} {self.row}: {self.what}" if self.row else f"{self.table}: {self.what}"
