"""Subjects: screened, enrolled when everything allows it, listed; their state is derived, never typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from imt_ecrf.conduct import agenda, course, due, runtime, visits
from imt_ecrf.conduct.checks import Look
from imt_ecrf.conduct.enrolling import obstacles
from imt_ecrf.conduct.entry.opening import subject_view
from imt_ecrf.conduct.events import log
from imt_ecrf.conduct.once import done_before, number_of
from imt_ecrf.conduct.refused import EnrolmentRefused
from imt_ecrf.policy.refusals import NotFound, NotPermitted
from imt_ecrf.store.tables import Site, Subject, new_id, stamp
from imt_ecrf.study.reach import STATUS

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.views import SubjectView

DIGITS: Final = 3


def screen(session: Session, actor: Actor, site: str, *, page: str | None = None) -> str:
    """Give the next child of a site its code (`01-001`), for ever, and open screening and the logs.

    `page` is the number of the page this was asked from: sent again it gives the same child.
    """
    role = "SYSTEM" if actor.is_system() else actor.role_for_act("screen", site)
    # one at a time: two children must not get the same number
    place = session.scalars(select(Site).where(Site.code == site).with_for_update()).first()
    if place is None or not place.active:
        raise NotFound
    before = done_before(session, actor, "subject.screened", page, site=site)
    if before is not None:
        return str(before["object"])
    number = (session.scalar(select(func.max(Subject.number)).where(Subject.site == site)) or 0) + 1
    row = Subject(
        id=new_id(),
        code=f"{site}-{number:0{DIGITS}d}",
        site=site,
        number=number,
        screened_at=stamp(actor.now()),
        screened_by=actor.username,
    )
    columns = {"site": site, "subject_id": row.id, "object": row.code}
    log(session, actor, "subject.screened", role, details=number_of(page), **columns)
    session.add(row)
    session.flush()
    _begin(session, actor, role, row)
    return row.code


def _begin(session: Session, actor: Actor, role: str, row: Subject) -> None:
    """Open what every child has from its first day: screening and the logs."""
    book = runtime.study(session).book
    first = next(one.oid for one in book.version.events if one.kind == "scheduled")
    logs = [one.oid for one in book.version.events if one.kind == "common"]
    for event in (first, *logs):
        visits.hold(session, actor, role, row, (event, 1))


def enrol(session: Session, actor: Actor, subject: str) -> None:
    """Enrol a child; EnrolmentRefused lists every reason that stands against it."""
    row = runtime.find_subject(session, actor, subject, lock=True)
    role = "SYSTEM" if actor.is_system() else actor.role_for_act("enrol", row.site)
    reasons = obstacles(session, actor, row)
    if reasons:
        raise EnrolmentRefused(reasons)
    log(session, actor, "subject.enrolled", role, site=row.site, subject_id=row.id, object=row.code)
    row.enrolled_at, row.enrolled_by = stamp(actor.now()), actor.username
    running = runtime.study(session)
    snapshot = runtime.snapshot(session, actor, running, row)
    course.refresh(row, snapshot, running.book)
    agenda.refresh(session, actor, row)
    Look(session, actor, running, row, snapshot, role).follow(marks={STATUS})
    due.refresh(session, actor, row.id)


def why_not_enrol(session: Session, actor: Actor, subject: str) -> tuple[tuple[str, str], ...]:
    """List what stands against enrolling a child, in English and Russian; nothing when it may be enrolled."""
    row = runtime.find_subject(session, actor, subject)
    if not actor.is_system():
        actor.role_for_act("enrol", row.site)
    return obstacles(session, actor, row)


def subject_state(session: Session, actor: Actor, subject: str) -> str:
    """Give the state of a subject; NotPermitted for who is blinded to the course."""
    row = runtime.find_subject(session, actor, subject)
    if not actor.is_system() and not actor.may_act("see_course", row.site):
        raise NotPermitted
    return row.state


def list_subjects(session: Session, actor: Actor) -> tuple[SubjectView, ...]:
    """List the subjects of the sites this person works at, by site and number."""
    rows = session.scalars(select(Subject).order_by(Subject.site, Subject.number))
    seen = (row for row in rows if actor.is_system() or actor.may_act("see_subjects", row.site))
    return tuple(subject_view(actor, row) for row in seen)


def view_subject(session: Session, actor: Actor, subject: str) -> SubjectView:
    """Give one subject as this person may see it."""
    return subject_view(actor, runtime.find_subject(session, actor, subject))


def log_view(session: Session, actor: Actor, subject: str) -> None:
    """Write down that a person looked at a subject."""
    row = runtime.find_subject(session, actor, subject)
    log(session, actor, "subject.viewed", site=row.site, subject_id=row.id, object=row.code)
