"""A filled form, or all lines of a log, as one page value with its signatures, queries and history."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import SQLAlchemyError

from imt_ecrf.policy.refusals import Refused
from imt_ecrf.reporting import history
from imt_ecrf.reporting.checked import checked, comments
from imt_ecrf.reporting.pages import Both, CellView, FormPage, Mark, RecordRow, Said, Section, SignatureLine
from imt_ecrf.reporting.paper import Filled, both, cell, in_, joined, reason_of, records, sections, widths
from imt_ecrf.reporting.words import STATES, UI, word
from imt_ecrf.store import documents
from imt_ecrf.study.naming import event_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.sdv_plan import Terms
    from imt_ecrf.store.documents import Change, FormRow
    from imt_ecrf.store.tables import EventData, Subject
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import Form, Item

LOG_COLUMNS = 6


@dataclass(frozen=True)
class Around:
    """What a form is printed with: its subject, the plan of verification there, words for what is blank."""

    subject: Subject
    terms: Terms
    notes: Mapping[str, Both]
    may_read: Callable[[str | None], bool]
    with_history: bool = True


class FormNotPrinted(Refused):
    """The program stumbled over the data of this form; tell who runs it:"""  # noqa: D400 - the form follows

    ru = "Программа не смогла обработать данные этой формы; сообщите администратору:"

    def text(self, language: str = "en") -> str:
        """Name the form in the reader's language."""
        said, where = super().text(language), self.facts.get("where")
        if not isinstance(where, str | Both):
            return said
        return f"{said} {in_(where, language)} ({self.facts.get('anchor')}, {self.facts.get('kind')})."


def form_page(
    session: Session, book: Book, visit: EventData, rows: Sequence[FormRow], around: Around
) -> FormPage:
    """Print one form with its rows of `form_data`; FormNotPrinted names the one the program stumbles over."""
    try:
        return _form_page(session, book, visit, rows, around)
    except (Refused, SQLAlchemyError, OSError):
        raise
    except Exception as fault:
        form = book.forms[rows[0].form]
        where = joined(joined(event_title(book, visit), "›"), both(form.name))
        anchor = f"{form.oid}.{rows[0].form_repeat}"
        raise FormNotPrinted(where=where, anchor=anchor, kind=type(fault).__name__) from fault


def _form_page(
    session: Session, book: Book, visit: EventData, rows: Sequence[FormRow], around: Around
) -> FormPage:
    """Print one row of `form_data`, or every line of a log."""
    form = book.forms[rows[0].form]
    told = around.with_history
    changes = [(row, documents.history(session.connection(), row.id)) for row in rows]
    signs = history.signatures(session, book, rows)
    queries, asked, still = history.threads(session, book, form, rows, around.may_read)
    said, commented = comments(session, book, rows, around)
    saves, entries = history.saves(book, form, changes) if told else ((), 0)
    checks, marks = checked(session, book, rows, around)
    fill = _filling(
        book, form, history.last_changes(changes), Known(marks, _joined(asked, commented), around.notes)
    )
    is_log = form.repeating == "log"
    body = (log_section(book, form, list(map(fill, rows)), rows),) if is_log else sections(fill(rows[0]))
    mark, name, day = mark_of(rows, signs), _name(form, rows), _day(form, visit, rows)
    return FormPage(
        anchor=f"{form.oid}.{rows[0].form_repeat}",
        name=name,
        where=joined(joined(event_title(book, visit), "›"), name),
        mark=mark,
        notice=_notice(mark, rows, signs),
        facts=_facts(book, day, rows, signs, (_entered_by(changes), _verified(marks), str(still))),
        sections=body,
        signatures=tuple(signs),
        queries=tuple(queries) if told else (),
        saves=saves,
        entries=entries,
        checks=checks if told else (),
        comments=tuple(said),
        note="" if is_log else _not_done(book, rows),
        signed_on=next((sign.when[:16] for sign in reversed(signs) if sign.valid), ""),
        open_queries=still,
        changed_at=history.stamp(max(row.updated_at for row in rows)),
        title=both(form.name),
        day=day,
        domain=form.domain,
        version=book.version.version,
        finished=all(row.entry_state in {"complete", "not done"} for row in rows),
        with_history=told,
    )


@dataclass(frozen=True)
class Known:
    """What is known of the items of some forms, by form and path."""

    marks: Mapping[tuple[str, str], str]
    queries: Mapping[tuple[str, str], tuple[str, ...]]
    notes: Mapping[str, Both]


def _joined(
    one: Mapping[tuple[str, str], tuple[str, ...]], other: Mapping[tuple[str, str], tuple[str, ...]]
) -> dict[tuple[str, str], tuple[str, ...]]:
    return {key: (*one.get(key, ()), *other.get(key, ())) for key in {**one, **other}}


def _filling(
    book: Book, form: Form, changed: Mapping[tuple[str, str], str], known: Known
) -> Callable[[FormRow], Filled]:
    """Give what lays each form beside the changes, marks and queries of its own items."""

    def filled(row: FormRow) -> Filled:
        def own(found: Mapping[tuple[str, str], Any]) -> dict[str, Any]:
            return {path: one for (form_id, path), one in found.items() if form_id == row.id}

        hidden = frozenset(row.items.get("hidden", ()))
        marks, asked = own(known.marks), own(known.queries)
        return Filled(book, form, row.document, hidden, own(changed), marks, asked, known.notes)

    return filled


def _day(form: Form, visit: EventData, rows: Sequence[FormRow]) -> str:
    """Give the day a form is about: its own, else that of its visit."""
    own = rows[0].document.get(form.date_item or "", {}).get("v")
    return str(own or visit.date or "–")


def _entered_by(changes: Sequence[tuple[FormRow, list[Change]]]) -> str:
    """Name who entered last; what the program worked out counts for nobody."""
    human = [change for _row, some in changes for change in some if change.username]
    last = max(human, key=lambda change: change.seq, default=None)
    return last.user_name if last else "–"


def _verified(marks: Mapping[tuple[str, str], str]) -> Said:
    """Say how much of what the plan asks is verified."""
    due = [mark for mark in marks.values() if mark in {"yes", "due", "again"}]
    return f"{due.count('yes')}/{len(due)}" if due else "–"


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
        told.append(Both(*(_run_in(row, language) for language in ("en", "ru"))))
    return told


def _run_in(row: RecordRow, language: str) -> str:
    """Write a row within a line of a log as one sentence: each question with its answer or its reason."""
    cells = [(one, one.missing or one.text) for one in (*row.columns, *row.more)]
    pieces = [
        f"{in_(one.label, language)} {in_(said, language)} {in_(one.unit, language) if one.text else ''}"
        for one, said in cells
        if said is not None
    ]
    struck = [f"{in_(UI['struck'], language)} {in_(row.struck, language)}"] if row.struck else []
    return "; ".join(" ".join(piece.split()) for piece in [*struck, *pieces])


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
    book: Book, day: str, rows: Sequence[FormRow], signs: Sequence[SignatureLine], known: tuple[Said, ...]
) -> tuple[tuple[tuple[str, Said], tuple[str, Said]], ...]:
    row = max(rows, key=lambda one: (one.updated_at, one.version))
    state = word(STATES, row.entry_state)
    signed = _signed(rows, signs)
    saved: Said = f"v{row.version}, {history.stamp(row.updated_at)} UTC"
    if book.forms[row.form].repeating == "log":  # each line has a record of its own
        line, last = f"{row.form_repeat}: {saved}", len(rows) > 1
        saved = Both(
            f"{'last, line' if last else 'line'} {line}", f"{'последняя, ' if last else ''}строка {line}"
        )
    return (
        (("took_place", day), ("form_version", f"{row.form}, {book.version.version}")),
        (("entry_state", state), ("last_change", saved)),
        (("entered_by", known[0]), ("verified", known[1])),
        (("signature", signed), ("open_queries", known[2])),
        *((("frozen", closed[0]), ("locked", closed[1])) for closed in [_closed(rows)] if any(closed)),
    )


def _signed(rows: Sequence[FormRow], signs: Sequence[SignatureLine]) -> Said:
    """Say who signed last and when; of a log also how many of its lines, when it is not all."""
    valid = next((sign for sign in reversed(signs) if sign.valid), None)
    if valid is None:
        return "–"
    last, signed = f"{valid.name}, {valid.when} UTC", sum(row.signature == "valid" for row in rows)
    if signed == len(rows):
        return last
    return Both(
        f"{signed} of {len(rows)} lines, last {last}", f"{signed} из {len(rows)} строк, последняя {last}"
    )


def _closed(rows: Sequence[FormRow]) -> tuple[str, str]:
    """Say since when a form is frozen and locked."""
    frozen, locked = ([getattr(row, name) for row in rows] for name in ("frozen_at", "locked_at"))
    return tuple(  # type: ignore[return-value]
        f"{history.stamp(max(since))} UTC" if all(since) else "" for since in (frozen, locked)
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
