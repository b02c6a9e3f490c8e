"""What has to be told at once: decided with each save, in its transaction; sends nothing."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from imt_ecrf.conduct import runtime
from imt_ecrf.conduct.events import log
from imt_ecrf.store.tables import Event, stamp
from imt_ecrf.study.alerts import met, watched

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.checks import Whole
    from imt_ecrf.conduct.runtime import Study
    from imt_ecrf.store.documents import FormRow
    from imt_ecrf.study.alerts import Watched
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import Alert
    from imt_ecrf.study.records import Subject

RAISED: Final = "alert.raised"
ENDED: Final = "alert.ended"
_WATCHED: Final[dict[str, Mapping[str, Watched]]] = {}


def weigh(
    session: Session,
    actor: Actor,
    study: Study,
    subject: Subject,
    whole: Iterable[Whole],
    *,
    role: str = "",
    before: FormRow | None = None,
) -> None:
    """Raise the alerts that forms came to meet in this act, and end those they meet no more.

    The version of the study in force says what is told, also of forms entered under an older one. `before`
    is the form a person saved, as it was; whether another form, moved by that save or by a range, met an
    alert already is known from the log.
    """
    watching = _of(study.book)
    for one in whole:
        alerts = watching.get(one.row.form)
        if not alerts:
            continue
        now = _met(study, alerts, subject, one.row, actor)
        if before is not None and one.row.id == before.id:
            was = _met(study, alerts, subject, before, actor)
        else:
            was = _standing(session, one.row.id)
        for alert, _rule in alerts:
            if (alert.oid in now) != (alert.oid in was):
                due = _due(study.book, subject, alert, actor.now()) if alert.oid in now else None
                _note(session, actor, role, alert, one.row, begins=alert.oid in now, due=due)


def _of(book: Book) -> Mapping[str, Watched]:
    if book.fingerprint not in _WATCHED:
        _WATCHED[book.fingerprint] = watched(book)
    return _WATCHED[book.fingerprint]


def _met(study: Study, alerts: Watched, subject: Subject, row: FormRow, actor: Actor) -> set[str]:
    if not row.version:
        return set()
    record = runtime.record_of(row, study.book, actor.now())
    return met(study.book, study.engine.dictionary, alerts, subject, record)


def _standing(session: Session, form_id: str) -> set[str]:
    """Name the alerts of a form that were raised and did not end since."""
    wanted = select(Event.act, Event.object).where(
        Event.form_data_id == form_id, Event.act.in_((RAISED, ENDED))
    )
    last = {row.object: row.act for row in session.connection().execute(wanted.order_by(Event.seq))}
    return {str(oid) for oid, act in last.items() if act == RAISED}


def _due(book: Book, subject: Subject, alert: Alert, now: dt.datetime) -> dt.datetime | None:
    """Give the moment to report by, counted from now; None for an alert without a time."""
    defaults = {one.key: one.default for one in book.version.settings}
    within = subject.settings.get(alert.within, defaults.get(alert.within)) if alert.within else None
    return None if within is None else now + dt.timedelta(**{alert.unit: int(within)})


def _note(
    session: Session,
    actor: Actor,
    role: str,
    alert: Alert,
    row: FormRow,
    *,
    begins: bool,
    due: dt.datetime | None,
) -> None:
    log(
        session,
        actor,
        RAISED if begins else ENDED,
        role,
        site=row.site,
        subject_id=row.subject_id,
        form_data_id=row.id,
        form_version=row.version,
        object=alert.oid,
        details={"due": stamp(due)} if due else {},
    )
