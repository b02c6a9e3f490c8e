"""How far each rule looks: what it reads, in its own record, its visit or anywhere; knows no database."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Final, TypeAlias

from imt_ecrf.study.laboratory import panel_of, panels
from imt_ecrf.study.rules.dictionary import FormType
from imt_ecrf.study.rules.functions import BOTH, FUNCTIONS
from imt_ecrf.study.rules.rule import below

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from imt_ecrf.study.book import Book
    from imt_ecrf.study.records import Key, Record
    from imt_ecrf.study.rules.dictionary import Dictionary, GroupType
    from imt_ecrf.study.rules.graph import Step
    from imt_ecrf.study.rules.rule import CompiledRule, Node


class Width(IntEnum):
    """How near a changed record must be to the one a rule runs on, for the rule to see the change."""

    RECORD = 1
    EVENT = 2
    BASELINE = 3
    """The record itself, or any other that may hold the baseline of its form."""
    SUBJECT = 4


Reads: TypeAlias = "dict[str, Width]"
ANYTHING: Final = "*"
AGE: Final = ("BRTHYY", "BRTHMO", "BRTHDD", "AGEIC_Y", "AGEIC_M", "ICDAT")
CHILD: Final = ("SEX", *AGE)
VISIT: Final = "SVSTDAT"
DOSES: Final = ("EXSTDAT", "EXENDAT", "EXDOSE")
FIRST_DOSE: Final = "@first_dose"
"""Named as changed when the dosing log gives another first dose than before."""

OF_NOTHING: Final = frozenset({
    *("cycle", "event", "today", "site_cfg", "dict_has", "lookup", "sent_date", "sent_hours"),
    *("dose_level_mg_m2", "dose_table", "makeable", "recist_overall"),
})  # fmt: skip
"""They read their arguments, the version, or what no save of another form changes."""
AS_DECLARED: Final = frozenset({
    *("at", "at_rows", "prev", "prev_in_schedule", "prev_row", "ever", "ever_before", "last_done"),
    *("last_done_before", "consent_date", "last_dose", "row", "row_exists", "line", "done_at", "in_event"),
})  # fmt: skip
"""What the table of functions says they read, and the items and rows they are given, is all they read."""
SINCE_FIRST_DOSE: Final = frozenset({"base", "base_row", "first_dose"})
"""Of the dosing log they read the first dose only."""
OF_RECORD: Final = frozenset({"all_criteria_met"})
OF_ROW: Final = frozenset({"lab_standard", "range_lo", "range_hi", "ctcae_grade"})
OF_VISIT: Final = frozenset({"lab", "lab_uln", "lab_lln"})
OF_RESULT: Final = ("ORRES", "ORRESU", "QUAL", "ORNRLO", "ORNRHI")
"""What a result is read from; sex and age of the child move its limits first, and these the rest."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A record that was changed, by items, groups and form; `baseline` when it may be one for others."""

    record: Record
    names: frozenset[str]
    baseline: bool = False


@dataclass
class Affected:
    """The steps of one form that changes reach, by place in its order; of a record, of a visit, of all."""

    steps: Sequence[Step]
    by_record: dict[Key, set[int]] = field(default_factory=dict)
    by_event: dict[tuple[str | None, int], set[int]] = field(default_factory=dict)
    everywhere: set[int] = field(default_factory=set)
    limits: bool = False
    expected: bool = False

    @property
    def nothing(self) -> bool:
        """Tell whether the changes reach no record of the form."""
        return not (self.by_record or self.by_event or self.everywhere or self.limits or self.expected)

    def of(self, record: Record) -> list[Step]:
        """List the steps that may say something else of this record now, in order."""
        nothing: set[int] = set()
        found = self.everywhere | self.by_event.get((record.event, record.event_repeat), nothing)
        return [self.steps[n] for n in sorted(found | self.by_record.get(record.key, nothing))]


class Reach:
    """What the rules of one version read, and where."""

    def __init__(self, book: Book, dictionary: Dictionary) -> None:
        self.book, self.dictionary = book, dictionary
        self._reads: dict[int, Reads] = {}

    def affected(
        self,
        steps: Sequence[Step],
        changes: Iterable[Changed],
        form: str,
        conditions: Iterable[CompiledRule] = (),
    ) -> Affected:
        """Find the steps of a form that read what was changed, near enough to see it.

        `conditions` are those of the schedule that say where the form is expected.
        """
        found = Affected(steps)
        conditions = tuple(conditions)
        panel = panel_of(self.book, form)
        for one in changes:
            key, visit = one.record.key, (one.record.event, one.record.event_repeat)
            for place, step in enumerate(steps):
                width = self._seen(step.rule, one)
                if width is Width.SUBJECT:
                    found.everywhere.add(place)
                elif width is Width.EVENT:
                    found.by_event.setdefault(visit, set()).add(place)
                elif width is Width.RECORD:
                    found.by_record.setdefault(key, set()).add(place)
            found.limits = found.limits or (panel is not None and not one.names.isdisjoint(CHILD))
            seen = (self._seen(rule, one) for rule in conditions)
            found.expected = found.expected or any(width is not None for width in seen)
        return found

    def readers(
        self, steps: Iterable[Step], conditions: Mapping[tuple[str, str], CompiledRule]
    ) -> dict[str, frozenset[str]]:
        """Give the forms whose derivations, conditions or limits of results read a name."""
        found: dict[str, set[str]] = {}
        rules = [(step.rule.home, step.rule) for step in steps]
        for form, rule in (*rules, *((form, rule) for (_, form), rule in conditions.items())):
            for name in {*rule.reads, *self.reads(rule)}:
                found.setdefault(name, set()).add(form)
        for panel in panels(self.book):
            for item in CHILD:
                found.setdefault(item, set()).add(panel.form.oid)
        return {name: frozenset(forms) for name, forms in found.items()}

    def reads(self, rule: CompiledRule) -> Reads:
        """Say what a rule reads and how near; ANYTHING when that is not known."""
        found = self._reads.get(id(rule))
        if found is None:
            found = self._reads[id(rule)] = {}
            for name, width in self._of(rule.tree, rule.home, None):
                found[name] = max(found.get(name, Width.RECORD), width)
        return found

    def _seen(self, rule: CompiledRule, change: Changed) -> Width | None:
        reads = self.reads(rule)
        if ANYTHING in reads:
            return Width.SUBJECT
        near = [reads[name] for name in change.names if name in reads]
        widest = max(near, default=None)
        if widest is not Width.BASELINE:
            return widest
        if change.baseline and change.record.form == rule.home:
            return Width.SUBJECT
        return max((one for one in near if one is not Width.BASELINE), default=Width.RECORD)

    def _of(self, node: Node, home: str, rows: GroupType | FormType | None) -> Iterator[tuple[str, Width]]:
        kind = node["k"]
        if kind == "item":
            yield node["id"], self._item(node, home, rows)
        elif kind == "agg":
            rows = self.dictionary.rows_of(node["rows"])
            yield node["rows"], self._rows(rows, home)
        elif kind in {"call", "fact"}:
            yield from self._call(node, home)
        for part in below(node):
            yield from self._of(part, home, rows)

    def _item(self, node: Node, home: str, rows: GroupType | FormType | None) -> Width:
        item = self.dictionary.items[node["id"]]
        if item.carried:
            return Width.SUBJECT
        if node["scope"] == "agg":
            return self._rows(rows, home)
        return Width.RECORD if item.form == home else self._other(item.form)

    def _rows(self, rows: GroupType | FormType | None, home: str) -> Width:
        if rows is None or isinstance(rows, FormType):
            return Width.SUBJECT
        return Width.RECORD if rows.form == home else self._other(rows.form)

    def _other(self, form: str) -> Width:
        return Width.EVENT if self.dictionary.kind(form) == "event" else Width.SUBJECT

    def _call(self, node: Node, home: str) -> Iterator[tuple[str, Width]]:
        name, declared = node["f"], FUNCTIONS[node["f"]].reads
        named = [one["v"] for one in node["a"] if one["k"] == "name"]
        if name in OF_NOTHING:
            return
        if name in OF_ROW:
            yield from self._row(name, home)
        elif name in OF_VISIT:
            yield from self._visit()
        elif name in OF_RECORD:
            yield from ((item, Width.RECORD) for item in declared)
        elif name == "growth_z":
            yield from self._growth(home)
        elif name == "latest":
            dates = [self._date(self.dictionary.items[item].form) for item in named]
            yield from ((item, Width.SUBJECT) for item in (*declared, *named, *dates) if item)
        elif name in SINCE_FIRST_DOSE:
            yield from ((item, Width.SUBJECT) for item in (*declared, *named) if item not in DOSES)
            yield FIRST_DOSE, Width.SUBJECT
        elif name in AS_DECLARED or FUNCTIONS[name].side == BOTH:
            yield from ((item, Width.SUBJECT) for item in (*declared, *named))
        else:
            yield ANYTHING, Width.SUBJECT

    def _date(self, form: str) -> str | None:
        return self.dictionary.forms[form].date_item

    def _growth(self, home: str) -> Iterator[tuple[str, Width]]:
        yield from ((item, Width.SUBJECT) for item in CHILD)
        yield VISIT, Width.EVENT
        yield self._date(home) or VISIT, Width.RECORD

    def _row(self, name: str, home: str) -> Iterator[tuple[str, Width]]:
        """Name what a row of a panel reads: its answers and limits; for grades the baseline too."""
        panel = panel_of(self.book, home)
        if panel is None:
            yield ANYTHING, Width.SUBJECT
            return
        graded = name == "ctcae_grade"
        yield panel.form.date_item or VISIT, Width.BASELINE if graded else Width.RECORD
        yield from ((panel.item(one), Width.BASELINE if graded else Width.RECORD) for one in OF_RESULT)
        if graded:
            yield FIRST_DOSE, Width.SUBJECT

    def _visit(self) -> Iterator[tuple[str, Width]]:
        for panel in panels(self.book):
            yield panel.form.date_item or VISIT, Width.EVENT
            yield from ((panel.item(one), Width.EVENT) for one in OF_RESULT)
