"""The written checks of a version at work: whom a change reaches, what they say; knows no database."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from imt_ecrf.study.figure_words import in_words
from imt_ecrf.study.figures import as_rules_write, named_values
from imt_ecrf.study.generated import Firing
from imt_ecrf.study.reach import ACROSS, ANYTHING, SITE, Affected, Width
from imt_ecrf.study.rules.evaluate import evaluate
from imt_ecrf.study.rules.forms import rows_of
from imt_ecrf.study.rules.rule import parts
from imt_ecrf.study.rules.run import FAILED, Report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import Check
    from imt_ecrf.study.reach import Changed, Reach
    from imt_ecrf.study.records import Row
    from imt_ecrf.study.rules.rule import CompiledRule, Node
    from imt_ecrf.study.rules.run import Run

SUBJECT: Final = "SUBJECT"
ANY: Final = "ANY"


@dataclass(frozen=True, eq=False)
class Written:
    """A check ready to run in one home form (or SUBJECT).

    `far`: it reads more than its own record. `guard` is what its own record alone must say before it can
    fire; None when nothing of its own can keep it quiet.
    """

    check: Check
    rule: CompiledRule
    far: bool
    guard: CompiledRule | None
    reads: frozenset[str] = frozenset()


@dataclass
class Said:
    """What checks say of one record: which fire, which fire once others say so, which could not be run."""

    fires: list[Firing] = field(default_factory=list)
    awake: list[str] = field(default_factory=list)
    failed: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    reports: list[Report] = field(default_factory=list)


class Checks:
    """The written checks of a version, found by home and by what they read."""

    def __init__(
        self, book: Book, reach: Reach, compiled: Callable[[Check], CompiledRule], texts: Iterable[str]
    ) -> None:
        self.book, self.reach = book, reach
        self.broken: dict[str, list[Report]] = {}
        self._homes: dict[str, list[Written]] = {}
        self._texts = tuple(texts)
        for check in book.version.checks:
            self._take(check, compiled)
        self._everything = [
            (home, place)
            for home, place, one in self._all()
            if reach.reads(one.rule).get(ANYTHING, Width.RECORD) is not Width.RECORD
        ]

    def of(self, home: str) -> Sequence[Written]:
        """List the checks of a form, or of SUBJECT, in the order of the study."""
        return self._homes.get(home, ())

    def homes(self) -> tuple[str, ...]:
        """Name the forms that have written checks, and SUBJECT."""
        return tuple(self._homes)

    @cached_property
    def index(self) -> Mapping[str, tuple[tuple[str, int], ...]]:
        """Give what reads a name: home and place of each check that looks beyond its own record for it."""
        found: dict[str, list[tuple[str, int]]] = {}
        for home, place, one in self._all():
            for name, width in self.reach.reads(one.rule).items():
                if width is not Width.RECORD and name != ANYTHING:
                    found.setdefault(name, []).append((home, place))
        return {name: tuple(places) for name, places in found.items()}

    @cached_property
    def crossing(self) -> tuple[Written, ...]:
        """List the checks that compare a subject with the others of its site."""
        return tuple(one for _, _, one in self._all() if SITE in one.reads)

    @staticmethod
    def compared(one: Written) -> tuple[str, ...]:
        """Name the items by which such a check compares subjects."""
        calls = [node for node in parts(one.rule.tree) if node.get("f") == ACROSS]
        return tuple(str(argument["v"]) for argument in calls[0]["a"]) if calls else ()

    def reached(self, changes: Iterable[Changed]) -> dict[str, Affected[Written]]:
        """Find the checks of other records that changes may make say something else, by home."""
        found: dict[str, Affected[Written]] = {}
        for change in changes:
            places = dict.fromkeys(self._everything)
            for name in change.names:
                places |= dict.fromkeys(self.index.get(name, ()))
            for home, place in places:
                width = self.reach.seen(self._homes[home][place].rule, change)
                if width is not None and width is not Width.RECORD:
                    affected = found.setdefault(home, Affected(self._homes[home]))
                    affected.add(place, Width.SUBJECT if home == SUBJECT else width, change)
        return found

    def triggered(self, names: Iterable[str]) -> dict[str, list[Written]]:
        """Find the checks that wait for something outside the forms (a day, a state), by home."""
        found: dict[str, list[Written]] = {}
        for home, place in dict.fromkeys(pair for name in names for pair in self.index.get(name, ())):
            found.setdefault(home, []).append(self._homes[home][place])
        return found

    def say(self, run: Run, written: Iterable[Written]) -> Said:
        """Run checks on the record of a run (or its subject)."""
        said = Said()
        for one in written:
            before = len(run.reports)
            awake = [row for row in self._rows(one, run) if self._may(one, run, row, said)]
            for row in awake:
                run.move(row)
                value = evaluate(one.rule, run)
                if value is True:
                    said.fires.append(self._firing(one, run))
                elif value is None:
                    said.unknown.add(one.check.oid)
            run.move(None)
            if awake and one.far:
                said.awake.append(one.check.oid)
            if any(report.code in FAILED for report in run.reports[before:]):
                said.failed.add(one.check.oid)
        return said

    @staticmethod
    def _rows(one: Written, run: Run) -> Sequence[Row | None]:
        return (None,) if run.record is None else rows_of(one.rule, run)

    @staticmethod
    def _may(one: Written, run: Run, row: Row | None, said: Said) -> bool:
        if one.guard is None:
            return True
        run.move(row)
        value = evaluate(one.guard, run)
        if value is None:
            said.unknown.add(one.check.oid)
        return value is True

    def _firing(self, one: Written, run: Run) -> Firing:
        check, rule, row = one.check, one.rule, run.row.key if run.row else None
        path = rule.at if check.home != ANY and rule.at in self.book.places else None
        if path is not None and run.row is not None and self.book.places[path].group.oid == run.row.group:
            path = run.row.path(path)
        found = named_values(rule.tree, run)
        said, words = as_rules_write(found), in_words(self.book, found)
        return Firing(check.oid, check.level, path, row, check.message.en, check.message.ru, said, words)

    def _take(self, check: Check, compiled: Callable[[Check], CompiledRule]) -> None:
        homes = self._texts if check.home == ANY else (check.home,)
        try:
            rule = compiled(check)
        except ValueError as fault:
            for home in homes:
                self.broken.setdefault(home, []).append(Report("X03", check.oid, reason=str(fault)))
            return
        reads = self.reach.reads(rule)
        far = any(width is not Width.RECORD for width in reads.values())
        guard = _guard(rule.tree, lambda node: self._is_local(node, rule)) if far else None
        own = None if guard is None else replace(rule, tree=guard)
        for home in homes:
            self._homes.setdefault(home, []).append(Written(check, rule, far, own, frozenset(reads)))

    def _is_local(self, node: Node, rule: CompiledRule) -> bool:
        return all(width is Width.RECORD for width in self.reach.of_tree(node, rule.home).values())

    def _all(self) -> Iterable[tuple[str, int, Written]]:
        for home, found in self._homes.items():
            yield from ((home, place, one) for place, one in enumerate(found))


def _guard(node: Node, is_local: Callable[[Node], bool]) -> Node | None:
    """Cut a condition down to what its own record alone decides; None when that decides nothing."""
    if is_local(node):
        return node
    if node["k"] not in {"and", "or"}:
        return None
    parts = [_guard(part, is_local) for part in node["a"]]
    known = [part for part in parts if part is not None]
    if node["k"] == "or" and len(known) < len(parts):
        return None
    return {**node, "a": known} if known else None
