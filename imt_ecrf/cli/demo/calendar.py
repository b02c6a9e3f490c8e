"""When a child is seen: consent, day 1, every visit with its day, kept and missed ones; knows no value."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from imt_ecrf.cli.demo.dice import dice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imt_ecrf.cli.demo.cast import Child

CYCLE: Final = 28
ASSESSMENT: Final = 56
CONTACT: Final = 84
SATURDAY: Final = 5
_EARLY: Final = (
    ("SE_C1D1", 1),
    ("SE_C1D8", 8),
    ("SE_C1D15", 15),
    ("SE_C1D22", 22),
    ("SE_C2D1", 29),
    ("SE_C2D15", 43),
)
FIRST_REPEATING: Final = 3


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit of a child: the event with its number, the day it took place, the study day; why it did not."""

    event: str
    repeat: int
    day: dt.date
    study_day: int
    missed: str | None = None
    late: int = 0

    @property
    def key(self) -> tuple[str, int]:
        """Name the visit within its child."""
        return self.event, self.repeat


@dataclass(frozen=True)
class Calendar:
    """The days of a child: consent, first dose (None before), visits in order, last dose, stop, end."""

    consent: dt.date
    first_dose: dt.date | None
    visits: tuple[Visit, ...]
    last_dose: dt.date | None = None
    stopped: dt.date | None = None
    ended: dt.date | None = None

    def study_day(self, day: dt.date) -> int:
        """Count the study day; there is no day 0, and before day 1 (or without one) days are below 0."""
        if self.first_dose is None:
            return (day - self.consent).days - CYCLE
        days = (day - self.first_dose).days
        return days + 1 if days >= 0 else days

    def visit(self, event: str, repeat: int = 1) -> Visit | None:
        """Find a visit that was held or missed."""
        return next((one for one in self.visits if one.key == (event, repeat)), None)

    def held(self) -> tuple[Visit, ...]:
        """List the visits that took place."""
        return tuple(one for one in self.visits if one.missed is None)


def calendar(child: Child, seed: int, until: dt.date) -> Calendar:
    """Lay out the days of a child up to the last day of the demo."""
    chance = dice(seed, child.number, "calendar")
    if not child.treated:
        return _untreated(child, seed, until)
    first = working_day(until - dt.timedelta(days=child.since), until)
    consent = working_day(first - dt.timedelta(days=chance.randint(11, 18)))
    scans = tuple(_assessments(child, seed, first, until))
    last = _last_dose(child, first, scans)
    stopped = working_day(last + dt.timedelta(days=2)) if last else None
    if child.stop and child.stop.reason == "LOST TO FOLLOW-UP" and last:
        stopped = working_day(last + dt.timedelta(days=42))
    ended = working_day(first + dt.timedelta(days=child.ended_on - 1)) if child.ended_on else None
    found = [
        Visit("SE_SCR", 1, consent, (consent - first).days),
        *_treatment(child, seed, first, last, until),
    ]
    found += [one for one in scans if last is None or one.day <= last]
    if stopped:
        found += _after(child, first, last or stopped, stopped, ended, until)
    found.sort(key=lambda one: (one.day, one.event == "SE_TA", one.event == "SE_EOT"))
    return Calendar(consent, first, tuple(found), last, stopped, ended)


def _untreated(child: Child, seed: int, until: dt.date) -> Calendar:
    consent = working_day(until - dt.timedelta(days=child.since), until)
    visits = [Visit("SE_SCR", 1, consent, -CYCLE)]
    ended = None
    if child.ending == "screen failure":
        ended = working_day(
            consent + dt.timedelta(days=13 + dice(seed, child.number, "failed").randint(0, 3))
        )
    return Calendar(consent, None, tuple(visits), ended=ended)


def _treatment(
    child: Child, seed: int, first: dt.date, last: dt.date | None, until: dt.date
) -> Iterator[Visit]:
    limit = until if last is None else min(until, last - dt.timedelta(days=1))
    plan = [(event, 1, day, 1 if day < CYCLE else 2) for event, day in _EARLY]
    plan += [("SE_CYC", n, 1 + CYCLE * (n - 1), 2) for n in range(FIRST_REPEATING, 40)]
    for event, repeat, day, slack in plan:
        moved = 0 if day == 1 else dice(seed, child.number, event, repeat).choice((0, 0, 0, 0, 1, -1, slack))
        held = _moved(first + dt.timedelta(days=day - 1), moved)
        if held > limit:
            break
        yield _kept(child, Visit(event, repeat, held, (held - first).days + 1))
    if "unscheduled" in child.slips:
        held = working_day(first + dt.timedelta(days=35))
        yield Visit("SE_UNS", 1, held, (held - first).days + 1)


def _assessments(child: Child, seed: int, first: dt.date, until: dt.date) -> Iterator[Visit]:
    for number in range(1, 40):
        moved = dice(seed, child.number, "TA", number).choice((-4, -3, -2, -1, -1, 0))
        held = _moved(first + dt.timedelta(days=ASSESSMENT * number), moved)
        if held > until:
            return
        yield Visit("SE_TA", number, held, (held - first).days + 1)


def _last_dose(child: Child, first: dt.date, scans: tuple[Visit, ...]) -> dt.date | None:
    """Give the day of the last dose: as told, or two days after the scan that shows progression."""
    if child.stop is None:
        return None
    if child.stop.day:
        return first + dt.timedelta(days=child.stop.day - 1)
    progressed = next(one.day for one in scans if one.repeat == child.new_at)
    return progressed + dt.timedelta(days=2)


def _after(  # noqa: PLR0917 - the days that decide what follows treatment
    child: Child, first: dt.date, last: dt.date, stopped: dt.date, ended: dt.date | None, until: dt.date
) -> Iterator[Visit]:
    def visit(event: str, repeat: int, day: dt.date) -> Visit:
        return Visit(event, repeat, day, (day - first).days + 1)

    if child.ending == "lost":
        yield Visit(
            "SE_CYC", 5, working_day(first + dt.timedelta(days=CYCLE * 4)), CYCLE * 4 + 1, missed="LOST"
        )
        return
    if stopped <= until:
        yield visit("SE_EOT", 1, stopped)
    if child.ending in {"withdrawn", "off treatment"}:
        return
    safety = working_day(last + dt.timedelta(days=30))
    if safety <= until:
        yield visit("SE_SFU", 1, safety)
    if child.ending in {"safety", "died"}:
        return
    for number in range(1, 20):
        contact = working_day(safety + dt.timedelta(days=CONTACT * number))
        if contact > until or (ended is not None and contact > ended):
            return
        yield visit("SE_SURV", number, contact)


def _kept(child: Child, visit: Visit) -> Visit:
    if "missed" in child.slips and visit.event == "SE_C1D15":
        return Visit(visit.event, visit.repeat, visit.day, visit.study_day, missed="ILLNESS")
    late = 17 if "late" in child.slips and visit.event in {"SE_C1D22", "SE_C2D15"} else 0
    return Visit(visit.event, visit.repeat, visit.day, visit.study_day, late=late)


def _moved(planned: dt.date, days: int) -> dt.date:
    """Move a planned working day, unless that leads to the end of the week."""
    day = planned + dt.timedelta(days=days)
    return day if day.weekday() < SATURDAY else planned


def working_day(day: dt.date, latest: dt.date | None = None) -> dt.date:
    """Move a day at the end of the week to the next Monday, or back to the Friday where that is too late."""
    if day.weekday() < SATURDAY:
        return day
    monday = day + dt.timedelta(days=7 - day.weekday())
    return monday if latest is None or monday <= latest else day - dt.timedelta(days=day.weekday() - 4)
