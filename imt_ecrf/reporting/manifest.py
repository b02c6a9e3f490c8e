"""The signature manifest shared out over sheets that are full and not over; knows no PDF."""

from __future__ import annotations

from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING, Final

from imt_ecrf.reporting.sfnt import typeface
from imt_ecrf.reporting.words import UI

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imt_ecrf.reporting.pages import Said, SignatureLine

FEWEST: Final = 7  # signatures on a sheet in two languages with long names
FACE, BOLD = "PT_Sans-Narrow-Web-Regular.ttf", "PT_Sans-Narrow-Web-Bold.ttf"
SIZE, LINE = 9, 11.2
POINTS: Final = 72 / 25.4
PLACE, NAME, STATE, RECORD = 70, 42, 26, 104  # mm of the cells of manifest.html, without their padding
AROUND: Final = 2 * POINTS + 0.4  # padding and rule of the two rows of a signature
SHEET: Final = 690  # points under the running head, a few kept free
TITLE, NOTE, HEAD = 21.4, 12, 11
NOTE_AROUND, HEAD_AROUND = 4.5, 3.7


def sheets(manifest: Sequence[SignatureLine], language: str) -> list[tuple[SignatureLine, ...]]:
    """Share the signatures out, as many on each sheet as it holds; one sheet when there are none."""
    twice = 2 if language == "both" else 1
    head = HEAD * twice + HEAD_AROUND
    found: list[list[SignatureLine]] = [[]]
    held = TITLE + NOTE * twice + NOTE_AROUND + head
    for line in manifest:
        taken = _height(line, language)
        if found[-1] and held + taken > SHEET:
            found.append([])
            held = head
        found[-1].append(line)
        held += taken
    return [tuple(some) for some in found]


def _height(line: SignatureLine, language: str) -> float:
    state = UI["state_valid" if line.valid else "state_void"]
    upper = max(
        _lines(_printed(line.form, language), PLACE),
        _lines(line.name, NAME, BOLD),
        _lines(f"■ {_printed(state, language)}", STATE, BOLD),
    )
    about = f"{_printed(line.role, language)}; {_printed(UI['record'], language)} v{line.version}"
    lower = max(_lines(_printed(line.meaning, language), PLACE), _lines(about, RECORD) + 1)
    return (upper + lower) * LINE + AROUND


def _printed(said: Said, language: str) -> str:
    """Say a text as the templates do."""
    if isinstance(said, str):
        return said
    if language == "both" and said.en != said.ru:
        return said.together or f"{said.en} / {said.ru}"
    return said.ru if language == "ru" else said.en


@lru_cache(maxsize=4096)
def _lines(said: str, width: float, face: str = FACE) -> int:
    """Count the lines a text takes in a cell; a word that is wider than the cell is broken."""
    room = width * POINTS * 1000 / SIZE
    blank = typeface(face).measure(" ")
    lines, held = 1, 0.0
    for word in said.split():
        wide = typeface(face).measure(word)
        if held and held + blank + wide > room:
            lines, held = lines + 1, 0.0
        broken = ceil(wide / room) - 1
        lines, held = lines + broken, held + (blank if held else 0) + wide - broken * room
    return lines
