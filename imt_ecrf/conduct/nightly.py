"""What the calendar alone changes: checks that read the clock, consents overdue, as of midnight; no value."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from sqlalchemy import select

from imt_ecrf import store
from imt_ecrf.conduct import agenda, deviations, due, runtime
from imt_ecrf.conduct.actor import SimulatedClock, system
from imt_ecrf.conduct.checks import Look, Whole
from imt_ecrf.conduct.events import log
from imt_ecrf.conduct.findings import judge
from imt_ecrf.conduct.firing import caches_of
from imt_ecrf.store import documents
from imt_ecrf.store.tables import Event, FormData, Site
from imt_ecrf.store.tables import Subject as SubjectRow
from imt_ecrf.study.reach import CLOCK, FORMS, SETTINGS, SITE, STATUS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor, Clock
    from imt_ecrf.study.records import Subject

ACT: Final = "checks.nightly"
UNTIL_TODAY: Final = '%"future(%'
"""Forms with a date that lay in the future: it may have come."""


@dataclass(frozen=True, slots=True)
class Night:
    """One site's night: its calendar day, the subjects looked at, the queries opened and closed."""

    site: str
    day: dt.date
    subjects: int
    opened: int
    closed: int


def run(engines: store.Engines, clock: Clock | None = None, as_of: dt.date | None = None) -> list[Night]:
    """Run the checks that read the clock for every site: as of its calendar day now, or as of a day named.

    Without a day a site whose night was done is left out. What was done is not done again: a second run
    finds nothing to open or close.
    """
    actor = system(clock)
    return [_site(engines, actor, site, day) for site, day in _due(engines, actor, as_of)]


def night(session: Session, actor: Actor, row: SubjectRow, day: dt.date) -> tuple[int, int]:
    """Run them for one subject as of the start of a day at its site; the queries opened and closed."""
    midnight = dt.datetime.combine(day, dt.time(), ZoneInfo(runtime.zone_of(session, row.site)))
    then = replace(actor, clock=SimulatedClock(midnight))
    running = runtime.study(session)
    subject = runtime.snapshot(session, then, running, row)
    agenda.refresh(session, then, row)
    whole = {one.row.id: one for one in _come(session, then, row, subject)}
    look = Look(session, actor, running, row, subject, whole=whole)
    # what settings, states and neighbours moved meanwhile is caught here too
    look.follow(marks={CLOCK, FORMS, SETTINGS, SITE, STATUS})
    deviations.weigh_consent(session, actor, row, running.book, day)
    due.refresh(session, actor, row.id)
    return look.opened, look.closed


def _due(engines: store.Engines, actor: Actor, as_of: dt.date | None) -> list[tuple[str, dt.date]]:
    with store.reading(engines) as session:
        if runtime.newest(session) is None:
            return []
        found = []
        for code, zone in session.execute(select(Site.code, Site.timezone).order_by(Site.code)):
            day = as_of or actor.now().astimezone(ZoneInfo(zone)).date()
            done = select(Event.seq).where(Event.act == ACT, Event.site == code, Event.object == str(day))
            if as_of is not None or session.scalar(done.limit(1)) is None:
                found.append((code, day))
    return found


def _site(engines: store.Engines, actor: Actor, site: str, day: dt.date) -> Night:
    """Take one subject after the other, each in a transaction of its own: nobody waits for the night."""
    with store.reading(engines) as session:
        wanted = select(SubjectRow.code).where(SubjectRow.site == site).order_by(SubjectRow.code)
        codes = list(session.scalars(wanted))
    opened = closed = 0
    for code in codes:
        with store.writing(engines, actor.who("SYSTEM")) as session:
            row = runtime.find_subject(session, actor, code, lock=True)
            more, less = night(session, actor, row, day)
            opened, closed = opened + more, closed + less
    details = {"subjects": len(codes), "opened": opened, "closed": closed}
    with store.writing(engines, actor.who("SYSTEM")) as session:
        log(session, actor, ACT, site=site, object=str(day), details=details)
    return Night(site, day, len(codes), opened, closed)


def _come(session: Session, then: Actor, row: SubjectRow, subject: Subject) -> Iterator[Whole]:
    """Judge the forms anew that held a date of the future."""
    wanted = select(FormData.id).where(
        FormData.subject_id == row.id, FormData.item_state.like(UNTIL_TODAY), FormData.locked_at.is_(None)
    )
    for form_id in session.scalars(wanted).all():
        form = documents.load_form(session.connection(), form_id)
        if form is None or form.frozen_at:
            continue
        running = runtime.study(session, form.study_version)
        record = runtime.record_of(form, running.book, then.now())
        judged = judge(running, subject, record, form.items.get("confirmed"))
        caches = caches_of(judged, form.items)
        documents.set_caches(session.connection(), form.id, caches)
        yield Whole(replace(form, **caches), judged, form.items, running)
