"""How each site does: enrolment, entry lag, queries by age, verification, signatures; counts, no list."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, func, or_, select

from imt_ecrf.conduct import course, query_lists
from imt_ecrf.conduct.form_lists import FINISHED, LAG, dated, lag_days
from imt_ecrf.conduct.query_thread import OPEN
from imt_ecrf.conduct.work.scope import scope_of
from imt_ecrf.policy.refusals import NotFound
from imt_ecrf.store.tables import EventData, FormData, Query, Subject, stamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.work.scope import Scope

BANDS: Final = ((0, 7), (8, 14), (15, 30), (31, None))
"""Ages of open queries, in whole days, both ends included."""
STEPS: Final = ("screened", "enrolled", "begun", "stopped")
MOST: Final = 0.9


@dataclass(slots=True)
class SiteFigures:
    """The figures of one site, or of several added up.

    `months` counts steps of the course by month; `lags` counts forms by the days from the visit to the first
    save; `ages` counts open queries by band.
    """

    site: str
    states: Counter[str] = field(default_factory=Counter)
    months: Counter[tuple[str, str]] = field(default_factory=Counter)
    lags: Counter[int] = field(default_factory=Counter)
    ages: Counter[int] = field(default_factory=Counter)
    answered: int = 0
    forms: int = 0
    finished: int = 0
    signed: int = 0
    void: int = 0
    due_items: int = 0
    verified_items: int = 0
    due_critical: int = 0
    verified_critical: int = 0

    @property
    def subjects(self) -> int:
        """Count the subjects."""
        return sum(self.states.values())

    @property
    def open_queries(self) -> int:
        """Count the queries the site has to answer."""
        return sum(self.ages.values())

    @property
    def unsigned(self) -> int:
        """Count the finished forms without a valid signature."""
        return self.finished - self.signed

    @property
    def month_names(self) -> list[str]:
        """List the months in which something happened, oldest first."""
        return sorted({month for month, _step in self.months})

    def lag(self, share: float = 0.5) -> int | None:
        """Give the days within which a share of the forms was first saved; None without dated visits."""
        wanted, seen = share * self.lags.total(), 0
        for days in sorted(self.lags):
            seen += self.lags[days]
            if seen >= wanted:
                return days
        return None


_SUMS: Final = ("due_items", "verified_items", "due_critical", "verified_critical")
_PARTS: Final = ("forms", "finished", "signed", "void", *_SUMS)


def figures(session: Session, actor: Actor, site: str = "") -> tuple[SiteFigures, ...]:
    """Count everything by site, for the sites a person sees or one of them; five statements."""
    scope = scope_of(session, actor, site)
    if site and not scope.zones:
        raise NotFound
    found = {code: SiteFigures(code) for code in scope.zones}
    _enrolment(scope, found)
    _forms(scope, found)
    _lags(scope, found)
    _queries(scope, found)
    return tuple(found.values())


def total(every: Iterable[SiteFigures]) -> SiteFigures:
    """Add the figures of sites up."""
    added = SiteFigures("")
    for one in every:
        for name in ("states", "months", "lags", "ages"):
            getattr(added, name).update(getattr(one, name))
        for name in (*_PARTS, "answered"):
            setattr(added, name, getattr(added, name) + getattr(one, name))
    return added


def _enrolment(scope: Scope, found: dict[str, SiteFigures]) -> None:
    wanted = select(Subject).where(Subject.site.in_(list(found)))
    for row in scope.session.scalars(wanted):
        one = found[row.site]
        one.states[row.state] += 1
        facts = course.facts_in(row)
        begun, stopped = facts.anchors.get("first dose"), facts.stopped_on
        on = (begun.isoformat() if begun else None, stopped.isoformat() if stopped else None)
        days = (row.screened_at, row.enrolled_at, *on)
        for step, day in zip(STEPS, days, strict=True):
            if day:
                one.months[day[:7], step] += 1


def _forms(scope: Scope, found: dict[str, SiteFigures]) -> None:
    finished = FormData.entry_state.in_(FINISHED)
    wanted = select(
        FormData.site,
        func.count(),
        func.count().filter(finished),
        func.count().filter(and_(finished, FormData.signature == "valid")),
        func.count().filter(FormData.signature == "void"),
        *(func.sum(getattr(FormData, name)) for name in _SUMS),
    ).where(FormData.struck.is_(False), FormData.site.in_(list(found)), scope.sees(FormData))
    for site, *counts in scope.session.connection().execute(wanted.group_by(FormData.site)):
        for name, count in zip(_PARTS, counts, strict=True):
            setattr(found[site], name, int(count or 0))


def _lags(scope: Scope, found: dict[str, SiteFigures]) -> None:
    days = lag_days(scope.session).label(LAG)
    wanted = (
        select(FormData.site, days, func.count())
        .join(EventData, dated())
        .where(FormData.struck.is_(False), FormData.site.in_(list(found)), scope.sees(FormData))
        .group_by(FormData.site, days)
    )
    for site, lag, count in scope.session.connection().execute(wanted):
        found[site].lags[max(0, int(lag))] += count


def _queries(scope: Scope, found: dict[str, SiteFigures]) -> None:
    """Count open queries by age; a query's age begins when it was asked."""
    now = scope.actor.now()
    bands = [func.count().filter(and_(Query.state.in_(OPEN), *_of_age(now, band))) for band in BANDS]
    answered = func.count().filter(Query.state == "answered")
    wanted = (
        select(Query.site, answered, *bands)
        .where(Query.site.in_(list(found)), or_(Query.state.in_(OPEN), Query.state == "answered"))
        .where(query_lists.readable(scope.session, scope.actor))
        .group_by(Query.site)
    )
    for site, waiting, *counts in scope.session.connection().execute(wanted):
        found[site].answered = waiting
        found[site].ages.update(dict(enumerate(counts)))


def _of_age(now: dt.datetime, band: tuple[int, int | None]) -> Iterator[ColumnElement[bool]]:
    """Hold queries to a band of ages; the day before `first` days ago ends it."""
    first, last = band
    if first:
        yield Query.opened_at <= stamp(now - dt.timedelta(days=first))
    if last is not None:
        yield Query.opened_at > stamp(now - dt.timedelta(days=last + 1))
