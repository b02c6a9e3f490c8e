"""Proves that states and counters kept for lists follow from the logs; changes nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from imt_ecrf.store.faults import Fault
from imt_ecrf.store.signed import signature_state
from imt_ecrf.store.tables import Event, EventData, FormData, Query, QueryMessage, Signature, Verification

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

OPEN = frozenset({"open", "re-opened", "reopened"})


def faults(connection: Connection) -> Iterator[Fault]:
    """List queries, visits and forms whose cached state or counters differ from what their logs say."""
    yield from _queries(connection)
    yield from _visits(connection)
    yield from _forms(connection)


def _queries(connection: Connection) -> Iterator[Fault]:
    newest = select(func.max(QueryMessage.seq)).group_by(QueryMessage.query_id)
    said = select(QueryMessage.query_id, QueryMessage.to_state).where(QueryMessage.seq.in_(newest))
    states = {row.query_id: row.to_state for row in connection.execute(said)}
    for row in connection.execute(select(Query.id, Query.state).order_by(Query.id)):
        if states.get(row.id, "open") != row.state:
            yield Fault(
                "query", row.id, f"the state is {row.state}, its messages say {states.get(row.id, 'open')}."
            )


def _visits(connection: Connection) -> Iterator[Fault]:
    moved = select(Event.seq, Event.event_data_id, Event.to_state).where(
        Event.event_data_id.is_not(None), Event.to_state.is_not(None)
    )
    said = {(row.event_data_id, row.seq): row.to_state for row in connection.execute(moved)}
    for row in connection.execute(select(EventData.id, EventData.state, EventData.state_seq)):
        told = said.get((row.id, row.state_seq))
        if row.state_seq and told != row.state:
            yield Fault("event_data", row.id, f"the state is {row.state}, the log says {told}.")


def _forms(connection: Connection) -> Iterator[Fault]:
    asked: defaultdict[str | None, Counter[str]] = defaultdict(Counter)
    counted = select(Query.form_data_id, Query.state, func.count()).group_by(Query.form_data_id, Query.state)
    for form, state, number in connection.execute(counted):
        asked[form]["open" if state in OPEN else state] += number
    signed: defaultdict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(select(Signature)):
        signed[row.form_data_id].append(row)
    verified = set(connection.execute(select(Verification.form_data_id)).scalars())
    wanted = select(
        *(
            getattr(FormData, name)
            for name in ("id", "open_queries", "answered_queries", "signature", "verified")
        )
    )
    for row in connection.execute(wanted.order_by(FormData.id)):
        told = {
            "open_queries": asked[row.id]["open"],
            "answered_queries": asked[row.id]["answered"],
            "signature": signature_state(signed[row.id]),
            "verified": row.verified if row.id in verified else "none",
        }
        for name, value in told.items():
            if getattr(row, name) != value:
                yield Fault("form_data", row.id, f"{name} is {getattr(row, name)}, the log says {value}.")
