"""A log as a table: one line a record, in the order and through the filter the reader asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from imt_ecrf.conduct import entry, visits
from imt_ecrf.conduct.reasons import reason_text
from imt_ecrf.conduct.views import Address, FormCell, FormRecord, SubjectView
from imt_ecrf.policy.refusals import NotFound
from imt_ecrf.store.tables import Subject, moment
from imt_ecrf.web import states
from imt_ecrf.web.addresses import form_url
from imt_ecrf.web.entry.page import LOGS, rail
from imt_ecrf.web.entry.sheet import sheet
from imt_ecrf.web.entry.shown import Drawing
from imt_ecrf.web.language import current
from imt_ecrf.web.study import current_book

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.store.documents import FormRow
    from imt_ecrf.study.book import Book
    from imt_ecrf.web.entry.sheet import FormSheet

COLUMNS: Final = 7


def log_page(
    session: Session, actor: Actor, subject: str, form: str, asked: Mapping[str, str]
) -> dict[str, Any]:
    """Give the lines of a log; `sort` names an item or `no`, `find` a text every shown line holds."""
    book = current_book()
    rows = entry.lines_of(session, actor, subject, LOGS, form)
    if book.forms[form].repeating != "log":
        raise NotFound
    drawn = sheet(book, form, current())
    columns = _columns(drawn)
    lines = [_line(book, drawn, subject, row, columns) for row in rows]
    shown = _sorted(_found(lines, asked.get("find", "")), asked.get("sort", "no"))
    site = rows[0].site if rows else None
    address = Address(subject, LOGS, 1, form, len(rows) + 1)
    return {
        "subject": subject, "sheet": drawn, "columns": columns, "lines": shown, "total": len(lines),
        "struck": sum(line["struck"] is not None for line in lines), "asked": asked,
        "add": form_url(address) if actor.may(book, "finish", form, site or _site(session, subject)) else "",
        "rail_of": rail(book, visits.events_of(session, actor, subject), address),
    }  # fmt: skip


def _site(session: Session, subject: str) -> str:
    return session.scalars(select(Subject.site).where(Subject.code == subject)).one()


def _columns(drawn: FormSheet) -> list[Any]:
    plain = [one for group in drawn.groups if group.layout == "items" for one in group.controls]
    wanted = [
        one for one in plain if one.required in {"hard", "soft"} and one.kind not in {"derived", "long"}
    ]
    first = [one for one in plain if one.kind in {"text", "long"}][:1]
    rest = [one for one in wanted if one not in first]
    return [*first, *rest][:COLUMNS]


def _line(book: Book, drawn: FormSheet, subject: str, row: FormRow, columns: list[Any]) -> dict[str, Any]:
    address = Address(subject, row.event, row.event_repeat, row.form, row.form_repeat)
    view = SubjectView(subject, row.site, None, moment(row.created_at))
    record = FormRecord(
        address, book, book.forms[row.form], view, row.id, row.version, row.entry_state, row.document,
        frozenset(), (), may_enter=False, may_finish=False, may_items=frozenset(), may_sign=False,
    )  # fmt: skip
    drawing = Drawing(record, drawn, current())
    cells = [drawing.words(one, row.document.get(one.oid) or {}) for one in columns]
    keys = {one.oid: str((row.document.get(one.oid) or {}).get("v", "")) for one in columns}
    signed = None if row.signature == "none" else row.signature
    cell = FormCell(row.form, row.form_repeat, row.id, row.entry_state, "R", signed, row.open_queries,
                    row.owed, row.struck)  # fmt: skip
    why = row.document.get("@struck", {}).get("v")
    struck = reason_text(str(why), current()) if why else None
    return {"number": row.form_repeat, "href": form_url(address), "cells": cells, "keys": keys,
            "mark": states.form_mark(cell), "struck": struck}  # fmt: skip


def _found(lines: list[dict[str, Any]], text: str) -> list[dict[str, Any]]:
    wanted = text.strip().casefold()
    return [line for line in lines if wanted in " ".join(line["cells"]).casefold()] if wanted else lines


def _sorted(lines: list[dict[str, Any]], by: str) -> list[dict[str, Any]]:
    item = by.removeprefix("-")
    if item == "no":
        return sorted(lines, key=lambda line: line["number"], reverse=by.startswith("-"))
    return sorted(lines, key=lambda line: line["keys"].get(item, ""), reverse=by.startswith("-"))
