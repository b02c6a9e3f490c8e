"""The one state a cell or a row shows, as word and shape: the one that asks for work first; knows no page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from flask_babel import lazy_pgettext

from imt_ecrf.web.language import current

if TYPE_CHECKING:
    from imt_ecrf.conduct.views import EventView, FormCell

_visit = {
    "planned": lazy_pgettext("visit", "Planned"),
    "due": lazy_pgettext("visit", "Due"),
    "overdue": lazy_pgettext("visit", "Overdue"),
    "progress": lazy_pgettext("visit", "In progress"),
    "complete": lazy_pgettext("visit", "Complete"),
    "verified": lazy_pgettext("visit", "Verified"),
    "lapsed": lazy_pgettext("visit", "Verify again"),
    "signed": lazy_pgettext("visit", "Signed"),
    "void": lazy_pgettext("visit", "Void"),
    "frozen": lazy_pgettext("visit", "Frozen"),
    "locked": lazy_pgettext("visit", "Locked"),
    "missed": lazy_pgettext("visit", "Missed"),
    "na": lazy_pgettext("visit", "Not expected"),
    "query": lazy_pgettext("visit", "Query"),
}
_form = {
    "due": lazy_pgettext("form", "Due"),
    "planned": lazy_pgettext("form", "Optional"),
    "progress": lazy_pgettext("form", "In progress"),
    "complete": lazy_pgettext("form", "Complete"),
    "verified": lazy_pgettext("form", "Verified"),
    "signed": lazy_pgettext("form", "Signed"),
    "void": lazy_pgettext("form", "Signature void"),
    "frozen": lazy_pgettext("form", "Frozen"),
    "locked": lazy_pgettext("form", "Locked"),
    "missed": lazy_pgettext("form", "Not done"),
    "na": lazy_pgettext("form", "Not expected"),
    "query": lazy_pgettext("form", "Query"),
    "struck": lazy_pgettext("form", "Struck out"),
}
_subject = {
    "SCREENING": lazy_pgettext("subject", "Screening"),
    "SCREEN FAILURE": lazy_pgettext("subject", "Screen failure"),
    "ENROLLED": lazy_pgettext("subject", "Enrolled"),
    "ON TREATMENT": lazy_pgettext("subject", "On treatment"),
    "OFF TREATMENT": lazy_pgettext("subject", "Off treatment"),
    "SAFETY FOLLOW-UP": lazy_pgettext("subject", "Safety follow-up"),
    "SURVIVAL FOLLOW-UP": lazy_pgettext("subject", "Survival follow-up"),
    "COMPLETED": lazy_pgettext("subject", "Completed"),
    "WITHDRAWN": lazy_pgettext("subject", "Withdrawn"),
    "LOST": lazy_pgettext("subject", "Lost to follow-up"),
    "DIED": lazy_pgettext("subject", "Died"),
}
SUBJECT_STATES: Final = tuple(_subject)
_TABLES: Final = {"visit": _visit, "form": _form, "subject": _subject}
_ENTRY: Final = {"complete": "complete", "not done": "missed"}
_EVENT: Final = {
    "planned": "planned", "due": "due", "overdue": "overdue", "in progress": "progress",
    "complete": "complete", "missed": "missed", "not expected": "na",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shown:
    """A state as drawn: its shape and colour (`kind`), its word, a count when it has one."""

    kind: str
    word: str
    count: int = 0


def visit(kind: str, count: int = 0) -> Shown:
    """Name a kind of state of a visit."""
    return Shown(kind, _word("visit", kind, current()), count)


def form(kind: str, count: int = 0, language: str = "") -> Shown:
    """Name a kind of state of a form; who lists many says the language of the page."""
    return Shown(kind, _word("form", kind, language or current()), count)


def form_mark(cell: FormCell, language: str = "") -> Shown:
    """Choose what a form shows: query, void, due, in progress, complete, signed, frozen, locked."""
    if cell.struck:
        return Shown("missed", _word("form", "struck", language or current()))
    count = 0
    if cell.open_queries:
        kind, count = "query", cell.open_queries
    elif cell.signature == "void":
        kind = "void"
    elif cell.state == "not started":
        kind = {"R": "due", "O": "planned"}.get(cell.expected, "na")
    elif cell.state == "in progress":
        kind = "progress"
    else:
        last = "locked" if cell.locked else "frozen" if cell.frozen else ""
        kind = last or ("signed" if cell.signature == "valid" else _ENTRY[cell.state])
    return form(kind, count, language)


def event_mark(event: EventView) -> Shown:
    """Choose what a visit shows: the most pressing of its own state and of its forms."""
    forms = [cell for cell in event.forms if not cell.struck and cell.id]
    queries = sum(cell.open_queries for cell in forms)
    kind = _EVENT[event.state]
    if kind == "overdue":
        return visit(kind)
    if queries:
        return visit("query", queries)
    if any(cell.signature == "void" for cell in forms):
        return visit("void")
    if kind == "complete" and forms:
        for mark, holds in (("locked", _locked), ("frozen", _frozen), ("signed", _signed)):
            if all(holds(cell) for cell in forms):
                return visit(mark)
    return visit(kind)


def subject_word(state: str | None) -> str:
    """Name the state of a participant; nothing for who may not know it."""
    return (_word("subject", state, current()) if state in _subject else state) if state else ""


@lru_cache(maxsize=512)
def _word(table: str, kind: str, language: str) -> str:
    """Give the word in the language of the page, looked up once a language: a page shows dozens."""
    del language
    return str(_TABLES[table][kind])


def _locked(cell: FormCell) -> bool:
    return cell.locked


def _frozen(cell: FormCell) -> bool:
    return cell.frozen or cell.locked


def _signed(cell: FormCell) -> bool:
    return cell.signature == "valid"
