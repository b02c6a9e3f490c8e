"""Whether a subject's data have changed since a copy was made, for what its reader was shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import or_, select

from imt_ecrf.conduct import notes, runtime
from imt_ecrf.conduct.actor import Actor, Membership, system
from imt_ecrf.conduct.check_trail import CONFIRMED
from imt_ecrf.reporting import gather as gathering
from imt_ecrf.reporting.options import Options
from imt_ecrf.store.tables import ChangeSet, Event, Query, QueryMessage, Signature, Site, Verification

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from imt_ecrf.reporting.keep import House
    from imt_ecrf.store.tables import StoredFile, Subject

SAID: Final = (notes.ACT, CONFIRMED)
"""What is said beside a form and printed with it, though no state and no answer moves."""


def changed_since(session: Session, house: House, file: StoredFile, subject: Subject) -> bool:
    """Tell whether anything the copy shows of the subject was done after it was made.

    A new version of the study or of the program alone is no change of the data.
    """
    view = view_of(session, house, file, subject)
    rows = gathering.visible(view)
    if gathering.fingerprint(view, rows) == file.content_sha256:
        return False
    ids = [row.id for row in rows]
    asked = select(QueryMessage.id).join(Query, Query.id == QueryMessage.query_id)
    moved = Event.subject_id == subject.id, or_(Event.to_state.is_not(None), Event.act.in_(SAID))
    wanted = (
        *(
            select(table.seq).where(table.form_data_id.in_(ids), table.at_utc >= file.made_at)
            for table in (ChangeSet, Signature, Verification)
        ),
        asked.where(Query.form_data_id.in_(ids), QueryMessage.at_utc >= file.made_at),
        select(Event.seq).where(*moved, Event.at_utc >= file.made_at),
    )
    return any(session.scalars(one.limit(1)).first() is not None for one in wanted)


def view_of(session: Session, house: House, file: StoredFile, subject: Subject) -> gathering.Reading:
    """Give the reading a copy was made for: the roles stand in its scope, the person may have left."""
    code, username, roles = file.scope.split(":", 2)
    held = tuple(Membership(role) for role in roles.split(",") if role)
    reader = system() if username == system().username else Actor(username, username, "", held)
    book, site = runtime.study(session).book, session.get_one(Site, subject.site)
    return gathering.Reading(session, reader, book, subject, site, house.demo, Options.of(code))
