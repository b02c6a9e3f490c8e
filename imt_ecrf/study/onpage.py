"""Which rules of a form its page can run by itself while somebody types (RULES 14); knows no person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from imt_ecrf.study.generated import DATES, IMPOSSIBLE, UNUSUAL, symbol
from imt_ecrf.study.laboratory import panel_of
from imt_ecrf.study.rules.handover import Handover
from imt_ecrf.study.rules.publish import parse_and_check
from imt_ecrf.study.rules.rule import CompiledRule, below, parts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from imt_ecrf.study.definition import Check, Form, Item, ItemGroup, Range
    from imt_ecrf.study.engine import Engine
    from imt_ecrf.study.rules.graph import Step
    from imt_ecrf.study.rules.rule import Node

VALUE: Final = "{value}"
"""Stands in a message for the value of its item."""
ABOUT_ALL: Final = frozenset(
    {"open_queries", "missing_required_forms", "any_data_in_event", "any_date_in_event"}
)
"""Facts that tell of every form of a visit or subject."""
ABOUT_COURSE: Final = frozenset({"status", "on_hold", "overdue", "window_lo", "window_hi"})
"""Facts that tell how the treatment goes."""


@dataclass(frozen=True)
class PageCheck:
    """A check and its message; a generated one names its question (and row), and may show its value."""

    rule: CompiledRule
    level: Literal["hard", "soft"]
    en: str
    ru: str
    item: Item | None = None
    check: Check | None = None


@dataclass(frozen=True)
class OnPage:
    """The rules of a form that its page runs by itself, in the order of publication."""

    steps: tuple[Step, ...]
    checks: tuple[PageCheck, ...]
    handover: Handover


def on_page(
    engine: Engine,
    form: str,
    may_read: Callable[[CompiledRule, Check | None], bool],
    without: Collection[str] = (),
) -> OnPage:
    """Choose the client rules of a form that a person may read.

    A rule that reads what only the server works out is left to the server, as is what rests on it; so is
    one that searches a table named in `without`.
    """
    definition = engine.book.forms[form]

    def fits(rule: CompiledRule, check: Check | None = None) -> bool:
        return rule.side == "client" and may_read(rule, check) and not _searches(rule, without)

    steps, lost = _steps(engine, definition, fits)
    checks = tuple(
        one
        for one in (*_generated(engine, definition), *_written(engine, form))
        if fits(one.rule, one.check) and lost.isdisjoint(one.rule.reads)
    )
    rules = [step.rule for step in steps] + [one.rule for one in checks]
    return OnPage(steps, checks, Handover(rules, engine.dictionary))


def plain(rule: CompiledRule) -> dict[str, Any]:
    """Give a rule as the browser's evaluator needs it: types are kept where it reads them, at facts."""
    return {"rules": rule.rules, "oid": rule.oid, "rows": rule.rows, "tree": bare(rule.tree)}


def bare(tree: Node) -> Node:
    """Give a tree without the types that only publication looks at."""
    kept = {key: part for key, part in tree.items() if key != "t" or tree["k"] == "fact"}
    if tree["k"] == "agg":
        return {**kept, **{key: bare(kept[key]) for key in ("value", "where") if kept[key]}}
    return {**kept, "a": [bare(one) for one in below(tree)]} if "a" in tree else kept


def facts_of(rule: CompiledRule) -> set[str]:
    """Name the functions whose facts a rule is given."""
    return {node["f"] for node in parts(rule.tree) if node["k"] == "fact"}


def _searches(rule: CompiledRule, tables: Collection[str]) -> bool:
    for node in parts(rule.tree) if tables else ():
        named = {part["v"] for part in node.get("a", ()) if part["k"] == "name"}
        if node.get("rows") in tables or any(table.split(" ")[-1] in named for table in tables):
            return True
    return False


def _steps(
    engine: Engine, form: Form, fits: Callable[[CompiledRule], bool]
) -> tuple[tuple[Step, ...], set[str]]:
    """Choose the steps, and name what the page does not know for sure while somebody types."""
    steps = engine.steps(form.oid)
    worked_out = {step.target for step in steps if step.kind == "value"}
    lost = {item.oid for item in form.items() if item.derived and item.oid not in worked_out}
    found = []
    for step in steps:
        item = engine.dictionary.items.get(step.target)
        about = {step.target, item.section} if item else {step.target}
        if fits(step.rule) and lost.isdisjoint({*step.rule.reads, *about}):
            found.append(step)
        else:
            lost.add(step.target)
    return tuple(found), lost


def _written(engine: Engine, form: str) -> Iterator[PageCheck]:
    for one in engine.checks.of(form):
        check = one.check
        yield PageCheck(one.rule, check.level, check.message.en, check.message.ru, check=check)


def _generated(engine: Engine, form: Form) -> Iterator[PageCheck]:
    for group in form.groups:
        for item in group.items:
            if item.required not in {"derived", "prefilled"}:
                yield from _of_item(engine, form, group, item)


def _of_item(engine: Engine, form: Form, group: ItemGroup, item: Item) -> Iterator[PageCheck]:
    """Write the checks of an item as rules; they say what `generated.py` says."""
    words = _Words(engine, form, item)
    if item.show_if is not None:
        said = ("an answer is kept but not expected.", "ответ есть, но не ожидается.")
        yield from words.check("kept", "soft", f"kept({item.oid})", said)
    if item.data_type in DATES - {"datetime"}:
        said = ("the date lies in the future.", "дата ещё не наступила.")
        yield from words.check("future", "hard", f"{item.oid} > today()", said)
    rows = [row for row in group.rows if row.range] if item.oid.endswith("ORRES") else []
    if panel_of(engine.book, form.oid) is None:
        for row in rows:
            assert row.range is not None  # noqa: S101 - chosen above
            where = f"{group.items[0].oid} == '{row.key}' and "
            yield from words.limits(row.range, row.units, where)
    if item.range and not rows:
        yield from words.limits(item.range, item.units)


@dataclass(frozen=True)
class _Words:
    engine: Engine
    form: Form
    item: Item

    def limits(self, limits: Range, units: Iterable[str], where: str = "") -> Iterator[PageCheck]:
        """Write the range checks: what is impossible is not called unusual too."""
        tail = symbol(self.engine.book, next(iter(units), None))
        hard = _outside(self.item.oid, limits.hard)
        if limits.hard:
            said = (
                IMPOSSIBLE[0].format(VALUE, *limits.hard, tail[0]),
                IMPOSSIBLE[1].format(VALUE, *limits.hard, tail[1]),
            )
            yield from self.check("range", "hard", where + hard, said)
        if limits.soft:
            said = (
                UNUSUAL[0].format(VALUE, *limits.soft, tail[0]),
                UNUSUAL[1].format(VALUE, *limits.soft, tail[1]),
            )
            rest = f" and not {hard}" if hard else ""
            yield from self.check(
                "range", "soft", f"{where}{_outside(self.item.oid, limits.soft)}{rest}", said
            )

    def check(
        self, name: str, level: Literal["hard", "soft"], text: str, said: tuple[str, str]
    ) -> Iterator[PageCheck]:
        """Compile a check; one that cannot be read as a rule is left to the server."""
        item, dictionary = self.item, self.engine.dictionary
        oid = f"{name}({item.oid})"
        rule = parse_and_check(text, dictionary, home=self.form.oid, use="check", oid=oid, at=item.oid)
        if isinstance(rule, CompiledRule):
            yield PageCheck(rule, level, said[0], said[1], item=item)


def _outside(item: str, pair: tuple[str, str] | None) -> str:
    return f"({item} < {pair[0]} or {item} > {pair[1]})" if pair else ""
