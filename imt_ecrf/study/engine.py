"""The rules of a published version at work: one form judged as it stands; knows no database."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from imt_ecrf.study.generated import Firing, generated
from imt_ecrf.study.laboratory import panel_of, range_row
from imt_ecrf.study.reach import DOSES, FIRST_DOSE, Changed, Reach
from imt_ecrf.study.rules.dictionary import EVENT
from imt_ecrf.study.rules.environment import dictionary_of
from imt_ecrf.study.rules.evaluate import evaluate
from imt_ecrf.study.rules.forms import check_outcomes, differs, run_form
from imt_ecrf.study.rules.graph import Order, Step, order
from imt_ecrf.study.rules.publish import parse_and_check
from imt_ecrf.study.rules.rule import CompiledRule
from imt_ecrf.study.rules.run import Run
from imt_ecrf.study.values import exact, read_date

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import Check, FormRef, Item, Rule
    from imt_ecrf.study.laboratory import Panel
    from imt_ecrf.study.reach import Affected
    from imt_ecrf.study.records import Cell, Event, Record, Subject
    from imt_ecrf.study.rules.dictionary import Dictionary
    from imt_ecrf.study.rules.rule import Use
    from imt_ecrf.study.rules.run import Report
    from imt_ecrf.study.values import Date

NOT_EXPECTED = "@form"


class RuleNotPublished(ValueError):  # noqa: N818 - it says what is so
    """A rule of this version cannot be read; it should never have been published."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the rules say of one form: hidden paths, derived cells by path, checks that fire, faults."""

    hidden: frozenset[str] = frozenset()
    derived: Mapping[str, Cell | None] = field(default_factory=dict)
    fires: tuple[Firing, ...] = ()
    reports: tuple[Report, ...] = ()


class Engine:
    """All rules of a version, ready to run; made once per fingerprint."""

    def __init__(self, book: Book, *, written_checks: bool = False) -> None:
        self.book = book
        self.written_checks = written_checks
        self.dictionary: Dictionary = dictionary_of(book.version)
        self._steps: dict[str, tuple[Step, ...]] = {}

    @cached_property
    def order(self) -> Order:
        """Give derivations and conditions in the order of need, with the index of who reads what."""
        return order(self._rules(), self.dictionary)

    @cached_property
    def conditions(self) -> dict[tuple[str, str], CompiledRule]:
        """Give the schedule's conditions by event and form."""
        return {
            (event.oid, ref.form): self._compiled(ref.condition, EVENT, "show_if", f"{event.oid}.{ref.form}")
            for event in self.book.version.events
            for ref in event.forms
            if ref.condition is not None
        }

    @cached_property
    def checks(self) -> dict[str, tuple[tuple[Check, CompiledRule], ...]]:
        """Give the written edit checks by home form."""
        found: dict[str, list[tuple[Check, CompiledRule]]] = {}
        for check in self.book.version.checks if self.written_checks else ():
            if check.home in self.book.forms:
                rule = self._compiled(check.rule, check.home, "check", check.oid, check.at)
                found.setdefault(check.home, []).append((check, rule))
        return {home: tuple(pairs) for home, pairs in found.items()}

    def outcome(self, subject: Subject, record: Record) -> Outcome:
        """Judge one form as it stands; hidden paths are worked out anew from the answers of `record`."""
        if record.not_done or record.struck:
            return Outcome(derived=dict.fromkeys(self._derived_paths(record)))
        expected = self._expected_here(subject, record)
        start = _with_hidden(record, frozenset() if expected else frozenset({NOT_EXPECTED}))
        steps = self.steps(record.form)
        result, run = run_form(steps, (), subject, start, self.dictionary, book=self.book)
        run.rule = ""
        texts = result.derived.items()
        derived: dict[str, Cell | None] = {path: {"v": text} if text else None for path, text in texts}
        derived |= self._limits(run, record)
        fires = tuple(self._fires(run, result.record or start))
        return Outcome(result.hidden | start.hidden, derived, fires, tuple(run.reports))

    def steps(self, form: str) -> tuple[Step, ...]:
        """Give the conditions and derivations of a form in order."""
        found = self._steps.get(form)
        if found is None:
            found = self._steps[form] = self.order.of_form(form, self.dictionary)
        return found

    def expected(self, subject: Subject, event: Event) -> list[FormRef]:
        """List the forms of a visit that are required, optional, or expected because their rule is true."""
        place = event.key
        return [
            ref
            for ref in self.book.events[event.oid].forms
            if ref.condition is None or self._holds(subject, place, ref.form)
        ]

    def reached_by(self, form: str, changed: Iterable[str]) -> tuple[str, ...]:
        """List the forms, in order, whose derivations or conditions read these items of a form."""
        found: set[str] = set()
        for name in self._names(form, frozenset(changed)):
            found |= self._readers.get(name, found)
        return tuple(one.oid for one in self.book.version.forms if one.oid in found)

    def look(self, subject: Subject, form: str) -> None:
        """Look at what a save of this form is compared with afterwards; the snapshot loads it only now."""
        if any(item.oid in DOSES for item in self.book.forms[form].items()):
            self._first_dose(subject)

    def changed(self, before: Subject, subject: Subject, record: Record, items: Iterable[str]) -> Changed:
        """Say of a record, changed since `before`, what others may see of the change."""
        names = self._names(record.form, frozenset(items))
        if not names.isdisjoint(DOSES) and self._first_dose(before) != self._first_dose(subject):
            names |= {FIRST_DOSE}
        return Changed(record, names, self._may_be_baseline(subject, record, names))

    def affected(self, form: str, changes: Iterable[Changed]) -> Affected:
        """Find what these changes may move in the records of a form."""
        conditions = (rule for (_, oid), rule in self.conditions.items() if oid == form)
        return self.reach.affected(self.steps(form), changes, form, conditions)

    def moves(self, subject: Subject, record: Record, affected: Affected) -> bool:
        """Tell whether a stored form would be judged otherwise now; only the steps reached are run."""
        if record.not_done or record.struck:
            return any(True for _ in self._derived_paths(record))
        if affected.expected and self._expected_here(subject, record) is (NOT_EXPECTED in record.hidden):
            return True
        steps = affected.of(record)
        if not steps and not affected.limits:
            return False
        run = Run(subject, self.dictionary, record, book=self.book)
        if any(differs(step, run) for step in steps):
            return True
        limits = self._limits(run, record).items() if affected.limits else ()
        return any((record.cell(path) or None) != cell for path, cell in limits)

    @cached_property
    def reach(self) -> Reach:
        """Give what each rule reads and how near."""
        return Reach(self.book, self.dictionary)

    @cached_property
    def _readers(self) -> dict[str, frozenset[str]]:
        return self.reach.readers(self.order.steps, self.conditions)

    def _names(self, form: str, changed: frozenset[str]) -> frozenset[str]:
        groups = [group.oid for group in self.book.forms[form].groups]
        touched = (oid for oid in groups if not changed.isdisjoint(self._columns[oid]))
        return frozenset({*changed, *touched, form})

    @cached_property
    def _columns(self) -> dict[str, frozenset[str]]:
        groups = (group for form in self.book.version.forms for group in form.groups)
        return {group.oid: frozenset(item.oid for item in group.items) for group in groups}

    def _first_dose(self, subject: Subject) -> Date | None:
        found: Date | None = Run(subject, self.dictionary, book=self.book).call("first_dose")
        return found

    def _may_be_baseline(self, subject: Subject, record: Record, names: frozenset[str]) -> bool:
        panel = panel_of(self.book, record.form)
        if panel is None or panel.form.date_item is None:
            return panel is not None
        day = read_date(record.text(panel.form.date_item) or "")
        first = self._first_dose(subject)
        before = day is not None and first is not None and day.lo <= first.lo
        return before or panel.form.date_item in names

    def _holds(self, subject: Subject, place: tuple[str, int], form: str) -> bool:
        rule = self.conditions.get((place[0], form))
        if rule is None:
            return True
        return evaluate(rule, Run(subject, self.dictionary, place=place, book=self.book)) is True

    def _expected_here(self, subject: Subject, record: Record) -> bool:
        if record.event is None or (record.event, record.form) not in self.conditions:
            return True
        return self._holds(subject, (record.event, record.event_repeat), record.form)

    def _fires(self, run: Run, record: Record) -> Iterator[Firing]:
        if NOT_EXPECTED in record.hidden:
            return
        yield from generated(run, self.book.forms[record.form], self.book)
        for check, rule in self.checks.get(record.form, ()):
            for outcome in check_outcomes(rule, run):
                if outcome.value is True:
                    yield _written(check, rule, outcome.row)

    def _limits(self, run: Run, record: Record) -> dict[str, Cell | None]:
        """Copy the reference limits in force onto each result (process M_LBRANGE); no result, no limits."""
        panel = panel_of(self.book, record.form)
        if panel is None or run.record is None:
            return {}
        found: dict[str, Cell | None] = {}
        for row in run.rows(run.record, panel.group.oid):
            run.move(row)
            filled = run.value(run.record, panel.item("ORRES"), row) is not None
            limits = range_row(run) if filled else None
            for name, limit in self._pair(panel, limits):
                found[row.path(name)] = None if limit is None else {"v": exact(limit)}
        run.move(None)
        return found

    @staticmethod
    def _pair(panel: Panel, limits: Any) -> Iterator[tuple[str, Any]]:
        yield panel.item("ORNRLO"), limits.low if limits else None
        yield panel.item("ORNRHI"), limits.high if limits else None

    def _derived_paths(self, record: Record) -> Iterator[str]:
        for path in record.cells:
            place = self.book.places.get(path.rsplit(".", 1)[-1])
            if place is not None and place.item.derived:
                yield path

    def _rules(self) -> Iterator[CompiledRule]:
        for form in self.book.version.forms:
            for group in form.groups:
                for item in group.items:
                    yield from self._of_item(form.oid, item)

    def _of_item(self, form: str, item: Item) -> Iterator[CompiledRule]:
        if item.show_if is not None:
            yield self._compiled(item.show_if, form, "show_if", f"show {item.oid}", item.oid)
        method = self.book.methods.get(item.method or "")
        rule = method.rules.get(item.oid) if method else None
        if method is not None and rule is not None:
            yield self._compiled(rule, form, "derive", method.oid, item.oid)

    def _compiled(self, rule: Rule, home: str, use: Use, oid: str, at: str | None = None) -> CompiledRule:
        if rule.compiled:
            return CompiledRule.from_json(rule.compiled)
        into = self.dictionary.items[at].type if use == "derive" and at else None
        found = parse_and_check(rule.text, self.dictionary, home=home, use=use, oid=oid, at=at, into=into)
        if isinstance(found, list):
            message = f"{oid}: {found[0]}"
            raise RuleNotPublished(message)
        return found


def _with_hidden(record: Record, hidden: frozenset[str]) -> Record:
    return replace(record, hidden=hidden)


def _written(check: Check, rule: CompiledRule, row: str | None) -> Firing:
    path = rule.at
    if path is not None and row is not None and rule.rows:
        path = f"{rule.rows}.{row}.{path}"
    return Firing(check.oid, check.level, path, row, check.message.en, check.message.ru)
