"""The log of what happened besides changed values, as a person may read it and filter it; writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from imt_ecrf.conduct import runtime
from imt_ecrf.conduct.inspectors import READ
from imt_ecrf.conduct.trail import begin, end
from imt_ecrf.policy.refusals import NotPermitted
from imt_ecrf.store.canonical import loads
from imt_ecrf.store.tables import Event, FormData, Subject, moment

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader asks for; empty means all. Days and moments are UTC, the last included."""

    act: str = ""
    person: str = ""
    site: str = ""
    subject: str = ""
    first: dt.date | None = None
    last: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Happened:
    """One event: what, by whom, where, with which outcome, why."""

    seq: int
    at: dt.datetime
    act: str
    outcome: str
    username: str
    name: str
    role: str
    organisation: str
    site: str | None
    subject: str | None
    form: str | None
    object: str | None
    from_state: str | None
    to_state: str | None
    reason: str
    origin: str
    ip: str
    program_version: str
    details: Mapping[str, Any]


def happened(session: Session, actor: Actor, wanted: Wanted) -> tuple[Happened, ...]:
    """List the events a person may read that fit, oldest first."""
    if not actor.may_act("see_events_log"):
        raise NotPermitted
    query = select(Event, Subject.code, FormData.form).outerjoin(Subject, Subject.id == Event.subject_id)
    query = query.outerjoin(FormData, FormData.id == Event.form_data_id)
    rows = session.execute(query.where(*_conditions(actor, wanted)).order_by(Event.seq))
    listed = [_view(event, code, form) for event, code, form in rows if _reads(session, actor, event, form)]
    return tuple(listed)


def kinds(session: Session, actor: Actor) -> tuple[tuple[str, int], ...]:
    """Count the events by act, of those a person may read, for the choice on the page."""
    if not actor.may_act("see_events_log"):
        raise NotPermitted
    rows = session.execute(
        select(Event.act, func.count()).where(*_conditions(actor, Wanted())).group_by(Event.act)
    )
    return tuple(sorted((act, count) for act, count in rows))


def _conditions(actor: Actor, wanted: Wanted) -> list[Any]:
    found: list[Any] = []
    if not actor.may_act("see_subjects"):  # who keeps accounts reads nothing about children
        found += [Event.subject_id.is_(None), Event.act != READ]
    fields = ((Event.act, wanted.act), (Event.username, wanted.person), (Event.site, wanted.site))
    found += [column == value for column, value in fields if value]
    if wanted.subject:
        found.append(Event.subject_id.in_(select(Subject.id).where(Subject.code == wanted.subject)))
    if wanted.first:
        found.append(Event.at_utc >= begin(wanted.first))
    if wanted.last:
        found.append(Event.at_utc < end(wanted.last))
    return found


def _reads(session: Session, actor: Actor, event: Event, form: str | None) -> bool:
    return form is None or actor.sees(runtime.study(session).book, form, event.site or "")


def _view(event: Event, code: str | None, form: str | None) -> Happened:
    return Happened(
        event.seq, moment(event.at_utc), event.act, event.outcome, event.username, event.user_name,
        event.role, event.organisation, event.site, code, form, event.object, event.from_state,
        event.to_state, event.reason, event.origin, event.ip, event.program_version, loads(event.details),
    )  # fmt: skip
