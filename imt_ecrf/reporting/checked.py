"""What was verified, reviewed and commented of a form, and what the plan still asks; marks nothing."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from imt_ecrf.conduct.findings import OWED
from imt_ecrf.conduct.sdv_marks import LAPSE, SOURCE, VERIFY, asks_of, marks_of
from imt_ecrf.reporting.history import person, places, short, stamp
from imt_ecrf.reporting.pages import Both, CheckLine, CommentLine
from imt_ecrf.reporting.paper import numbers, reason_of, safe
from imt_ecrf.reporting.words import CHECKS, word
from imt_ecrf.store.tables import Event, Verification

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.orm import Session

    from imt_ecrf.reporting.sheets import Around
    from imt_ecrf.store.documents import FormRow
    from imt_ecrf.study.book import Book

NOTE: Final = "note.written"
SAID: Final = (NOTE, "check.confirmed")
WHOLE: Final = Both("whole form", "вся форма")
YES: Final = "yes"
DUE: Final = "due"
AGAIN: Final = "again"


def checked(
    session: Session, book: Book, rows: Sequence[FormRow], around: Around
) -> tuple[tuple[CheckLine, ...], dict[tuple[str, str], str]]:
    """Give every step of verification and review, and by form and item: verified, due, or due again."""
    found: dict[tuple[str, str], str] = {}
    for row in rows:
        marks = marks_of(session.connection(), row.id)[SOURCE]
        lapsed = {path for path, mark in marks.items() if mark.word == LAPSE}
        asked = asks_of(around.terms, book, row, around.subject, marks)
        due = {path for path, asks in asked.items() if asks.due}
        found |= {(row.id, path): AGAIN if path in lapsed else DUE for path in due}
        found |= {(row.id, path): YES for path, mark in marks.items() if mark.word == VERIFY}
    return tuple(_steps(session, book, rows)), found


def _steps(session: Session, book: Book, rows: Sequence[FormRow]) -> Iterator[CheckLine]:
    """Give the steps taken together as one line each."""
    forms = {row.id: row for row in rows}
    wanted = select(Verification).where(Verification.form_data_id.in_(forms)).order_by(Verification.seq)
    form = book.forms[rows[0].form]
    number, place = numbers(form), places(form)
    is_log = form.repeating == "log"

    def step(one: Verification) -> tuple[str, str, str, str]:
        return one.at_utc, one.act, one.username, one.reason

    def item(one: Verification) -> str:
        line = f"{forms[one.form_data_id].form_repeat}." if is_log else ""
        return line + short(one.path, number)

    for _key, group in groupby(session.scalars(wanted), key=step):
        some = sorted(group, key=lambda one: (forms[one.form_data_id].form_repeat, place(one.path)))
        first = some[0]
        items = ", ".join(item(one) for one in some)
        when, who = f"{stamp(first.at_utc)} UTC", person(book, first)
        yield CheckLine(when, who, word(CHECKS, first.act), items, reason_of(first.reason))


def comments(
    session: Session, book: Book, rows: Sequence[FormRow], around: Around
) -> tuple[list[CommentLine], dict[tuple[str, str], tuple[str, ...]]]:
    """Give what was said beside the items of these forms, and the numbers standing beside each."""
    forms = {row.id: row for row in rows}
    form = book.forms[rows[0].form]
    acts = Event.form_data_id.in_(forms), Event.act.in_(SAID)
    told: list[CommentLine] = []
    beside: dict[tuple[str, str], tuple[str, ...]] = {}
    for event in session.scalars(select(Event).where(*acts).order_by(Event.seq)):
        check, path = _about(event)
        if not around.may_read(check):
            continue
        row, name = forms[str(event.form_data_id)], f"C{len(told) + 1}"
        line = f"{row.form_repeat}." if form.repeating == "log" else ""
        beside[row.id, path] = (*beside.get((row.id, path), ()), name)
        place = line + (short(path, numbers(form)) or path) if path else line.rstrip(".")
        item = " ".join(piece for piece in (place, check or "") if piece) or WHOLE
        told.append(CommentLine(name, item, stamp(event.at_utc), person(book, event), safe(event.reason)))
    return told, beside


def _about(event: Event) -> tuple[str | None, str]:
    """Read which check a comment settles, or which item a note stands beside."""
    if event.act == NOTE:
        return None, event.object or ""
    name, _at, row = str(event.object).partition("@")
    if name.startswith(OWED):
        path = name.removeprefix(OWED).rstrip(")")
        return None, path
    return name, row
