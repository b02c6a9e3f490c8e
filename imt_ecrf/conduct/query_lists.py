"""The list of queries: filters, order, pages and figures, as far as a person may read; settles none."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, exists, false, func, or_, select, true

from imt_ecrf.conduct import query_thread, runtime
from imt_ecrf.conduct.findings import may_read
from imt_ecrf.conduct.query_thread import OPEN, SETTLED, WAITING
from imt_ecrf.store.tables import Query, QueryMessage, Site, stamp
from imt_ecrf.store.tables import Subject as SubjectRow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.query_thread import QueryView
    from imt_ecrf.conduct.runtime import Study

PAGE: Final = 50
STATES: Final[Mapping[str, tuple[str, ...]]] = {
    "waiting": WAITING,
    "open": OPEN,
    "answered": ("answered",),
    "settled": SETTLED,
    "closed": ("closed",),
    "cancelled": ("cancelled",),
    "all": (*WAITING, *SETTLED),
}
"""What may be asked for by state."""
AGES: Final = (0, 7, 14, 30, 60)
ORDERS: Final[Mapping[str, tuple[Any, ...]]] = {
    "age": (Query.opened_at,),
    "step": (Query.changed_at,),
    "subject": (SubjectRow.code, Query.opened_at),
    "form": (Query.form, Query.opened_at),
    "state": (Query.state, Query.opened_at),
    "asked": (Query.opened_by, Query.opened_at),
}
"""What the list may be ordered by; the last key is always the query itself."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader asks for; empty means all. `check`: a check's name, or "person" for people's.

    `days` and `younger` are whole days of age, at least and at most.
    """

    state: str = "waiting"
    site: str = ""
    subject: str = ""
    form: str = ""
    asked: str = ""
    check: str = ""
    days: int = 0
    younger: int | None = None
    text: str = ""
    order: str = "age"
    down: bool = False
    page: int = 1


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of queries, its number, the last number, how many there are, and what may be chosen."""

    rows: tuple[QueryView, ...]
    number: int
    last: int
    total: int
    states: Mapping[str, int] = field(default_factory=dict)
    asked: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()


def page(session: Session, actor: Actor, wanted: Wanted, size: int = PAGE) -> Listed:
    """Give one page of the queries a person may read; always the same number of statements."""
    mine = readable(session, actor)
    fits = and_(mine, *_conditions(actor, wanted))
    total = session.scalar(select(func.count()).select_from(Query).join(SubjectRow, _OF).where(fits)) or 0
    last = max(1, -(-total // size))
    number = min(max(wanted.page, 1), last)
    found = session.execute(_ordered(wanted, fits).limit(size).offset((number - 1) * size))
    rows = [(row, code) for row, code in found]
    counted = session.execute(select(Query.state, func.count()).where(mine).group_by(Query.state))
    figures: dict[str, int] = {one[0]: one[1] for one in counted}
    chosen = session.execute(select(Query.opened_by, Query.check, Query.form).where(mine).distinct()).all()
    return Listed(
        query_thread.views(session, actor, rows), number, last, total,
        {name: sum(figures.get(one, 0) for one in some) for name, some in STATES.items()},
        *(_known(chosen, column) for column in range(3)),
    )  # fmt: skip


def every(session: Session, actor: Actor, wanted: Wanted) -> tuple[QueryView, ...]:
    """Give all queries that fit, in the order of the list, for a file."""
    fits = and_(readable(session, actor), *_conditions(actor, wanted))
    rows = [(row, code) for row, code in session.execute(_ordered(wanted, fits))]
    found: list[QueryView] = []
    for first in range(0, len(rows), 500):  # so many ids fit into one statement on either database
        found += query_thread.views(session, actor, rows[first : first + 500])
    return tuple(found)


_OF: Final = SubjectRow.id == Query.subject_id


def _ordered(wanted: Wanted, fits: ColumnElement[bool]) -> Any:
    keys = (*ORDERS.get(wanted.order, ORDERS["age"]), Query.id)
    turned = [key.desc() if wanted.down else key.asc() for key in keys]
    return select(Query, SubjectRow.code).join(SubjectRow, _OF).where(fits).order_by(*turned)


def _conditions(actor: Actor, wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [Query.state.in_(STATES.get(wanted.state, WAITING))]
    pairs = ((Query.site, wanted.site), (Query.form, wanted.form), (Query.opened_by, wanted.asked))
    found += [column == value for column, value in pairs if value]
    if wanted.subject:
        found.append(SubjectRow.code.startswith(wanted.subject, autoescape=True))
    if wanted.check == "person":
        found.append(Query.check.is_(None))
    elif wanted.check:
        found.append(Query.check == wanted.check)
    if wanted.days > 0:
        found.append(Query.opened_at <= stamp(actor.now() - dt.timedelta(days=wanted.days)))
    if wanted.younger is not None:
        found.append(Query.opened_at > stamp(actor.now() - dt.timedelta(days=wanted.younger + 1)))
    if wanted.text:
        found.append(exists().where(QueryMessage.query_id == Query.id, _says(wanted.text)))
    return found


def _says(text: str) -> ColumnElement[bool]:
    """Find a text as typed, in small or capital letters: SQLite folds no Cyrillic by itself."""
    forms = {text, text.lower(), text.upper(), text.capitalize()}
    columns = (QueryMessage.text, QueryMessage.text_ru)
    return or_(*(column.contains(one, autoescape=True) for column in columns for one in sorted(forms)))


def readable(session: Session, actor: Actor) -> ColumnElement[bool]:
    """Say in the database's words which queries a person may read: `query_thread.sees` for every row."""
    running = runtime.study(session)
    return _by_roles(session, actor, lambda site: _reads(actor, running, site))


def to_answer(session: Session, actor: Actor) -> ColumnElement[bool]:
    """Say in the database's words which queries a person is asked to answer: `query_thread.answers`."""
    running = runtime.study(session)

    def asked(site: str) -> ColumnElement[bool]:
        forms = ["", *running.book.forms]
        return Query.form.in_([one for one in forms if query_thread.answers(actor, running, one, site)])

    return _by_roles(session, actor, asked)


def _by_roles(
    session: Session, actor: Actor, holds: Callable[[str], ColumnElement[bool]]
) -> ColumnElement[bool]:
    """Ask something once of all sites at which a person holds the same roles."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for site in session.scalars(select(Site.code).order_by(Site.code)):
        if held := actor.held(site):
            alike.setdefault(held, []).append(site)
    parts = [and_(Query.site.in_(sites), holds(sites[0])) for sites in alike.values()]
    return or_(*parts) if parts else false()


def where(sites: list[str], everywhere: bool, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Narrow conditions to some sites, or to none when a person may do nothing there."""
    if everywhere:
        return and_(true(), *conditions)
    return and_(Query.site.in_(sites), *conditions) if sites else false()


def _reads(actor: Actor, running: Study, site: str) -> ColumnElement[bool]:
    book = running.book
    forms = [form for form in book.forms if actor.sees(book, form, site)]
    whole = [""] if actor.may_act("see_course", site) else []
    seen = Query.form.in_([*forms, *whole])
    hidden = _hidden(actor, running, site)
    return and_(seen, or_(Query.check.is_(None), Query.check.not_in(hidden)) if hidden else true())


_HIDDEN: Final[dict[tuple[str, tuple[str, ...]], tuple[str, ...]]] = {}


def _hidden(actor: Actor, running: Study, site: str) -> tuple[str, ...]:
    """Name the checks whose words are not for these roles; worked out once a version."""
    key = (running.book.fingerprint, actor.held(site))
    if key not in _HIDDEN:
        checks = running.engine.checks
        names = {one.check.oid for home in checks.homes() for one in checks.of(home)} | set(running.shown_to)
        hidden = (name for name in sorted(names) if not may_read(actor, site, name, running))
        _HIDDEN[key] = tuple(hidden)
    return _HIDDEN[key]


def _known(rows: Any, column: int) -> tuple[str, ...]:
    return tuple(sorted({row[column] for row in rows if row[column]}))
