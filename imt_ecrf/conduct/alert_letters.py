"""The messages of alerts: which wait, to whom they go, where they lead, what became of them; sends none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import aliased

from imt_ecrf.conduct import runtime
from imt_ecrf.conduct.alerts import ENDED, RAISED
from imt_ecrf.conduct.events import log
from imt_ecrf.conduct.views import Address
from imt_ecrf.policy.refusals import NotFound
from imt_ecrf.store.canonical import loads
from imt_ecrf.store.tables import Event, FormData, Membership, Site, Subject, User, moment, stamp

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor

WRITTEN: Final = "alert.written"
HANDED: Final = "alert.handed"
REFUSED: Final = "refused"


@dataclass(frozen=True, slots=True)
class Raised:
    """An alert that was raised: where, when, by the clock of which zone, and the moment to report by."""

    id: str
    seq: int
    alert: str
    site: str
    place: tuple[str, str]
    zone: ZoneInfo
    subject_id: str
    form_data_id: str
    at: dt.datetime
    due: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom an alert goes to, and in which language."""

    user_id: str
    username: str
    name: str
    email: str
    language: str
    roles: tuple[str, ...] = ()


def waiting(session: Session) -> list[Raised]:
    """List the alerts that nobody was written to yet, oldest first."""
    later = aliased(Event)
    told = exists().where(
        later.form_data_id == Event.form_data_id,
        later.act == WRITTEN,
        later.object == Event.object,
        later.seq > Event.seq,
    )
    return _raised(session, ~told)


def lacking(session: Session) -> list[tuple[Raised, frozenset[str]]]:
    """List the alerts that stand and were told, yet not to each role, with the roles left out."""
    later = aliased(Event)
    same = (later.form_data_id == Event.form_data_id, later.object == Event.object, later.seq > Event.seq)
    stand = ~exists().where(*same, later.act == ENDED)
    found = _raised(session, and_(stand, exists().where(*same, later.act == WRITTEN)))
    told = _told(session) if found else {}
    left = ((one, roles_of(session, one.alert) - told.get(one.id, frozenset())) for one in found)
    return [(one, roles) for one, roles in left if roles]


def _told(session: Session) -> dict[str, frozenset[str]]:
    """Name the roles whose holders were written to, by alert; one told before roles were noted has all."""
    told = aliased(Event)
    same = (told.form_data_id == Event.form_data_id, told.object == Event.object, told.seq > Event.seq)
    wanted = (
        select(Event.id, Event.object, told.details)
        .join(told, and_(*same))
        .where(Event.act == RAISED, told.act == WRITTEN, told.outcome != REFUSED)
    )
    found: dict[str, frozenset[str]] = {}
    for row in session.connection().execute(wanted):
        roles = loads(row.details).get("roles")
        named = roles_of(session, row.object) if roles is None else frozenset(roles)
        found[row.id] = found.get(row.id, frozenset()) | named
    return found


def roles_of(session: Session, alert: str) -> frozenset[str]:
    """Name the roles the version in force wants told of an alert."""
    alerts = runtime.study(session).book.version.alerts
    return frozenset(role for one in alerts if one.oid == alert for role in one.to)


def lock(session: Session, one: Raised) -> frozenset[str]:
    """Let one program at a time write the messages of an alert; give the roles it is still to be told to."""
    session.execute(select(Subject.id).where(Subject.id == one.subject_id).with_for_update())
    if any(other.id == one.id for other in waiting(session)):
        return roles_of(session, one.alert)
    return next((roles for other, roles in lacking(session) if other.id == one.id), frozenset())


def recipients(session: Session, one: Raised, now: dt.datetime, roles: Collection[str]) -> list[Recipient]:
    """Name who holds one of these roles at that site now, with an address, and which of them."""
    at = stamp(now)
    wanted = (
        select(User.id, User.username, User.name, User.email, User.language, Membership.role)
        .join(Membership, Membership.user_id == User.id)
        .where(User.active, User.email != "", Membership.role.in_(roles))
        .where(or_(Membership.site.is_(None), Membership.site == one.site), Membership.from_utc <= at)
        .where(or_(Membership.until_utc.is_(None), Membership.until_utc > at))
        .where(or_(Membership.ended_at.is_(None), Membership.ended_at > at))
        .order_by(User.username, Membership.role)
        .distinct()
    )
    found: dict[str, Recipient] = {}
    for row in session.connection().execute(wanted):
        known = found.get(row.id) or Recipient(row.id, row.username, row.name, row.email, row.language)
        found[row.id] = replace(known, roles=(*known.roles, row.role))
    return list(found.values())


def note(session: Session, author: Actor, one: Raised, to: Recipient, *, refused: bool = False) -> None:
    """Write down that the message of an alert to a person was written, or that he has no usable address."""
    outcome = REFUSED if refused else "done"
    details = {"to": to.username, "alert": one.id, "roles": list(to.roles)}
    _log(session, author, WRITTEN, one, details, outcome=outcome)


def note_handed(session: Session, author: Actor, alert: str, username: str) -> None:
    """Write down, once, that the mail server took the message of an alert to a person."""
    found = _raised(session, Event.id == alert)
    details = {"to": username, "alert": alert}
    if found and (alert, username) not in handed(session):
        _log(session, author, HANDED, found[0], details)


def handed(session: Session) -> set[tuple[str, str]]:
    """Name the messages the mail server took: by alert and user name."""
    rows = session.connection().execute(select(Event.details).where(Event.act == HANDED))
    told = (loads(row.details) for row in rows)
    return {(str(one["alert"]), str(one["to"])) for one in told}


def address_of(session: Session, actor: Actor, alert: str) -> Address:
    """Give the form an alert is about to who may see it; NotFound to everybody else."""
    wanted = (
        select(Subject.code, FormData.event, FormData.event_repeat, FormData.form, FormData.form_repeat)
        .select_from(Event)
        .join(FormData, FormData.id == Event.form_data_id)
        .join(Subject, Subject.id == FormData.subject_id)
        .where(Event.id == alert, Event.act == RAISED)
    )
    row = session.connection().execute(wanted).first()
    if row is None:
        raise NotFound
    subject = runtime.find_subject(session, actor, row.code)
    if not actor.is_system() and not actor.sees(runtime.study(session).book, row.form, subject.site):
        raise NotFound
    return Address(*row)


def _raised(session: Session, condition: ColumnElement[bool]) -> list[Raised]:
    columns = (Event.id, Event.seq, Event.object, Event.site, Event.subject_id, Event.form_data_id)
    wanted = (
        select(*columns, Event.at_utc, Event.details)
        .add_columns(Site.name, Site.name_ru, Site.timezone)
        .join(Site, Site.code == Event.site)
        .where(Event.act == RAISED, condition)
        .order_by(Event.seq)
    )
    return [_read(row) for row in session.connection().execute(wanted)]


def _read(row: Any) -> Raised:
    due = loads(row.details).get("due")
    return Raised(
        row.id, row.seq, row.object, row.site, (row.name, row.name_ru or row.name), ZoneInfo(row.timezone),
        row.subject_id, row.form_data_id, moment(row.at_utc), moment(due) if due else None,
    )  # fmt: skip


def _log(
    session: Session, author: Actor, act: str, one: Raised, details: dict[str, Any], *, outcome: str = "done"
) -> None:
    log(
        session,
        author,
        act,
        outcome=outcome,
        site=one.site,
        subject_id=one.subject_id,
        form_data_id=one.form_data_id,
        object=one.alert,
        details=details,
    )
