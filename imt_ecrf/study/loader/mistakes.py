"""Mistakes of a draft, each with its file and line; knows no YAML and no definition."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One mistake of a draft; `file` is written from the folder of the study on."""

    file: str
    line: int
    what: str

    def __str__(self) -> str:
        """Write the mistake as editors and terminals understand it: file, line, sentence."""
        return f"{self.file}:{self.line}: {self.what}"


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file."""

    file: str
    line: int


@dataclass(slots=True)
class Mistakes:
    """The list that every part of the loader adds to, so that all mistakes come in one run."""

    found: list[Mistake] = field(default_factory=list)

    def add(self, mark: Mark, what: str) -> None:
        """Note a mistake at a place."""
        self.found.append(Mistake(mark.file, mark.line, what))

    def sorted(self) -> list[Mistake]:
        """Give every mistake once, by file and line."""
        return sorted(set(self.found))


def near(name: str, names: Iterable[str]) -> str:
    """Say which known name was probably meant, in brackets; nothing when none is alike."""
    alike = get_close_matches(name, sorted(names), n=1, cutoff=0.6)
    return f" (near: {alike[0]})" if alike else ""
