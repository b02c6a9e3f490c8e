"""How far each rule looks: what it reads, in its own record, its visit or anywhere; knows no database."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeAlias, TypeVar

from imt_ecrf.study.laboratory import AE_TERMS, panel_of, panels
from imt_ecrf.study.rules.dictionary import FormType
from imt_ecrf.study.rules.functions import BOTH, FUNCTIONS
from imt_ecrf.study.rules.rule import below

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from imt_ecrf.study.book import Book
    from imt_ecrf.study.laboratory import Panel
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
    LATER = 4
    """A record of the same visit or of a later one: the rule looks back from there."""
    LINES = 5
    """A line of the same log that comes later: the rule compares it with those before."""
    SUBJECT = 6


Reads: TypeAlias = "dict[str, Width]"
ANYTHING: Final = "*"
AGE: Final = ("BRTHYY", "BRTHMO", "BRTHDD", "AGEIC_Y", "AGEIC_M", "ICDAT")
CHILD: Final = ("SEX", *AGE)
VISIT: Final = "SVSTDAT"
DOSES: Final = ("EXSTDAT", "EXENDAT", "EXDOSE")
FIRST_DOSE: Final = "@first_dose"
"""Named as changed when the dosing log gives another first dose than before."""
LAST_DOSE: Final = "@last_dose"
ANCHOR: Final = "@anchor"
"""Named as changed when the date moves of a visit that windows are counted from."""
CLOCK: Final = "@clock"
STATUS: Final = "@status"
QUERIES: Final = "@queries"
FORMS: Final = "@forms"
SETTINGS: Final = "@settings"
SITE: Final = "@site"
"""Named as changed when another subject of the site may have been entered alike."""
TRIGGERS: Final[dict[str, str]] = {
    "today": CLOCK,
    "hours_since_save": CLOCK,
    "status": STATUS,
    "open_queries": QUERIES,
    "missing_required_forms": FORMS,
    "site_cfg": SETTINGS,
}
"""What moves the answer of a function that reads no item: the name under which the change is told."""

OF_NOTHING: Final = frozenset({
    *("cycle", "event", "dict_has", "lookup", "sent_date", "sent_hours", "looks_identifying"),
    *("looks_like_name", "dose_level_mg_m2", "dose_table", "makeable", "recist_overall", "line"),
})  # fmt: skip
"""They read their arguments, the version, or what no save of another form changes."""
AS_DECLARED: Final = frozenset({
    *("at", "at_rows", "prev_in_schedule", "ever", "consent_date", "last_dose", "row", "row_exists"),
    *("done", "done_at", "in_event", "on_hold", "same_site_match", "gap_before_row"),
    *("missing_rows_from", "extra_rows_vs", "overlaps_treatment", "dosing_on"),
})  # fmt: skip
"""What the table of functions says they read, and the items and rows they are given, is all they read."""
ACROSS: Final = "same_site_match"
LOOK_BACK: Final = ("prev", "prev_row", "ever_before", "last_done", "last_done_before")
"""They read visits up to the one they are asked at, in the order of visit dates."""
NEAR: Final[dict[str, Width]] = {
    **dict.fromkeys(LOOK_BACK, Width.LATER),
    **dict.fromkeys(("dup_row", "overlaps_other_row"), Width.LINES),
    **dict.fromkeys(("min_date", "max_date"), Width.EVENT),
}
"""How near what they read must stand, where not anywhere."""
SEEN_ALIVE: Final = (VISIT, "SSDAT", "SSSTAT", *DOSES)
SINCE_FIRST_DOSE: Final = frozenset({"base", "base_row", "first_dose"})
"""Of the dosing log they read the first dose only."""
OF_RECORD: Final = frozenset({"all_criteria_met", "max_same"})
BY_AGE: Final = frozenset({"growth_z", "vital_lo", "vital_hi"})
OF_ROW: Final = frozenset({"lab_standard", "range_lo", "range_hi", "ctcae_grade"})
OF_VISIT: Final = frozenset({"lab", "lab_uln", "lab_lln"})
GRADES: Final = frozenset({"lab_grade", "lab_grade_at", "lab_flag_at"})
OF_RESULT: Final = ("ORRES", "ORRESU", "QUAL", "ORNRLO", "ORNRHI")
"""What a result is read from; sex and age of the child move its limits first, and these the rest."""


ELSEWHERE: Final[dict[str, tuple[tuple[str, Width], ...]]] = {
    "window_lo": ((FIRST_DOSE, Width.SUBJECT), (LAST_DOSE, Width.SUBJECT), (ANCHOR, Width.SUBJECT)),
    "window_hi": ((FIRST_DOSE, Width.SUBJECT), (LAST_DOSE, Width.SUBJECT), (ANCHOR, Width.SUBJECT)),
    "overdue": (
        *((CLOCK, Width.SUBJECT), (VISIT, Width.SUBJECT), ("SVOCCUR", Width.SUBJECT)),
        *((FIRST_DOSE, Width.SUBJECT), (LAST_DOSE, Width.SUBJECT)),
    ),
    "last_alive": tuple((item, Width.SUBJECT) for item in SEEN_ALIVE),
    "last_contact": tuple((item, Width.SUBJECT) for item in (VISIT, "SSDAT")),
    "last_scan": (("TUSDAT", Width.SUBJECT),),
    "slice_mm": (("TUSLICE", Width.EVENT),),
    "any_text": ((ANYTHING, Width.RECORD),),
    "any_data_in_event": ((ANYTHING, Width.EVENT),),
    "any_date_in_event": ((ANYTHING, Width.EVENT),),
    "changed_since_last_visit": ((VISIT, Width.SUBJECT),),
    "covers_lab_term": tuple((item, Width.SUBJECT) for item in (*AE_TERMS, "AESTDAT", "AEENDAT")),
}
"""What functions read that the table of functions does not say exactly."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A record that was changed, by items, groups and form; `baseline` when it may be one for others.

    `since` is the day of its visit, the earlier one when that was moved; None when it has no date.
    """

    record: Record
    names: frozenset[str]
    baseline: bool = False
    since: int | None = None


class HasRule(Protocol):
    """Something with a rule: a step of a form, a check."""

    @property
    def rule(self) -> CompiledRule:
        """Give the rule."""


Ruled = TypeVar("Ruled", bound=HasRule)
NOWHERE: Final[frozenset[int]] = frozenset()


@dataclass
class Affected(Generic[Ruled]):
    """The rules of one form that changes reach, by place in its order; of a record, of a visit, of all.

    `since` gives the day from which on a rule that looks back may see another past.
    """

    steps: Sequence[Ruled]
    by_record: dict[Key, set[int]] = field(default_factory=dict)
    by_event: dict[tuple[str | None, int], set[int]] = field(default_factory=dict)
    since: dict[int, int] = field(default_factory=dict)
    lines: dict[int, int] = field(default_factory=dict)
    everywhere: set[int] = field(default_factory=set)
    limits: bool = False
    expected: bool = False

    @property
    def nothing(self) -> bool:
        """Tell whether the changes reach no record of the form."""
        reached = self.by_record or self.by_event or self.since or self.lines or self.everywhere
        return not (reached or self.limits or self.expected)

    def add(self, place: int, width: Width | None, change: Changed) -> None:
        """Note that a change reaches the rule at a place, as wide as the rule looks."""
        if width is Width.SUBJECT:
            self.everywhere.add(place)
        elif width is Width.LATER and change.since is not None:
            self.since[place] = min(change.since, self.since.get(place, change.since))
        elif width is Width.LINES:
            self.lines[place] = min(change.record.repeat, self.lines.get(place, change.record.repeat))
        elif width in {Width.EVENT, Width.LATER}:
            visit = (change.record.event, change.record.event_repeat)
            self.by_event.setdefault(visit, set()).add(place)
        elif width is Width.RECORD:
            self.by_record.setdefault(change.record.key, set()).add(place)

    def of(self, record: Record, day: int | None = None) -> list[Ruled]:
        """List the rules that may say something else of this record now, in order.

        `day` is that of its visit; without one it is not known whether a change lies behind it.
        """
        found = self.everywhere | self.by_event.get((record.event, record.event_repeat), NOWHERE)
        found |= self.by_record.get(record.key, NOWHERE)
        found |= {place for place, since in self.since.items() if day is None or day >= since}
        found |= {place for place, line in self.lines.items() if record.repeat >= line}
        return [self.steps[n] for n in sorted(found)]


class Reach:
    """What the rules of one version read, and where."""

    def __init__(self, book: Book, dictionary: Dictionary) -> None:
        self.book, self.dictionary = book, dictionary
        self._reads: dict[int, Reads] = {}

    def affected(
        self,
        steps: Sequence[Ruled],
        changes: Iterable[Changed],
        form: str,
        conditions: Iterable[CompiledRule] = (),
    ) -> Affected[Ruled]:
        """Find the rules of a form that read what was changed, near enough to see it.

        `conditions` are those of the schedule that say where the form is expected.
        """
        found = Affected(steps)
        conditions = tuple(conditions)
        panel = panel_of(self.book, form)
        for one in changes:
            for place, step in enumerate(steps):
                found.add(place, self.seen(step.rule, one), one)
            found.limits = found.limits or (panel is not None and not one.names.isdisjoint(CHILD))
            seen = (self.seen(rule, one) for rule in conditions)
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
            found = self._reads[id(rule)] = self.of_tree(rule.tree, rule.home)
        return found

    def of_tree(self, tree: Node, home: str) -> Reads:
        """Say what a part of a rule reads and how near."""
        found: Reads = {}
        for name, width in self._of(tree, home, None):
            found[name] = max(found.get(name, Width.RECORD), width)
        return found

    def seen(self, rule: CompiledRule, change: Changed) -> Width | None:
        """Say how near a rule must stand to a change to see it; None when it reads nothing of it."""
        reads = self.reads(rule)
        near = [reads[name] for name in change.names if name in reads]
        if ANYTHING in reads:
            near.append(reads[ANYTHING])
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
        name = node["f"]
        named = [one["v"] for one in node["a"] if one["k"] == "name"]
        if name == ACROSS:
            yield SITE, Width.SUBJECT
        if name in TRIGGERS:
            yield TRIGGERS[name], Width.SUBJECT
        elif name in ELSEWHERE:
            yield from ELSEWHERE[name]
        elif name in OF_ROW:
            yield from self._row(name, home)
        elif name in OF_VISIT:
            yield from self._visit(named)
        elif name in GRADES:
            yield from self._grade(named, home)
        elif name in BY_AGE:
            yield from self._growth(home)
        elif name not in OF_NOTHING:
            yield from self._declared(name, named, home)

    def _declared(self, name: str, named: Sequence[str], home: str) -> Iterator[tuple[str, Width]]:
        """Name what the table of functions declares, and what the function is given by name."""
        declared = FUNCTIONS[name].reads
        if name in OF_RECORD:
            yield from ((item, Width.RECORD) for item in (*declared, *named))
        elif name in SINCE_FIRST_DOSE:
            yield from ((item, Width.SUBJECT) for item in (*declared, *named) if item not in DOSES)
            yield FIRST_DOSE, Width.SUBJECT
        elif name == "latest":
            dates = [self._date(self.dictionary.items[item].form) for item in named]
            yield from ((item, Width.SUBJECT) for item in (*declared, *named, *dates) if item)
        elif name in {"row", "row_exists"} and named[0] in self.dictionary.groups:
            width = self._rows(self.dictionary.groups[named[0]], home)
            yield from ((item, width) for item in named)
        elif name in NEAR or name in AS_DECLARED or FUNCTIONS[name].side == BOTH:
            yield from ((item, NEAR.get(name, Width.SUBJECT)) for item in (*declared, *named))
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

    def _visit(self, named: Sequence[str]) -> Iterator[tuple[str, Width]]:
        """Name what the result of a test at this visit is read from."""
        for panel in self._panels(named):
            yield panel.form.date_item or VISIT, Width.EVENT
            yield from ((panel.item(one), Width.EVENT) for one in OF_RESULT)

    def _grade(self, named: Sequence[str], home: str) -> Iterator[tuple[str, Width]]:
        """Name what the grade of a test is read from; beside its own panel any record may be the baseline."""
        at_event = named[0] in self.book.events
        for panel in self._panels(named):
            near = panel.form.oid == home and not at_event
            width = Width.BASELINE if near else Width.SUBJECT
            yield panel.form.date_item or VISIT, width
            yield from ((panel.item(one), width) for one in OF_RESULT)
        yield from ((item, Width.SUBJECT) for item in CHILD)
        yield FIRST_DOSE, Width.SUBJECT

    def _panels(self, named: Sequence[str]) -> Iterator[Panel]:
        """List the panels that hold one of these tests."""
        for panel in panels(self.book):
            if any(row.key in named for row in panel.group.rows):
                yield panel
