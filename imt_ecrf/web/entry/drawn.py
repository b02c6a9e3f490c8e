"""Questions as HTML: each drawn once per shape by its macro, then filled in with the texts of the answer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from flask import current_app
from markupsafe import Markup, escape

from imt_ecrf.web.entry.boxes import TYPES
from imt_ecrf.web.entry.shown import MOST_PLAIN
from imt_ecrf.web.pieces import MARK, Cut, Kept, cut, fill, pour, slot

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from imt_ecrf.web.entry.posted import Posted
    from imt_ecrf.web.entry.sheet import Control, FormSheet
    from imt_ecrf.web.entry.shown import Field, GroupShown, Message, RowShown

MACROS: Final = "macros/groups.html"
HERE: Final = 0
UNDER: Final = 1
TEXTS: Final = 3
FREE: Final = frozenset({*TYPES, "text", "long"})
MOST_SHAPES: Final = 4000


class Said(NamedTuple):
    """All that the macro is given of a question whose messages are kept drawn: it can show nothing else."""

    path: str
    messages: tuple[Message, ...]
    kept: bool
    editable: bool
    queries: tuple[()] = ()


@dataclass(frozen=True)
class Drawn:
    """Draws the questions of one page; `here` is the address of the form."""

    sheet: FormSheet
    here: str
    refs: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    posted: Posted | None = None
    changed: Collection[str] = ()

    def items(self, fields: Iterable[Field]) -> Markup:
        """Draw questions with their answers, each below the other."""
        drawn: list[str] = []
        here, mute = escape(self.here), self.posted is None and not self.changed
        for one in fields:
            if one.plain and mute:
                pour(_plain.get(one.plain, partial(self._whole, one)), (here,), drawn)
                continue
            under = self._under("item_messages", (one,))
            if _own(one):
                drawn.append(self._macro("item")(one, self.here, under, self.refs))
            else:
                pour(self._item(one), (here, under, *map(_safe, (one.value, one.text, one.last))), drawn)
        return Markup("".join(drawn))  # noqa: S704 - drawn by the macro, each text is escaped

    def _whole(self, one: Field) -> Cut:
        """Draw a question with its answer, for every subject: only the address of the form is left open."""
        drawn: list[str] = []
        pour(self._item(one), (slot(HERE), "", *map(_safe, (one.value, one.text, one.last))), drawn)
        return cut("".join(drawn))

    def _item(self, one: Field) -> Cut:
        key = ("item", *_shape(one))
        return self._shape_of(key, lambda: self._macro("item")(_slotted(one, 0), slot(HERE), slot(UNDER)))

    def panel_row(self, group: GroupShown, row: RowShown) -> Markup:
        """Draw a row of a laboratory panel."""
        fields = tuple(row.fields.values())
        under = self._under("panel_messages", fields)
        if any(map(_own, fields)):
            return self._macro("panel_row")(group, row, self.here, under, self.refs)

        def draw(some: tuple[Field, ...], here: str, under: str) -> Markup:
            shaped = replace(row, fields=dict(zip(row.fields, some, strict=True)))
            return self._macro("panel_row")(group, shaped, here, under)

        return self._filled(("panel", row.fifth), fields, under, draw)

    def _under(self, macro: str, fields: tuple[Field, ...]) -> str:
        """Draw what stands under questions; the same messages at the same questions are drawn once."""
        speaking = tuple(filter(self._speaks, fields))
        if not speaking:
            return ""
        if self.posted is not None or self.changed or any(one.queries for one in speaking):
            return self._macro(macro)(speaking, self.posted, self.changed)
        said = tuple(Said(one.path, one.messages, one.kept, one.editable) for one in speaking)
        return fill(self._shape_of((macro, said), lambda: self._macro(macro)(said, None, ())), ())

    def _shape_of(self, key: object, draw: Callable[[], str]) -> Cut:
        shapes = self.sheet.shapes
        found = shapes.get(key)
        if found is None:
            if len(shapes) > MOST_SHAPES:
                shapes.clear()
            found = shapes[key] = cut(draw())
        return found

    def _speaks(self, one: Field) -> bool:
        return bool(one.messages or one.queries) or one.kept or one.path in self.changed

    def _filled(
        self,
        kind: object,
        fields: tuple[Field, ...],
        under: str,
        draw: Callable[[tuple[Field, ...], str, str], Markup],
    ) -> Markup:

        def shaped() -> str:
            slotted = tuple(_slotted(one, place) for place, one in enumerate(fields))
            return draw(slotted, slot(HERE), slot(UNDER))

        parts = self._shape_of((kind, *map(_shape, fields)), shaped)
        texts = [self.here, under]
        for one in fields:
            texts += (one.value, one.text, one.last)
        return fill(parts, texts)

    @staticmethod
    def _macro(name: str) -> Callable[..., Markup]:
        macro: Callable[..., Markup] = getattr(current_app.jinja_env.get_template(MACROS).module, name)
        return macro


_plain: Final[Kept[Cut]] = Kept(MOST_PLAIN)


def _safe(text: str) -> str:
    return escape(text) if text else ""


def _own(one: Field) -> bool:
    """Tell whether a question is drawn anew each time: choices of one subject, words that look like slots."""
    return one.control.kind == "ref" or (MARK in one.text and not free(one.control))


def free(control: Control) -> bool:
    """Tell whether the answer is a text of its own: its words do not change how the box is drawn."""
    return (
        control.kind in TYPES or control.kind in {"text", "long"} or (control.derived and not control.codes)
    )


def _shape(one: Field) -> tuple[object, ...]:
    """Name everything about an answer that decides how it is drawn."""
    marks = (
        one.path, one.unit, one.missing, one.hidden, one.kept, one.saved, one.editable, one.carried,
        bool(one.last), bool(one.messages), bool(one.messages) and one.stopped,
    )  # fmt: skip
    if free(one.control):
        return *marks, bool(one.value), bool(one.text)
    return *marks, one.value, one.values, one.text


def _slotted(one: Field, place: int) -> Field:
    first = UNDER + 1 + place * TEXTS
    last = slot(first + 2) if one.last else ""
    if not free(one.control):
        return one._replace(last=last)
    value, text = slot(first) if one.value else "", slot(first + 1) if one.text else ""
    return one._replace(value=value, text=text, last=last)
