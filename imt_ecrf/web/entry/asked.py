"""The queries of a form as they stand beside its questions; settles none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from imt_ecrf.conduct import queries
from imt_ecrf.web.words import words

if TYPE_CHECKING:
    import datetime as dt

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.views import FormRecord


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a conversation: who said what, and when."""

    name: str
    role: str
    at: dt.datetime
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A query beside its question: its state, its thread, what this person may do with it."""

    id: str
    state: str
    path: str
    steps: tuple[Step, ...]
    may: tuple[str, ...] = ()


def asked_of(
    session: Session, actor: Actor, record: FormRecord, language: str
) -> dict[str, tuple[Asked, ...]]:
    """Give the queries of a form by path, open ones first; a form that waits for none costs nothing."""
    if not record.open_queries and not record.answered_queries:
        return {}
    say = words(record.book)
    found: dict[str, tuple[Asked, ...]] = {}
    for one in queries.queries_of(session, actor, record.address):
        steps = tuple(
            Step(said.name, say.role(said.role), said.at, said.in_(language)) for said in one.messages
        )
        query = Asked(one.id, one.state, one.path, steps, one.may)
        found[one.path] = (*found.get(one.path, ()), query)
    return {path: tuple(sorted(some, key=_settled)) for path, some in found.items()}


def _settled(query: Asked) -> bool:
    return query.state in {"closed", "cancelled"}
