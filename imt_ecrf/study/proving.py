"""Every check, condition and derivation run on the cases beside it: untested, failed; knows no file."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from imt_ecrf.study.engine import Engine
from imt_ecrf.study.possible import impossible
from imt_ecrf.study.rules.environment import study_rules
from imt_ecrf.study.rules.evaluate import evaluate
from imt_ecrf.study.rules.handover import handover
from imt_ecrf.study.rules.rule import CompiledRule
from imt_ecrf.study.rules.unrefuted import unrefuted
from imt_ecrf.study.rules.worked import run_of
from imt_ecrf.study.values import exact, write

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import Method, StudyVersion
    from imt_ecrf.study.rules.dictionary import Dictionary, ItemType
    from imt_ecrf.study.rules.run import Run

Kind: TypeAlias = Literal["check", "condition", "method"]
Side: TypeAlias = Literal["python", "javascript"]
Verdict: TypeAlias = bool | str | None
KINDS: Final[tuple[Kind, ...]] = ("check", "condition", "method")
BROKEN: Final = (TypeError, ValueError, LookupError, AttributeError, StopIteration)
"""What a case may raise: what stands in it may be of any type."""
_WORDS: Final[dict[str, tuple[str, str]]] = {
    "check": ("there is no case that fires", "there is no case that does not fire"),
    "condition": ("there is no case that is true", "there is no case that is not true"),
}


_SHOULD: Final[dict[tuple[str, bool], tuple[str, str]]] = {
    ("check", True): ("should fire", "does not"),
    ("check", False): ("should not fire", "does"),
    ("condition", True): ("should be true", "is not"),
    ("condition", False): ("should not be true", "is"),
}


@dataclass(frozen=True, slots=True)
class Trial:
    """One case ready to be run: what it proves, its number there, what must come; `item` is derived."""

    kind: Kind
    oid: str
    number: int
    case: Mapping[str, Any]
    wanted: Verdict
    rule: CompiledRule | None
    item: str | None = None


@dataclass(frozen=True, slots=True)
class Untested:
    """A check, condition or method of which something is not shown by any case."""

    kind: Kind
    oid: str
    what: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A case that comes out otherwise, or that could not be run at all (`fault`)."""

    kind: Kind
    oid: str
    number: int
    item: str | None
    wanted: Verdict
    found: Verdict = None
    side: Side = "python"
    fault: str = ""

    @property
    def what(self) -> str:
        """Say what came instead."""
        tail = " (in the evaluator of the browser)" if self.side == "javascript" else ""
        if self.fault:
            return f"case {self.number} cannot be run: {self.fault}{tail}"
        if self.kind == "method":
            return (
                f"case {self.number} should give {self.item} {_said(self.wanted)}, "
                f"but gives {_said(self.found)}{tail}"
            )
        should, does = _SHOULD[self.kind, self.wanted is True]
        return f"case {self.number} {should}, but {does}{tail}"


@dataclass(frozen=True, slots=True)
class Results:
    """What the cases of a version showed; `unrefuted` warns of a `not` whose operand is blank in no case."""

    counts: Mapping[str, int]
    untested: tuple[Untested, ...]
    failed: tuple[Failure, ...]
    unrefuted: tuple[Untested, ...]
    trials: tuple[Trial, ...]

    @property
    def passed(self) -> bool:
        """Tell whether everything is tested and nothing failed."""
        return not self.untested and not self.failed


class Proving:
    """The cases of a version and what they need to run; made once for both evaluators."""

    def __init__(self, book: Book) -> None:
        self.book = book
        rules = study_rules(book.version)
        self.dictionary: Dictionary = rules.dictionary
        self._rules: dict[tuple[str, str, str | None], CompiledRule] = {
            (one.use, one.oid, one.at): one for one in rules.rules
        }
        self.engine = Engine(book)
        self._suggestions = {
            method.oid: CompiledRule.from_json(method.rules[""].compiled)
            for method in book.version.methods
            if "" in method.rules
        }
        self.trials = tuple(self._trials())

    def results(self, browser: Sequence[Failure] = ()) -> Results:
        """Run every case in Python and sum up; failures of the browser's evaluator are added."""
        failed = (*self._impossible(), *self._failures(), *browser)
        untested = tuple(self._untested())
        version = self.book.version
        counts = {
            "checks": len(version.checks),
            "conditions": len(list(_conditions(version))),
            "methods": len(version.methods),
            "cases": len({(one.kind, one.oid, one.number) for one in self.trials}),
            "untested": len({(one.kind, one.oid) for one in untested}),
            "failed": len({(one.kind, one.oid, one.number) for one in failed}),
        }
        return Results(counts, untested, failed, tuple(self._unrefuted()), self.trials)

    def _impossible(self) -> Iterator[Failure]:
        for trial in self.trials:
            for what in impossible(self.book, trial.case):
                yield _failure(trial, fault=what)

    def jobs(self) -> Iterator[tuple[Trial, dict[str, Any]]]:
        """Give what the browser's evaluator is handed: the trials whose rule runs there."""
        for trial in self.trials:
            if trial.rule is None or trial.rule.side != "client":
                continue
            try:
                run = self._run(trial, trial.rule)
            except BROKEN:
                continue  # said of the Python side
            target = self.dictionary.items.get(trial.item or "")
            into = {"t": target.type, "d": target.decimals} if target else None
            context = handover([trial.rule], run)
            yield (
                trial,
                {
                    "rule": trial.rule.to_json(),
                    "context": context,
                    "type": trial.rule.tree["t"],
                    "into": into,
                },
            )

    def compared(self, trial: Trial, came: Mapping[str, Any]) -> Failure | None:
        """Compare what the browser's evaluator answered with what a case expects."""
        value = came.get("value")
        fault = came.get("fault") or came.get("error")
        if fault:
            return _failure(trial, side="javascript", fault=str(fault))
        found: Verdict = value is True
        if trial.kind == "method":
            found = None if value is None else str(value)
        return None if found == trial.wanted else _failure(trial, found, "javascript")

    def _trials(self) -> Iterator[Trial]:
        for check in self.book.version.checks:
            rule = self._rules.get(("check", check.oid, check.at))
            for number, case in enumerate(check.cases, start=1):
                yield Trial("check", check.oid, number, case, case.get("fires"), rule)
        for oid, key, verdict, cases in _conditions(self.book.version):
            rule = self._rules.get(key)
            for number, case in enumerate(cases, start=1):
                yield Trial("condition", oid, number, case, case.get(verdict), rule)
        for method in self.book.version.methods:
            for number, case in enumerate(method.cases, start=1):
                for item, wanted in case["gives"].items():
                    yield Trial(
                        "method", method.oid, number, case, wanted, self._deriving(method, item), item
                    )

    def _deriving(self, method: Method, item: str) -> CompiledRule | None:
        if item == method.oid:
            return self._suggestions.get(item)
        return self._rules.get(("derive", method.oid, item))

    def _failures(self) -> Iterator[Failure]:
        for trial in self.trials:
            try:
                found = self._found(trial)
            except BROKEN as reason:
                yield _failure(trial, fault=f"{type(reason).__name__}: {reason}")
                continue
            if found != trial.wanted:
                yield _failure(trial, found)

    def _found(self, trial: Trial) -> Verdict:
        if trial.rule is None:
            return self._of_process(trial)
        value = evaluate(trial.rule, self._run(trial, trial.rule))
        if trial.kind != "method":
            return value is True
        target = self.dictionary.items.get(trial.item or "")
        if target is None:
            return exact(value) if isinstance(value, int | Fraction) else value  # type: ignore[return-value]
        stored = write(value, target.type, target.decimals)
        return stored if stored is None or isinstance(stored, str) else ", ".join(stored)

    def _of_process(self, trial: Trial) -> Verdict:
        """Let the whole engine judge the form: a process writes beside the rules, or leaves it to people."""
        item = self.dictionary.items[trial.item or trial.oid]
        run = run_of(_standing(item), trial.case, self.dictionary, self.book)
        if run.record is None:
            return None
        path = run.row.path(item.oid) if run.row else item.oid
        other = run.book if "tables" in trial.case else None
        derived = (Engine(other) if other else self.engine).outcome(run.subject, run.record).derived
        cell = derived.get(path, run.record.cell(path)) or {}
        found: Any = cell.get("v")
        return None if found is None else str(found)

    def _run(self, trial: Trial, rule: CompiledRule) -> Run:
        return run_of(rule, trial.case, self.dictionary, self.book)

    def _untested(self) -> Iterator[Untested]:
        seen: dict[tuple[Kind, str], set[bool]] = {}
        for trial in self.trials:
            if trial.kind != "method":
                seen.setdefault((trial.kind, trial.oid), set()).add(trial.wanted is True)
        named: list[tuple[Kind, str]] = [("check", check.oid) for check in self.book.version.checks]
        named += [("condition", oid) for oid, *_ in _conditions(self.book.version)]
        for kind, oid in named:
            for verdict, words in zip((True, False), _WORDS[kind], strict=True):
                if verdict not in seen.get((kind, oid), ()):
                    yield Untested(kind, oid, words)
        for method in self.book.version.methods:
            yield from self._untested_method(method)

    def _untested_method(self, method: Method) -> Iterator[Untested]:
        fills = [oid for oid, place in self.book.places.items() if place.item.method == method.oid]
        for item in fills or [method.oid]:
            came = {case["gives"][item] for case in method.cases if item in case["gives"]}
            if not came - {None}:
                yield Untested("method", method.oid, f"no case gives {item} a value")
            elif len(came) == 1:
                yield Untested("method", method.oid, f"no case gives {item} another value, or none")

    def _unrefuted(self) -> Iterator[Untested]:
        for check in self.book.version.checks:
            rule = self._rules.get(("check", check.oid, check.at))
            if rule is None:
                continue
            runs = (run for case in check.cases if (run := self._tried(rule, case)) is not None)
            for operand in unrefuted(rule, runs):
                yield Untested("check", check.oid, f"no case leaves {operand} blank, which stands under not")

    def _tried(self, rule: CompiledRule, case: Mapping[str, Any]) -> Run | None:
        try:
            return run_of(rule, case, self.dictionary, self.book)
        except BROKEN:
            return None


def prove(book: Book) -> Results:
    """Run the cases of a version in Python."""
    return Proving(book).results()


def _said(value: Verdict) -> str:
    return "no value" if value is None else f"{value}"


def _standing(item: ItemType) -> CompiledRule:
    """Give a rule that says nothing, standing where an item stands: a case is laid out around a rule."""
    nothing = {"k": "none", "t": "none"}
    return CompiledRule("", "derive", item.form, item.group, item.oid, None, (), (), "server", nothing)


def _failure(trial: Trial, found: Verdict = None, side: Side = "python", fault: str = "") -> Failure:
    return Failure(trial.kind, trial.oid, trial.number, trial.item, trial.wanted, found, side, fault)


def _conditions(
    version: StudyVersion,
) -> Iterator[tuple[str, tuple[str, str, str | None], str, tuple[dict[str, Any], ...]]]:
    """List the conditions: name, key of the rule, key of the verdict, cases."""
    for form in version.forms:
        for item in form.items():
            if item.show_if:
                oid = item.condition or f"show {item.oid}"
                yield oid, ("show_if", oid, item.oid), "shown", item.show_if.cases
    for event in version.events:
        for ref in event.forms:
            if ref.condition:
                oid = f"{event.oid}/{ref.form}"
                yield oid, ("where", oid, None), "expected", ref.condition.cases
