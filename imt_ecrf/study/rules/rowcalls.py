"""Rows of a call and the aggregates over them: types and names (errors T03, T09, T12, T14, T21, T26)."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from imt_ecrf.study.rules import kinds
from imt_ecrf.study.rules.check import Checker, bad
from imt_ecrf.study.rules.dictionary import FormType, GroupType
from imt_ecrf.study.rules.errors import nearest
from imt_ecrf.study.values import normal

if TYPE_CHECKING:
    from imt_ecrf.study.rules.rule import Node

QUOTED: Final = "a name in quotes"
_ROW_NUMBERS: Final = frozenset({"sum_of", "mean_of"})
_ROW_ORDERED: Final = frozenset({"min_of", "max_of"})
_ANY_EVENT: Final = frozenset({"at_rows", "prev_row", "base_row", "missing_rows_from", "extra_rows_vs"})


def wrong_count(checker: Checker, part: ast.Call, least: int, most: int | None) -> Node | None:
    """Note that too few or too many values are given (T03)."""
    given = len(part.args)
    if given >= least and (most is None or given <= most):
        return None
    number = f"{least}" if least == most else f"{least} or more" if most is None else f"{least}-{most}"
    assert isinstance(part.func, ast.Name)  # noqa: S101
    return checker.fail("T03", part, f=part.func.id, n=number, m=given)


def text_of(part: ast.expr) -> str | None:
    """Give a written text, None for another part."""
    if isinstance(part, ast.Constant) and isinstance(part.value, str):
        return normal(part.value)
    return None


def rows_argument(checker: Checker, part: ast.expr, function: str) -> GroupType | FormType | None:
    """Resolve the rows that a call works on; a mistake is noted."""
    name = text_of(part)
    if name is None:
        checker.fail("T11", part, f=function, i=1, wanted=QUOTED)
        return None
    rows = checker.dictionary.rows_of(name)
    if rows is None:
        known = [*checker.dictionary.groups, *checker.dictionary.forms]
        checker.fail("T12", part, nearest(name, known), what="rows", name=name)
        return None
    if isinstance(rows, GroupType) and function not in _ANY_EVENT and not checker.in_reach(rows.form):
        checker.fail("T14", part, name=name, form=rows.form)
        return None
    return rows


def aggregate(checker: Checker, part: ast.Call, name: str) -> Node:
    """Build exists, count, every, sum_of ... over rows; the columns of the rows come first."""
    if checker.searched is not None:
        return checker.fail("T21", part)
    conditional = name in {"exists", "every", "count"}
    least, most = (1 if name == "count" else 2), (2 if conditional else 3)
    wrong = wrong_count(checker, part, least, most)
    if wrong:
        return wrong
    rows = rows_argument(checker, part.args[0], name)
    if rows is None:
        return bad()
    checker.searched = rows
    value = None if conditional else checker.node(part.args[1])
    condition = part.args[1 if conditional else 2 :]
    where = _where(checker, condition[0]) if condition else None
    checker.searched = None
    refused = _row_value(checker, part, name, value)
    type_ = _row_result(name, value)
    return refused or {"k": "agg", "f": name, "rows": rows.oid, "value": value, "where": where, "t": type_}


def _where(checker: Checker, part: ast.expr) -> Node:
    return checker.fail("T26", part) if text_of(part) is not None else checker.condition(part)


def _row_value(checker: Checker, part: ast.Call, name: str, value: Node | None) -> Node | None:
    if value is None or value["t"] == kinds.BAD:
        return None
    if name in _ROW_NUMBERS and value["t"] not in kinds.NUMBERS:
        return checker.fail("T09", part, op=f"{name}()", found=kinds.words(value["t"]))
    if name in _ROW_ORDERED and value["t"] not in kinds.ORDERED:
        found = kinds.words(value["t"])
        return checker.fail("T04", part, f=name, i=2, wanted="a number, date or time", found=found)
    return None


def _row_result(name: str, value: Node | None) -> str:
    if name in {"exists", "every"}:
        return "boolean"
    if value is None:
        return "integer"
    return "decimal" if name == "mean_of" else str(value["t"])
