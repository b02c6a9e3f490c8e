"""The page of a subject as plain values: visits with facts in words, logs, what waits; knows no HTML."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from imt_ecrf.study.values import read_date
from imt_ecrf.study.windows import study_day
from imt_ecrf.web import dates, states
from imt_ecrf.web.addresses import log_url, visit_url
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.i18n import ngettext
from imt_ecrf.web.language import current, said
from imt_ecrf.web.timeline import Timeline, timeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imt_ecrf.conduct.portrait import Portrait
    from imt_ecrf.conduct.views import EventView, FormCell
    from imt_ecrf.study.book import Book
    from imt_ecrf.web.states import Shown

NOT_BEGUN: Final = frozenset({"planned", "due", "overdue"})
OPEN: Final = frozenset({"due", "overdue", "in progress"})


@dataclass(frozen=True, slots=True)
class VisitRow:
    """One visit in the table of a subject."""

    href: str
    name: str
    day: str
    window: str
    held: str
    mark: Shown
    done: int
    due: int
    signed: str
    queries: int
    here: bool
    may_miss: bool
    event: str
    repeat: int


@dataclass(frozen=True, slots=True)
class LogRow:
    """One log of a subject: how many lines, when one was last changed, how many questions are open."""

    href: str
    name: str
    lines: int
    last: dt.datetime | None
    queries: int
    mark: Shown | None


@dataclass(frozen=True, slots=True)
class SubjectPage:
    """Everything the page of a subject shows besides its head."""

    visits: tuple[VisitRow, ...]
    later: tuple[VisitRow, ...]
    logs: tuple[LogRow, ...]
    waiting: tuple[tuple[Shown, str, str], ...]
    timeline: Timeline | None
    next_due: VisitRow | None
    following: VisitRow | None
    queries: int


def page(book: Book, portrait: Portrait, events: Sequence[EventView], *, may_miss: bool) -> SubjectPage:
    """Turn the visits of a subject into the rows of its page."""
    ordered = sorted(
        (event for event in events if not _common(book, event)),
        key=lambda event: _when(event) or dt.date.max,
    )
    rows = [(event, _row(portrait, event, may_miss)) for event in ordered]
    begun = tuple(row for event, row in rows if event.state != "planned" or event.id)
    later = tuple(row for event, row in rows if event.state == "planned" and not event.id)
    common = (event for event in events if _common(book, event))
    logs = tuple(row for event in common for row in log_rows(book, portrait.code, event))
    open_rows = [row for event, row in rows if event.state in OPEN]
    return SubjectPage(
        visits=begun, later=later, logs=logs,
        waiting=tuple(_waiting(rows, logs)),
        timeline=timeline(ordered, portrait.first_dose, portrait.today, current()),
        next_due=next(iter(open_rows), None) or next(iter(later), None),
        following=next((row for row in open_rows if row.done < row.due or not row.due), None),
        queries=sum(row.queries for row in begun) + sum(log.queries for log in logs),
    )  # fmt: skip


def _common(book: Book, event: EventView) -> bool:
    return book.events[event.oid].kind == "common"


def _row(portrait: Portrait, event: EventView, may_miss: bool) -> VisitRow:
    language, when = current(), _when(event)
    cells = [cell for cell in event.forms if not cell.struck]
    window = dates.span(event.window.first, event.window.last, language, year=True) if event.window else ""
    return VisitRow(
        href=visit_url(portrait.code, event.oid, event.repeat), name=visit_name(event),
        day=str(study_day(when, portrait.first_dose)).replace("-", dates.MINUS)
        if when and portrait.first_dose else "",
        window=window, held=dates.day(event.date, language), mark=_words(event, portrait.today),
        done=event.finished, due=len(event.owed), signed=_signed(event.owed),
        queries=sum(cell.open_queries for cell in cells), here=event.state in OPEN,
        may_miss=may_miss and event.state in NOT_BEGUN and not any(cell.id for cell in cells),
        event=event.oid, repeat=event.repeat,
    )  # fmt: skip


def visit_name(event: EventView) -> str:
    """Name a visit in the language of this page."""
    return event.name(current())


def _words(event: EventView, today: dt.date) -> Shown:
    mark = states.event_mark(event)
    if mark.kind == "due" and event.window:
        left = (event.window.last - today).days
        words = ngettext("%(word)s, %(num)d day left", "%(word)s, %(num)d days left", left, word=mark.word)
        return states.Shown(mark.kind, words)
    return mark


def _signed(due: Sequence[FormCell]) -> str:
    if any(cell.signature == "void" for cell in due):
        return _("sign again")
    signed = sum(cell.signature == "valid" for cell in due)
    return _("%(done)s of %(all)s", done=signed, all=len(due)) if signed else ""


def log_rows(book: Book, subject: str, event: EventView) -> list[LogRow]:
    """List the logs of a subject: a log has lines and is never complete, so it has no state of its own."""
    by_form: dict[str, list[FormCell]] = {}
    for cell in event.forms:
        by_form.setdefault(cell.form, []).append(cell)
    return [_log(book, subject, form, cells) for form, cells in by_form.items()]


def _log(book: Book, subject: str, form: str, cells: Sequence[FormCell]) -> LogRow:
    lines = [cell for cell in cells if cell.id and not cell.struck]
    last = max((cell.saved_at for cell in cells if cell.saved_at), default=None)
    queries = sum(cell.open_queries for cell in lines)
    void = any(cell.signature == "void" for cell in lines)
    begun = any(cell.state == "in progress" for cell in lines)
    mark = states.form("void") if void else states.form("progress") if begun else None
    return LogRow(log_url(subject, form), said(book.forms[form].name), len(lines), last, queries, mark)


def _waiting(
    rows: Sequence[tuple[EventView, VisitRow]], logs: Sequence[LogRow]
) -> list[tuple[Shown, str, str]]:
    found = []
    queries = sum(row.queries for _event, row in rows) + sum(log.queries for log in logs)
    if queries:
        names = [row.name for _event, row in rows if row.queries] + [log.name for log in logs if log.queries]
        word = ngettext("%(num)d open query", "%(num)d open queries", queries)
        found.append((states.Shown("query", word), "; ".join(names), ""))
    for event, row in rows:
        found += _of_visit(event, row)
    return [*found, *((log.mark, log.name, log.href) for log in logs if log.mark)]


def _of_visit(event: EventView, row: VisitRow) -> list[tuple[Shown, str, str]]:
    """Say what waits at a visit: to be held, to be gone on with, to be signed again."""
    found = []
    if event.state in {"overdue", "due"}:
        facts = ". ".join(part for part in (row.mark.word, row.window) if part)
        found.append((states.Shown(row.mark.kind, row.name), facts, row.href))
    elif event.state == "in progress":
        mark = states.visit("progress")
        figures = f"{mark.word}. {row.done} / {row.due}" if row.due else mark.word
        found.append((states.Shown(mark.kind, row.name), figures, row.href))
    if any(cell.signature == "void" and not cell.struck for cell in event.forms):
        found.append((states.form("void"), row.name, row.href))
    return found


def _when(event: EventView) -> dt.date | None:
    held = read_date(event.date) if event.date else None
    if held is not None and held.full:
        return held.first
    return event.window.target if event.window else None
