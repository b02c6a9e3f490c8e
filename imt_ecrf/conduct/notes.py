"""Notes beside a form or one of its items: a word to the monitor, or back; opens no query, counts nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, select

from imt_ecrf.conduct.entry.place import locate
from imt_ecrf.conduct.events import log
from imt_ecrf.conduct.queries import LONGEST, NothingSavedYet, SaySomething, speaks_of
from imt_ecrf.conduct.runtime import NOTE, once
from imt_ecrf.policy.permissions import standing
from imt_ecrf.policy.refusals import NotFound
from imt_ecrf.store.tables import Event, moment
from imt_ecrf.study.wording import said

if TYPE_CHECKING:
    import datetime as dt

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.views import Address

ACT: Final = NOTE
_BESIDE: Final = (
    select(Event.object, Event.reason, Event.user_name, Event.role, Event.at_utc)
    .where(Event.form_data_id == bindparam("form"), Event.act == ACT)
    .order_by(Event.seq)
)


@dataclass(frozen=True, slots=True)
class Note:
    """One note: about which item (empty: the form), by whom, when, in his own words."""

    path: str
    text: str
    name: str
    role: str
    at: dt.datetime
    of_site: bool


def write(session: Session, actor: Actor, address: Address, text: str, path: str = "") -> None:
    """Write a note beside a form or one of its items; it stays as it is, and asks nothing of anybody."""
    place = locate(session, actor, address, lock=True)
    role = actor.role_for_act("write_note", place.subject.site)
    if path and not speaks_of(place, path):
        raise NotFound
    if not place.row.version:
        raise NothingSavedYet
    words = said(text)
    if not words or len(words) > LONGEST:
        raise SaySomething
    log(
        session, actor, ACT, role, site=place.subject.site, subject_id=place.subject.id,
        form_data_id=place.row.id, form_version=place.row.version, object=path, reason=words,
    )  # fmt: skip


def notes_of(session: Session, actor: Actor, address: Address) -> tuple[Note, ...]:
    """List the notes of a form the person may see, oldest first."""
    return beside(session, locate(session, actor, address).row.id)


def beside(session: Session, form_id: str | None) -> tuple[Note, ...]:
    """List the notes beside a form that was found and may be seen, oldest first."""
    if form_id is None or not once(session, ("noted", form_id), lambda: True):
        return ()
    return tuple(
        Note(row[0] or "", row[1], row[2], row[3], moment(row[4]), standing(row[3]).side == "site")
        for row in session.connection().execute(_BESIDE, {"form": form_id})
    )
