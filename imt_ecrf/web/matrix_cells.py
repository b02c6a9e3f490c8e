"""Cells of the matrix as HTML: each kind drawn once and filled with what a cell says; chooses no state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from flask import current_app
from markupsafe import Markup, escape

from imt_ecrf.web.pieces import Cut, Kept, cut, pour, slot

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST: Final = 256
HREF, SENTENCE, WORD = range(3)


class Cell(NamedTuple):
    """A cell: its shape, where it leads, how it is read aloud, its word; the texts are HTML already."""

    kind: str
    edge: bool
    href: str
    sentence: str
    word: str


def row(cells: Iterable[Cell | bool], language: str) -> Markup:
    """Draw the cells of a row; of a visit that is not expected only whether it stands at an edge is given."""
    into: list[str] = []
    for cell in cells:
        if isinstance(cell, bool):
            into.append(_drawn("", cell, language).end)
        else:
            pour(_drawn(cell.kind, cell.edge, language), cell[2:], into)
    return Markup("".join(into))  # noqa: S704 - a macro drew each cell, its texts were escaped where they arose


def _drawn(kind: str, edge: bool, language: str) -> Cut:
    return _kept.get((kind, edge, language), lambda: _draw(kind, edge=edge))


def _draw(kind: str, *, edge: bool) -> Cut:
    if not kind:
        return cut(_macro("nothing")(edge))
    return cut(_macro("cell")(kind, edge, slot(HREF), slot(SENTENCE), slot(WORD)))


def _macro(name: str) -> Any:
    return getattr(current_app.jinja_env.get_template("macros/matrix.html").module, name)


def safe(text: str) -> str:
    """Escape a text for a cell."""
    return str(escape(text))


_kept: Final[Kept[Cut]] = Kept(MOST)
