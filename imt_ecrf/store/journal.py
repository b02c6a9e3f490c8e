"""The log of what happened besides saves, and the states that only it may move; knows no permission."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import insert, update

from imt_ecrf import __version__
from imt_ecrf.store.base import new_id
from imt_ecrf.store.canonical import dumps
from imt_ecrf.store.tables import Event, EventData, FormData, Query, QueryMessage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, Table

    from imt_ecrf.store.documents import FormRow
    from imt_ecrf.store.who import Who

_EVENT, _MESSAGE = cast("Table", Event.__table__), cast("Table", QueryMessage.__table__)
_FORM, _VISIT = cast("Table", FormData.__table__), cast("Table", EventData.__table__)
_QUERY = cast("Table", Query.__table__)


def record(
    connection: Connection,
    who: Who,
    at: str,
    act: str,
    *,
    details: Mapping[str, Any] | None = None,
    **columns: Any,
) -> int:
    """Write one event (`act` such as `login.failed`) and give its number; `columns` are those of Event."""
    values = {
        **by(who), "id": new_id(), "at_utc": at, "act": act, "origin": who.origin, "ip": who.ip,
        "program_version": __version__, "details": dumps(details or {}), **columns,
    }  # fmt: skip
    return _seq(connection, _EVENT, values)


def move_form(
    connection: Connection, row: FormRow, to_state: str, who: Who, *, at: str, act: str, reason: str = ""
) -> int:
    """Move the entry state of a form without a save (complete, re-open) and give the event's number."""
    seq = record(
        connection, who, at, act, site=row.site, subject_id=row.subject_id, form_data_id=row.id,
        form_version=row.version, from_state=row.entry_state, to_state=to_state, reason=reason,
    )  # fmt: skip
    values = {"entry_state": to_state, "state_seq": seq, "updated_at": at, "updated_by": who.username}
    connection.execute(update(_FORM).where(_FORM.c.id == row.id).values(values))
    return seq


def move_event(
    connection: Connection, visit: EventData, to_state: str, who: Who, *, at: str, act: str, reason: str = ""
) -> int:
    """Move the state of a visit (opened, missed with its reason, ...) and give the event's number."""
    seq = record(
        connection, who, at, act, site=visit.site, subject_id=visit.subject_id, event_data_id=visit.id,
        from_state=visit.state, to_state=to_state, reason=reason,
    )  # fmt: skip
    values = {"state": to_state, "state_seq": seq, "reason": reason or None}
    connection.execute(update(_VISIT).where(_VISIT.c.id == visit.id).values(values))
    return seq


def say(
    connection: Connection, query_id: str, text: str, who: Who, *, at: str, act: str, to_state: str,
    text_ru: str | None = None,
) -> int:  # fmt: skip
    """Add a step to a query (opened, answered, closed, ...), move its state, give the message's number."""
    values = {
        **by(who), "id": new_id(), "at_utc": at, "query_id": query_id, "act": act, "to_state": to_state,
        "text": text, "text_ru": text_ru, "origin": who.origin,
    }  # fmt: skip
    seq = _seq(connection, _MESSAGE, values)
    moved = {"state": to_state, "message_seq": seq, "changed_at": at}
    connection.execute(update(_QUERY).where(_QUERY.c.id == query_id).values(moved))
    return seq


def by(who: Who) -> dict[str, Any]:
    """Give the columns that say who did it."""
    return {
        "user_id": who.user_id, "username": who.username, "user_name": who.name, "role": who.role,
        "organisation": who.organisation,
    }  # fmt: skip


def _seq(connection: Connection, table: Table, values: Mapping[str, Any]) -> int:
    key = connection.execute(insert(table), values).inserted_primary_key
    return int(key[0]) if key else 0
