"""One page, one act: a page carries a number, so that sending it again finds what it did; knows no page."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from imt_ecrf.store.tables import Event

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor

NUMBER: Final = re.compile(r"[0-9a-f]{32}")


def done_before(
    session: Session, actor: Actor, act: str, page: str | None, **same: object
) -> dict[str, Any] | None:
    """Give the event this page of this person wrote already: its object and details; None when it did not.

    `same` names what must be equal too: a page gone back to may be sent for another site or visit.
    Ask behind the lock of the act: of two equal requests the second must see what the first wrote.
    """
    if not page or not NUMBER.fullmatch(page):
        return None
    wanted = select(Event.object, Event.site, Event.subject_id, Event.details).where(
        Event.act == act, Event.username == actor.username, Event.details.contains(f'"page":"{page}"')
    )
    for row in session.execute(wanted):
        found = {"object": row.object, "site": row.site, "subject_id": row.subject_id}
        found |= json.loads(row.details)
        if same.items() <= found.items():
            return found
    return None


def number_of(page: str | None) -> dict[str, str]:
    """Give the part of an event's details that remembers the page; nothing for an act without one."""
    return {"page": page} if page and NUMBER.fullmatch(page) else {}
