"""The day of the next data cut, as the data manager plans it, with its history; cuts nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from imt_ecrf.conduct.events import log
from imt_ecrf.policy.refusals import Refused
from imt_ecrf.store.canonical import dumps, loads
from imt_ecrf.store.tables import Setting, moment, stamp
from imt_ecrf.study.wording import said

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor

KEY: Final = "table.data_cut"


class CutNeedsReason(Refused):
    """Say which data cut this is, or why its day moves."""

    ru = "Укажите, какой это срез данных или почему переносится день."


class CutInThePast(Refused):
    """The day of a data cut that is planned lies ahead."""

    ru = "День планируемого среза данных ещё впереди."


@dataclass(frozen=True, slots=True)
class Cut:
    """One decision: the day (None: no cut is planned), why, when and by whom."""

    day: dt.date | None
    reason: str
    at: dt.datetime
    by: str


def plan_cut(session: Session, actor: Actor, day: dt.date | None, reason: str) -> None:
    """Plan the day of the next data cut (None: none); the decisions before stay readable."""
    from imt_ecrf.conduct import due  # noqa: PLC0415 - what is due reads the day of the cut

    role = "SYSTEM" if actor.is_system() else actor.role_for_act("plan_cut")
    why = said(reason)
    if not why:
        raise CutNeedsReason
    if day is not None and day < actor.now().date():
        raise CutInThePast
    value = dumps({"day": day.isoformat() if day else None})
    log(session, actor, "cut.planned", role, object=day.isoformat() if day else "", reason=why)
    session.add(Setting(key=KEY, value=value, reason=why, set_at=stamp(actor.now()), set_by=actor.username))
    due.refresh_all(session, actor)


def cuts(session: Session) -> tuple[Cut, ...]:
    """Give every decision on the day of the data cut, the one in force first."""
    rows = session.scalars(select(Setting).where(Setting.key == KEY).order_by(Setting.seq.desc()))
    return tuple(Cut(day_of(row.value), row.reason, moment(row.set_at), row.set_by) for row in rows)


def day_of(value: str) -> dt.date | None:
    """Read the day of a decision as it is kept."""
    day = loads(value)["day"]
    return dt.date.fromisoformat(day) if day else None
