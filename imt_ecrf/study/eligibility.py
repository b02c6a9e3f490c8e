"""Whether a subject meets every criterion (M_IEYN); which reading combines them is a study setting."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.records import Record, Subject
    from imt_ecrf.study.rules.facts import Context

FORM, GROUP, ANSWER, CATEGORY = "F_IE", "G_IEROW", "IERESP", "IECAT"
MEETS = {"INCLUSION": "Y", "EXCLUSION": "N"}


def all_criteria_met(context: Context) -> str | None:
    """Give Y when every criterion is met, N as soon as one fails, unknown while one is unanswered.

    A criterion with a missing reason counts as not met. Of a pair in the setting `ie_any_of` one is enough
    (protocol inclusion criteria 4 and 5).
    """
    record = context.record
    if record is None:
        return None
    verdicts = {row.key: _met(context, record, row) for row in context.rows(record, GROUP)}
    for pair in pairs(context.subject, context.book):
        answers = [verdicts.pop(key, None) for key in pair]
        verdicts["+".join(pair)] = _either(answers)
    if any(verdict is False for verdict in verdicts.values()):
        return "N"
    return "Y" if verdicts and all(verdict is True for verdict in verdicts.values()) else None


def pairs(subject: Subject, book: Book | None) -> list[list[str]]:
    """Give the groups of criteria of which one is enough (setting `ie_any_of`)."""
    given = subject.settings.get("ie_any_of")
    if given is None and book is not None:
        found = next((one for one in book.version.settings if one.key == "ie_any_of"), None)
        given = found.default if found else None
    return json.loads(given) if isinstance(given, str) else list(given or [])


def covered_by(book: Book, subject: Subject, record: Record) -> dict[str, str]:
    """Give, for criteria that need not be met because another of their group is, that other one."""
    held = {
        row.key
        for row in book.groups[GROUP][1].rows
        if record.text(f"{GROUP}.{row.key}.{ANSWER}") == wanted(row.prefilled.get(CATEGORY))
    }
    found: dict[str, str] = {}
    for group in pairs(subject, book):
        holding = next((key for key in group if key in held), None)
        if holding:
            found |= {key: holding for key in group if key not in held}
    return found


def wanted(category: object) -> str:
    """Give the answer by which a criterion of a category is met."""
    return MEETS.get(str(category), "Y")


def _met(context: Context, record: Record, row: Any) -> bool | None:
    answer = context.value(record, ANSWER, row)
    if answer is None:
        return False if "m" in record.cell(row.path(ANSWER)) else None
    return bool(answer == wanted(context.value(record, CATEGORY, row)))


def _either(answers: list[bool | None]) -> bool | None:
    if any(answer is True for answer in answers):
        return True
    return None if any(answer is None for answer in answers) else False
