"""Which alerts of a study a filled form meets as it stands; tells nobody and knows no database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imt_ecrf.study.rules.evaluate import evaluate
from imt_ecrf.study.rules.rule import CompiledRule
from imt_ecrf.study.rules.run import Run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import Alert
    from imt_ecrf.study.records import Record, Subject
    from imt_ecrf.study.rules.dictionary import Dictionary

Watched = tuple[tuple["Alert", CompiledRule], ...]
"""The alerts of one form with their conditions, ready to run."""


def watched(book: Book) -> Mapping[str, Watched]:
    """Give the alerts of a version by form."""
    found: dict[str, Watched] = {}
    for one in book.version.alerts:
        rule = CompiledRule.from_json(one.when.compiled)
        found[one.form] = (*found.get(one.form, ()), (one, rule))
    return found


def met(book: Book, dictionary: Dictionary, alerts: Watched, subject: Subject, record: Record) -> set[str]:
    """Name the alerts whose condition is true of a form; none of one that was struck out or not done."""
    if record.struck or record.not_done:
        return set()
    run = Run(subject, dictionary, record, book=book)
    return {one.oid for one, rule in alerts if evaluate(rule, run) is True}
