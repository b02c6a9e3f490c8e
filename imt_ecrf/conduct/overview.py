"""Where the study stands: subjects by visit, and what waits for a person; a fixed number of statements."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import and_, false, func, or_, select, true

from imt_ecrf.conduct import course, plan, runtime, sdv_lists
from imt_ecrf.conduct.drafts import mine
from imt_ecrf.conduct.entry.opening import subject_view
from imt_ecrf.conduct.queries import OPEN
from imt_ecrf.conduct.signing import to_sign
from imt_ecrf.conduct.views import Address
from imt_ecrf.policy.permissions import ENTRY_ROLES
from imt_ecrf.store.tables import EventData, FormData, Query, Site, Subject, moment
from imt_ecrf.study.records import VISIT_FORM

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.plan import Planned
    from imt_ecrf.conduct.views import SubjectView
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.windows import Window

Visit = tuple[str, int]
FINISHED: Final = ("complete", "not done")


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
class WorkItem:
    """Something that waits for this person: its kind, where, since when, until when."""

    kind: str
    site: str
    subject: str
    event: str
    repeat: int
    address: Address | None = None
    path: str = ""
    since: dt.datetime | None = None
    until: dt.date | None = None
    count: int = 0
    ref: str = ""


KINDS: Final = (
    *("overdue", "query", "signature void", "verify again", "typed", "in progress", "due", "to sign"),
    *("answered", "to verify", "planned"),
)
"""Kinds of work in the order of harm."""


def matrix(session: Session, actor: Actor, site: str | None = None) -> tuple[MatrixRow, ...]:
    """Give subjects by visit, from stored counters, for the sites and forms this person sees."""
    book = runtime.study(session).book
    rows = _subjects(session, actor, site)
    days = _days(session, actor)
    visits = _visits(session, rows)
    counted = _counters(session, actor, book, rows)
    return tuple(
        _row(actor, book, row, visits=visits[row.id], counted=counted[row.id], today=days[row.site])
        for row in rows
    )


def work_list(session: Session, actor: Actor) -> tuple[WorkItem, ...]:
    """List what waits for this person, the most harmful first."""
    book = runtime.study(session).book
    rows = _subjects(session, actor, None)
    codes = {row.id: row for row in rows}
    items = [*_forms(session, actor, book, codes), *_asked(session, actor, book, codes)]
    items += _calendar(session, actor, book, rows)
    items += [_typed(address, codes, at) for address, at in mine(session, actor)]
    items += [
        WorkItem(
            "signature void" if one.again else "to sign",
            one.site,
            *one.address[:3],
            address=one.address,
            since=one.updated_at,
        )
        for one in to_sign(session, actor)
        if one.ready
    ]
    items += [
        WorkItem(
            "verify again" if one.lapsed else "to verify",
            one.site,
            *one.address[:3],
            address=one.address,
            since=one.since,
            count=one.lapsed or one.due - one.done,
        )
        for one in sdv_lists.waiting(session, actor)
    ]
    return tuple(sorted(items, key=_harm))


def work_counts(items: Iterable[WorkItem]) -> dict[str, int]:
    """Count the work by kind, in the order of harm."""
    counted = Counter(item.kind for item in items)
    return {kind: counted[kind] for kind in KINDS if counted[kind]}


def coming(session: Session, actor: Actor, days: int = 14) -> tuple[WorkItem, ...]:
    """List the visits whose window opens within some days."""
    book = runtime.study(session).book
    today = _days(session, actor)
    found = []
    for row, one, state in _planned(session, actor, book, _subjects(session, actor, None)):
        if state == "planned" and one.window and (one.window.first - today[row.site]).days <= days:
            found.append(_visit_item("planned", row, one))
    return tuple(sorted(found, key=lambda item: (str(item.until), item.subject)))


def _harm(item: WorkItem) -> tuple[Any, ...]:
    return KINDS.index(item.kind), str(item.until or ""), str(item.since or ""), item.subject, item.event


def _subjects(session: Session, actor: Actor, site: str | None) -> list[Subject]:
    wanted = select(Subject).order_by(Subject.site, Subject.number)
    if site is not None:
        wanted = wanted.where(Subject.site == site)
    rows = session.scalars(wanted)
    return [row for row in rows if actor.is_system() or actor.may_act("see_subjects", row.site)]


def _days(session: Session, actor: Actor) -> dict[str, dt.date]:
    """Give the calendar date of each site."""
    rows = session.execute(select(Site.code, Site.timezone))
    return {code: actor.now().astimezone(ZoneInfo(zone)).date() for code, zone in rows}


def _visits(session: Session, rows: list[Subject]) -> dict[str, dict[Visit, EventData]]:
    found: dict[str, dict[Visit, EventData]] = defaultdict(dict)
    for visit in session.scalars(select(EventData).where(EventData.site.in_({row.site for row in rows}))):
        found[visit.subject_id][visit.event, visit.event_repeat] = visit
    return found


def _visible(actor: Actor, book: Book, sites: Iterable[str]) -> ColumnElement[bool]:
    """Say which forms count for this person, so that hidden ones are in no figure."""
    parts = []
    for site in sorted(set(sites)):
        seen = [form for form in book.forms if actor.sees(book, form, site)]
        every = true() if len(seen) == len(book.forms) else FormData.form.in_(seen)
        parts.append(and_(FormData.site == site, every))
    return or_(*parts) if parts else false()


def _counters(session: Session, actor: Actor, book: Book, rows: list[Subject]) -> dict[str, dict[Visit, Any]]:
    finished = FormData.entry_state.in_(FINISHED)
    wanted = (
        select(
            FormData.subject_id,
            FormData.event,
            FormData.event_repeat,
            func.count().label("forms"),
            func.count().filter(finished).label("finished"),
            func.sum(FormData.owed + FormData.hard + FormData.soft).label("owed"),
            func.sum(FormData.open_queries).label("open_queries"),
            func.sum(FormData.answered_queries).label("answered_queries"),
            func.count().filter(FormData.signature == "valid").label("signed"),
            func.count().filter(FormData.signature == "void").label("void"),
            *(func.sum(getattr(FormData, name)).label(name) for name in _VERIFIED),
        )
        .where(FormData.struck.is_(False), _visible(actor, book, (row.site for row in rows)))
        .group_by(FormData.subject_id, FormData.event, FormData.event_repeat)
    )
    found: dict[str, dict[Visit, Any]] = defaultdict(dict)
    for one in session.execute(wanted):
        found[one.subject_id][one.event, one.event_repeat] = one
    return found


def _row(
    actor: Actor,
    book: Book,
    row: Subject,
    *,
    visits: Mapping[Visit, EventData],
    counted: Mapping[Visit, Any],
    today: dt.date,
) -> MatrixRow:
    knows = actor.is_system() or actor.sees(book, VISIT_FORM, row.site)
    cells = {}
    for one in plan.plan(book, course.facts_in(row), visits.keys(), today):
        key = (one.event.oid, one.repeat)
        if any(actor.sees(book, ref.form, row.site) for ref in one.event.forms) or actor.is_system():
            cells[key] = _cell(one, visits.get(key), counted.get(key), today, knows=knows)
    return MatrixRow(subject_view(actor, row), cells)


def _cell(one: Planned, visit: EventData | None, counted: Any, today: dt.date, *, knows: bool) -> MatrixCell:
    state = plan.state_of(visit.state if visit else None, one.window, today)
    if not knows:  # a blinded reader learns only what stands in the own forms
        state = "in progress" if counted else "due"
    figures = {} if counted is None else {name: getattr(counted, name) or 0 for name in _FIGURES}
    return MatrixCell(
        one.event.oid,
        one.repeat,
        state,
        one.window if knows else None,
        visit.date if visit and knows else None,
        **figures,
    )


_VERIFIED: Final = ("due_items", "verified_items", "lapsed_items")
_FIGURES: Final = (
    *("forms", "finished", "owed", "open_queries", "answered_queries", "signed", "void"),
    *_VERIFIED,
)


def _enters(actor: Actor, site: str) -> bool:
    return not ENTRY_ROLES.isdisjoint(actor.held(site))


def _forms(session: Session, actor: Actor, book: Book, rows: Mapping[str, Subject]) -> Iterator[WorkItem]:
    """Give the forms in progress this person may enter."""
    sites = {row.site for row in rows.values()}
    wanted = select(
        *(FormData.subject_id, FormData.site, FormData.event, FormData.event_repeat),
        *(FormData.form, FormData.form_repeat, FormData.owed, FormData.hard, FormData.soft),
        FormData.updated_at,
    ).where(
        FormData.entry_state == "in progress",
        FormData.struck.is_(False),
        FormData.locked_at.is_(None),
        FormData.frozen_at.is_(None),
        _visible(actor, book, sites),
    )
    for one in session.execute(wanted.order_by(FormData.updated_at)):
        if actor.may(book, "finish", one.form, one.site):
            code = rows[one.subject_id].code
            address = Address(code, one.event, one.event_repeat, one.form, one.form_repeat)
            yield WorkItem(
                "in progress",
                one.site,
                *address[:3],
                address=address,
                since=moment(one.updated_at),
                count=one.owed + one.hard + one.soft,
            )


def _asked(session: Session, actor: Actor, book: Book, rows: Mapping[str, Subject]) -> Iterator[WorkItem]:
    """Give the queries that wait for this person: open ones for the site, answered ones for who asked."""
    wanted = select(Query).where(Query.state.in_((*OPEN, "answered"))).order_by(Query.opened_at)
    for row in session.scalars(wanted):
        if row.subject_id not in rows or not actor.sees(book, row.form, row.site):
            continue
        answers = row.state in OPEN and actor.may_act("answer_query", row.site)
        own = row.opened_by == actor.username or actor.may_act("settle_any_query", row.site)
        settles = row.state == "answered" and own and actor.may_act("settle_query", row.site)
        if answers or settles:
            address = Address(
                rows[row.subject_id].code, row.event, row.event_repeat, row.form, row.form_repeat
            )
            yield WorkItem(
                "query" if answers else "answered",
                row.site,
                *address[:3],
                address=address,
                path=row.path,
                since=moment(row.changed_at),
                ref=row.id,
            )


def _planned(
    session: Session, actor: Actor, book: Book, rows: list[Subject]
) -> Iterator[tuple[Subject, Planned, str]]:
    visits, days = _visits(session, rows), _days(session, actor)
    for row in rows:
        if not actor.sees(book, VISIT_FORM, row.site):
            continue
        today = days[row.site]
        for one in plan.plan(book, course.facts_in(row), visits[row.id].keys(), today):
            visit = visits[row.id].get((one.event.oid, one.repeat))
            yield row, one, plan.state_of(visit.state if visit else None, one.window, today)


def _calendar(session: Session, actor: Actor, book: Book, rows: list[Subject]) -> Iterator[WorkItem]:
    """Give the visits whose time has come or gone with nothing entered."""
    for row, one, state in _planned(session, actor, book, rows):
        if state in {"overdue", "due"} and one.event.kind != "common" and _enters(actor, row.site):
            yield _visit_item(state, row, one)


def _visit_item(kind: str, row: Subject, one: Planned) -> WorkItem:
    until = None if one.window is None else (one.window.first if kind == "planned" else one.window.last)
    return WorkItem(kind, row.site, row.code, one.event.oid, one.repeat, until=until)


def _typed(address: Address, rows: Mapping[str, Subject], at: dt.datetime) -> WorkItem:
    site = next((row.site for row in rows.values() if row.code == address.subject), "")
    return WorkItem("typed", site, *address[:3], address=address, since=at)
