"""What was verified and reviewed of a form, and what the plan still asks; knows tables, marks nothing."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from imt_ecrf.conduct.sdv_marks import LAPSE, SOURCE, VERIFY, asks_of, marks_of
from imt_ecrf.reporting.history import person, places, short, stamp
from imt_ecrf.reporting.pages import CheckLine
from imt_ecrf.reporting.paper import numbers, reason_of
from imt_ecrf.reporting.words import CHECKS, word
from imt_ecrf.store.tables import Verification

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.orm import Session

    from imt_ecrf.reporting.sheets import Around
    from imt_ecrf.store.documents import FormRow
    from imt_ecrf.study.book import Book

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
