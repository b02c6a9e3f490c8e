"""The history of a form or of one item: every value it ever had, by whom, when and why; changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from imt_ecrf.conduct.entry.late import days_after, observed
from imt_ecrf.conduct.entry.place import locate
from imt_ecrf.conduct.views import Change
from imt_ecrf.policy.refusals import NotPermitted
from imt_ecrf.store import documents
from imt_ecrf.store.tables import EventData, Site, moment

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.views import Address

SYSTEM_NAME = "System"


def history(session: Session, actor: Actor, address: Address, path: str | None = None) -> tuple[Change, ...]:
    """List the changes of a form, or of one item, oldest first; derived ones are the system's."""
    place = locate(session, actor, address)
    site = place.subject.site
    if not actor.is_system() and not actor.may_act("see_trail", site):
        raise NotPermitted
    if not place.row.version:
        return ()
    zone = session.scalar(select(Site.timezone).where(Site.code == site)) or "UTC"
    visit = session.scalar(
        select(EventData.date).where(
            EventData.subject_id == place.subject.id,
            EventData.event == address.event,
            EventData.event_repeat == address.event_repeat,
        )
    )
    day = observed(place.form, place.row, visit)
    rows = documents.history(session.connection(), place.row.id, path)
    return tuple(_change(row, days_after(day, moment(row.at_utc), zone)) for row in rows)


def _change(row: documents.Change, late: int | None) -> Change:
    own = row.method is None
    return Change(
        row.seq,
        moment(row.at_utc),
        row.user_name if own else SYSTEM_NAME,
        row.username if own else "system",
        row.role if own else "SYSTEM",
        row.organisation if own else "",
        row.path,
        row.old,
        row.new,
        row.reason or None,
        row.to_version,
        row.origin if own else "derivation",
        row.cause,
        row.method,
        row.program_version,
        late,
    )
