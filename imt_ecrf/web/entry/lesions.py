"""Lesions over the time points of a child: who each one is, what it measured, what follows; read only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from imt_ecrf.conduct import entry, visits
from imt_ecrf.web import dates
from imt_ecrf.web.entry.sheet import sheet
from imt_ecrf.web.entry.shown import Drawing
from imt_ecrf.web.subject_page import visit_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.views import Cell, Document, EventView, FormRecord
    from imt_ecrf.store.documents import FormRow
    from imt_ecrf.web.entry.sheet import Control, FormSheet, GroupSheet

FOLLOWING: Final = ("NTLRESPD", "RSNEW", "RSOVRD", "RSOVR")
"""What is concluded from the lesions on other forms of the same visit."""
EMPTY: Final[Cell] = {}


@dataclass(frozen=True, slots=True)
class Point:
    """A time point: the name of its visit, its date, whether it is the open one."""

    name: str
    date: str
    here: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One lesion, or one figure worked out of all: a text and a note for each time point."""

    name: str
    note: str
    cells: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """The table of a form whose rows keep their identity."""

    points: tuple[Point, ...]
    lesions: tuple[Line, ...]
    sums: tuple[Line, ...]


@dataclass(frozen=True)
class _Course:
    record: FormRecord
    drawn: FormSheet
    group: GroupSheet
    language: str
    rows: tuple[FormRow, ...]

    def words(self, control: Control, cell: Cell) -> str:
        """Write a figure without its unit, which stands once beside the name."""
        text = Drawing(self.record, self.drawn, self.language).words(control, cell)
        return text.removesuffix(_unit(control)).strip()

    def lines(self) -> dict[str, list[str | None]]:
        """Give the row of each lesion in each document, by its name for life (`T01`)."""
        found: dict[str, list[str | None]] = {}
        for place, row in enumerate(self.rows):
            for path, cell in row.document.items():
                group, _, rest = path.partition(".")
                number, _, item = rest.partition(".")
                if group != self.group.oid or item != self.group.key or not isinstance(cell.get("v"), str):
                    continue
                if f"{group}.{number}.@struck" not in row.document:
                    found.setdefault(cell["v"], [None] * len(self.rows))[place] = number
        return dict(sorted(found.items()))


def overview(session: Session, actor: Actor, record: FormRecord, language: str) -> Overview | None:
    """Give the course of the lesions of a form; None where rows have no identity or no second time point."""
    drawn = sheet(record.book, record.address.form, language)
    group = next((one for one in drawn.groups if _keeps_identity(record, one)), None)
    if group is None:
        return None
    events = visits.events_of(session, actor, record.address.subject)
    dated = {(one.oid, one.repeat): one for one in events}
    place = record.address.within[:2]
    kept = entry.records_of(session, actor, record.address.subject, record.address.form)
    rows = tuple(sorted(kept, key=lambda row: _date(dated, (row.event, row.event_repeat))))
    if not any((row.event, row.event_repeat) != place for row in rows):
        return None
    course = _Course(record, drawn, group, language, rows)
    points = tuple(_point(dated, (row.event, row.event_repeat), place, language) for row in rows)
    followed = _following(session, actor, record, rows, language)
    return Overview(points, _lesions(course), (*_sums(course), *followed))


def _keeps_identity(record: FormRecord, group: GroupSheet) -> bool:
    definition = record.book.groups[group.oid][1]
    return definition.repeating == "log" and any(item.carry_forward for item in definition.items)


def _date(dated: dict[tuple[str, int], EventView], place: tuple[str, int]) -> str:
    event = dated.get(place)
    return (event.date if event else None) or "9999"


def _point(
    dated: dict[tuple[str, int], EventView], place: tuple[str, int], here: tuple[str, int], language: str
) -> Point:
    event = dated.get(place)
    name = visit_name(event) if event else place[0]
    return Point(name, dates.day(event.date if event else None, language), place == here)


def _lesions(course: _Course) -> tuple[Line, ...]:
    group = course.group
    key = group.control(group.key)
    value = next((one for one in group.controls if one.derived), None)
    state = next(
        (one for one in reversed(group.controls) if one.choices and one.required == "hard" and one != key),
        None,
    )
    lines = []
    for name, numbers in course.lines().items():
        first = next((place for place, number in enumerate(numbers) if number), 0)
        who = _identity(course, course.rows[first].document, numbers[first] or "")
        cells = tuple(
            _measured(course, course.rows[place].document, number, value, state)
            for place, number in enumerate(numbers)
        )
        lines.append(Line(key.codes.get(name, name) if key else name, who, cells))
    return tuple(lines)


def _identity(course: _Course, document: Document, number: str) -> str:
    carried = [one for one in course.group.controls if one.carries and one.kind != "choice"]
    texts = [
        course.words(one, document.get(f"{course.group.oid}.{number}.{one.oid}") or EMPTY) for one in carried
    ]
    return ", ".join(text for text in texts if text)


def _measured(
    course: _Course, document: Document, number: str | None, value: Control | None, state: Control | None
) -> tuple[str, str]:
    if number is None:
        return "–", ""
    start = f"{course.group.oid}.{number}."
    kept = document.get(start + state.oid) or EMPTY if state else EMPTY
    word = course.words(state, kept) if state else ""
    if value is None:
        return word or "–", ""
    usual = state is not None and kept.get("v") == state.choices[0][0]
    figure = course.words(value, document.get(start + value.oid) or EMPTY)
    return figure or "–", "" if usual else word


def _sums(course: _Course) -> tuple[Line, ...]:
    plain = [one for group in course.drawn.groups if group.layout == "items" for one in group.controls]
    lines = []
    for control in plain:
        if not control.derived:
            continue
        texts = tuple(
            (course.words(control, row.document.get(control.oid) or EMPTY) or "–", "") for row in course.rows
        )
        unit = _unit(control)
        lines.append(Line(f"{control.label}, {unit}" if unit else control.label, "", texts))
    return tuple(lines)


def _following(
    session: Session, actor: Actor, record: FormRecord, rows: Sequence[FormRow], language: str
) -> tuple[Line, ...]:
    book, lines = record.book, []
    for oid in FOLLOWING:
        place = book.places.get(oid)
        if place is None or place.form.oid == record.address.form:
            continue
        if not actor.sees(book, place.form.oid, record.subject.site):
            continue
        found = entry.records_of(session, actor, record.address.subject, place.form.oid)
        there = {(row.event, row.event_repeat): row.document for row in found}
        drawn = sheet(book, place.form.oid, language)
        drawing, control = Drawing(record, drawn, language), drawn.controls[oid]
        texts = tuple(
            (
                drawing.words(control, there.get((row.event, row.event_repeat), {}).get(oid) or EMPTY) or "–",
                "",
            )
            for row in rows
        )
        lines.append(Line(control.label, "", texts))
    return tuple(lines)


def _unit(control: Control) -> str:
    return control.units[0][1] if len(control.units) == 1 else ""
