"""A hospital of a thousand children, written in bulk: filled forms, queries, signatures; knows no page."""

import datetime as dt
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select

from imt_ecrf import store
from imt_ecrf.cli.bench.ground import SAVER
from imt_ecrf.conduct import agenda, due
from imt_ecrf.conduct.actor import system
from imt_ecrf.conduct.plan import Facts
from imt_ecrf.store.canonical import dumps, sha256
from imt_ecrf.store.tables import (
    ChangeSet,
    EventData,
    FormData,
    Query,
    QueryMessage,
    Signature,
    Subject,
    new_id,
    stamp,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from imt_ecrf.study.book import Book

FORMS = 60
FIRST = ("SE_SCR", "SE_C1D1", "SE_C1D8", "SE_C1D15", "SE_C1D22", "SE_C2D1", "SE_C2D15")
SITE = "01"
NOW = dt.datetime.now(dt.UTC)
DATA = dumps({"BENCH": {"v": "as seen"}})
DIFF = dumps([{"new": {"v": "as seen"}, "old": None, "path": "BENCH"}])
HASH = sha256(DATA)
BY = {
    "user_id": None, "username": SAVER.username, "user_name": SAVER.name, "organisation": SAVER.organisation,
    "at_utc": stamp(NOW), "program_version": "bench",
}  # fmt: skip
UNSIGNED, UNVERIFIED, LAPSED, VOID, BEGUN, ASKED = 5, 7, 97, 89, 31, 41
"""Every so many forms one is not signed, not verified, changed afterwards, void, in progress, asked about."""


@dataclass(frozen=True)
class Counted:
    """What was written, to be compared with what the database and the pages say."""

    subjects: int
    forms: int
    queries: int


def places(book: "Book") -> list[tuple[str, int, str]]:
    """Name sixty forms in the order of the schedule: screening, the first cycles, then one after another."""
    first = [
        (event, 1)
        for event in ("SE_SCR", "SE_C1D1", "SE_C1D8", "SE_C1D15", "SE_C1D22", "SE_C2D1", "SE_C2D15")
    ]
    visits = itertools.chain(first, (("SE_CYC", number) for number in itertools.count(3)))
    found = (
        (event, repeat, ref.form)
        for event, repeat in visits
        for ref in book.events[event].forms
        if ref.expected != "O"
    )
    return list(itertools.islice(found, FORMS))


def add(session: "Session", book: "Book", numbers: range) -> None:
    """Write children with these numbers, each with its sixty forms."""
    session.info["actor"] = SAVER
    wanted = places(book)
    visits = list(dict.fromkeys((event, repeat) for event, repeat, _form in wanted))
    children = {number: new_id() for number in numbers}
    connection = session.connection()
    connection.execute(insert(Subject), [_child(number, one) for number, one in children.items()])
    dates = {
        (number, visit): _begun(number) + dt.timedelta(days=7 * place)
        for number in numbers
        for place, visit in enumerate(visits)
    }
    connection.execute(
        insert(EventData),
        [_visit(children[number], visit, dates[number, visit]) for number in numbers for visit in visits],
    )
    forms = [
        _form(book, children[number], place, at=dates[number, place[:2]], turn=number * FORMS + turn)
        for number in numbers
        for turn, place in enumerate(wanted)
    ]
    connection.execute(insert(ChangeSet), [_change(one) for one in forms])
    connection.execute(insert(FormData), forms)
    signed = [one for one in forms if one["signature"] != "none"]
    signatures = [_signature(one) for one in signed]
    connection.execute(insert(Signature), signatures)
    _ask(session, [one for one in forms if one["open_queries"] or one["answered_queries"]])
    for row in session.scalars(select(Subject).where(Subject.number.in_(numbers))):
        agenda.refresh(session, system(), row)
        due.refresh(session, system(), row.id)


def counted(session: "Session") -> Counted:
    """Count what is there, by the database itself."""
    tables = (Subject, FormData, Query)
    return Counted(*(session.scalar(select(func.count()).select_from(one)) or 0 for one in tables))


def _begun(number: int) -> dt.date:
    """Give the day of a child's screening: a few of each week of the last months."""
    return NOW.date() - dt.timedelta(days=60 + number % 40)


def _child(number: int, child: str) -> dict[str, Any]:
    first = _begun(number) + dt.timedelta(days=7)
    facts = Facts(
        {"SE_SCR": _begun(number), "SE_C1D1": first, "first dose": first}, enrolled=True, dosed=True
    )
    at = stamp(dt.datetime.combine(_begun(number), dt.time(9), dt.UTC))
    return {
        "id": child, "code": f"{SITE}-{number:04d}", "site": SITE, "number": number, "state": "ON TREATMENT",
        "facts": dumps(facts.plain()), "screened_at": at, "screened_by": SAVER.username, "enrolled_at": at,
        "enrolled_by": SAVER.username,
    }  # fmt: skip


def _visit(child: str, visit: tuple[str, int], day: dt.date) -> dict[str, Any]:
    return {
        "id": new_id(), "subject_id": child, "site": SITE, "event": visit[0], "event_repeat": visit[1],
        "state": "complete", "date": day.isoformat(), "opened_at": BY["at_utc"], "opened_by": SAVER.username,
    }  # fmt: skip


def _form(book: "Book", child: str, place: tuple[str, int, str], *, at: dt.date, turn: int) -> dict[str, Any]:
    event, repeat, form = place
    begun = turn % BEGUN == 0
    signature = "none" if begun or turn % UNSIGNED == 0 else "void" if turn % VOID == 0 else "valid"
    verified = 0 if turn % UNVERIFIED == 0 else 8
    moment = stamp(dt.datetime.combine(at + dt.timedelta(days=turn % 6), dt.time(9), dt.UTC))
    return {
        "id": new_id(), "subject_id": child, "site": SITE, "event": event, "event_repeat": repeat,
        "form": form, "form_repeat": 1, "study_version": book.fingerprint, "version": 1,
        "entry_state": "in progress" if begun else "complete", "data": DATA, "data_sha256": HASH,
        "owed": int(begun), "open_queries": int(turn % ASKED == 0),
        "answered_queries": int(turn % ASKED == 1),
        "signature": signature, "verified": "all" if verified else "none", "due_items": 8,
        "verified_items": verified, "lapsed_items": int(turn % LAPSED == 0), "due_critical": 2,
        "verified_critical": min(verified, 2),
        "data_reviewed_at": moment if turn % UNVERIFIED else None, "medically_reviewed_at": moment,
        "created_at": moment, "created_by": SAVER.username, "updated_at": moment,
        "updated_by": SAVER.username,
    }  # fmt: skip


def _change(form: dict[str, Any]) -> dict[str, Any]:
    return {
        **BY, "id": new_id(), "role": "CRC", "form_data_id": form["id"], "from_version": 0, "to_version": 1,
        "study_version": form["study_version"], "entry_state": form["entry_state"], "diff": DIFF,
        "data_sha256": HASH, "origin": "cli",
    }  # fmt: skip


def _signature(form: dict[str, Any]) -> dict[str, Any]:
    return {
        **BY, "id": new_id(), "role": "PI", "act": "sign", "form_data_id": form["id"], "form_version": 1,
        "content_sha256": HASH, "meaning": "reviewed", "meaning_text": "{}", "batch": "bench",
    }  # fmt: skip


def _ask(session: "Session", forms: list[dict[str, Any]]) -> None:
    shared = ("subject_id", "site", "event", "event_repeat", "form", "form_repeat")
    rows = [
        {
            **{name: form[name] for name in shared}, "id": new_id(), "form_data_id": form["id"], "path": "",
            "origin": "person", "opened_at": form["created_at"], "opened_by": "monitor",
            "changed_at": form["created_at"], "state": "open" if form["open_queries"] else "answered",
        }
        for form in forms
    ]  # fmt: skip
    session.connection().execute(insert(Query), rows)
    session.connection().execute(insert(QueryMessage), list(_said(rows)))


def _said(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        for act, state in (("ask", "open"), ("answer", "answered")):
            if act == "ask" or row["state"] == "answered":
                yield {
                    **BY, "id": new_id(), "role": "CRA", "query_id": row["id"], "act": act, "to_state": state,
                    "text": "Please compare with the source.", "origin": "cli",
                }  # fmt: skip


def grown(engines: store.Engines, book: "Book", numbers: range, most: int = 100) -> Counted:
    """Write children in parts of a hundred; AssertionError when rows are missing."""
    for first in range(numbers.start, numbers.stop, most):
        with store.writing(engines, SAVER) as session:
            add(session, book, range(first, min(first + most, numbers.stop)))
    with store.reading(engines) as session:
        found = counted(session)
    if (found.subjects, found.forms) != (numbers.stop - 1, (numbers.stop - 1) * FORMS):
        raise AssertionError(f"{numbers.stop - 1} children of {FORMS} forms were to be there: {found}")
    return found
