"""Who could reach what and who did: rights in force on a day, views and downloads; writes nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import or_, select

from imt_ecrf.conduct import runtime
from imt_ecrf.conduct.delegates import SIGNING_TASKS, covered
from imt_ecrf.conduct.inspectors import READ
from imt_ecrf.conduct.seen import ACT as OPENED
from imt_ecrf.conduct.views import Address
from imt_ecrf.policy.refusals import NotPermitted
from imt_ecrf.store.canonical import loads
from imt_ecrf.store.tables import Delegation, Event, FormData, Membership, User, moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor

VIEWS: Final = ("subject.viewed", READ, OPENED, "casebook.download")
EXPORT: Final = "trail.exported"
DELEGATED: Final = "delegated signing"
"""What stands in place of a role for a delegation."""


@dataclass(frozen=True, slots=True)
class Had:
    """A right somebody had on a day: role (or delegation), where, from when to when, given when by whom.

    Nobody had it before it was given, also where an older grant names an earlier start.
    """

    username: str
    name: str
    organisation: str
    role: str
    site: str | None
    since: dt.datetime
    until: dt.datetime | None
    by: str
    granted_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Looked:
    """Somebody looked at a subject, opened a form to sign it, or took a file away."""

    seq: int
    at: dt.datetime
    act: str
    username: str
    name: str
    role: str
    organisation: str
    what: str
    address: Address | None


@dataclass(frozen=True, slots=True)
class Entrusted:
    """A line of the delegation log: what was delegated to whom, where, by whom, from when to when."""

    username: str
    name: str
    site: str
    task: str
    milestones: tuple[str, ...]
    since: dt.datetime
    until: dt.datetime | None
    delegated_at: dt.datetime
    delegated_by: str
    ended_at: dt.datetime | None
    ended_by: str


def on_day(session: Session, actor: Actor, day: dt.date, site: str = "") -> tuple[Had, ...]:
    """List the rights in force at any moment of a day (UTC), by person; all-site ones count for each."""
    if not actor.may_act("see_accounts"):
        raise NotPermitted
    begins = dt.datetime.combine(day, dt.time(), dt.UTC)
    ends = begins + dt.timedelta(days=1)
    found = [
        one
        for one in (*_roles(session), *_delegated(session))
        if one.since < ends and (one.until is None or one.until > begins) and site in {"", one.site or site}
    ]
    return tuple(sorted(found, key=lambda one: (one.name, one.username, one.role, one.site or "", one.since)))


def delegation_log(session: Session, actor: Actor, site: str = "") -> tuple[Entrusted, ...]:
    """List every delegation ever made, also ended ones, the newest first; of one site when it is named."""
    if not actor.may_act("see_accounts"):
        raise NotPermitted
    wanted = select(Delegation, User).join(User, User.id == Delegation.user_id)
    rows = session.execute(wanted.order_by(Delegation.delegated_at.desc(), Delegation.id.desc()))
    return tuple(_entrusted(row, user) for row, user in rows if site in {"", row.site})


def of_subject(session: Session, actor: Actor, subject: str) -> tuple[Looked, ...]:
    """List who looked at a subject and who took its data away, newest first."""
    row = runtime.find_subject(session, actor, subject)
    actor.role_for_act("see_trail", row.site)
    book = runtime.study(session).book
    columns = (FormData.event, FormData.event_repeat, FormData.form, FormData.form_repeat)
    wanted = select(Event, *columns).outerjoin(FormData, FormData.id == Event.form_data_id)
    of_it = or_(
        (Event.subject_id == row.id) & Event.act.in_(VIEWS),
        (Event.act == EXPORT)
        & or_(Event.object == f"trail-{subject}", Event.object.like(f"trail-{subject}-%")),
    )
    listed = []
    for event, visit, repeat, form, number in session.execute(wanted.where(of_it).order_by(Event.seq.desc())):
        about = form or loads(event.details).get("form") or _named(event.object or "")
        if about is None or actor.sees(book, about, row.site):
            listed.append(_looked(event, Address(row.code, visit, repeat, form, number) if form else None))
    return tuple(listed)


def _named(file: str) -> str | None:
    """Give the form an exported file is about: `trail-01-001-SE_SCR.1-F_VS.1`; None for a whole subject."""
    last = file.rpartition("-")[2]
    return last.partition(".")[0] if last.startswith("F_") else None


def _looked(event: Event, address: Address | None) -> Looked:
    return Looked(
        event.seq, moment(event.at_utc), event.act, event.username, event.user_name, event.role,
        event.organisation, event.object or "", address,
    )  # fmt: skip


def _entrusted(row: Delegation, user: User) -> Entrusted:
    return Entrusted(
        user.username, user.name, row.site, row.task.partition(" ")[0], tuple(sorted(covered(row.task))),
        moment(row.from_utc), moment(row.until_utc) if row.until_utc else None,
        moment(row.delegated_at), row.delegated_by,
        moment(row.ended_at) if row.ended_at else None, row.ended_by or "",
    )  # fmt: skip


def _roles(session: Session) -> Iterator[Had]:
    for row, user in session.execute(select(Membership, User).join(User, User.id == Membership.user_id)):
        yield _had(user, row, row.role, moment(row.granted_at), row.granted_by)


def _delegated(session: Session) -> Iterator[Had]:
    wanted = select(Delegation, User).join(User, User.id == Delegation.user_id)
    for row, user in session.execute(wanted.where(SIGNING_TASKS)):
        yield _had(user, row, DELEGATED, moment(row.delegated_at), row.delegated_by)


def _had(user: User, row: Membership | Delegation, role: str, granted: dt.datetime, by: str) -> Had:
    since = max(moment(row.from_utc), granted)
    ends = [text for text in (row.until_utc, row.ended_at, user.deactivated_at) if text]
    until = moment(min(ends)) if ends else None
    return Had(user.username, user.name, user.organisation, role, row.site, since, until, by, granted)
