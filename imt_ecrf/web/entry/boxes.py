"""An answer as its box shows it, and what the program understood of what was typed; knows no page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imt_ecrf.study.entry import EntryRefused, read_entry
from imt_ecrf.web.dates import MINUS, MONTHS, day
from imt_ecrf.web.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imt_ecrf.conduct.views import Answer, Answers, Cell, Document
    from imt_ecrf.web.entry.sheet import Control, FormSheet, Kind

TYPES: Final[dict[Kind, str]] = {
    "number": "float", "date": "date", "partial": "partial_date", "datetime": "datetime", "time": "time",
}  # fmt: skip
DATES: Final[frozenset[Kind]] = frozenset({"date", "partial", "datetime"})
MONTH: Final = 2
DAY: Final = 3


def box_text(kind: Kind, value: str, language: str) -> str:
    """Write a stored text as its box shows it; typed again as it stands it gives the same stored text."""
    if kind == "number":
        return value.replace(".", ",") if language == "ru" else value
    if kind not in DATES or not value:
        return value
    date, _sign, clock = value.partition("T")
    parts = date.split("-")
    month = MONTHS[language][int(parts[1]) - 1] if len(parts) >= MONTH else "UN"
    number = str(int(parts[2])) if len(parts) == DAY else "UN"
    return f"{number} {month} {parts[0]} {clock}".strip()


def figure(text: str, language: str) -> str:
    """Write a number as the reader's language does; other texts stay."""
    if not text.replace(".", "", 1).lstrip("-").isdigit():
        return text
    plain = text.replace("-", MINUS, 1)
    return plain.replace(".", ",") if language == "ru" else plain


def date_words(value: str, language: str) -> str:
    """Write a stored day, known in whole or in part, with its time of day when it has one."""
    date, _sign, clock = value.partition("T")
    return f"{day(date, language)} {clock}".strip()


def differing(sheet: FormSheet, answers: Answers, kept: Document, language: str) -> tuple[str, ...]:
    """Name the answers that are not what is kept."""
    return tuple(
        path for path, one in answers.items() if not _same(sheet, path, one, kept.get(path) or {}, language)
    )


def untouched(control: Control | None, typed: str, cell: Cell, language: str) -> bool:
    """Tell whether a box still shows what is kept."""
    value = cell.get("v", "")
    if control is None or not isinstance(value, str):
        return False
    return typed.strip() in {value, box_text(control.kind, value, language)}


def echoes(sheet: FormSheet, answers: Answers, language: str) -> dict[str, dict[str, object]]:
    """Say of each typed date what was understood, and of each unreadable text why it cannot be kept."""
    found: dict[str, dict[str, object]] = {}
    for path, answer in answers.items():
        control = sheet.controls.get(path.rsplit(".", 1)[-1])
        if control is None or not isinstance(answer.value, str) or control.kind not in TYPES:
            continue
        stored = read_entry(answer.value, TYPES[control.kind], language)
        if isinstance(stored, EntryRefused):
            found[path] = {"text": stored.message(language), "bad": True}
        elif stored and control.kind in DATES:
            found[path] = {"text": understood(stored, language), "bad": False}
    return found


def understood(stored: str, language: str) -> str:
    """Say what a date is taken for: `Nov 2026, day unknown`."""
    words = date_words(stored, language)
    known = len(stored.split("-"))
    if known == DAY:
        return words
    return (
        _("%(date)s, day unknown", date=words) if known == MONTH else _("%(date)s, month unknown", date=words)
    )


def _same(sheet: FormSheet, path: str, answer: Answer, cell: Cell, language: str) -> bool:
    if (answer.missing or "") != cell.get("m", ""):
        return False
    if isinstance(answer.value, tuple):
        kept = cell.get("v", [])
        return list(answer.value) == ([kept] if isinstance(kept, str) else list(kept))
    control = sheet.controls.get(path.rsplit(".", 1)[-1])
    unit: Mapping[str, object] = cell if answer.value else {}
    return untouched(control, answer.value, cell, language) and (answer.unit or "") in {unit.get("u", ""), ""}
