"""Subjects by visit as plain values: columns by cycle, one state a cell, the sentence a cell is read as."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from flask_babel import pgettext

from imt_ecrf.study.windows import STUDY_DAY_ANCHORS, formula
from imt_ecrf.web import dates, matrix_cells, states
from imt_ecrf.web.addresses import subject_url, visit_part
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.i18n import ngettext
from imt_ecrf.web.language import current
from imt_ecrf.web.matrix_cells import Cell, safe
from imt_ecrf.web.states import subject_word
from imt_ecrf.web.words import words

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from markupsafe import Markup

    from imt_ecrf.conduct.overview import MatrixCell, MatrixRow
    from imt_ecrf.study.book import Book
    from imt_ecrf.web.states import Shown

Visit = tuple[str, int]
WIDTH: Final = 16
MOST_SAID: Final = 4096
CYCLE_DAY: Final = re.compile(r"SE_C(\d+)D(\d+)")
CYCLE: Final = "SE_CYC"
SCAN: Final = "SE_TA"
WEEKS: Final = 8
LONG: Final = 9
LAST: Final = 10**6


@dataclass(frozen=True, slots=True)
class Column:
    """A visit in the head of the matrix: its group, its short word, its full name."""

    visit: Visit
    group: str
    short: str
    name: str
    edge: bool = False
    scan: bool = False
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A subject: its cells as HTML in the order of the columns, its open queries, what comes next."""

    code: str
    href: str
    site: str
    status: str
    state: str | None
    queries: int
    next: str
    cells: Markup


@dataclass(frozen=True, slots=True)
class MatrixPage:
    """A page of the matrix: head, lines by site, and the figures above it."""

    columns: tuple[Column, ...]
    groups: tuple[tuple[str, int], ...]
    lines: tuple[Line, ...]
    counts: Mapping[str, int]
    part: int
    parts: int


def columns(book: Book, rows: Iterable[MatrixRow]) -> list[Column]:
    """Name every visit some subject has, in the order of the study day; those without a day stand last."""
    found = {visit for row in rows for visit in row.cells if book.events[visit[0]].kind != "common"}
    ordered = sorted(found, key=lambda visit: _order(book, visit))
    named, before = [], ""
    for visit in ordered:
        column = _column(book, visit, before)
        named.append(column)
        before = column.group
    return named


def page(book: Book, shown: Sequence[MatrixRow], counts: Mapping[str, int], part: int) -> MatrixPage:
    """Lay out the rows of a page, with the columns of one part; the counts are those of all pages."""
    every = columns(book, shown)
    parts = max(1, -(-len(every) // WIDTH))
    part = min(max(part, 0), parts - 1)
    head = every[part * WIDTH : (part + 1) * WIDTH]
    names = {column.visit: column.name for column in every}
    language = current()
    lines = tuple(_line(row, head, names, language) for row in shown)
    groups = tuple((name, len(list(run))) for name, run in groupby(column.group for column in head))
    return MatrixPage(tuple(head), groups, lines, counts, part, parts)


def cell_mark(cell: MatrixCell | _Told, *, blinded: bool = False) -> Shown:
    """Choose what a cell shows: what asks for work first; a blinded reader's own forms are all there is."""
    kind, count = _pressing(cell)
    if kind:
        return states.visit(kind, count)
    complete = cell.state == "complete" or (blinded and cell.forms and cell.finished == cell.forms)
    if not complete:
        return states.visit({"in progress": "progress"}.get(cell.state, cell.state))
    if cell.forms and cell.signed == cell.forms:
        return states.visit("signed")
    return states.visit("verified" if 0 < cell.due_items == cell.verified_items else "complete")


def _pressing(cell: MatrixCell | _Told) -> tuple[str, int]:
    """Name what of a visit asks for work first, with its count; nothing when none does."""
    listed = (
        ("overdue", cell.state == "overdue", 0),
        ("query", cell.open_queries > 0, cell.open_queries),
        ("void", cell.void > 0, 0),
        ("lapsed", cell.lapsed_items > 0, cell.lapsed_items),
    )
    return next(((kind, count) for kind, holds, count in listed if holds), ("", 0))


def _line(row: MatrixRow, head: Sequence[Column], names: Mapping[Visit, str], language: str) -> Line:
    code, state = row.subject.code, row.subject.state
    href = subject_url(code)
    here, named = safe(href), safe(code)
    cells = matrix_cells.row(
        (
            _cell(here, named, row.cells.get(column.visit), column, language, blinded=state is None)
            for column in head
        ),
        language,
    )
    queries = sum(cell.open_queries for cell in row.cells.values())
    status, following = subject_word(state), _next(row, names)
    return Line(code, href, row.subject.site, status, state, queries, following, cells)


def _cell(
    here: str, code: str, cell: MatrixCell | None, column: Column, language: str, *, blinded: bool
) -> Cell | bool:
    if cell is None:
        return column.edge
    kind, word, told = _said(_Told.of(cell), language, blinded=blinded)
    place, name = _column_texts(column)
    return Cell(kind, column.edge, f"{here}/{place}", f"{code}, {name}: {told}", word)


@lru_cache(maxsize=MOST_SAID)
def _column_texts(column: Column) -> tuple[str, str]:
    """Give a visit as it ends an address, and its name."""
    return safe(visit_part(*column.visit)), safe(column.name)


class _Told(NamedTuple):
    """All that the words of a cell rest on; most cells of a page say the same."""

    state: str
    target: dt.date | None
    forms: int
    finished: int
    open_queries: int
    signed: int
    void: int
    due_items: int
    verified_items: int
    lapsed_items: int

    @classmethod
    def of(cls, cell: MatrixCell) -> _Told:
        figures = (
            *(cell.forms, cell.finished, cell.open_queries, cell.signed, cell.void),
            *(cell.due_items, cell.verified_items, cell.lapsed_items),
        )
        return cls(cell.state, cell.window.target if cell.window else None, *figures)


@lru_cache(maxsize=MOST_SAID)
def _said(cell: _Told, language: str, *, blinded: bool) -> tuple[str, str, str]:
    """Give the shape of a cell, its word and all of it in words, as HTML in the language of the page."""
    mark = cell_mark(cell, blinded=blinded)
    word = mark.word
    if mark.kind == "planned":
        word = dates.day(cell.target, language, year=False) if cell.target else pgettext("cell", "Planned")
    parts = [mark.word if mark.kind != "planned" or not cell.target else f"{mark.word} {word}"]
    if cell.open_queries:
        parts.append(ngettext("%(num)d open query", "%(num)d open queries", cell.open_queries))
    if cell.forms:
        parts.append(_("%(done)s of %(all)s forms finished", done=cell.finished, all=cell.forms))
    if cell.signed:
        parts.append(_("%(num)d signed", num=cell.signed))
    if cell.verified_items:
        parts.append(_("%(done)s of %(all)s items verified", done=cell.verified_items, all=cell.due_items))
    if cell.lapsed_items:
        parts.append(
            ngettext("%(num)d item to verify again", "%(num)d items to verify again", cell.lapsed_items)
        )
    shown = f"{word} {mark.count}" if mark.count else word
    return mark.kind, safe(shown), safe(", ".join(dict.fromkeys(parts)))


def _next(row: MatrixRow, names: Mapping[Visit, str]) -> str:
    waiting = [
        (cell.window.target, visit, cell)
        for visit, cell in row.cells.items()
        if visit in names and cell.window and cell.state in {"overdue", "due", "planned"}
    ]
    if not waiting:
        return ""
    _day, visit, cell = min(waiting, key=lambda one: one[0])
    mark = states.visit(cell.state).word.lower()
    end = cell.window.last if cell.state == "overdue" and cell.window else _day
    what = f"{names[visit]}, {mark} {dates.day(end, current(), year=False)}"
    return _("Next: %(what)s", what=what)


def _column(book: Book, visit: Visit, before: str) -> Column:
    event, repeat = visit
    name = words(book).visit(event, repeat)
    found = CYCLE_DAY.fullmatch(event)
    if found or event == CYCLE:
        number, day = found.groups() if found else (str(repeat), "1")
        group = _("Cycle %(number)s", number=number)
        short, full = _("D%(day)s", day=day), _("%(cycle)s day %(day)s", cycle=group, day=day)
        return Column(visit, group, short, full, edge=group != before)
    if event == SCAN:
        short, week = _("Scan wk %(week)s", week=WEEKS * repeat), _("week %(week)s", week=WEEKS * repeat)
        return Column(visit, before, short, f"{name}, {week}", edge=not before, scan=True)
    plain = name.removesuffix(f" {repeat}")
    short = "" if plain == name else str(repeat)
    long = max(map(len, plain.split())) > LONG
    return Column(visit, plain, short, name, edge=plain != before, wide=long)


def _order(book: Book, visit: Visit) -> tuple[int, int, int]:
    event = book.events[visit[0]]
    place = next(number for number, one in enumerate(book.version.events) if one is event)
    day = formula(event.day, visit[1]) if event.day and event.anchor in STUDY_DAY_ANCHORS else LAST
    return day, place, visit[1]
