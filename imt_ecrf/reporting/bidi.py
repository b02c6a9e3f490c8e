"""Text painted from right to left, given back in the order it is read; knows no PDF.

What is painted does not always tell what was written: digits at the edge of a run are taken as they stand.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final
from unicodedata import bidirectional

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LEFTWARD: Final = frozenset({"R", "AL"})
NUMBERS: Final = frozenset({"EN", "AN", "ES", "CS", "ET"})


def leftward(text: str) -> bool:
    """Tell whether a text holds letters that are read from right to left."""
    return any(bidirectional(sign) in LEFTWARD for sign in text)


def as_read(painted: Sequence[str]) -> str:
    """Give the glyphs of a line, painted from left to right, in the order they are read."""
    units, said = list(painted), list[str]()
    while units:
        run = _run(units)
        said += _turned(units[:run]) if run else units[:1]
        units = units[run or 1 :]
    return "".join(said)


def _run(units: Sequence[str]) -> int:
    """Count the units of the run that begins here and is read from right to left."""
    if not leftward(units[0]):
        return 0
    last = 0
    for place, unit in enumerate(units):
        if any(bidirectional(sign) == "L" for sign in unit):
            break
        if leftward(unit):
            last = place
    return last + 1


def _turned(units: Sequence[str]) -> Iterator[str]:
    """Turn a run round; numbers in it are read as they were painted."""
    for number, group in groupby(reversed(units), key=_number):
        some = list(group)
        yield from reversed(some) if number else some


def _number(unit: str) -> bool:
    return all(bidirectional(sign) in NUMBERS for sign in unit)
