"""How each site does: enrolment, entry lag, queries by age, verification, signatures; counts, no list."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, func, literal, null, or_, select, text, union_all

from imt_ecrf.conduct import query_lists
from imt_ecrf.conduct.form_lists import FINISHED
from imt_ecrf.conduct.query_thread import OPEN
from imt_ecrf.conduct.site_days import DAY, Days
from imt_ecrf.conduct.work.scope import scope_of
from imt_ecrf.policy.refusals import NotFound
from imt_ecrf.store.canonical import loads
from imt_ecrf.store.tables import EventData, FormData, Query, Subject, stamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import ColumnElement, CompoundSelect, Select, Subquery, TextClause
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
_COURSE: Final = (Subject.site, Subject.state, Subject.facts, Subject.screened_at, Subject.enrolled_at)


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
    wanted = select(*_COURSE).where(Subject.site.in_(list(found)))
    for site, state, facts, *days in scope.session.connection().execute(wanted):
        one = found[site]
        one.states[state] += 1
        kept = loads(facts)
        begun, stopped = kept.get("anchors", {}).get("first dose"), kept.get("stopped_on")
        for step, day in zip(STEPS, (*days, begun, stopped), strict=True):
            if day:
                one.months[day[:7], step] += 1


def _forms(scope: Scope, found: dict[str, SiteFigures]) -> None:
    """Count all forms from one index; what is in progress or not signed from those that hold just that."""
    for site, kind, *counts in scope.session.connection().execute(_parts(scope, list(found))):
        one = found[site]
        if kind == "all":
            for name, count in zip(("forms", *_SUMS), counts, strict=True):
                setattr(one, name, int(count or 0))
        else:
            setattr(one, kind, int(counts[0]))
    for one in found.values():
        # until here: those in progress, and those finished without a signature
        one.finished = one.forms - one.finished
        one.signed = one.finished - one.signed


def _parts(scope: Scope, sites: list[str]) -> CompoundSelect[Any]:
    fits = (FormData.struck.is_(False), FormData.site.in_(sites), scope.sees(FormData))
    nothing = (null(),) * len(_SUMS)
    # written word by word, as the indexes of waiting forms are (WAITING)
    begun, unsigned = text("entry_state = 'in progress'"), text("signature <> 'valid'")
    void, finished = text("signature = 'void'"), FormData.entry_state.in_(FINISHED)

    def counted(kind: str, *conditions: ColumnElement[bool] | TextClause) -> Select[Any]:
        columns: tuple[Any, ...] = (FormData.site, literal(kind), func.count(), *nothing)
        return select(*columns).where(*fits, *conditions).group_by(FormData.site)

    sums = (func.sum(getattr(FormData, name)) for name in _SUMS)
    every = select(FormData.site, literal("all"), func.count(), *sums).where(*fits).group_by(FormData.site)
    apart = (counted("finished", begun), counted("signed", unsigned, finished), counted("void", void))
    return union_all(every, *apart)


def _lags(scope: Scope, found: dict[str, SiteFigures]) -> None:
    """Count forms by the days from the visit to the first save, each by the calendar of its site.

    The moments of all visits of a day come together: a visit is looked up once and not for each of its forms.
    """
    visits = _moments(scope, list(found))
    every = func.aggregate_strings(visits.c.saved, ",")
    wanted = select(visits.c.site, visits.c.date, every).group_by(visits.c.site, visits.c.date)
    days = {site: Days(scope.zones[site]) for site in found}
    for site, date, moments in scope.session.connection().execute(wanted):
        if date is not None and len(date) == DAY:
            _count(found[site].lags, days[site], dt.date.fromisoformat(date).toordinal(), moments)


def _moments(scope: Scope, sites: list[str]) -> Subquery:
    """Give of each visit its site, its date, and when each of its forms was first saved, in one text."""
    place = (FormData.site, FormData.subject_id, FormData.event, FormData.event_repeat)
    date = select(EventData.date).where(
        EventData.subject_id == FormData.subject_id,
        EventData.event == FormData.event,
        EventData.event_repeat == FormData.event_repeat,
    )
    saved = func.aggregate_strings(FormData.created_at, ",").label("saved")
    return (
        select(FormData.site, date.correlate(FormData).scalar_subquery().label("date"), saved)
        .where(FormData.struck.is_(False), FormData.site.in_(sites), scope.sees(FormData))
        .group_by(*place)
        .subquery()
    )


def _count(lags: Counter[int], days: Days, visit: int, moments: str) -> None:
    """Count the moments of the forms of visits on one day; those of one hour are looked up once."""
    signs = days.signs
    for begin, count in Counter([one[:signs] for one in moments.split(",")]).items():
        lags[max(0, days[begin] - visit)] += count


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
