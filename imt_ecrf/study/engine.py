"""The rules of a published version at work: one form judged as it stands; knows no database."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from imt_ecrf.study.checking import SUBJECT, Checks, Said
from imt_ecrf.study.generated import Firing, generated
from imt_ecrf.study.laboratory import panel_of, range_row
from imt_ecrf.study.reach import ANCHOR, DOSES, FIRST_DOSE, LAST_DOSE, VISIT, Changed, Reach
from imt_ecrf.study.records import VISIT_FORM
from imt_ecrf.study.rules.dictionary import EVENT
from imt_ecrf.study.rules.environment import dictionary_of
from imt_ecrf.study.rules.evaluate import evaluate
from imt_ecrf.study.rules.forms import differs, run_form
from imt_ecrf.study.rules.graph import Order, Step, order
from imt_ecrf.study.rules.publish import parse_and_check
from imt_ecrf.study.rules.rule import CompiledRule
from imt_ecrf.study.rules.run import Run
from imt_ecrf.study.values import exact, read_date

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from imt_ecrf.study.book import Book
    from imt_ecrf.study.checking import Written
    from imt_ecrf.study.definition import Check, FormRef, Item, Rule
    from imt_ecrf.study.laboratory import Panel
    from imt_ecrf.study.reach import Affected
    from imt_ecrf.study.records import Cell, Event, Record, Subject
    from imt_ecrf.study.rules.dictionary import Dictionary
    from imt_ecrf.study.rules.rule import Use
    from imt_ecrf.study.rules.run import Report
    from imt_ecrf.study.values import Date

_Found = TypeVar("_Found")
NOT_EXPECTED = "@form"


class RuleNotPublished(ValueError):  # noqa: N818 - it says what is so
    """A rule of this version cannot be read; it should never have been published."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the rules say of one form: hidden paths, derived cells by path, checks that fire, faults.

    `awake` names the checks that a change of another form may make fire, `failed` those without a result.
    """

    hidden: frozenset[str] = frozenset()
    derived: Mapping[str, Cell | None] = field(default_factory=dict)
    fires: tuple[Firing, ...] = ()
    reports: tuple[Report, ...] = ()
    awake: tuple[str, ...] = ()
    failed: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()


class Engine:
    """All rules of a version, ready to run; made once per fingerprint."""

    def __init__(self, book: Book) -> None:
        self.book = book
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
    def checks(self) -> Checks:
        """Give the written edit checks, by home and by what they read."""
        texts = {
            item.form for item in self.dictionary.items.values() if item.type == "text" and not item.derived
        }
        ordered = [form.oid for form in self.book.version.forms if form.oid in texts]
        return Checks(self.book, self.reach, self._check, ordered)

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
        limits = self._safely(run, "M_LBRANGE", lambda: self._limits(run, record)) or {}
        _put(run, limits)
        derived |= limits
        said = self._said(run, result.record or start)
        return Outcome(
            result.hidden | start.hidden,
            derived,
            tuple(said.fires),
            (*run.reports, *self.checks.broken.get(record.form, ())),
            tuple(said.awake),
            frozenset(said.failed),
            frozenset(said.unknown),
        )

    def standing(self, subject: Subject, record: Record, firing: Collection[str]) -> Outcome:
        """Say what a form shows as it is kept: its hidden questions, and the figures of the checks that fire.

        Which questions are hidden, what is derived and which checks fire (`firing`, their names) was worked
        out when this form, or anything it reads, was last saved; it is taken from there, not asked again.
        """
        if record.not_done or record.struck or NOT_EXPECTED in record.hidden:
            return Outcome(frozenset(record.hidden))
        run = Run(subject.with_record(record), self.dictionary, record, book=self.book)
        form, written = self.book.forms[record.form], self.checks.of(record.form)
        fires = self._safely(run, "generated", lambda: list(generated(run, form, self.book))) or []
        said = self.checks.say(run, [one for one in written if one.check.oid in firing])
        return Outcome(frozenset(record.hidden), {}, (*fires, *said.fires), tuple(run.reports))

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
            self._milestone(subject, "first_dose")
            self._milestone(subject, "last_dose")

    def changed(self, before: Subject, subject: Subject, record: Record, items: Iterable[str]) -> Changed:
        """Say of a record, changed since `before`, what others may see of the change."""
        names = self._names(record.form, frozenset(items))
        if not names.isdisjoint(DOSES):
            for mark, asked in ((FIRST_DOSE, "first_dose"), (LAST_DOSE, "last_dose")):
                if self._milestone(before, asked) != self._milestone(subject, asked):
                    names |= {mark}
        if VISIT in names and record.event in self._anchors:
            names |= {ANCHOR}
        since = self._since(before, subject, record)
        return Changed(record, names, self._may_be_baseline(subject, record, names), since)

    def checks_reached(self, changes: Iterable[Changed]) -> dict[str, Affected[Written]]:
        """Find the written checks that changes may make say something else, by home form (or SUBJECT)."""
        return self.checks.reached(changes)

    def forms_read(self, check: str) -> frozenset[str]:
        """Name the forms a written check reads: its message tells of all of them."""
        return self._forms_read.get(check, frozenset())

    @cached_property
    def _forms_read(self) -> dict[str, frozenset[str]]:
        items, groups, forms = self.dictionary.items, self.dictionary.groups, self.dictionary.forms
        marks = {FIRST_DOSE: "F_EX", LAST_DOSE: "F_EX", ANCHOR: VISIT_FORM}
        found: dict[str, frozenset[str]] = {}
        for home in self.checks.homes():
            for one in self.checks.of(home):
                names = set()
                for name in self.reach.reads(one.rule):
                    owner = items.get(name) or groups.get(name)
                    names.add(owner.form if owner else marks.get(name, name))
                found[one.check.oid] = found.get(one.check.oid, frozenset()) | (names & forms.keys())
        return found

    def check_again(self, subject: Subject, record: Record, written: Iterable[Written]) -> Said:
        """Run some checks of a form as the subject holds it; no condition and no derivation is run again."""
        written = tuple(written)
        if record.not_done or record.struck or NOT_EXPECTED in record.hidden:
            return Said()
        run = Run(subject, self.dictionary, record, book=self.book)
        said = self.checks.say(run, written)
        said.reports.extend(run.reports)
        return said

    def check_subject(self, subject: Subject, written: Iterable[Written] | None = None) -> Said:
        """Run the checks that stand on the page of a subject, or some of them."""
        run = Run(subject, self.dictionary, book=self.book)
        said = self.checks.say(run, self.checks.of(SUBJECT) if written is None else written)
        said.reports.extend(run.reports)
        return said

    def day(self, subject: Subject, record: Record) -> int | None:
        """Give the day of a record's visit; None without a date."""
        held = subject.event(record.event, record.event_repeat) if record.event else None
        day = read_date(held.date) if held and held.date else None
        return None if day is None else day.lo

    def affected(self, form: str, changes: Iterable[Changed]) -> Affected[Step]:
        """Find what these changes may move in the records of a form."""
        conditions = (rule for (_, oid), rule in self.conditions.items() if oid == form)
        return self.reach.affected(self.steps(form), changes, form, conditions)

    def moves(self, subject: Subject, record: Record, affected: Affected[Step]) -> bool:
        """Tell whether a stored form would be judged otherwise now; only the steps reached are run."""
        if record.not_done or record.struck:
            return any(True for _ in self._derived_paths(record))
        if affected.expected and self._expected_here(subject, record) is (NOT_EXPECTED in record.hidden):
            return True
        steps = affected.of(record, self.day(subject, record))
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

    @cached_property
    def _anchors(self) -> frozenset[str]:
        return frozenset(event.anchor for event in self.book.version.events)

    def _since(self, before: Subject, subject: Subject, record: Record) -> int | None:
        days = (self.day(one, record) for one in (before, subject))
        return min((day for day in days if day is not None), default=None)

    def _milestone(self, subject: Subject, name: str) -> Date | None:
        found: Date | None = Run(subject, self.dictionary, book=self.book).call(name)
        return found

    def _may_be_baseline(self, subject: Subject, record: Record, names: frozenset[str]) -> bool:
        panel = panel_of(self.book, record.form)
        if panel is None or panel.form.date_item is None:
            return panel is not None
        day = read_date(record.text(panel.form.date_item) or "")
        first = self._milestone(subject, "first_dose")
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

    def _said(self, run: Run, record: Record) -> Said:
        if NOT_EXPECTED in record.hidden:
            return Said()
        form = self.book.forms[record.form]
        found = self._safely(run, "generated", lambda: list(generated(run, form, self.book))) or []
        said = self.checks.say(run, self.checks.of(record.form))
        said.fires = [*found, *said.fires]
        return said

    @staticmethod
    def _safely(run: Run, rule: str, work: Callable[[], _Found]) -> _Found | None:
        """Do what is no rule of the language but reads the same data: a fault costs nobody the save."""
        try:
            return work()
        except Exception as fault:  # noqa: BLE001 - reported to the data manager
            run.rule = rule
            run.move(None)
            run.report("X03", reason=f"{type(fault).__name__}: {fault}")
            return None

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

    def _check(self, check: Check) -> CompiledRule:
        return self._compiled(check.rule, check.home, "check", check.oid, check.at)

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


def _put(run: Run, cells: Mapping[str, Cell | None]) -> None:
    """Let checks see what was worked out outside the rules, as it will be stored."""
    kept = run.record.cells if run.record else None
    for path, cell in cells.items() if isinstance(kept, dict) else ():
        if (kept.get(path) or None) != cell:  # type: ignore[union-attr]
            kept.pop(path, None)  # type: ignore[union-attr]
            if cell:
                kept[path] = cell  # type: ignore[index]
            run.changed(path)
