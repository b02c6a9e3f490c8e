"""A filled form, or all lines of a log, as one page value with its signatures, queries and history."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from imt_ecrf.conduct.reasons import reason_text
from imt_ecrf.reporting import history
from imt_ecrf.reporting.pages import Both, CellView, FormPage, Mark, RecordRow, Said, Section, SignatureLine
from imt_ecrf.reporting.paper import Filled, both, cell, in_, joined, records, safe, sections, widths
from imt_ecrf.reporting.words import STATES, word
from imt_ecrf.study.naming import event_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from imt_ecrf.store.documents import FormRow
    from imt_ecrf.store.tables import EventData
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import Form, Item

LOG_COLUMNS = 6


def form_page(
    session: Session, book: Book, visit: EventData, rows: Sequence[FormRow], *, with_history: bool = True
) -> FormPage:
    """Print one form with its rows of `form_data`: one row, or every line of a log."""
    form = book.forms[rows[0].form]
    connection = session.connection()
    signs = history.signatures(session, book, rows)
    queries, beside, still = history.threads(session, book, form, rows)
    saves, entries = history.saves(connection, book, form, rows) if with_history else ((), 0)
    changed, checked = history.last_changes(connection, rows), history.verified_items(session, rows)

    def filled(row: FormRow) -> Filled:
        own = {path: save for (form_id, path), save in changed.items() if form_id == row.id}
        numbers = {path: found for (form_id, path), found in beside.items() if form_id == row.id}
        ticks = frozenset(path for form_id, path in checked if form_id == row.id)
        hidden = frozenset(row.items.get("hidden", ()))
        return Filled(book, form, row.document, hidden, own, ticks, numbers)

    is_log = form.repeating == "log"
    body = (
        (log_section(book, form, [filled(row) for row in rows], rows),)
        if is_log
        else sections(filled(rows[0]))
    )
    mark = mark_of(rows, signs)
    name = _name(form, rows)
    return FormPage(
        anchor=f"{form.oid}.{rows[0].form_repeat}",
        name=name,
        where=joined(joined(event_title(book, visit), "›"), name),
        mark=mark,
        notice=_notice(mark, rows, signs),
        facts=_facts(book, form, rows, signs),
        sections=body,
        signatures=tuple(signs),
        queries=tuple(queries) if with_history else (),
        saves=saves,
        entries=entries,
        note="" if is_log else _not_done(book, rows),
        signed_on=next((sign.when[:16] for sign in reversed(signs) if sign.valid), ""),
        open_queries=still,
        changed_at=history.stamp(max(row.updated_at for row in rows)),
        title=both(form.name),
        domain=form.domain,
        finished=all(row.entry_state in {"complete", "not done"} for row in rows),
        with_history=with_history,
    )


def event_title(book: Book, visit: EventData) -> Both:
    """Name the visit a form belongs to."""
    event = book.events[visit.event]
    return Both(*(event_name(event, visit.event_repeat, language) for language in ("en", "ru")))


def mark_of(rows: Sequence[FormRow], signs: Sequence[SignatureLine]) -> Mark:
    """Give the mark of a form: signed only when every row carries a valid signature."""
    states = {row.signature for row in rows}
    if states == {"valid"}:
        return "signed"
    return "void" if "void" in states and any(not sign.valid for sign in signs) else "draft"


def log_section(book: Book, form: Form, lines: Sequence[Filled], rows: Sequence[FormRow]) -> Section:
    """Print the lines of a log as records under common heads."""
    plain = [item for group in form.groups if group.repeating == "no" for item in group.items]
    columns = compared(plain)
    rest = [item for item in plain if item not in columns]
    printed = []
    for line, row in zip(lines, rows, strict=True):
        more = [cell(line, item, item.oid) for item in rest if _asked(line, item.oid)]
        inner = tuple(
            text for group in form.groups if group.repeating != "no" for text in _inner(line, group)
        )
        struck = reason_of(row.document.get("@struck", {}).get("v"))
        head = _undone(book, row, tuple(cell(line, item, item.oid) for item in columns))
        printed.append(RecordRow(str(row.form_repeat), head, tuple(more), struck, inner))
    titles: list[Said] = ["№", *(both(item.question) for item in columns)]
    return Section("records", "", rows=tuple(printed), heads=tuple(titles), widths=widths(len(columns)))


def _undone(book: Book, row: FormRow, cells: tuple[CellView, ...]) -> tuple[CellView, ...]:
    """Say of a line that was not done why, instead of calling each of its cells blank."""
    why = _not_done(book, [row])
    if not why:
        return cells
    told: list[Said] = [why, *("–" for _ in cells[1:])]
    pairs = zip(cells, told, strict=True)
    return tuple(one if one.text is not None else replace(one, missing=said) for one, said in pairs)


def reason_of(kept: object) -> Said:
    """Say a kept reason in words, nothing for none."""
    if not kept:
        return ""
    return Both(*(safe(reason_text(str(kept), language)) for language in ("en", "ru")))


def compared(items: Sequence[Item]) -> list[Item]:
    """Choose what is compared in columns: the first text, then what every line owes; the others run in."""
    entered = [item for item in items if not item.derived]
    first = [item for item in entered if item.data_type == "text" and not item.codelist][:1] or entered[:1]
    owed = [item for item in entered if item.required in {"hard", "soft"} and item not in first]
    return [*first, *owed][:LOG_COLUMNS]


def _asked(line: Filled, path: str) -> bool:
    return path not in line.hidden or bool(line.cells.get(path))


def _inner(line: Filled, group: object) -> list[Said]:
    section = records(line, group, "")  # type: ignore[arg-type]
    told: list[Said] = []
    for row in section.rows:
        if not isinstance(row, RecordRow):
            continue
        cells = [one for one in (*row.columns, *row.more) if one.text is not None]
        texts = [joined(joined(one.label, ""), one.text) for one in cells if one.text is not None]
        told.append(
            Both(*("; ".join(" ".join(in_(text, lang).split()) for text in texts) for lang in ("en", "ru")))
        )
    return told


def _name(form: Form, rows: Sequence[FormRow]) -> Said:
    name = both(form.name)
    if form.repeating == "per_event_repeating" and rows[0].form_repeat > 1:
        return joined(name, str(rows[0].form_repeat))
    return name


def _notice(mark: Mark, rows: Sequence[FormRow], signs: Sequence[SignatureLine]) -> tuple[Said, ...]:
    if mark == "void":
        lost = [sign for sign in signs if not sign.valid]
        again = Both("It has not been signed again.", "Повторно не подписано.")
        return (*(joined(sign.name + ":", sign.why) for sign in lost[-1:]), again)
    if mark == "draft":
        states = sorted({row.entry_state for row in rows})
        words = [word(STATES, state) for state in states]
        return (
            Both(
                f"Status: {', '.join(one.en for one in words)}. This form is not final.",
                f"Состояние: {', '.join(one.ru for one in words)}. Форма не окончательная.",
            ),
        )
    return ()


def _facts(
    book: Book, form: Form, rows: Sequence[FormRow], signs: Sequence[SignatureLine]
) -> tuple[tuple[tuple[str, Said], tuple[str, Said]], ...]:
    row = max(rows, key=lambda one: one.updated_at)
    valid = next((sign for sign in reversed(signs) if sign.valid), None)
    day = rows[0].document.get(form.date_item or "", {}).get("v") or "–"
    state = word(STATES, row.entry_state)
    signed: Said = f"{valid.name}, {valid.when} UTC" if valid else "–"
    saved = f"v{row.version}, {history.stamp(row.updated_at)} UTC"
    return (
        (("took_place", str(day)), ("form_version", f"{form.oid}, {book.version.version}")),
        (("entry_state", state), ("last_change", saved)),
        (("signature", signed), ("queries", str(sum(one.open_queries for one in rows)))),
    )


def _not_done(book: Book, rows: Sequence[FormRow]) -> Said:
    reason = rows[0].document.get("@not_done", {}).get("v")
    if not reason:
        return ""
    found = book.codelists.get("CL_NDREAS")
    en, ru = (found.text(str(reason), lang) if found else str(reason) for lang in ("en", "ru"))
    return Both(f"The whole form was not done: {reason}, {en}.", f"Форма не выполнена: {reason}, {ru}.")


def printed_lines(form: FormPage) -> int:
    """Guess how many lines a form takes; of its answers only, so that a correction moves no other form."""
    return 15 + sum(3 + len(section.cells) + 2 * len(section.rows) for section in form.sections)
