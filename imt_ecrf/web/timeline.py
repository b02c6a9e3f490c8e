"""The day axis of a subject: windows as bars, visits and scans in lanes, today's line; plain numbers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from imt_ecrf.study.values import read_date
from imt_ecrf.study.windows import study_day
from imt_ecrf.web.states import event_mark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imt_ecrf.conduct.views import EventView

WIDTH: Final = 1392
LEFT: Final = 84
RIGHT: Final = 1384
MARGIN: Final = 7
SCANS: Final = frozenset({"SE_TA"})
CYCLE: Final = 28
MOST_TICKS: Final = 14


@dataclass(frozen=True, slots=True)
class Mark:
    """A visit on the axis: its lane (0 visits, 1 scans), its shape, its place, its window from and width."""

    lane: int
    kind: str
    name: str
    x: int
    window: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Timeline:
    """The picture: marks, ticks (place, word) and the place of today."""

    marks: tuple[Mark, ...]
    ticks: tuple[tuple[int, str], ...]
    today: int


def timeline(
    events: Sequence[EventView], first_dose: dt.date | None, today: dt.date, language: str
) -> Timeline | None:
    """Draw the visits that have a day; nothing when there are fewer than two."""
    dated = [(event, day) for event in events if (day := _day(event)) is not None]
    if len(dated) < 2:  # noqa: PLR2004 - one point makes no axis
        return None
    ends = [today, *(day for _, day in dated)]
    ends += [end for event, _ in dated if event.window for end in (event.window.first, event.window.last)]
    start, stop = min(ends), max(ends) + dt.timedelta(days=MARGIN)
    scale = (RIGHT - LEFT) / max((stop - start).days, 1)

    def place(day: dt.date) -> int:
        return round(LEFT + (day - start).days * scale)

    marks = tuple(_mark(event, day, language, place(day), _bar(event, start, scale)) for event, day in dated)
    return Timeline(marks, _ticks(first_dose, start, stop, scale), place(today))


def _mark(event: EventView, day: dt.date, language: str, x: int, bar: tuple[int, int] | None) -> Mark:
    del day
    return Mark(1 if event.oid in SCANS else 0, event_mark(event).kind, event.name(language), x, bar)


def _bar(event: EventView, start: dt.date, scale: float) -> tuple[int, int] | None:
    if event.window is None:
        return None
    left = round(LEFT + (event.window.first - start).days * scale)
    return left, max(6, round(((event.window.last - event.window.first).days + 1) * scale))


def _ticks(
    first_dose: dt.date | None, start: dt.date, stop: dt.date, scale: float
) -> tuple[tuple[int, str], ...]:
    if first_dose is None:
        return ()
    cycles = (stop - first_dose).days // CYCLE + 1
    step = CYCLE * max(1, -(-cycles // MOST_TICKS))
    days = [first_dose + dt.timedelta(days=number) for number in range(0, (stop - first_dose).days + 1, step)]
    return tuple(
        (round(LEFT + (day - start).days * scale), str(study_day(day, first_dose)))
        for day in days
        if day >= start
    )


def _day(event: EventView) -> dt.date | None:
    held = read_date(event.date) if event.date else None
    if held is not None and held.full:
        return held.first
    return event.window.target if event.window else None
