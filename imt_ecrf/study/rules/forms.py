"""All rules of a form on one record: what is hidden, derived, fires; knows no database."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from imt_ecrf.study.records import VISIT_DATE
from imt_ecrf.study.rules.evaluate import evaluate
from imt_ecrf.study.rules.run import Report, Run
from imt_ecrf.study.values import Stored, write

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from imt_ecrf.study.book import Book
    from imt_ecrf.study.records import Record, Row, Subject
    from imt_ecrf.study.rules.dictionary import Dictionary, ItemType
    from imt_ecrf.study.rules.graph import Step
    from imt_ecrf.study.rules.rule import CompiledRule


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check says about a record or one of its rows: true (it fires), false, or None for unknown."""

    check: CompiledRule
    row: str | None
    value: bool | None


@dataclass(frozen=True, slots=True)
class FormResult:
    """The rules of a form applied: hidden paths (and groups), derived values by path, outcomes of checks."""

    hidden: frozenset[str] = frozenset()
    derived: Mapping[str, Stored | None] = field(default_factory=dict)
    outcomes: tuple[Outcome, ...] = ()
    reports: tuple[Report, ...] = ()
    record: Record | None = None

    @property
    def fires(self) -> tuple[Outcome, ...]:
        """List the checks that fire."""
        return tuple(outcome for outcome in self.outcomes if outcome.value is True)


def evaluate_form(
    steps: Sequence[Step],
    checks: Sequence[CompiledRule],
    subject: Subject,
    record: Record,
    dictionary: Dictionary,
    *,
    book: Book | None = None,
    given: Mapping[str, Any] | None = None,
) -> FormResult:
    """Run skip conditions and derivations in their order, then the checks on what came of them.

    `record` is as entered; the record of the result has hidden paths and derived values in place.
    """
    return run_form(steps, checks, subject, record, dictionary, book=book, given=given)[0]


def run_form(
    steps: Sequence[Step],
    checks: Sequence[CompiledRule],
    subject: Subject,
    record: Record,
    dictionary: Dictionary,
    *,
    book: Book | None = None,
    given: Mapping[str, Any] | None = None,
) -> tuple[FormResult, Run]:
    """Do what `evaluate_form` does, and give the run too: it stands on the record as it is then."""
    working = replace(record, cells=dict(record.cells), hidden=set(record.hidden & {"@form"}))
    run = Run(subject.with_record(working), dictionary, working, book=book, given=given)
    form = _Form(run, working, dictionary)
    for step in steps:
        form.take(step)
    run.move(None)
    outcomes = tuple(outcome for check in checks for outcome in check_outcomes(check, run))
    hidden = frozenset(form.hidden)
    done = replace(working, hidden=hidden)
    return FormResult(hidden, form.derived, outcomes, tuple(run.reports), done), run


def differs(step: Step, run: Run) -> bool:
    """Tell whether a rule says something else of the record of a run than what is stored there."""
    record, item = run.record, run.dictionary.items.get(step.target)
    if record is None:
        return False
    group = item.group if item else None
    for row in run.rows(record, group) if group else (None,):
        run.move(row)
        path = row.path(step.target) if row else step.target
        if step.kind == "visible":
            other = (evaluate(step.rule, run) is not True) is not (path in record.hidden)
        else:
            other = item is not None and _derives_otherwise(run, record, item, path, step.rule)
        if other:
            return True
    return False


def _derives_otherwise(run: Run, record: Record, item: ItemType, path: str, rule: CompiledRule) -> bool:
    value = None if run.is_hidden(record, item, path) else evaluate(rule, run)
    stored = write(value, item.type, item.decimals)
    return (record.cell(path) or None) != (None if stored is None else {"v": stored})


def check_outcomes(check: CompiledRule, run: Run) -> Iterator[Outcome]:
    """Run a check on the record, or once a row; one firing = (check, record, row)."""
    for row in rows_of(check, run):
        run.move(row)
        value = evaluate(check, run)
        yield Outcome(check, row.key if row else None, None if value is None else value is True)
    run.move(None)


def rows_of(rule: CompiledRule, run: Run) -> tuple[Row | None, ...]:
    """List the rows a rule runs on: those of its group, else once without a row."""
    if rule.rows is None:
        return (None,)
    return run.rows(run.record, rule.rows) if run.record else ()


class _Form:
    """A working record: its cells and hidden paths change as the rules are taken in order."""

    def __init__(self, run: Run, working: Record, dictionary: Dictionary) -> None:
        self.run, self.dictionary = run, dictionary
        self.cells: dict[str, Any] = working.cells  # type: ignore[assignment]  # made by evaluate_form
        self.hidden: set[str] = working.hidden  # type: ignore[assignment]
        self.derived: dict[str, Stored | None] = {}

    def take(self, step: Step) -> None:
        """Apply one rule to its target, in every row of it."""
        item = self.dictionary.items.get(step.target)
        group = item.group if item else None
        record = self.run.record
        rows = self.run.rows(record, group) if group and record else ()
        for row in rows if group else (None,):
            self.run.move(row)
            path = row.path(step.target) if row else step.target
            if step.kind == "visible":
                self._show(path, step.rule, whole_group=item is None)
            else:
                self._derive(path, step)

    def _show(self, path: str, rule: CompiledRule, *, whole_group: bool) -> None:
        before = len(self.run.reports)
        if evaluate(rule, self.run) is not True:
            if any(one.code == "X03" for one in self.run.reports[before:]):
                return  # a question that cannot be judged is asked: hiding would ask to clear its answer
            self.hidden.add(path)
            if whole_group or path in self.cells:  # behind another hidden question there was no value before
                self.run.changed(None if whole_group else path)
            if path == VISIT_DATE and self.run.record:
                # A hidden visit date has no value: the event loses its place in time.
                self.run.subject = self.run.subject.with_record(self.run.record)

    def _derive(self, path: str, step: Step) -> None:
        """Store what later rules read: rounded to the decimals of the item; a hidden item is not derived."""
        item = self.dictionary.items[step.target]
        hidden = path in self.hidden or item.section in self.hidden or "@form" in self.hidden
        value = None if hidden else evaluate(step.rule, self.run)
        stored = write(value, item.type, item.decimals)
        self.derived[path] = stored
        cell = None if stored is None else {"v": stored}
        if cell == self.cells.get(path) and not hidden:
            return
        if cell is None:
            self.cells.pop(path, None)
        else:
            self.cells[path] = cell
        self.run.changed(path)
