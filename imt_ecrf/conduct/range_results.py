"""What a change of ranges moves: the results of a site's children, and all that follows from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from imt_ecrf.conduct import agenda, alerts, course, due, runtime
from imt_ecrf.conduct.checks import Look
from imt_ecrf.conduct.entry.reach import Wave
from imt_ecrf.conduct.reasons import RANGE_CHANGED
from imt_ecrf.store.tables import Subject as SubjectRow
from imt_ecrf.study.laboratory import panels
from imt_ecrf.study.reach import Affected
from imt_ecrf.study.values import read_date

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.runtime import Study
    from imt_ecrf.conduct.views import Address
    from imt_ecrf.study.laboratory import Panel
    from imt_ecrf.study.records import Record, Subject
    from imt_ecrf.study.rules.graph import Step

LIMITS_ONLY: Final[Affected[Step]] = Affected((), limits=True)


def follow(
    session: Session, actor: Actor, site: str, *, tests: set[str], since: dt.date, cause: str
) -> tuple[tuple[Address, ...], tuple[str, ...]]:
    """Give the results sampled since a day their limits anew; the forms written and signatures voided.

    `cause` is the id of the range: the derived saves name it. Frozen and locked forms are reported,
    not touched, as after any save.
    """
    running = runtime.study(session)
    wanted = select(SubjectRow).where(SubjectRow.site == site).order_by(SubjectRow.code).with_for_update()
    reached: list[Address] = []
    voided: list[str] = []
    for row in session.scalars(wanted).all():
        subject = runtime.snapshot(session, actor, running, row)
        moved = [one for one in _sampled(running, subject, tests, since) if _moves(session, subject, one)]
        if not moved:
            continue
        wave = Wave(session, actor, running, row, subject, subject, cause, RANGE_CHANGED)
        wave.begin(moved)
        alerts.weigh(session, actor, running, wave.subject, wave.judged.values())
        Look(session, actor, running, row, wave.subject, whole=dict(wave.judged)).follow(wave.changes)
        reached += wave.reached
        voided += wave.voided
        if course.moved_by(wave.running.book, wave.forms) and course.refresh(
            row, wave.subject, wave.running.book
        ):
            agenda.refresh(session, actor, row)
        due.refresh(session, actor, row.id)
    return tuple(reached), tuple(voided)


def _sampled(running: Study, subject: Subject, tests: set[str], since: dt.date) -> Iterator[Record]:
    """Give the laboratory forms with a result of one of these tests, sampled on or after a day."""
    for panel in panels(running.book):
        paths = [f"{panel.group.oid}.{test}.{panel.item('ORRES')}" for test in sorted(tests)]
        for record in subject.valid_records(panel.form.oid):
            if any(record.cell(path) for path in paths) and _since(panel, record, since):
                yield record


def _since(panel: Panel, record: Record, since: dt.date) -> bool:
    day = read_date(record.text(panel.form.date_item or "") or "")
    return day is not None and day.full and day.first >= since


def _moves(session: Session, subject: Subject, record: Record) -> bool:
    running = runtime.study(session, record.extra["study_version"])
    return running.engine.moves(subject, record, LIMITS_ONLY)
