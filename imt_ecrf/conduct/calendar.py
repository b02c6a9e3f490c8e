"""The visits that are due, overdue or planned, by each site's own calendar; opens no form."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, or_, select

from imt_ecrf.conduct.agenda import empty
from imt_ecrf.conduct.events import log
from imt_ecrf.conduct.work.scope import due, overdue, scope_of
from imt_ecrf.policy.refusals import NotFound
from imt_ecrf.store.tables import PlannedVisit, Subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.work.scope import Scope
    from imt_ecrf.study.windows import Window

COMING = 14
MOST = 20
AHEAD = dt.timedelta(weeks=12)
_ORDER = (PlannedVisit.target, Subject.site, Subject.number, PlannedVisit.event)


@dataclass(frozen=True, slots=True)
class Due:
    """A visit nothing was entered at: its subject, its state at the site's day, its window.

    `mark` names it in a calendar outside the study and tells nothing about it.
    """

    site: str
    subject: str
    event: str
    repeat: int
    state: str
    opened: bool
    window: Window | None
    mark: str

    @property
    def day(self) -> dt.date | None:
        """Give the day it is planned for."""
        return self.window.target if self.window else None


def between(session: Session, actor: Actor, first: dt.date, last: dt.date, site: str = "") -> tuple[Due, ...]:
    """List the visits planned for some days, both included, at the sites a person sees, or at one."""
    planned = and_(PlannedVisit.target >= first.isoformat(), PlannedVisit.target <= last.isoformat())
    return _listed(_scope(session, actor, site), planned)


def late(session: Session, actor: Actor, before: dt.date, site: str = "") -> tuple[Due, ...]:
    """List the visits planned before a day that are due or overdue by now, and those without a window."""
    scope = _scope(session, actor, site)
    earlier = or_(PlannedVisit.target < before.isoformat(), PlannedVisit.target.is_(None))
    return _listed(scope, and_(earlier, scope.by_day(_now)))


def days_now(session: Session, actor: Actor, site: str = "") -> tuple[dt.date, ...]:
    """Give the day it is now at the sites a person sees, or at one; two while it is past midnight at some."""
    scope = _scope(session, actor, site)
    return tuple(sorted(set(scope.today.values()))) or (actor.now().date(),)


def coming(session: Session, actor: Actor, days: int = COMING, most: int = MOST) -> tuple[Due, ...]:
    """List the first visits planned for the days from tomorrow on, by the day the calendar shows them at."""
    scope = _scope(session, actor, "")

    def soon(day: str) -> ColumnElement[bool]:
        until = dt.date.fromisoformat(day) + dt.timedelta(days=days)
        opens = PlannedVisit.window_from <= until.isoformat()
        return and_(opens, PlannedVisit.target > day, PlannedVisit.target <= until.isoformat())

    order = (PlannedVisit.target, Subject.code, PlannedVisit.event)
    return _listed(scope, scope.by_day(soon), order, most)


def ahead(session: Session, actor: Actor, site: str = "") -> tuple[Due, ...]:
    """List what is due, overdue or planned within twelve weeks, for a calendar outside the study."""
    scope = _scope(session, actor, site)

    def near(day: str) -> ColumnElement[bool]:
        until = dt.date.fromisoformat(day) + AHEAD
        return PlannedVisit.window_from <= until.isoformat()

    return _listed(scope, and_(PlannedVisit.target.is_not(None), scope.by_day(near)))


def note_download(session: Session, actor: Actor, site: str, visits: int) -> None:
    """Write down that a person took the calendar away."""
    role = next(iter(actor.held(site or None)), "")
    session.info["actor"] = actor.who(role)
    log(session, actor, "calendar.downloaded", role, site=site or None, details={"visits": visits})


def _scope(session: Session, actor: Actor, site: str) -> Scope:
    scope = scope_of(session, actor, site)
    if site and not scope.zones:
        raise NotFound
    return scope


def _now(day: str) -> ColumnElement[bool]:
    return or_(overdue(day), due(day))


def _listed(
    scope: Scope, holds: ColumnElement[bool], order: Sequence[Any] = _ORDER, most: int | None = None
) -> tuple[Due, ...]:
    columns = [
        *(PlannedVisit.subject_id, PlannedVisit.event, PlannedVisit.event_repeat, PlannedVisit.site),
        *(PlannedVisit.opened, PlannedVisit.target, PlannedVisit.window_from, PlannedVisit.window_to),
        Subject.code,
    ]
    wanted = (
        select(*columns)
        .join(Subject, Subject.id == PlannedVisit.subject_id)
        .where(scope.calendar(), holds)
        .order_by(*order)
        .limit(most)
    )
    return tuple(_due(scope, row) for row in scope.session.connection().execute(wanted))


def _due(scope: Scope, row: Any) -> Due:
    one = empty(row[:-1])
    known = f"{row.subject_id}/{one.event}.{one.repeat}"
    mark = hashlib.sha256(known.encode()).hexdigest()[:32]
    state = one.state(scope.today[row.site])
    return Due(row.site, row.code, one.event, one.repeat, state, one.opened, one.window, mark)


__all__ = ["Due", "ahead", "between", "coming", "days_now", "late", "note_download"]
