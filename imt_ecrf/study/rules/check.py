"""Types and names of an expression, and its JSON tree (errors T01-T26); knows no value."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from imt_ecrf.study.rules import kinds
from imt_ecrf.study.rules.dictionary import Dictionary, FormType, GroupType, ItemType
from imt_ecrf.study.rules.errors import RuleError, error, nearest
from imt_ecrf.study.values import normal

if TYPE_CHECKING:
    from collections.abc import Callable

    from imt_ecrf.study.rules.rule import Node
    from imt_ecrf.study.rules.syntax import Source

AUTO: Final = "auto"
"""The rule runs once a row when it names a column."""

_OPERATORS: Final[dict[type[ast.AST], str]] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Mod: "%",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}


@dataclass
class Checker:
    """Walks one expression from the inside and from the left, and builds its tree.

    `rows` is the group the rule runs once a row of (AUTO: the first column named decides); `calls` checks
    the calls of functions; `searched` are the rows of the aggregate around the part.
    """

    source: Source
    dictionary: Dictionary
    home: str
    rows: str | None
    calls: Callable[[Checker, ast.Call], Node]
    errors: list[RuleError] = field(default_factory=list)
    searched: GroupType | FormType | None = None
    signs: dict[int, int] = field(default_factory=dict)

    def fail(self, code: str, at: ast.expr | int, near: str | None = None, /, **parts: object) -> Node:
        """Note a mistake; the part fits everywhere from now on."""
        sign = at if isinstance(at, int) else self.source.sign(at)
        self.errors.append(error(code, sign, near, **parts))
        return bad()

    def node(self, part: ast.expr) -> Node:
        """Build the tree of a part."""
        built = _BUILDERS[type(part)](self, part)
        self.signs[id(built)] = self.source.sign(part)
        return built

    def condition(self, part: ast.expr) -> Node:
        """Build a part that must be a condition."""
        built = self.node(part)
        if built["t"] not in {"boolean", kinds.BAD}:
            return self.fail("T08", part, part=self.source.written(part), found=kinds.words(built["t"]))
        return built

    def item(self, name: str, at: ast.expr, *, outer: bool = False) -> Node:
        """Resolve a bare name in the order of RULES 10; `outer` leaves the rows of an aggregate aside."""
        item = self.dictionary.items.get(name)
        if item is None:
            return self.fail("T01", at, nearest(name, self.dictionary.items), name=name)
        scope = None if outer else self._searched_scope(item)
        scope = scope or (self._row_scope(item) if item.group else self._form_scope(item))
        if scope is None:
            code = "T13" if item.group else "T14"
            return self.fail(code, at, name=name, group=item.group, form=item.form)
        return {"k": "item", "id": name, "scope": scope, "t": item.type}

    def _searched_scope(self, item: ItemType) -> str | None:
        searched = self.searched
        if isinstance(searched, GroupType):
            return "agg" if item.group == searched.oid else None
        if isinstance(searched, FormType):
            return "agg" if item.form == searched.oid and not item.group else None
        return None

    def _row_scope(self, item: ItemType) -> str | None:
        if self.rows == AUTO and item.form == self.home:
            self.rows = item.group
        return "row" if item.group == self.rows else None

    def _form_scope(self, item: ItemType) -> str | None:
        if item.form == self.home:
            return "form"
        return f"form:{item.form}" if self.in_reach(item.form) else None

    def in_reach(self, form: str) -> bool:
        """Tell whether exactly one record of a form belongs to each record of the home."""
        kind, home = self.dictionary.kind(form), self.dictionary.kind(self.home)
        return form == self.home or kind == "once" or (kind == "event" and home in {"event", "many"})

    def meet(self, a: Node, b: Node) -> str | None:
        """Find the type of two parts side by side, taking written texts as codes; None when there is none."""
        for one, other in ((a, b), (b, a)):
            if kinds.base(one["t"]) == "code" and written(other):
                self.adopt(other, one["t"])
                return str(one["t"])
        if {kinds.base(a["t"]), kinds.base(b["t"])} == {"ref"} and a["t"] != b["t"]:
            self.fail("T23", self.signs.get(id(a), 0), a=kinds.name(a["t"]), b=kinds.name(b["t"]))
            return kinds.BAD
        return kinds.common(a["t"], b["t"])

    def adopt(self, part: Node, type_: str) -> None:
        """Take a written text as a code of a list."""
        if part["k"] == "text":
            codes = self.dictionary.codes(type_)
            if codes is not None and part["v"] not in codes:
                near = nearest(part["v"], codes)
                sign = self.signs.get(id(part), 0)
                self.errors.append(error("T07", sign, near, code=part["v"], list=kinds.name(type_)))
        elif part["k"] != "none":
            for branch in part["a"][1:] if part["k"] == "if" else part["a"]:
                self.adopt(branch, type_)
        if part["t"] not in {kinds.NONE, kinds.BAD}:
            part["t"] = type_

    def same_type(self, parts: list[Node], at: ast.expr) -> str:
        """Find the one type of several parts, taking written texts as codes (T10)."""
        code = next((part["t"] for part in parts if kinds.base(part["t"]) == "code"), None)
        for part in parts:
            if code and written(part):
                self.adopt(part, code)
        type_ = str(parts[0]["t"])
        for part in parts[1:]:
            found = kinds.common(type_, part["t"])
            if found is None:
                self.fail("T10", at, a=kinds.words(type_), b=kinds.words(part["t"]))
                return kinds.BAD
            type_ = found
        return type_


def bad() -> Node:
    """Give the part that stands for a mistake already noted."""
    return {"k": "none", "t": kinds.BAD}


def written(part: Node) -> bool:
    """Tell whether a part is a text written in the rule, or a choice of such texts."""
    if part["k"] == "if":
        return all(written(branch) or branch["k"] == "none" for branch in part["a"][1:])
    if part["k"] == "call" and part["f"] == "coalesce":
        return all(written(branch) for branch in part["a"])
    return bool(part["k"] == "text")


def _constant(checker: Checker, part: ast.expr) -> Node:
    assert isinstance(part, ast.Constant)  # noqa: S101 - chosen by the type of the part
    value = part.value
    if isinstance(value, bool):
        return {"k": "bool", "v": value, "t": "boolean"}
    if isinstance(value, str):
        return {"k": "text", "v": normal(value), "t": "text"}
    if value is None:
        return {"k": "none", "t": kinds.NONE}
    # Never from Python's float: the digits as they are written.
    text = checker.source.written(part)
    return {"k": "num", "v": text, "t": "decimal" if "." in text else "integer"}


def _name(checker: Checker, part: ast.expr) -> Node:
    assert isinstance(part, ast.Name)  # noqa: S101
    return checker.item(part.id, part)


def _logic(checker: Checker, part: ast.expr) -> Node:
    assert isinstance(part, ast.BoolOp)  # noqa: S101
    kind = "and" if isinstance(part.op, ast.And) else "or"
    return {"k": kind, "t": "boolean", "a": [checker.condition(value) for value in part.values]}


def _sign(checker: Checker, part: ast.expr) -> Node:
    assert isinstance(part, ast.UnaryOp)  # noqa: S101
    if isinstance(part.op, ast.Not):
        return {"k": "not", "t": "boolean", "a": [checker.condition(part.operand)]}
    inner = checker.node(part.operand)
    if inner["t"] not in kinds.NUMBERS | {kinds.BAD}:
        return checker.fail("T09", part, op="-", found=kinds.words(inner["t"]))
    return {"k": "neg", "t": inner["t"], "a": [inner]}


def _arithmetic(checker: Checker, part: ast.expr) -> Node:
    assert isinstance(part, ast.BinOp)  # noqa: S101
    sides = [checker.node(part.left), checker.node(part.right)]
    operator = _OPERATORS[type(part.op)]
    for side in sides:
        if side["t"] not in kinds.NUMBERS | {kinds.BAD}:
            return checker.fail("T09", part, op=operator, found=kinds.words(side["t"]))
    if operator in "/%" and _is_zero(sides[1]):
        return checker.fail("T24", part.right)
    types = {side["t"] for side in sides}
    whole = "integer" if types == {"integer"} and operator != "/" else "decimal"
    return {"k": "arith", "op": operator, "t": kinds.BAD if kinds.BAD in types else whole, "a": sides}


def _is_zero(part: Node) -> bool:
    if part["k"] == "neg":
        return _is_zero(part["a"][0])
    return bool(part["k"] == "num" and not part["v"].strip("0."))


def _comparison(checker: Checker, part: ast.expr) -> Node:
    assert isinstance(part, ast.Compare)  # noqa: S101
    operator, right = part.ops[0], part.comparators[0]
    if isinstance(operator, ast.In | ast.NotIn):
        return _membership(checker, part, negated=isinstance(operator, ast.NotIn))
    sides = [checker.node(part.left), checker.node(right)]
    for side, other in ((part.left, right), (right, part.left)):
        if isinstance(side, ast.Constant) and side.value is None:
            return checker.fail("T17", part, name=checker.source.written(other))
    sign = _OPERATORS[type(operator)]
    return _compared(checker, part, sides, sign) or {"k": "cmp", "op": sign, "t": "boolean", "a": sides}


def _compared(checker: Checker, part: ast.expr, sides: list[Node], sign: str) -> Node | None:
    """Refuse a comparison of types that cannot be compared, or have no order."""
    ordered = sign not in {"==", "!="}
    types = [kinds.base(side["t"]) for side in sides]
    if ordered and types == ["code", "text"]:
        return checker.fail("T06", part, a=kinds.words(sides[0]["t"]))
    found = checker.meet(*sides)
    if found == kinds.BAD:
        return bad()
    if found is None or kinds.base(found) in {"codes", kinds.NONE}:
        return checker.fail("T05", part, a=kinds.words(sides[0]["t"]), b=kinds.words(sides[1]["t"]))
    if ordered and found not in kinds.ORDERED:
        return checker.fail("T06", part, a=kinds.words(found))
    return None


def _membership(checker: Checker, part: ast.Compare, *, negated: bool) -> Node:
    left, right = checker.node(part.left), part.comparators[0]
    if isinstance(right, ast.Tuple) and right.elts:
        nothing = next(
            (one for one in right.elts if isinstance(one, ast.Constant) and one.value is None), None
        )
        if nothing is not None:
            return checker.fail("T17", nothing, name=checker.source.written(part.left))
        members = [checker.node(member) for member in right.elts]
        wrong = [_compared(checker, part, [left, member], "==") for member in members]
        kept = {"k": "in", "neg": negated, "t": "boolean", "a": [left, *members]}
        return next((found for found in wrong if found), kept)
    many = checker.node(right) if not isinstance(right, ast.Tuple) else {"t": kinds.NONE}
    if kinds.base(many["t"]) != "codes":
        return many if many["t"] == kinds.BAD else checker.fail("T25", right)
    if checker.meet({"k": "item", "t": f"code:{kinds.name(many['t'])}"}, left) is None:
        return checker.fail("T05", part, a=kinds.words(left["t"]), b=kinds.words(many["t"]))
    return {"k": "has", "neg": negated, "t": "boolean", "a": [left, many]}


def _choice(checker: Checker, part: ast.expr) -> Node:
    assert isinstance(part, ast.IfExp)  # noqa: S101
    # From the left as it is written: value, condition, other value.
    value = checker.node(part.body)
    test = checker.condition(part.test)
    other = checker.node(part.orelse)
    return {"k": "if", "t": checker.same_type([value, other], part), "a": [test, value, other]}


def _list(checker: Checker, part: ast.expr) -> Node:
    return checker.fail("T25", part)


def _call(checker: Checker, part: ast.expr) -> Node:
    assert isinstance(part, ast.Call)  # noqa: S101
    return checker.calls(checker, part)


_BUILDERS: Final[dict[type[ast.expr], Callable[[Checker, ast.expr], Node]]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.BoolOp: _logic,
    ast.UnaryOp: _sign,
    ast.BinOp: _arithmetic,
    ast.Compare: _comparison,
    ast.IfExp: _choice,
    ast.Tuple: _list,
    ast.Call: _call,
}


def fits(checker: Checker, tree: Node, into: str, target: str) -> RuleError | None:
    """Say why a result cannot be used as the type that is needed (T15, T16, T07)."""
    found = tree["t"]
    if found in {into, kinds.BAD} or (found == kinds.NONE and into != "boolean"):
        return None
    if kinds.base(into) == "code" and written(tree):
        before = len(checker.errors)
        checker.adopt(tree, into)
        return None if len(checker.errors) == before else checker.errors.pop()
    if {found, into} <= kinds.NUMBERS:
        return error("T16", 1, name=target) if into == "integer" else None
    return error("T15", 1, found=kinds.words(found), wanted=kinds.words(into))
