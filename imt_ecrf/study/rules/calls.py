"""Types and names of the calls of functions (errors T02-T04, T11-T14, T18-T21, T26); knows no value."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from imt_ecrf.study.rules import kinds
from imt_ecrf.study.rules.check import Checker, bad
from imt_ecrf.study.rules.dictionary import FormType, GroupType
from imt_ecrf.study.rules.errors import nearest
from imt_ecrf.study.rules.functions import AGGREGATES, FACT, FUNCTIONS, Function
from imt_ecrf.study.rules.patterns import PatternRefused, compile_pattern
from imt_ecrf.study.rules.rowcalls import QUOTED, aggregate, rows_argument, text_of, wrong_count
from imt_ecrf.study.values import read_date, read_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from imt_ecrf.study.rules.rule import Node

MAX_DIGITS: Final = 12


def call(checker: Checker, part: ast.Call) -> Node:
    """Build the tree of a call."""
    assert isinstance(part.func, ast.Name)  # noqa: S101 - the form was checked before
    name = part.func.id
    if name in AGGREGATES:
        return aggregate(checker, part, name)
    if name in _OWN_FORM:
        return _OWN_FORM[name](checker, part)
    function = FUNCTIONS.get(name)
    if function is None:
        near = nearest(name, [*FUNCTIONS, *AGGREGATES, *_OWN_FORM])
        return checker.fail("T02", part, near, name=name)
    return _Call(checker, part, function).build()


def _outer(checker: Checker, part: ast.Call) -> Node:
    """Build this('ITEM'): the value of the record or row the rule runs on."""
    wrong = wrong_count(checker, part, 1, 1)
    if wrong:
        return wrong
    name = text_of(part.args[0])
    if name is None:
        return checker.fail("T11", part, f="this", i=1, wanted=QUOTED)
    if name not in checker.dictionary.items:
        return checker.fail("T12", part, nearest(name, checker.dictionary.items), what="item", name=name)
    return checker.item(name, part, outer=True)


def _written_date(checker: Checker, part: ast.Call) -> Node:
    return _literal(checker, part, "datelit", "date")


def _written_time(checker: Checker, part: ast.Call) -> Node:
    return _literal(checker, part, "timelit", "time")


def _literal(checker: Checker, part: ast.Call, kind: str, type_: str) -> Node:
    wrong = wrong_count(checker, part, 1, 1)
    if wrong:
        return wrong
    text = text_of(part.args[0])
    if text is None:
        return checker.fail("T11", part, f=type_, i=1, wanted="written out")
    value = read_date(text) if type_ == "date" else read_time(text)
    return checker.fail("T20", part, text=text) if value is None else {"k": kind, "v": text, "t": type_}


_OWN_FORM: Final[dict[str, Callable[[Checker, ast.Call], Node]]] = {
    "this": _outer,
    "date": _written_date,
    "time": _written_time,
}


class _Call:
    """One call being checked: what its earlier arguments named counts for the later ones."""

    def __init__(self, checker: Checker, part: ast.Call, function: Function) -> None:
        self.checker, self.part, self.function = checker, part, function
        self.rows: GroupType | FormType | None = None
        self.named: str = "text"
        self.place = 0

    def build(self) -> Node:
        """Check the arguments from the left, then the call as a whole."""
        function = self.function
        wrong = wrong_count(self.checker, self.part, function.least, function.most)
        if wrong:
            return wrong
        before = len(self.checker.errors)
        nodes = []
        for place, argument in enumerate(self.part.args):
            self.place = place + 1
            kind = function.kind(place)
            nodes.append(self._argument(kind, argument))
            if kind in {"rows", "'event'"} and nodes[-1]["t"] == kinds.BAD:
                break
        if len(self.checker.errors) > before:
            return bad()
        result = self._result(nodes)
        if result == kinds.BAD:
            return bad()
        if function.side != FACT:
            return {"k": "call", "f": function.name, "t": result, "a": nodes}
        return {"k": "fact", "f": function.name, "t": result, "a": nodes, "id": self._text()}

    def _argument(self, kind: str, part: ast.expr) -> Node:
        if kind.startswith("'"):
            return self._quoted(kind.strip("'"), part)
        special = _ARGUMENTS.get(kind.partition(":")[0])
        return special(self, part, kind) if special else self._typed(kind, part)

    def refuse(self, part: ast.expr, wanted: str, found: str) -> Node:
        """Note that the argument is of another type (T04)."""
        name = self.function.name
        return self.checker.fail("T04", part, f=name, i=self.place, wanted=wanted, found=found)

    def refuse_form(self, part: ast.expr, wanted: str) -> Node:
        """Note that the argument must be written in another way (T11)."""
        return self.checker.fail("T11", part, f=self.function.name, i=self.place, wanted=wanted)

    def _typed(self, kind: str, part: ast.expr) -> Node:
        """Check an argument that has a value of a type."""
        node = self.checker.node(part)
        base = kinds.base(node["t"])
        if base in _ALLOWED[kind] or base == kinds.BAD:
            return node
        return self.refuse(part, _WANTED.get(kind) or kinds.words(kind), kinds.words(node["t"]))

    def _quoted(self, kind: str, part: ast.expr) -> Node:
        """Check an argument that names a thing in quotes."""
        name = text_of(part)
        if name is None:
            return self.refuse_form(part, QUOTED)
        wrong = self._column(kind, name, part) if "column" in kind else self._thing(kind, name, part)
        return wrong or {"k": "name", "v": name, "t": "text"}

    def _unknown(self, what: str, name: str, part: ast.expr, known: Iterable[str]) -> Node:
        return self.checker.fail("T12", part, nearest(name, known), what=what, name=name)

    def _thing(self, kind: str, name: str, part: ast.expr) -> Node | None:
        dictionary = self.checker.dictionary
        if kind in {"item", "dateitem"}:
            return self._item(kind, name, part)
        known: dict[str, Iterable[str]] = {
            "form": dictionary.forms,
            "event": dictionary.events,
            "test": dictionary.tests,
            "setting": dictionary.settings,
        }
        if kind == "setting":
            self.named = dictionary.settings.get(name, "text")
        if kind == "form":
            self.named = f"ref:{name}"
        return (
            self._unknown(kind, name, part, known[kind])
            if kind in known and name not in known[kind]
            else None
        )

    def _item(self, kind: str, name: str, part: ast.expr) -> Node | None:
        item = self.checker.dictionary.items.get(name)
        if item is None:
            return self._unknown("item", name, part, self.checker.dictionary.items)
        self.named = item.type
        if kind == "dateitem":
            return None if item.type == "date" else self.refuse(part, "a date", kinds.words(item.type))
        return self.checker.fail("T13", part, name=name, group=item.group) if item.group else None

    def _column(self, kind: str, name: str, part: ast.expr) -> Node | None:
        items = self.checker.dictionary.items
        item = items.get(name)
        if kind == "owncolumn":
            home = self.checker.home
            columns = [oid for oid, one in items.items() if one.group and one.form == home]
        else:
            columns = list(self.rows.items) if self.rows else []
        if item is None or name not in columns:
            return self._unknown("column", name, part, columns)
        self.named = item.type
        if kind == "datecolumn" and item.type != "date":
            return self.refuse(part, "a date", kinds.words(item.type))
        return None

    def _result(self, nodes: list[Node]) -> str:
        rule = self.function.result
        if rule == "=":
            return self.checker.same_type(nodes, self.part)
        if rule == "first":
            return str(nodes[0]["t"])
        if rule in {"named", "setting", "line"}:
            return self.named
        if rule == "round":
            whole = len(nodes) == 1 or nodes[1]["v"] == "0"
            return "integer" if whole else "decimal"
        if rule.startswith("as:"):
            item = self.checker.dictionary.items.get(rule[3:])
            return item.type if item else "text"
        return rule

    def _text(self) -> str:
        """Give the call text that names the fact: simple quotes, a comma and a blank between."""
        source = self.checker.source
        texts = [text_of(part) for part in self.part.args]
        written_ = [
            source.written(part) if text is None else f"'{text}'"
            for part, text in zip(self.part.args, texts, strict=True)
        ]
        return f"{self.function.name}({', '.join(written_)})"


def _any(call_: _Call, part: ast.expr, kind: str) -> Node:
    del kind
    return call_.checker.node(part)


def _bare_item(call_: _Call, part: ast.expr, kind: str) -> Node:
    del kind
    return call_.checker.node(part) if isinstance(part, ast.Name) else call_.refuse_form(part, "an item")


def _ordered(call_: _Call, part: ast.expr, kind: str) -> Node:
    del kind
    node = call_.checker.node(part)
    if node["t"] in kinds.ORDERED | {kinds.BAD}:
        return node
    return call_.refuse(part, "a number, date or time", kinds.words(node["t"]))


def _digits(call_: _Call, part: ast.expr, kind: str) -> Node:
    del kind
    text = call_.checker.source.written(part)
    if isinstance(part, ast.Constant) and text.isdigit() and int(text) <= MAX_DIGITS:
        return {"k": "num", "v": text, "t": "integer"}
    return call_.refuse(part, f"a written whole number from 0 to {MAX_DIGITS}", text)


def _word(call_: _Call, part: ast.expr, kind: str) -> Node:
    del kind
    text = text_of(part)
    if text is None:
        return call_.refuse_form(part, "written out")
    return {"k": "text", "v": text, "t": "text"} if text else call_.refuse(part, "a word", "empty")


def _pattern(call_: _Call, part: ast.expr, kind: str) -> Node:
    del kind
    if not isinstance(part, ast.Constant) or not isinstance(part.value, str):
        return call_.refuse_form(part, "written out")
    try:
        return {"k": "pattern", "v": compile_pattern(part.value), "t": "text"}
    except PatternRefused as found:
        return call_.checker.fail("T19", part, reason=str(found))


def _yes(call_: _Call, part: ast.expr, kind: str) -> Node:
    del kind
    node = call_.checker.node(part)
    if node["t"] == kinds.BAD:
        return node
    if kinds.base(node["t"]) != "code":
        return call_.refuse(part, "a code with Y and N", kinds.words(node["t"]))
    codes = call_.checker.dictionary.codes(node["t"])
    if codes is not None and "Y" not in codes:
        return call_.checker.fail("T07", part, code="Y", list=kinds.name(node["t"]))
    return node


def _unit(call_: _Call, part: ast.expr, kind: str) -> Node:
    unit = kind.partition(":")[2]
    node = call_.checker.node(part)
    if node["t"] == kinds.BAD:
        return node
    if node["k"] != "item":
        return call_.refuse(part, "an item", "a calculation")
    if call_.checker.dictionary.items[node["id"]].unit != unit:
        return call_.checker.fail("T18", part, name=node["id"], unit=unit)
    return node


def _rows_argument(call_: _Call, part: ast.expr, kind: str) -> Node:
    del kind
    call_.rows = rows_argument(call_.checker, part, call_.function.name)
    return {"k": "name", "v": call_.rows.oid, "t": "text"} if call_.rows else bad()


def _key(call_: _Call, part: ast.expr, kind: str) -> Node:
    """Check a line number, or a value of the first column."""
    del kind
    node, rows = call_.checker.node(part), call_.rows
    key = call_.checker.dictionary.items.get(rows.key) if isinstance(rows, GroupType) else None
    wanted = key.type if key else f"ref:{rows.oid}" if rows else kinds.BAD
    return _like(call_, part, node, wanted)


def _value(call_: _Call, part: ast.expr, kind: str) -> Node:
    """Check a value that is looked for in the item named before; one answer of several is a code."""
    del kind
    return _like(call_, part, call_.checker.node(part), call_.named.replace("codes:", "code:"))


def _like(call_: _Call, part: ast.expr, node: Node, wanted: str) -> Node:
    if call_.checker.meet({"k": "item", "t": wanted}, node) is None:
        return call_.refuse(part, kinds.words(wanted), kinds.words(node["t"]))
    return node


_ARGUMENTS: Final[dict[str, Callable[[_Call, ast.expr, str], Node]]] = {
    "any": _any,
    "state": _any,
    "item": _bare_item,
    "ordered": _ordered,
    "digits": _digits,
    "word": _word,
    "pattern": _pattern,
    "yes": _yes,
    "unit": _unit,
    "rows": _rows_argument,
    "key": _key,
    "value": _value,
}
_ALLOWED: Final[dict[str, frozenset[str]]] = {
    "number": kinds.NUMBERS,
    "label": frozenset({"code", "text"}),
    **{kind: frozenset({kind}) for kind in ("integer", "date", "time", "datetime", "text", "code", "codes")},
}
_WANTED: Final = {
    "number": "a number",
    "label": "a code or a text",
    "code": "a code",
    "codes": "an item with several answers",
}
