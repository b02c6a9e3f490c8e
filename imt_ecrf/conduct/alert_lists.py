"""The alerts a person may know of: which stand, by when to report, who was written to; sends nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from imt_ecrf.conduct.alert_letters import HANDED, REFUSED, WRITTEN, lacking
from imt_ecrf.conduct.alerts import ENDED, RAISED
from imt_ecrf.conduct.views import Address
from imt_ecrf.conduct.work.scope import scope_of
from imt_ecrf.store.canonical import loads
from imt_ecrf.store.tables import Event, FormData, Subject, User, moment

if TYPE_CHECKING:
    import datetime as dt

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor

_COLUMNS: Final = (
    *(Event.id, Event.at_utc, Event.act, Event.object, Event.outcome, Event.details, Event.site),
    *(Event.form_data_id, Subject.code),
    *(FormData.event, FormData.event_repeat, FormData.form, FormData.form_repeat),
)


@dataclass(slots=True)
class Told:
    """One person a message was written to; `refused`: the address could not be used."""

    username: str
    name: str
    at: dt.datetime
    refused: bool
    handed_at: dt.datetime | None = None


@dataclass(slots=True)
class Listed:
    """An alert: of which form, since when, by when to report, until when it stood, who was told."""

    id: str
    alert: str
    address: Address
    site: str
    zone: str
    at: dt.datetime
    due: dt.datetime | None
    ended_at: dt.datetime | None = None
    told: list[Told] = field(default_factory=list)
    batch: str = ""
    missing: tuple[str, ...] = ()
    """Roles the study wants told of it that nobody could be written to yet, while it stands."""


def listed(session: Session, actor: Actor) -> list[Listed]:
    """List the alerts about forms a person sees, the newest first; always the same number of statements."""
    scope = scope_of(session, actor)
    wanted = (
        select(*_COLUMNS)
        .join(Subject, Subject.id == Event.subject_id)
        .join(FormData, FormData.id == Event.form_data_id)
        .where(Event.act.in_((RAISED, ENDED, WRITTEN, HANDED)))
        .where(Event.site.in_(list(scope.zones)), scope.sees(FormData))
        .order_by(Event.seq)
    )
    rows = session.connection().execute(wanted).all()
    names: dict[str, str] = {
        row.username: row.name for row in session.connection().execute(select(User.username, User.name))
    }
    found: dict[tuple[str, str], list[Listed]] = {}
    for row in rows:
        same = found.setdefault((row.form_data_id, row.object), [])
        if row.act == RAISED:
            same.append(_raised(row, scope.zones[row.site]))
        else:
            _then(row, same, names)
    left = {one.id: tuple(sorted(roles)) for one, roles in lacking(session)}
    every = [one for same in found.values() for one in same]
    for one in every:
        one.missing = left.get(one.id, ())
    return sorted(every, key=lambda one: one.id, reverse=True)


def _raised(row: Any, zone: str) -> Listed:
    due = loads(row.details).get("due")
    address = Address(row.code, row.event, row.event_repeat, row.form, row.form_repeat)
    return Listed(
        row.id, row.object, address, row.site, zone, moment(row.at_utc),
        moment(due) if due else None,
    )  # fmt: skip


def _then(row: Any, same: list[Listed], names: dict[str, str]) -> None:
    """Add what became of an alert: it ended, or a message was written or handed over."""
    at, details = moment(row.at_utc), loads(row.details)
    if row.act == ENDED:
        for one in same[-1:]:
            one.ended_at = at
        return
    for one in same:
        # a message tells of everything raised until then that nobody was told of
        if row.act == WRITTEN and one.batch in {"", details["alert"]}:
            one.batch = details["alert"]
            refused = row.outcome == REFUSED
            one.told.append(Told(details["to"], names.get(details["to"], details["to"]), at, refused))
        elif row.act == HANDED and one.batch == details["alert"]:
            for person in one.told:
                person.handed_at = at if person.username == details["to"] else person.handed_at
