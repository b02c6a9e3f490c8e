"""The visits of subjects at which nothing is entered yet, kept worked out; knows the plan, opens no form."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, cast

from sqlalchemy import delete, func, insert, or_, select

from imt_ecrf import store
from imt_ecrf.conduct import course, plan, runtime
from imt_ecrf.conduct.actor import system
from imt_ecrf.store.tables import EventData, PlannedVisit
from imt_ecrf.store.tables import Subject as SubjectRow
from imt_ecrf.study.windows import Window

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sqlalchemy import Table
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor, Clock
    from imt_ecrf.store import Engines
    from imt_ecrf.study.book import Book

AHEAD: Final = dt.timedelta(days=400)
"""How far ahead repeating visits are worked out; each night goes on by a day."""
SOON: Final = dt.timedelta(days=200)
"""No visit is repeated so rarely that the next two of it lie further ahead."""
CERTAIN: Final = dt.timedelta(days=28)
PLANNED: Final = "planned"
_COLUMNS: Final = (
    "subject_id",
    "event",
    "event_repeat",
    "site",
    "opened",
    "target",
    "window_from",
    "window_to",
)
_TABLE: Final = cast("Table", PlannedVisit.__table__)


@dataclass(frozen=True, slots=True)
class Empty:
    """A visit at which nothing is entered: its number, whether somebody opened it, its window."""

    event: str
    repeat: int
    opened: bool
    window: Window | None

    def state(self, today: dt.date) -> str:
        """Work out what the calendar says of it: planned, due or overdue."""
        return plan.state_of(PLANNED if self.opened else None, self.window, today)


def refresh(session: Session, actor: Actor, row: SubjectRow) -> None:
    """Work a subject's empty visits out anew; asked when a visit is opened or the course moves."""
    session.flush()
    found = _worked_out(session, actor, row, AHEAD)
    connection = session.connection()
    here = PlannedVisit.subject_id == row.id
    kept = connection.execute(select(*(_TABLE.c[name] for name in _COLUMNS)).where(here))
    if {tuple(one) for one in kept} == set(found):
        return
    connection.execute(delete(PlannedVisit).where(here))
    if found:
        connection.execute(insert(_TABLE), [dict(zip(_COLUMNS, one, strict=True)) for one in found])


def refresh_all(session: Session, actor: Actor) -> None:
    """Work out the empty visits of every subject: another version of the study may plan others."""
    for row in session.scalars(select(SubjectRow)).all():
        refresh(session, actor, row)


def begun(session: Session, visit: EventData) -> None:
    """Forget a visit that is no longer empty."""
    session.connection().execute(
        delete(PlannedVisit).where(
            PlannedVisit.subject_id == visit.subject_id,
            PlannedVisit.event == visit.event,
            PlannedVisit.event_repeat == visit.event_repeat,
        )
    )


def fill(engines: Engines, clock: Clock | None = None) -> bool:
    """Work everything out once, for a database that was made before there was this table."""
    with store.reading(engines) as session:
        kept = session.connection().scalar(select(func.count()).select_from(PlannedVisit))
        subjects = session.connection().scalar(select(func.count()).select_from(SubjectRow))
    if kept or not subjects:
        return False
    actor = system(clock)
    with store.writing(engines, actor.who("SYSTEM")) as session:
        refresh_all(session, actor)
    return True


def faults(session: Session, actor: Actor) -> Iterator[tuple[str, str]]:
    """Name every subject (with a sentence) whose kept visits differ from what the plan says by now."""
    every = session.connection().execute(select(*(_TABLE.c[name] for name in _COLUMNS)))
    kept: dict[str, set[tuple[Any, ...]]] = {}
    for one in every:
        kept.setdefault(one.subject_id, set()).add(tuple(one))
    for row in session.scalars(select(SubjectRow).order_by(SubjectRow.code)):
        until = (runtime.site_today(session, actor, row.site) + CERTAIN).isoformat()
        told = _until(_worked_out(session, actor, row, CERTAIN), until)
        if _until(kept.get(row.id, ()), until) != told:
            yield row.id, "the visits kept as planned are not those the plan gives."


def of_subjects(
    session: Session, subjects: Iterable[str], today: dt.date | None = None
) -> dict[str, list[Any]]:
    """Give the kept rows of some subjects, by their ids, each visit in the order of its numbers.

    With a day only those that `offered` may keep on it: the visits repeated after the next are left out.
    """
    columns = [_TABLE.c[name] for name in _COLUMNS]
    wanted = select(*columns).where(PlannedVisit.subject_id.in_(list(subjects)))
    if today is not None:
        book = runtime.study(session).book
        often = [event.oid for event in book.version.events if event.kind == "repeating"]
        near = PlannedVisit.window_from <= (today + SOON).isoformat()
        wanted = wanted.where(or_(PlannedVisit.event.not_in(often), near))
    found: dict[str, list[Any]] = {}
    for one in session.connection().execute(wanted.order_by(*columns[:3])).all():
        found.setdefault(one.subject_id, []).append(one)
    return found


def empty(row: Any) -> Empty:
    """Read a kept row."""
    _subject, event, repeat, _site, opened, *days = row
    return Empty(event, repeat, bool(opened), _window(*days))


@lru_cache(maxsize=8192)
def _window(target: str | None, first: str | None, last: str | None) -> Window | None:
    """Read a window as it is kept; a page shows the same days many times."""
    if target is None or first is None or last is None:
        return None
    return Window(*map(dt.date.fromisoformat, (first, target, last)))


def offered(
    book: Book, rows: Iterable[Any], held: Mapping[tuple[str, int], object], today: dt.date
) -> Iterator[Empty]:
    """Leave out what lies further ahead than the plan offers today: of a repeating visit the next one.

    `rows` are kept rows of one subject in the order of their numbers.
    """
    highest: dict[str, int] = {}
    for event, repeat in held:
        highest[event] = max(repeat, highest.get(event, 0))
    ended: set[str] = set()
    day = today.isoformat()
    for one in rows:
        _subject, event, repeat, _site, _opened, _target, first, _last = one
        last = highest.get(event, 0)
        repeats = repeat > last and book.events[event].kind == "repeating"
        if repeats and event in ended:
            continue
        yield empty(one)
        later = first is not None and first > day
        if repeats and later and not (last and repeat == last + 1):
            ended.add(event)


def _worked_out(
    session: Session, actor: Actor, row: SubjectRow, ahead: dt.timedelta
) -> list[tuple[Any, ...]]:
    book = runtime.study(session).book
    wanted = select(EventData.event, EventData.event_repeat, EventData.state)
    rows = session.connection().execute(wanted.where(EventData.subject_id == row.id))
    held = {(one.event, one.event_repeat): one.state for one in rows}
    until = runtime.site_today(session, actor, row.site) + ahead
    return [
        (row.id, one.event.oid, one.repeat, row.site, (one.event.oid, one.repeat) in held, *_days(one.window))
        for one in plan.plan(book, course.facts_in(row), held, until)
        if one.event.kind != "common" and held.get((one.event.oid, one.repeat), PLANNED) == PLANNED
    ]


def _days(found: Window | None) -> tuple[str | None, str | None, str | None]:
    if found is None:
        return None, None, None
    return found.target.isoformat(), found.first.isoformat(), found.last.isoformat()


def _until(rows: Iterable[tuple[Any, ...]], day: str) -> set[tuple[Any, ...]]:
    start = _COLUMNS.index("window_from")
    return {one for one in rows if one[start] is None or one[start] <= day}
