"""Subjects by visit, from stored counters, page by page; a fixed number of statements, no form is opened."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, exists, false, func, or_, select

from imt_ecrf.conduct import agenda
from imt_ecrf.conduct.entry.opening import subject_view
from imt_ecrf.conduct.work.scope import due, open_window, opened, overdue, scope_of
from imt_ecrf.store.tables import EventData, FormData, PlannedVisit, Subject
from imt_ecrf.study.records import VISIT_FORM

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.views import SubjectView
    from imt_ecrf.conduct.work.scope import Scope
    from imt_ecrf.study.windows import Window

Visit = tuple[str, int]
FINISHED: Final = ("complete", "not done")
LOGS: Final = "SE_LOG"


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """One visit of one subject: its state, its marks, how many of its forms are finished."""

    event: str
    repeat: int
    state: str
    window: Window | None
    date: str | None
    forms: int = 0
    finished: int = 0
    owed: int = 0
    open_queries: int = 0
    answered_queries: int = 0
    signed: int = 0
    void: int = 0
    due_items: int = 0
    verified_items: int = 0
    lapsed_items: int = 0


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One subject with its visits, by event and number."""

    subject: SubjectView
    cells: Mapping[Visit, MatrixCell]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which subjects are asked for; empty means all. `by` and `month` name a step of the course and when."""

    site: str = ""
    status: str = ""
    find: str = ""
    work: bool = False
    by: str = ""
    month: str = ""


@dataclass(frozen=True, slots=True)
class Matrix:
    """A page of subjects by visit: its rows, how many fit, their visits by state, the states there are."""

    rows: tuple[MatrixRow, ...]
    total: int
    counts: Mapping[str, int]
    states: tuple[str, ...]


PAGE: Final = 100


def matrix(session: Session, actor: Actor, site: str | None = None) -> tuple[MatrixRow, ...]:
    """Give all subjects by visit, from stored counters, for the sites and forms this person sees."""
    scope = scope_of(session, actor, site or "")
    wanted = select(Subject).where(Subject.site.in_(list(scope.zones))).order_by(*_ORDER)
    return _rows(scope, session.scalars(wanted).all())


def matrix_page(session: Session, actor: Actor, wanted: Wanted, number: int, size: int = PAGE) -> Matrix:
    """Give a page of the subjects asked for, by visit; always the same number of statements."""
    scope = scope_of(session, actor, wanted.site)
    asked = conditions(scope, wanted)
    fits = and_(Subject.site.in_(list(scope.zones)), *asked)
    total = session.scalar(select(func.count()).select_from(Subject).where(fits)) or 0
    number = min(max(number, 1), max(1, -(-total // size)))
    listed = select(Subject).where(fits).order_by(*_ORDER).limit(size).offset((number - 1) * size)
    states = select(Subject.state).where(Subject.site.in_(_course(scope))).distinct()
    known = tuple(session.scalars(states))
    counts = _counts(scope, fits if asked else None)
    return Matrix(_rows(scope, session.scalars(listed).all()), total, counts, known)


def conditions(scope: Scope, wanted: Wanted) -> list[ColumnElement[bool]]:
    """Say in the database's words which subjects are asked for; who is blinded asks nothing of the course."""
    found: list[ColumnElement[bool]] = []
    if wanted.status:
        found += [Subject.state == wanted.status, Subject.site.in_(_course(scope))]
    if wanted.find:
        found.append(func.lower(Subject.code).contains(wanted.find.lower(), autoescape=True))
    if wanted.by:
        step = STEPS.get(wanted.by)
        found += [Subject.site.in_(_course(scope)), false() if step is None else step(wanted.month)]
    if wanted.work:
        found.append(or_(*_works(scope)))
    return found


def _fact(name: str) -> Callable[[str], ColumnElement[bool]]:
    # the facts are canonical JSON: a name and its day stand there letter by letter
    return lambda month: Subject.facts.contains(f'"{name}":"{month}', autoescape=True)


STEPS: Final[dict[str, Callable[[str], ColumnElement[bool]]]] = {
    "screened": lambda month: Subject.screened_at.startswith(month, autoescape=True),
    "enrolled": lambda month: Subject.enrolled_at.startswith(month, autoescape=True),
    "begun": _fact("first dose"),
    "stopped": _fact("stopped_on"),
}
"""Steps of a subject's course by which subjects are found: when they took place begins with a month."""


def _works(scope: Scope) -> Iterable[ColumnElement[bool]]:
    """Tell that something of a subject needs somebody, as far as the person may know."""
    mine = and_(FormData.subject_id == Subject.id, FormData.struck.is_(False), scope.sees(FormData))
    asks = or_(
        FormData.open_queries > 0, FormData.signature == "void", FormData.lapsed_items > 0,
        FormData.entry_state == "in progress",
    )  # fmt: skip
    yield exists().where(mine, asks).correlate(Subject)
    planned = and_(PlannedVisit.subject_id == Subject.id, scope.calendar())
    now = scope.by_day(lambda day: or_(overdue(day), due(day)))
    yield exists().where(planned, now).correlate(Subject)


def _counts(scope: Scope, fits: ColumnElement[bool] | None) -> dict[str, int]:
    """Count the visits of all subjects asked for (None: of every one) that are overdue, due, in progress.

    Each state is counted by itself, so that each reads its part of an index.
    """
    late, now, without = (
        _of(PlannedVisit, fits).where(scope.calendar(), scope.by_day(state)).scalar_subquery()
        for state in (overdue, open_window, opened)
    )
    begun = (
        _of(EventData, fits)
        .where(EventData.site.in_(_course(scope)), EventData.state == "in progress", EventData.event != LOGS)
        .scalar_subquery()
    )
    row = scope.session.connection().execute(select(late, now + without, begun)).one()
    return dict(zip(("overdue", "due", "progress"), row, strict=True))


def _of(table: Any, fits: ColumnElement[bool] | None) -> Any:
    """Count rows of a table; subjects are looked up only when not all are asked for."""
    rows = select(func.count()).select_from(table)
    return rows if fits is None else rows.join(Subject, Subject.id == table.subject_id).where(fits)


def _course(scope: Scope) -> list[str]:
    """Name the sites at which the person may know how subjects fare."""
    actor = scope.actor
    return [site for site in scope.zones if actor.is_system() or actor.may_act("see_course", site)]


def _rows(scope: Scope, rows: Sequence[Subject]) -> tuple[MatrixRow, ...]:
    ids = [row.id for row in rows]
    visits = _visits(scope.session, ids)
    planned = agenda.of_subjects(scope.session, ids, max(scope.today.values(), default=None))
    counted = _counters(scope, ids)
    known = {site: _known(scope, site) for site in {row.site for row in rows}}
    return tuple(
        MatrixRow(
            subject_view(scope.actor, row),
            dict(
                _cells(
                    scope,
                    known[row.site],
                    scope.today[row.site],
                    visits=visits[row.id],
                    planned=planned.get(row.id, []),
                    counted=counted[row.id],
                )
            ),
        )
        for row in rows
    )


def _visits(session: Session, ids: list[str]) -> dict[str, dict[Visit, Any]]:
    wanted = select(
        *(EventData.subject_id, EventData.event, EventData.event_repeat, EventData.state, EventData.date)
    ).where(EventData.subject_id.in_(ids))
    found: dict[str, dict[Visit, Any]] = defaultdict(dict)
    for one in session.connection().execute(wanted).all():
        found[one.subject_id][one.event, one.event_repeat] = one
    return found


def _counters(scope: Scope, ids: list[str]) -> dict[str, dict[Visit, Any]]:
    finished = FormData.entry_state.in_(FINISHED)
    wanted = (
        select(
            *(FormData.subject_id, FormData.event, FormData.event_repeat),
            func.count().label("forms"),
            func.count().filter(finished).label("finished"),
            func.sum(FormData.owed + FormData.hard + FormData.soft).label("owed"),
            func.sum(FormData.open_queries).label("open_queries"),
            func.sum(FormData.answered_queries).label("answered_queries"),
            func.count().filter(FormData.signature == "valid").label("signed"),
            func.count().filter(FormData.signature == "void").label("void"),
            *(func.sum(getattr(FormData, name)).label(name) for name in _VERIFIED),
        )
        .where(FormData.site.in_(list(scope.zones)), FormData.subject_id.in_(ids))
        .where(FormData.struck.is_(False), scope.sees(FormData))
        .group_by(FormData.subject_id, FormData.event, FormData.event_repeat)
    )
    found: dict[str, dict[Visit, Any]] = defaultdict(dict)
    for one in scope.session.connection().execute(wanted).all():
        found[one.subject_id][one.event, one.event_repeat] = one
    return found


def _cells(
    scope: Scope,
    known: tuple[bool, dict[str, str]],
    today: dt.date,
    *,
    visits: Mapping[Visit, Any],
    planned: Sequence[Any],
    counted: Mapping[Visit, Any],
) -> Iterator[tuple[Visit, MatrixCell]]:
    """Give the cells of a subject, of the visits with a form this person sees, in no order."""
    knows, here = known
    for one in agenda.offered(scope.book, planned, visits, today):
        key = (one.event, one.repeat)
        if one.event in here:
            state, window = (one.state(today), one.window) if knows else (here[one.event], None)
            yield key, _cell(key, state, window, None, counted.get(key), blinded=not knows)
    for key, visit in visits.items():
        if key[0] in here and visit.state != agenda.PLANNED:
            state = visit.state if knows else here[key[0]]
            date = visit.date if knows else None
            yield key, _cell(key, state, None, date, counted.get(key), blinded=not knows)
        elif key[0] in here and key[0] == LOGS:
            yield key, _cell(key, "in progress", None, None, counted.get(key), blinded=not knows)


def _known(scope: Scope, site: str) -> tuple[bool, dict[str, str]]:
    """Tell whether the person knows how visits stand, and the events there are, with what a blinded one sees.

    Without the visit form a visit tells nothing but the person's own forms: due where one is owed there.
    """
    actor, book = scope.actor, scope.book
    knows = actor.is_system() or actor.sees(book, VISIT_FORM, site)
    found = {}
    for event in book.version.events:
        mine = [ref for ref in event.forms if actor.is_system() or actor.sees(book, ref.form, site)]
        owes = any(ref.expected == "R" and actor.may(book, "enter", ref.form, site) for ref in mine)
        if mine:
            found[event.oid] = "due" if owes else "planned"
    return knows, found


def _cell(
    key: Visit, state: str, window: Window | None, date: str | None, counted: Any, *, blinded: bool
) -> MatrixCell:
    if counted is None:
        return MatrixCell(*key, state, window, date)
    # the columns of the statement after those that name the visit, in the order of the cell's own
    return MatrixCell(*key, "in progress" if blinded else state, window, date, *counted[3:])


_ORDER: Final = (Subject.site, Subject.number)
_VERIFIED: Final = ("due_items", "verified_items", "lapsed_items")
