"""The B functions of the language: pure, strict, on values alone; knows no record."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, Any, Final

from imt_ecrf.study.rules import dates
from imt_ecrf.study.rules.arithmetic import cbrt, sqrt
from imt_ecrf.study.rules.patterns import matches
from imt_ecrf.study.rules.words import contains_word, lower
from imt_ecrf.study.values import (
    DAY_MINUTES,
    Date,
    DateTime,
    Number,
    moment,
    normal,
    plain,
    read_number,
    round_half_away,
)

if TYPE_CHECKING:
    from collections.abc import Callable

HOUR: Final = 60


def smallest(*values: Any) -> Any:
    """Give the smallest number or time, or the date that is certainly first."""
    return dates.first_of(values) if isinstance(values[0], Date | DateTime) else min(values)


def largest(*values: Any) -> Any:
    """Give the largest number or time, or the date that is certainly last."""
    return dates.last_of(values) if isinstance(values[0], Date | DateTime) else max(values)


def _number(text: str) -> Number | None:
    value = read_number(normal(text))
    return None if value is None else plain(value)


def _hours(a: DateTime, b: DateTime) -> Number | None:
    return plain(Fraction(b.lo - a.lo, HOUR)) if a.full and b.full else None


def _date_of(when: DateTime) -> Date | None:
    """Give the day of a moment, or the date it was written as."""
    day = Date.ordinal(when.lo // DAY_MINUTES)
    if when.full:
        return day
    last = when.hi // DAY_MINUTES
    return day if day.lo == last else Date(day.lo, last, when.text)


def _same_number(value: Number) -> Number:
    return value


PLAIN: Final[dict[str, Callable[..., Any]]] = {
    "abs": abs,
    "floor": floor,
    "ceil": ceil,
    "round": round_half_away,
    "sqrt": sqrt,
    "cbrt": cbrt,
    "number": _number,
    "text": str,
    "length": len,
    "lower": lower,
    "matches": matches,
    "contains_word": contains_word,
    "count_values": len,
    "mm": _same_number,
    "cm": _same_number,
    "kg": _same_number,
    "days": dates.days,
    "months": dates.months,
    "years": dates.years,
    "year": dates.year,
    "month": dates.month,
    "day": dates.day_of_month,
    "partial_lo": lambda day: Date.ordinal(day.lo),
    "partial_hi": lambda day: Date.ordinal(day.hi),
    "add_days": dates.add_days,
    "is_partial": lambda day: not day.full,
    "same": dates.alike,
    "minutes": lambda a, b: b - a,
    "datetime": moment,
    "hours": _hours,
    "date_of": _date_of,
}
"""Name to the function of known values."""
