"""Visit windows as the schedule counts them, from C1D1 or another anchor; knows no clock and no database."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from imt_ecrf.study.values import Date, read_date

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imt_ecrf.study.definition import StudyEvent
    from imt_ecrf.study.rules.facts import Context

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


def window_lo(context: Context) -> Date | None:
    """Give the first day of this event's window."""
    found = window_here(context)
    return Date.of(found.first) if found else None


def window_hi(context: Context) -> Date | None:
    """Give the last day of this event's window."""
    found = window_here(context)
    return Date.of(found.last) if found else None


def overdue(context: Context, event: str) -> bool | None:
    """Tell whether a visit is past its window today and was neither held nor recorded as missed."""
    today: Date | None = context.call("today")
    if context.book is None or today is None:
        return None
    plan, known = context.book.events[event], anchors(context)
    repeat, limit = 1, today.first
    while (found := window(plan, repeat, known)) is not None and found.last < limit:
        held = context.subject.event(event, repeat)
        if held is None or (held.held and held.date is None):
            return True
        if plan.kind != "repeating":
            break
        repeat += 1
    return None if window(plan, repeat, known) is None else False


def window_here(context: Context) -> Window | None:
    """Give the window of the event the rule runs at."""
    here = context.event
    if here is None or context.book is None:
        return None
    return window(context.book.events[here.oid], here.repeat, anchors(context))


def anchors(context: Context) -> dict[str, date]:
    """Collect the dates that windows are counted from; C1D1 stands for the first dose until that is known."""
    found: dict[str, date] = {}
    for event in context.subject.events:
        day = read_date(event.date) if event.date else None
        if day is not None and day.full and event.repeat == 1:
            found[event.oid] = day.first
    for name, milestone in (("first dose", "first_dose"), ("last dose", "last_dose")):
        known: Date | None = context.call(milestone)
        if known is not None:
            found[name] = known.first
    return found
