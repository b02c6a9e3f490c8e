"""What a daily message tells a person: how many queries wait, and since when; no child, no value, no mail."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select, update

from imt_ecrf.conduct import entrance, query_lists, runtime
from imt_ecrf.conduct.events import log
from imt_ecrf.conduct.query_thread import OPEN
from imt_ecrf.store.canonical import dumps
from imt_ecrf.store.tables import Event, Query, User, stamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor, Clock

ACT: Final = "digest.sent"
CHOSEN: Final = "digest.chosen"
SETTING: Final = "digest"
OLD: Final = 14
"""Days after which a query that waits is counted as old."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What waits for a person: queries to answer, answered ones to settle, own ones unanswered for long."""

    answer: int = 0
    settle: int = 0
    unanswered: int = 0
    oldest: int = 0

    def __bool__(self) -> bool:
        """Tell whether there is anything to say."""
        return bool(self.answer or self.settle or self.unanswered)


@dataclass(frozen=True, slots=True)
class Letter:
    """Whom a daily message goes to, for which day, in which language, with which counts."""

    user_id: str
    username: str
    name: str
    email: str
    language: str
    day: dt.date
    counts: Counts


def wanted(session: Session, user_id: str | None) -> bool:
    """Tell whether a person wants daily messages; everybody does who did not switch them off."""
    kept = session.scalar(select(User.settings).where(User.id == user_id))
    return _on(kept)


def choose(session: Session, actor: Actor, *, on: bool) -> None:
    """Switch one's own daily messages on or off."""
    session.info["actor"] = actor.who("")
    kept = session.scalar(select(User.settings).where(User.id == actor.user_id).with_for_update())
    settings = {**json.loads(kept or "{}"), SETTING: "on" if on else "off"}
    session.execute(update(User).where(User.id == actor.user_id).values(settings=dumps(settings)))
    log(session, actor, CHOSEN, object=actor.username, details={SETTING: settings[SETTING]})


def readers(session: Session) -> tuple[str, ...]:
    """Name the accounts that may get a message: open ones, with an address, not switched off."""
    rows = session.execute(select(User.id, User.settings).where(User.active, User.email != ""))
    return tuple(sorted(row.id for row in rows if _on(row.settings)))


def letter(session: Session, user_id: str, clock: Clock) -> Letter | None:
    """Give the message of a person for the day it is where he works; None when nothing waits."""
    actor = entrance.actor_of(session, user_id, clock=clock, origin="system")
    if actor is None:
        return None
    counts = _counts(session, actor)
    if not counts:
        return None
    return Letter(
        user_id, actor.username, actor.name, actor.email, actor.language, local(session, actor).date(), counts
    )


def local(session: Session, actor: Actor) -> dt.datetime:
    """Give the time where a person works; who works at many sites goes by UTC."""
    sites = actor.sites()
    only = next(iter(sites)) if sites is not None and len(sites) == 1 else ""
    return actor.now().astimezone(ZoneInfo(runtime.zone_of(session, only) if only else "UTC"))


def sent(session: Session, one: Letter) -> bool:
    """Tell whether a person's message of a day was written already; ask behind the lock of the account."""
    session.execute(select(User.id).where(User.id == one.user_id).with_for_update())
    known = select(Event.seq).where(Event.act == ACT, Event.object == _name(one))
    return session.scalar(known.limit(1)) is not None


def note(session: Session, actor: Actor, one: Letter) -> None:
    """Write down that a person's message of a day was written."""
    details = {"day": str(one.day), "to": one.username}
    log(session, actor, ACT, object=_name(one), details=details)


def _on(kept: str | None) -> bool:
    return bool(json.loads(kept or "{}").get(SETTING, "on") != "off")


def _name(one: Letter) -> str:
    return f"{one.username}/{one.day}"


def _counts(session: Session, actor: Actor) -> Counts:
    may = query_lists.readable(session, actor)
    now = stamp(actor.now() - dt.timedelta(days=OLD))
    answered, opened = Query.state == "answered", Query.state.in_(OPEN)
    own = Query.opened_by == actor.username
    sides = {
        "answer": _at(actor, "answer_query", opened, query_lists.to_answer(session, actor)),
        "settle": _at(actor, "settle_query", answered, or_(own, _at(actor, "settle_any_query"))),
        "unanswered": _at(actor, "settle_query", opened, own, Query.opened_at <= now),
    }
    found = dict.fromkeys(sides, 0)
    for name, side in sides.items():
        found[name] = session.scalar(select(func.count()).select_from(Query).where(may, side)) or 0
    first = session.scalar(select(func.min(Query.opened_at)).where(may, or_(*list(sides.values()))))
    oldest = (actor.now() - dt.datetime.fromisoformat(first)).days if first else 0
    return Counts(**found, oldest=oldest)


def _at(actor: Actor, act: str, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Say: where this person may do an act."""
    everywhere = actor.sites() is None and actor.may_act(act)
    return query_lists.where(list(_sites(actor, act)), everywhere, *conditions)


def _sites(actor: Actor, act: str) -> Iterator[str]:
    yield from (site for site in sorted(actor.sites() or ()) if actor.may_act(act, site))
