"""What only the database and the clock know of a subject, asked when a rule asks; knows no rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, or_, select

from imt_ecrf.conduct import growth_kept, registered
from imt_ecrf.store import documents
from imt_ecrf.store.tables import EventData, FormData, Query
from imt_ecrf.store.tables import Subject as SubjectRow

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator

    from sqlalchemy.orm import Session

    from imt_ecrf.store.documents import FormRow
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.engine import Engine
    from imt_ecrf.study.records import Subject

OPEN: Final = ("open", "re-opened", "answered")
OF_CASEBOOK: Final = frozenset({"open_queries", "missing_required_forms"})
"""Queries that checks on these raise are not counted: a casebook would wait for its own check."""
STATEMENT: Final = "F_SIGN"
FINISHED: Final = frozenset({"complete", "not done"})
UNHELD: Final = ("planned", "missed")


def facts_for(
    session: Session, engine: Engine, row: SubjectRow, local: dt.datetime, seen: Callable[[], Subject]
) -> dict[str, Any]:
    """Give the facts of a subject by name: values, or functions that ask when a rule does.

    `local` is the moment by the clock of the site; `seen` gives the snapshot these facts are part of.
    """
    book = engine.book
    return {
        "today": local.date().isoformat(),
        "timezone": str(local.tzinfo),
        "status": lambda: row.state,
        "open_queries": lambda: _open_queries(session, row.id, _about_casebook(book)),
        "missing_required_forms": lambda: _missing_forms(session, engine, row.id, seen()),
        "same_site": lambda items: {said for _, said in entered_elsewhere(session, book, row, items)},
        "lab_ranges": lambda: registered.laboratory_ranges(session, row.site),
        "growth": lambda: growth_kept.in_force(session),
    }


def _about_casebook(book: Book) -> tuple[str, ...]:
    return tuple(
        check.oid for check in book.version.checks if any(name in check.rule.text for name in OF_CASEBOOK)
    )


def _open_queries(session: Session, subject_id: str, without: tuple[str, ...]) -> int:
    counted = select(func.count()).where(
        Query.subject_id == subject_id,
        Query.state.in_(OPEN),
        or_(Query.check.is_(None), Query.check.not_in(without)),
    )
    return session.scalar(counted) or 0


def _missing_forms(session: Session, engine: Engine, subject_id: str, subject: Subject) -> int:
    """Count the forms a visit that was held owes and that are neither complete nor not done."""
    wanted = select(
        FormData.event, FormData.event_repeat, FormData.form, FormData.entry_state, FormData.struck
    ).where(FormData.subject_id == subject_id)
    states: dict[tuple[str, int, str], list[str]] = {}
    for event, repeat, form, state, struck in session.execute(wanted):
        if not struck:
            states.setdefault((event, repeat, form), []).append(state)
    missing = 0
    for event, repeat in _held(session, subject_id):
        here = subject.event(event, repeat)
        for ref in engine.expected(subject, here) if here else ():
            found = states.get((event, repeat, ref.form), ())
            log = engine.book.forms[ref.form].repeating == "log"  # without a line nothing is missing
            done = (bool(found) or log) and FINISHED.issuperset(found)
            missing += ref.expected != "O" and ref.form != STATEMENT and not done
    return missing


def _held(session: Session, subject_id: str) -> list[tuple[str, int]]:
    session.flush()
    wanted = select(EventData.event, EventData.event_repeat).where(
        EventData.subject_id == subject_id, EventData.state.not_in(UNHELD)
    )
    return [(event, repeat) for event, repeat in session.execute(wanted)]


def entered_elsewhere(
    session: Session, book: Book, row: SubjectRow, items: tuple[str, ...]
) -> Iterator[tuple[str, tuple[str | None, ...]]]:
    """Give the answers of every other subject of the site to some items, each as its first record has it."""
    forms = {book.places[item].form.oid for item in items}
    found: dict[tuple[str, str], FormRow] = {}
    for one in documents.forms_of_site(session.connection(), row.site, forms, without=row.id):
        if not one.struck:
            found.setdefault((one.subject_id, one.form), one)
    for subject_id in dict.fromkeys(subject for subject, _ in found):
        yield (
            subject_id,
            tuple(_text(found.get((subject_id, book.places[item].form.oid)), item) for item in items),
        )


def _text(row: FormRow | None, item: str) -> str | None:
    value = row.document.get(item, {}).get("v") if row else None
    return value if isinstance(value, str) else None
