"""Visit windows as the schedule counts them, from C1D1 or another anchor; knows no clock and no database."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imt_ecrf.study.definition import StudyEvent

STUDY_DAY_ANCHORS = frozenset({"SE_C1D1", "first dose"})
BY_CYCLE = re.compile(r"^(-?\d+)\s*(?:\(n<=(\d+)\),\s*(-?\d+) later)?$")


@dataclass(frozen=True, slots=True)
class Window:
    """The days on which a visit is expected, all inclusive."""

    first: date
    target: date
    last: date

    def holds(self, day: date) -> bool:
        """Tell whether a day lies in the window."""
        return self.first <= day <= self.last


def window(event: StudyEvent, repeat: int, anchors: Mapping[str, date]) -> Window | None:
    """Give the window of a visit; None when it has none or its anchor is not known yet.

    `anchors` holds dates by the anchor's name in the schedule: "first dose", "last dose", an event OID.
    """
    anchor = anchors.get(event.anchor)
    if anchor is None or event.day is None:
        return None
    day = formula(event.day, repeat)
    target = anchor + timedelta(days=day - 1 if event.anchor in STUDY_DAY_ANCHORS and day > 0 else day)
    before = span(event.window_before or "0", repeat)
    after = span(event.window_after or "0", repeat)
    return Window(target + timedelta(days=before), target, target + timedelta(days=after))


def study_day(day: date, first_dose: date) -> int:
    """Count the study day: day 1 is the first dose and there is no day 0."""
    days = (day - first_dose).days
    return days + 1 if days >= 0 else days


def formula(text: str, repeat: int) -> int:
    """Work out a day of the schedule such as `1+28*(n-1)`; n and k stand for the repeat number."""
    return _value(ast.parse(text.strip(), mode="eval").body, repeat)


def span(text: str, repeat: int) -> int:
    """Work out a window bound such as `-3 (n<=12), -7 later`."""
    found = BY_CYCLE.match(str(text).strip())
    if found is None:
        message = f"a window bound is a number, or a number by cycle: {text!r}"
        raise ValueError(message)
    early, limit, late = found.groups()
    return int(late) if limit and repeat > int(limit) else int(early)


def _value(node: ast.expr, repeat: int) -> int:
    match node:
        case ast.Constant(value=int() as number):
            return number
        case ast.Name(id="n" | "k"):
            return repeat
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, repeat)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _value(left, repeat) + _value(right, repeat)
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            return _value(left, repeat) - _value(right, repeat)
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _value(left, repeat) * _value(right, repeat)
    message = "a day of the schedule is a number or a sum of n or k"
    raise ValueError(message)
