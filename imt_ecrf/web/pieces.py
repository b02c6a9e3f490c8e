"""HTML drawn once and kept by all it shows, with slots for what each request fills in; knows no page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, TypeVar

from flask.templating import Environment
from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, MutableMapping, Sequence

MARK: Final = "\ue000"
_SLOT: Final = re.compile(f"{MARK}([0-9]+)\ue001")

Kind = TypeVar("Kind")


class Kept(Generic[Kind]):
    """What was worked out, by everything it rests on; begun anew when there is too much of it.

    A key names all that the answer depends on, so nothing kept here can be out of date or somebody else's.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: dict[Hashable, Kind] = {}

    def get(self, key: Hashable, work: Callable[[], Kind]) -> Kind:
        """Give what is kept under a key, worked out now when it is not."""
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= self._most:
                self._known = {}
            found = self._known[key] = work()
        return found


class Templates(Environment):
    """Flask's templates; what all of them know is one plain dictionary, complete before the first is read.

    Jinja chains dictionaries instead and walks along the chain at each import of a macro.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Give what a template knows from the start."""
        return {**self.globals, **(d or {})}


def slot(number: int) -> str:
    """Give what stands in a drawing in the place of a text."""
    return f"{MARK}{number}\ue001"


class Cut(NamedTuple):
    """A drawing cut at its slots: each text with the number of the slot behind it, and the last text."""

    pairs: tuple[tuple[str, int], ...]
    end: str


def cut(drawing: str) -> Cut:
    """Cut a drawing at its slots."""
    *parts, end = _SLOT.split(drawing)
    return Cut(tuple(zip(parts[::2], map(int, parts[1::2]), strict=True)), end)


def pour(drawing: Cut, texts: Sequence[str], into: list[str]) -> None:
    """Add a drawing with its slots filled to what a page is joined from; the texts are HTML already."""
    for text, number in drawing.pairs:
        into += text, texts[number]
    into.append(drawing.end)


def html(text: str) -> Markup:
    """Escape a text unless it is HTML already; unlike `escape` it does not copy what is."""
    return text if type(text) is Markup else escape(text)


def fill(drawing: Cut, texts: Sequence[str]) -> Markup:
    """Put texts into the slots of a drawing, escaped unless they are HTML."""
    filled: list[str] = []
    pour(drawing, [html(text) for text in texts], filled)
    return Markup("".join(filled))  # noqa: S704 - the template escaped the drawing, each text is escaped here
