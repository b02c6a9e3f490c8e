"""Runs compiled rules: each tree becomes closures once; three-valued, exact, nothing is ever eval-ed."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Final

from imt_ecrf.study.rules import dates
from imt_ecrf.study.rules.aggregates import AGGREGATE_ACTS
from imt_ecrf.study.rules.arithmetic import RuleStopped, bounded, divide, remainder
from imt_ecrf.study.rules.evaluate_calls import call, fact, frame_of
from imt_ecrf.study.rules.kinds import base
from imt_ecrf.study.rules.rule import VERSION, CompiledRule, Node, parts
from imt_ecrf.study.values import Value, plain, read_date, read_number, read_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from imt_ecrf.study.rules.evaluate_calls import Walk
    from imt_ecrf.study.rules.run import Run

_WALK: Final = "_walk"


def evaluate(rule: CompiledRule, run: Run) -> Value | None:
    """Give the value of a rule on a record or row, None for unknown; what went wrong is in `run.reports`."""
    run.rule = rule.oid
    run.steps = 0
    try:
        walk = rule.__dict__.get(_WALK) or _ready(rule)
        found: Value | None = walk(run)
    except RuleStopped:
        run.leave_rows()
        run.report("X01")
        return None
    except Exception as fault:  # noqa: BLE001 - no fault of a rule may cost a person the save
        run.leave_rows()
        run.report("X03", reason=f"{type(fault).__name__}: {fault}")
        return None
    return found


def _ready(rule: CompiledRule) -> Walk:
    """Compile a rule at its first run and keep the result with it."""
    if rule.rules != VERSION:
        raise ValueError(f"rule tree of version {rule.rules}, not {VERSION}")
    walk = compile_tree(rule.tree)
    rule.__dict__[_WALK] = walk
    return walk


def compile_tree(node: Node) -> Walk:
    """Turn a tree into one closure; an unknown kind of node or function is refused."""
    builder = _BUILDERS.get(node["k"])
    if builder is None:
        raise ValueError(f"unknown kind of node {node['k']}")
    return builder(node)


def _constant(value: object) -> Walk:
    return lambda _: value


def _number(node: Node) -> Walk:
    value = read_number(node["v"])
    return _constant(None if value is None else plain(value))


def _text(node: Node) -> Walk:
    return _constant(node["v"] or None)


def _verbatim(node: Node) -> Walk:
    return _constant(node["v"])


def _nothing(node: Node) -> Walk:
    del node
    return _constant(None)


def _date(node: Node) -> Walk:
    return _constant(read_date(node["v"]))


def _time(node: Node) -> Walk:
    return _constant(read_time(node["v"]))


def _item(node: Node) -> Walk:
    oid, scope = node["id"], node["scope"]
    if scope == "form":
        return lambda run: run.form[oid]
    if scope == "row":
        return lambda run: run.rows_frame[oid]
    if scope == "agg":
        return lambda run: run.agg[oid]
    frame = frame_of(node)
    return lambda run: frame(run)[oid]


def _below(node: Node) -> tuple[Walk, ...]:
    return tuple(compile_tree(part) for part in node["a"])


def _and(node: Node) -> Walk:
    return _kleene(_below(node), decides=False)


def _or(node: Node) -> Walk:
    return _kleene(_below(node), decides=True)


def _kleene(walks: Iterable[Walk], *, decides: bool) -> Walk:
    walks = tuple(walks)

    def run_all(run: Run) -> bool | None:
        found: bool | None = not decides
        for walk in walks:
            value: bool | None = walk(run)
            if value is decides:
                return value
            if value is None:
                found = None
        return found

    return run_all


def _not(node: Node) -> Walk:
    return _negated(compile_tree(node["a"][0]), negated=True)


def _negated(walk: Walk, *, negated: bool) -> Walk:
    if not negated:
        return walk

    def turned(run: Run) -> bool | None:
        value = walk(run)
        return None if value is None else not value

    return turned


def _minus(node: Node) -> Walk:
    walk = compile_tree(node["a"][0])

    def minus(run: Run) -> Any:
        value = walk(run)
        return None if value is None else -value

    return minus


def _choice(node: Node) -> Walk:
    test, yes, no = _below(node)

    def choose(run: Run) -> Any:
        found = test(run)
        return None if found is None else yes(run) if found else no(run)

    return choose


_ARITHMETIC: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "+": lambda a, b: bounded(a + b),
    "-": lambda a, b: bounded(a - b),
    "*": lambda a, b: bounded(a * b),
    "/": divide,
    "%": remainder,
}
_PLAIN_ORDER: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_INTERVAL_ORDER: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "==": dates.equal,
    "!=": lambda a, b: None if (same := dates.equal(a, b)) is None else not same,
    "<": dates.before,
    "<=": dates.before_or_same,
    ">": lambda a, b: dates.before(b, a),
    ">=": lambda a, b: dates.before_or_same(b, a),
}


def _strict_pair(walks: tuple[Walk, ...], act: Callable[[Any, Any], Any]) -> Walk:
    left, right = walks

    def both(run: Run) -> Any:
        a = left(run)
        if a is None:
            return None
        b = right(run)
        return None if b is None else act(a, b)

    return both


def _arithmetic(node: Node) -> Walk:
    return _strict_pair(_below(node), _ARITHMETIC[node["op"]])


def _order(node: Node) -> dict[str, Callable[[Any, Any], Any]]:
    types = {base(part["t"]) for part in node["a"]}
    return _INTERVAL_ORDER if types & {"date", "datetime"} else _PLAIN_ORDER


def _comparison(node: Node) -> Walk:
    return _strict_pair(_below(node), _order(node)[node["op"]])


def _in(node: Node) -> Walk:
    equal = _order(node)["=="]
    value, *members = _below(node)
    pairs = [_strict_pair((value, member), equal) for member in members]
    return _negated(_kleene(pairs, decides=True), negated=node["neg"])


def _has(node: Node) -> Walk:
    inside = _strict_pair(_below(node), lambda answer, answers: answer in answers)
    return _negated(inside, negated=node["neg"])


def _call(node: Node) -> Walk:
    return call(node, compile_tree)


def _fact(node: Node) -> Walk:
    return fact(node, compile_tree)


def _aggregate(node: Node) -> Walk:
    """Build an aggregate: rows whose condition is not true are left out."""
    where = compile_tree(node["where"]) if node["where"] else None
    value = compile_tree(node["value"]) if node["value"] else None
    act = AGGREGATE_ACTS[node["f"]]
    size = sum(len(parts(part)) for part in (node["where"], node["value"]) if part)
    name = node["rows"]

    def over_rows(run: Run) -> Any:
        rows = run.dictionary.rows_of(name)
        frames = run.search(rows) if rows else ()
        run.spend(len(frames) * size)
        try:
            return act(run, frames, where, value)
        finally:
            run.leave_rows()

    return over_rows


_BUILDERS: Final[dict[str, Callable[[Node], Walk]]] = {
    "num": _number,
    "text": _text,
    "bool": _verbatim,
    "none": _nothing,
    "datelit": _date,
    "timelit": _time,
    "pattern": _verbatim,
    "name": _verbatim,
    "item": _item,
    "and": _and,
    "or": _or,
    "not": _not,
    "neg": _minus,
    "if": _choice,
    "arith": _arithmetic,
    "cmp": _comparison,
    "in": _in,
    "has": _has,
    "agg": _aggregate,
    "call": _call,
    "fact": _fact,
}
