"""Queries in the words of a person: steps of a thread with the changed values between, lines of a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from imt_ecrf.conduct.reasons import reason_text
from imt_ecrf.store.tables import stamp
from imt_ecrf.study.book import is_row
from imt_ecrf.web.study import book_of, current_book
from imt_ecrf.web.words import Words, words

if TYPE_CHECKING:
    import datetime as dt

    from imt_ecrf.conduct.query_thread import Changed, QueryView

COLUMNS: Final = (
    *("id", "state", "age_days", "site", "subject", "event", "event_repeat", "form", "form_repeat", "item"),
    *("check", "asked_by", "opened_at", "changed_at", "question", "last_act", "last_text", "last_by"),
    "steps",
)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a conversation, or a change of the value between two of them: old and new in words."""

    name: str
    role: str
    at: dt.datetime
    text: str
    old: str = ""
    new: str = ""
    question: str = ""
    is_change: bool = False


def steps(query: QueryView, language: str) -> tuple[Step, ...]:
    """Put the messages and the changes of a query in the order they came; a change goes before its answer."""
    say = words(current_book(), language)
    said = [Step(one.name, say.role(one.role), one.at, one.in_(language)) for one in query.messages]
    found = said + [
        _change(one, language, named=not query.path or is_row(query.path)) for one in query.changes
    ]
    return tuple(sorted(found, key=lambda step: (step.at, not step.is_change)))


def line(query: QueryView, now: dt.datetime) -> dict[str, Any]:
    """Write a query for a file: as it is kept, in the language it was written in."""
    address = query.address
    first, last = (query.messages[0], query.messages[-1]) if query.messages else (None, None)
    values = (
        *(query.id, query.state, query.age(now), query.site, address.subject, address.event),
        *(address.event_repeat, address.form, address.form_repeat, query.path, query.check, query.opened_by),
        *(stamp(query.opened_at), stamp(query.changed_at), first.text if first else ""),
        *(last.act if last else "", last.text if last else "", last.name if last else ""),
        len(query.messages),
    )
    return dict(zip(COLUMNS, values, strict=True))


def place(query: QueryView, say: Words) -> str:
    """Name what a query is about: a visit, a form or a line, and the question."""
    where = say.place(*query.address[1:])
    return f"{where}: {say.question(query.path)}" if query.path else where


def _change(change: Changed, language: str, *, named: bool) -> Step:
    say = words(book_of(change.study_version), language)

    def cell(kept: Any) -> str:
        return say.answer(change.path, dict(kept) if kept else None)

    return Step(
        change.name, say.role(change.role), change.at, reason_text(change.reason, language),
        cell(change.old), cell(change.new), say.question(change.path) if named else "", is_change=True,
    )  # fmt: skip
