"""Random typed trees of the rule language, as publication makes them; a seed makes the same again."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from imt_ecrf.study.rules.patterns import compile_pattern
from imt_ecrf.study.rules.rule import CompiledRule
from tests.study.rules_js.facts import ABOUT_SEARCHED, CALLS
from tests.study.rules_js.records import CODES, WORDS

if TYPE_CHECKING:
    from collections.abc import Callable

Node = dict[str, Any]

NUMBERS = ["0", "1", "2", "3", "7", "10", "0.1", "0.5", "2.5", "12.50", "1000000007", "0.000001", "99999999"]
DATES = ["2026", "2026-03", "2026-03-10", "2024-02-29", "2025-02", "1999-12-31", "2199-12-31", "1850"]
TIMES = ["00:00", "07:05", "23:59"]
TEXTS = ["", "rash", "Сыпь", "сильная сыпь", "QT-long", "12.5", "-3", "Ёлка", "\u00e4"]
PATTERNS = ["[а-яё]+", "[A-Z]{1,3}-?.*", "[0-9]+[.]?[0-9]*", "a?a?a?aaa", "сыпь|rash", "[^0-9]{2,}", ".{0,4}"]
WORDS_ASKED = ["сыпь", "QT", "12", "-3", "long", "a"]
SIGNS = ["==", "!=", "<", "<=", ">", ">="]
SIMPLE = ["number", "boolean", "text", "code", "date", "time", "datetime", "ref"]
UNORDERED = {"text", "code", "boolean", "ref"}
ITEMS: dict[str, list[str]] = {
    kind: [oid for oid, item in WORDS.items.items() if item.type in types]
    for kind, types in {
        "number": {"integer", "decimal"},
        "boolean": {"boolean"},
        "text": {"text"},
        "code": {"code:CL"},
        "codes": {"codes:CL"},
        "date": {"date"},
        "time": {"time"},
        "datetime": {"datetime"},
        "ref": {"ref:F_L"},
    }.items()
}
TYPE_OF = {"number": "decimal", "code": "code:CL", "codes": "codes:CL", "ref": "ref:F_L"}
COLUMNS = {"number": "R_N", "text": "R_T", "code": "R_C", "date": "R_D"}
LOG_COLUMNS = {"number": "L_N", "text": "L_T", "code": "L_C", "date": "L_D", "ref": "L_X"}
OF_KIND = {
    kind: [call for call in CALLS if call.type in types]
    for kind, types in {
        "number": {"integer", "decimal"},
        "boolean": {"boolean"},
        "text": {"text"},
        "code": {"code:CL"},
        "date": {"date"},
    }.items()
}
LEAF_SHARE = 0.22


def seeded(seed: int) -> Random:
    """Give chance that can be had again."""
    return Random(seed)  # noqa: S311 - trees, not secrets


class Forest:
    """Makes trees for a row of G or a line of F_L; `rows` is what the aggregate around a part searches."""

    def __init__(self, random: Random, home: str = "F_H") -> None:
        self.random, self.home = random, home
        self.rows: str | None = None

    def rule(self, depth: int = 5) -> CompiledRule:
        """Make a rule of the home."""
        tree = self.node(self.random.choice(SIMPLE), self.random.randint(1, depth))
        rows = "G" if self.home == "F_H" else None
        return CompiledRule("random", "value", self.home, rows, None, None, (), (), "client", tree)

    def node(self, kind: str, depth: int) -> Node:
        """Make a part of a kind that is at most so deep."""
        made: dict[str, Callable[[int], Node]] = {
            "number": self._number,
            "boolean": self._boolean,
            "text": self._text,
            "code": self._choice_of_code,
            "date": self._date,
            "time": self._time,
            "datetime": self._moment,
            "ref": lambda _: self._leaf("ref"),
        }
        if depth <= 0 or self.random.random() < LEAF_SHARE:
            return self._leaf(kind)
        if self.random.randint(0, 7) == 0:
            return self._any_kind(kind, depth - 1)
        return made[kind](depth - 1)

    def _leaf(self, kind: str) -> Node:
        if kind in OF_KIND and self.random.randint(0, 3) == 0:
            return self._fact(kind)
        if self.random.randint(0, 2):
            return self._item(kind)
        written: dict[str, Callable[[], Node]] = {
            "number": lambda: self._written("num", NUMBERS, "decimal"),
            "boolean": lambda: {"k": "bool", "v": self.random.random() < 1 / 2, "t": "boolean"},
            "text": lambda: self._written("text", TEXTS, "text"),
            "code": lambda: self._written("text", [*CODES, "Z"], "text"),
            "date": lambda: self._written("datelit", DATES, "date"),
            "time": lambda: self._written("timelit", TIMES, "time"),
            "datetime": lambda: self._item("datetime"),
            "ref": lambda: self._call("line", "ref:F_L", _name("F_L")),
        }
        return written[kind]() if self.random.randint(0, 9) else {"k": "none", "t": TYPE_OF.get(kind, kind)}

    def _written(self, kind: str, values: list[str], type_: str) -> Node:
        return {"k": kind, "v": self.random.choice(values), "t": type_}

    def _item(self, kind: str) -> Node:
        searched = [
            oid for oid in ITEMS[kind] if self.rows in {WORDS.items[oid].group, WORDS.items[oid].form}
        ]
        away = ("L_", "P_") if self.home == "F_H" else ("P_", "R_")
        there = [oid for oid in ITEMS[kind] if not oid.startswith(away) and self._is_near(oid)]
        pool = searched if self.rows and searched and self.random.randint(0, 1) else there
        oid = self.random.choice(pool)
        return {"k": "item", "id": oid, "scope": self._scope(oid), "t": WORDS.items[oid].type}

    def _is_near(self, oid: str) -> bool:
        return WORDS.items[oid].form in {self.home, "F_O"}

    def _scope(self, oid: str) -> str:
        item = WORDS.items[oid]
        if item.form == "F_O":
            return "form:F_O"
        if self.rows and self.rows in {item.group, item.form}:
            outer = item.form == self.home == "F_L" and self.random.randint(0, 3) == 0
            return "form" if outer else "agg"
        return "row" if item.group == "G" else "form"

    def _any_kind(self, kind: str, depth: int) -> Node:
        """Make what may be of any kind: a choice, the first value, a column, an aggregate, a fact."""
        type_ = TYPE_OF.get(kind, kind)
        ways: list[Callable[[], Node]] = [
            lambda: {"k": "if", "t": type_, "a": [self.node("boolean", depth), *self._pair(kind, depth)]},
            lambda: self._call("coalesce", type_, *self._pair(kind, depth), self.node(kind, depth)),
        ]
        if kind in COLUMNS:
            ways += [lambda: self._followed(kind, type_, depth)]
        if kind in LOG_COLUMNS:
            ways += [lambda: self._of_line(kind, type_)]
        if self.rows is None:
            ways += [lambda: self._end_of_rows(kind, type_, depth)]
        if kind in OF_KIND:
            ways += [lambda: self._fact(kind)] * 2
        return self.random.choice(ways)()

    def _pair(self, kind: str, depth: int) -> list[Node]:
        return [self.node(kind, depth), self.node(kind, depth)]

    def _call(self, name: str, type_: str, *parts: Node) -> Node:
        return {"k": "call", "f": name, "t": type_, "a": list(parts)}

    def _fact(self, kind: str) -> Node:
        of_log = self.rows in {None, "F_L"} and self.home == "F_H"
        calls = [call for call in OF_KIND[kind] if of_log or call.name not in ABOUT_SEARCHED]
        return self.random.choice(calls).node

    def _followed(self, kind: str, type_: str, depth: int) -> Node:
        name = self.random.choice(["row", "prev_row", "base_row"])
        return self._call(name, type_, _name("G"), self.node("code", depth), _name(COLUMNS[kind]))

    def _of_line(self, kind: str, type_: str) -> Node:
        return self._call("row", type_, _name("F_L"), self._leaf("ref"), _name(LOG_COLUMNS[kind]))

    def _end_of_rows(self, kind: str, type_: str, depth: int) -> Node:
        names = ["first_of", "last_of"]
        return self._aggregate(self.random.choice(names), type_, kind, depth)

    def _aggregate(self, name: str, type_: str, kind: str | None, depth: int) -> Node:
        self.rows = self.random.choice(["G", "G", "P", "F_L"] if self.home == "F_H" else ["F_L"])
        value = self.node(kind, depth) if kind else None
        always = name in {"exists", "every"}
        where = self.node("boolean", depth) if always or self.random.randint(0, 1) else None
        made = {"k": "agg", "f": name, "rows": self.rows, "value": value, "where": where, "t": type_}
        self.rows = None
        return made

    def _number(self, depth: int) -> Node:
        numbers, pick = self._pair("number", depth), self.random.choice
        ways: list[Callable[[], Node]] = [
            *[lambda: {"k": "arith", "op": pick("+-*/%"), "t": "decimal", "a": numbers}] * 3,
            lambda: {"k": "neg", "t": "decimal", "a": numbers[:1]},
            lambda: self._call(
                pick(["abs", "floor", "ceil", "round", "sqrt", "cbrt"]), "decimal", numbers[0]
            ),
            lambda: self._call(
                "round", "decimal", numbers[0], {"k": "num", "v": pick("0123"), "t": "integer"}
            ),
            lambda: self._call(pick(["min", "max"]), "decimal", *numbers, self.node("number", depth)),
            lambda: self._call("number", "decimal", self.node(pick(["text", "text", "code"]), depth)),
            lambda: self._call("length", "integer", self.node("text", depth)),
            lambda: self._call("count_values", "integer", self._item("codes")),
            lambda: self._call(pick(["days", "months", "years"]), "integer", *self._pair("date", depth)),
            lambda: self._call(pick(["year", "month", "day"]), "integer", self.node("date", depth)),
            lambda: self._call("age_at", "decimal", self.node("date", depth)),
            lambda: self._call("minutes", "integer", *self._pair("time", depth)),
            lambda: self._call("hours", "decimal", *self._pair("datetime", depth)),
            lambda: self._call("gap_before_row", "integer", *self._dated_rows()),
            lambda: self._call(pick(["mm", "cm", "kg"]), "decimal", self._item("number")),
            *[lambda: self._call("max_same", "integer", _name(pick(["R_C", "R_T", "R_N"])))]
            * (self.home == "F_H"),
            self._compared_rows,
        ]
        if self.rows is None:
            names = ["sum_of", "mean_of", "min_of", "max_of"]
            ways += [lambda: self._aggregate(pick(names), "decimal", "number", depth)] * 2
            ways += [lambda: self._aggregate("count", "integer", None, depth)]
        return pick(ways)()

    def _compared_rows(self) -> Node:
        name = self.random.choice(["missing_rows_from", "extra_rows_vs"])
        column = _name(self.random.choice(["R_C", "R_N", "R_D"]))
        return self._call(name, "integer", _name("SE_A"), _name("G"), column)

    def _boolean(self, depth: int) -> Node:
        pick = self.random.choice
        ways: list[Callable[[], Node]] = [
            *[lambda: {"k": pick(["and", "or"]), "t": "boolean", "a": self._several(depth)}] * 3,
            lambda: {"k": "not", "t": "boolean", "a": [self.node("boolean", depth)]},
            *[lambda: self._comparison(depth)] * 4,
            *[lambda: self._membership(depth)] * 4,
            *[self._state] * 2,
            lambda: self._call(pick(["filled", "blank"]), "boolean", self.node(pick(SIMPLE), depth)),
            lambda: self._call("matches", "boolean", self.node("text", depth), self._pattern()),
            lambda: self._call(
                "contains_word", "boolean", self.node("text", depth), self._word(), self._word()
            ),
            lambda: self._call(pick(["any_yes", "all_no"]), "boolean", *self._pair("code", depth)),
            lambda: self._call("is_partial", "boolean", self.node("date", depth)),
            lambda: self._call("same", "boolean", *self._pair("date", depth)),
            lambda: self._call("row_exists", "boolean", _name("G"), self.node("code", depth)),
            lambda: self._call("row_exists", "boolean", _name("F_L"), self._leaf("ref")),
            lambda: self._call("dup_row", "boolean", *self._columns_alike()),
            lambda: self._call("overlaps_other_row", "boolean", *self._dated_rows()),
            self._asked_of_log,
        ]
        if self.rows is None:
            ways += [lambda: self._aggregate(pick(["exists", "every"]), "boolean", None, depth)] * 3
        return pick(ways)()

    def _several(self, depth: int) -> list[Node]:
        return [self.node("boolean", depth) for _ in range(self.random.choice([2, 2, 2, 3, 4]))]

    def _dated_rows(self) -> list[Node]:
        columns = ["G", "R_D", "R_E"] if self.home == "F_H" else ["F_L", "L_D", "L_E"]
        return [_name(name) for name in columns]

    def _columns_alike(self) -> list[Node]:
        ways = ["R_T", "R_D", "R_N"] if self.home == "F_H" else ["L_T", "L_D", "L_N"]
        columns = ["G", "R_C"] if self.home == "F_H" else ["F_L", "L_C"]
        return [_name(name) for name in [*columns, self.random.choice(ways)][: self.random.randint(2, 3)]]

    def _asked_of_log(self) -> Node:
        """Ask a fact about the line an aggregate is at (its arguments differ from line to line)."""
        if self.rows != "F_L" or self.home != "F_H":
            return self._state()
        asked = {"k": "item", "id": "L_C", "scope": "agg", "t": "code:CL"}
        text = "ever('C1', L_C)"
        return {"k": "fact", "f": "ever", "t": "boolean", "a": [_name("C1"), asked], "id": text}

    def _comparison(self, depth: int) -> Node:
        kind = self.random.choice(SIMPLE)
        signs = SIGNS[:2] if kind in UNORDERED else SIGNS
        return {"k": "cmp", "op": self.random.choice(signs), "t": "boolean", "a": self._pair(kind, depth)}

    def _membership(self, depth: int) -> Node:
        negated = self.random.random() < 1 / 2
        if self.random.randint(0, 1):
            answers = [self.node("code", depth), self._item("codes")]
            return {"k": "has", "neg": negated, "t": "boolean", "a": answers}
        kind = self.random.choice([*SIMPLE, "number", "text", "code", "code"])
        members = [self.node(kind, depth) for _ in range(self.random.randint(2, 4))]
        return {"k": "in", "neg": negated, "t": "boolean", "a": members}

    def _state(self) -> Node:
        name = self.random.choice(["filled", "blank", "missing", "hidden", "kept"])
        return self._call(name, "boolean", self._item(self.random.choice(SIMPLE)))

    def _pattern(self) -> Node:
        return {"k": "pattern", "v": compile_pattern(self.random.choice(PATTERNS)), "t": "text"}

    def _word(self) -> Node:
        return self._written("text", WORDS_ASKED, "text")

    def _text(self, depth: int) -> Node:
        ways: list[Callable[[], Node]] = [
            lambda: self._call("lower", "text", self.node("text", depth)),
            lambda: self._call("text", "text", self.node("code", depth)),
            lambda: self._call("reason", "text", self._item(self.random.choice(SIMPLE))),
        ]
        return self.random.choice(ways)()

    def _choice_of_code(self, depth: int) -> Node:
        return self._any_kind("code", depth)

    def _date(self, depth: int) -> Node:
        pick = self.random.choice
        ways: list[Callable[[], Node]] = [
            lambda: self._call(pick(["partial_lo", "partial_hi"]), "date", self.node("date", depth)),
            lambda: self._call("add_days", "date", self.node("date", depth), self._whole(depth)),
            lambda: self._call("date_of", "date", self.node("datetime", depth)),
            lambda: self._call(pick(["min", "max"]), "date", *self._pair("date", depth)),
        ]
        if self.rows is None:
            ways += [lambda: self._aggregate(pick(["min_of", "max_of"]), "date", "date", depth)]
        return pick(ways)()

    def _time(self, depth: int) -> Node:
        ways = [lambda: self._call(self.random.choice(["min", "max"]), "time", *self._pair("time", depth))]
        if self.rows is None:
            ends = ["min_of", "max_of"]
            ways += [lambda: self._aggregate(self.random.choice(ends), "time", "time", depth)]
        return self.random.choice(ways)()

    def _whole(self, depth: int) -> Node:
        return self._call("floor", "integer", self.node("number", depth))

    def _moment(self, depth: int) -> Node:
        return self._call("datetime", "datetime", self.node("date", depth), self.node("time", depth))


def _name(name: str) -> Node:
    return {"k": "name", "v": name, "t": "text"}
