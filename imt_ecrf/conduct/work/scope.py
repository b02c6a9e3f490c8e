"""How far a person's work reaches, in the database's words: sites, forms by role, each site's day."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, false, or_, select, true

from imt_ecrf.conduct import runtime
from imt_ecrf.store.tables import PlannedVisit, Site
from imt_ecrf.study.records import VISIT_FORM

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.runtime import Study
    from imt_ecrf.policy.permissions import Verb
    from imt_ecrf.study.book import Book


@dataclass(frozen=True)
class Scope:
    """A person before the study: the sites where subjects may be seen, each with its time zone."""

    session: Session
    actor: Actor
    running: Study
    zones: Mapping[str, str]

    @property
    def book(self) -> Book:
        """Give the study."""
        return self.running.book

    @cached_property
    def today(self) -> dict[str, dt.date]:
        """Give the calendar day of each site."""
        now = self.actor.now()
        return {site: now.astimezone(ZoneInfo(zone)).date() for site, zone in self.zones.items()}

    @cached_property
    def alike(self) -> tuple[tuple[str, ...], ...]:
        """Group the sites at which the person holds the same roles: what is asked there is the same."""
        found: dict[tuple[str, ...], list[str]] = {}
        for site in self.zones:
            found.setdefault(self.actor.held(site), []).append(site)
        return tuple(tuple(sites) for sites in found.values())

    def at(self, column: Any, act: str) -> ColumnElement[bool]:
        """Hold rows to the sites at which the person may do an act."""
        return column.in_([site for site in self.zones if self.actor.may_act(act, site)])  # type: ignore[no-any-return]

    def forms(self, site: Any, form: Any, allows: Callable[[str, str], bool]) -> ColumnElement[bool]:
        """Hold rows to the forms that are allowed at their site."""
        parts = []
        for sites in self.alike:
            named = [one for one in self.book.forms if allows(one, sites[0])]
            if named:
                every = true() if len(named) == len(self.book.forms) else form.in_(named)
                parts.append(and_(site.in_(sites), every))
        return or_(*parts) if parts else false()

    def may(self, table: Any, verb: Verb) -> ColumnElement[bool]:
        """Hold forms to those with which the person may do something."""
        return self.forms(
            table.site, table.form, lambda form, site: self.actor.may(self.book, verb, form, site)
        )

    def sees(self, table: Any) -> ColumnElement[bool]:
        """Hold forms to those the person sees, so that hidden ones are in no figure."""
        return self.forms(table.site, table.form, lambda form, site: self.actor.sees(self.book, form, site))

    def calendar(self, *, enters: bool = False) -> ColumnElement[bool]:
        """Hold planned visits to those the person may know of; with `enters` to those with a form to fill."""
        return self._filled_calendar if enters else self._whole_calendar

    @cached_property
    def _whole_calendar(self) -> ColumnElement[bool]:
        return self._planned(enters=False)

    @cached_property
    def _filled_calendar(self) -> ColumnElement[bool]:
        return self._planned(enters=True)

    def _planned(self, *, enters: bool) -> ColumnElement[bool]:
        parts = []
        for sites in self.alike:
            if not self.actor.sees(self.book, VISIT_FORM, sites[0]):
                continue
            events = list(self._events(sites[0], enters=enters))
            if events:
                parts.append(and_(PlannedVisit.site.in_(sites), PlannedVisit.event.in_(events)))
        return or_(*parts) if parts else false()

    def by_day(self, holds: Callable[[str], ColumnElement[bool]]) -> ColumnElement[bool]:
        """Ask something of each site by its own calendar day."""
        days: dict[str, list[str]] = {}
        for site, day in self.today.items():
            days.setdefault(day.isoformat(), []).append(site)
        parts = [and_(PlannedVisit.site.in_(sites), holds(day)) for day, sites in days.items()]
        return or_(*parts) if parts else false()

    def _events(self, site: str, *, enters: bool) -> Iterable[str]:
        for event in self.book.version.events:
            refs = [ref.form for ref in event.forms if self.actor.sees(self.book, ref.form, site)]
            if (refs and not enters) or any(self.actor.may(self.book, "finish", form, site) for form in refs):
                yield event.oid


def scope_of(session: Session, actor: Actor, site: str = "") -> Scope:
    """Find out how far a person's work reaches, at one site when it is named."""
    own = actor.sites()
    wanted = select(Site.code, Site.timezone).order_by(Site.code)
    if own is not None:
        wanted = wanted.where(Site.code.in_(own))
    rows = session.connection().execute(wanted).all()
    zones = {
        one.code: one.timezone
        for one in rows
        if (not site or one.code == site) and (actor.is_system() or actor.may_act("see_subjects", one.code))
    }
    return Scope(session, actor, runtime.study(session), zones)


def overdue(day: str) -> ColumnElement[bool]:
    """Tell that the window of a planned visit is over."""
    return PlannedVisit.window_to < day


def open_window(day: str) -> ColumnElement[bool]:
    """Tell that the window of a planned visit is open."""
    return and_(PlannedVisit.window_from <= day, PlannedVisit.window_to >= day)


def opened(_day: str = "") -> ColumnElement[bool]:
    """Tell that a visit was opened and has no window."""
    return and_(PlannedVisit.window_to.is_(None), PlannedVisit.opened.is_(True))


def due(day: str) -> ColumnElement[bool]:
    """Tell that a planned visit is to take place now: its window is open, or it was opened and has none."""
    return or_(open_window(day), opened())


def unfilled(scope: Scope, state: Callable[[str], ColumnElement[bool]]) -> ColumnElement[bool]:
    """Hold planned visits to those in a state of the calendar at which the person has a form to fill."""
    return and_(scope.calendar(enters=True), scope.by_day(state))


__all__ = ["Scope", "due", "open_window", "opened", "overdue", "scope_of", "unfilled"]
