"""The worked cases of the checks of a study: each check fires where its author says (R04)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from imt_ecrf.study.book import Book
from imt_ecrf.study.records import Record, Row
from imt_ecrf.study.rules.cases import put_answer, record_of, subject_of
from imt_ecrf.study.rules.evaluate import evaluate
from imt_ecrf.study.rules.run import Run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imt_ecrf.study.definition import Check
    from imt_ecrf.study.rules.dictionary import Dictionary
    from imt_ecrf.study.rules.environment import StudyRules
    from imt_ecrf.study.rules.rule import CompiledRule


@dataclass(frozen=True, slots=True)
class WrongCase:
    """A worked case that does not come out: what its author says and what the rule says (None: unknown)."""

    check: str
    number: int
    wanted: bool
    found: bool | None


def wrong_cases(
    checks: tuple[Check, ...], rules: StudyRules, book: Book | None = None
) -> Iterator[WrongCase]:
    """Evaluate every worked case of the checks; the rule alone runs, states and derived values are given."""
    compiled = {rule.oid: rule for rule in rules.rules if rule.use == "check"}
    for check in checks:
        for number, case in enumerate(check.cases, start=1):
            rule = compiled.get(check.oid)
            found = fires(rule, case, rules.dictionary, book) if rule else None
            if (found is True) is not case["fires"]:
                yield WrongCase(check.oid, number, case["fires"], found)


def fires(
    rule: CompiledRule, case: Mapping[str, Any], dictionary: Dictionary, book: Book | None = None
) -> bool | None:
    """Give what a check says about a worked case."""
    run = run_of(rule, case, dictionary, book)
    value = evaluate(rule, run)
    return None if value is None else value is True


def run_of(
    rule: CompiledRule, case: Mapping[str, Any], dictionary: Dictionary, book: Book | None = None
) -> Run:
    """Make the records that a worked case describes, answers put where their items stand.

    `tables` of a case stand in the place of those of the version: a growth reference, laboratory ranges.
    """
    here = case.get("here", {})
    book = _with_tables(book, case)
    fixed = {oid: group for oid, group in dictionary.groups.items() if group.fixed is not None}
    home = record_of({**here, "form": rule.home, "rows": case.get("rows")}, fixed)
    cells, hidden = {rule.home: dict(home.cells)}, {rule.home: set(home.hidden)}
    row = _row(rule, case, dictionary)
    for name, answer in case.get("given", {}).items():
        item = dictionary.items[name]
        path = row.path(name) if row and item.group == row.group else name
        put_answer(cells.setdefault(item.form, {}), hidden.setdefault(item.form, set()), path, answer)
    records = tuple(
        replace(_empty(form, rule, here, dictionary), cells=cells[form], hidden=frozenset(hidden[form]))
        for form in cells
    )
    settings = {key: {"value": value} for key, value in case.get("settings", {}).items()}
    subject = subject_of({"context": case, "settings": settings}, records, fixed)
    subject = replace(subject, facts={"timezone": here.get("timezone", "UTC")})
    place = (here["event"], here.get("repeat", 1)) if "event" in here else None
    own = records[0] if rule.home in dictionary.forms else None
    return Run(subject, dictionary, own, row, book=book, given=case.get("facts", {}), place=place)


def _row(rule: CompiledRule, case: Mapping[str, Any], dictionary: Dictionary) -> Row | None:
    """Give the row the rule runs on: of a panel by its key, else by its number."""
    if rule.rows is None:
        return None
    group = dictionary.groups[rule.rows]
    if group.fixed is None:
        return Row(rule.rows, str(case.get("here", {}).get("row", 1)))
    key = case.get("given", {}).get(group.key)
    return Row(rule.rows, str(key) if key is not None else next(iter(group.fixed)))


def _empty(form: str, rule: CompiledRule, here: Mapping[str, Any], dictionary: Dictionary) -> Record:
    """Make a record of the home, of the same event, or of the subject."""
    kind = dictionary.kind(form)
    line = here.get("line") if form == rule.home else None
    event = here.get("event") if form == rule.home or kind in {"event", "many"} else None
    line = line or (1 if kind == "log" else None)
    extra = {"sent_at": here.get("sent")} if form == rule.home else {}
    return Record(form, event, here.get("repeat", 1), repeat=line or 1, line=line, extra=extra)


def _with_tables(book: Book | None, case: Mapping[str, Any]) -> Book | None:
    if book is None or "tables" not in case:
        return book
    said = hashlib.sha256(json.dumps(case["tables"], sort_keys=True).encode()).hexdigest()
    version = replace(book.version, tables={**book.version.tables, **case["tables"]})
    # tables are read once per fingerprint
    return Book(version, f"{book.fingerprint} with {said}")
