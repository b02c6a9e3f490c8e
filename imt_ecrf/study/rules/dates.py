"""Dates as intervals of days: order, completed months and years, age; knows no clock."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from imt_ecrf.clinical.age import AgeAnchor, age_at, completed_months, completed_years
from imt_ecrf.study.values import FIRST_YEAR, LAST_YEAR, Date, DateTime, Number, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Interval: TypeAlias = Date | DateTime
_FIRST_DAY: Final = dt.date(FIRST_YEAR, 1, 1).toordinal()
_LAST_DAY: Final = dt.date(LAST_YEAR, 12, 31).toordinal()


def before(a: Interval, b: Interval) -> bool | None:
    """Tell a < b when it holds, or fails, for all days they may be."""
    if a.hi < b.lo:
        return True
    return False if a.lo >= b.hi else None


def before_or_same(a: Interval, b: Interval) -> bool | None:
    """Tell a <= b when it holds, or fails, for all days they may be."""
    if a.hi <= b.lo:
        return True
    return False if a.lo > b.hi else None


def equal(a: Interval, b: Interval) -> bool | None:
    """Tell a == b: true for two full ones alike, false when they share no day."""
    if a.hi < b.lo or b.hi < a.lo:
        return False
    return True if a.lo == a.hi == b.lo == b.hi else None


def alike(a: Interval, b: Interval) -> bool:
    """Tell whether two dates were entered alike."""
    return (a.lo, a.hi) == (b.lo, b.hi)


def first_of(days: Sequence[Interval]) -> Interval | None:
    """Give the one that is certainly not after any other; unknown when it cannot be decided."""
    return next((d for d in days if all(alike(d, o) or before_or_same(d, o) for o in days)), None)


def last_of(days: Sequence[Interval]) -> Interval | None:
    """Give the one that is certainly not before any other; unknown when it cannot be decided."""
    return next((d for d in days if all(alike(d, o) or before_or_same(o, d) for o in days)), None)


def days(a: Date, b: Date) -> int | None:
    """Count days from a to b; both full."""
    return b.lo - a.lo if a.full and b.full else None


def months(a: Date, b: Date) -> int | None:
    """Count completed months from a to b, when it is the same for every possible day."""
    return _same_for_all(completed_months, a, b)


def years(a: Date, b: Date) -> int | None:
    """Count completed years from a to b, when it is the same for every possible day."""
    return _same_for_all(completed_years, a, b)


def _same_for_all(count: Callable[[dt.date, dt.date], int], a: Date, b: Date) -> int | None:
    # The count grows with b and falls with a, so the ends decide.
    least, most = count(a.last, b.first), count(a.first, b.last)
    return least if least == most else None


def year(day: Date) -> int | None:
    """Give the year; every date has one."""
    return day.first.year


def month(day: Date) -> int | None:
    """Give the month when it is known."""
    return day.first.month if (day.first.year, day.first.month) == (day.last.year, day.last.month) else None


def day_of_month(day: Date) -> int | None:
    """Give the day of the month when it is known."""
    return day.first.day if day.full else None


def add_days(day: Date, count: Number) -> Date | None:
    """Move a full date; unknown when it leaves the years 1850 to 2199."""
    moved = day.lo + int(count)
    return Date.ordinal(moved) if day.full and _FIRST_DAY <= moved <= _LAST_DAY else None


@lru_cache(maxsize=4096)  # a save asks for the same age when it compares, derives and checks
def age(day: Date, anchor: AgeAnchor) -> Number | None:
    """Give the age in years on a full date, exact on anniversaries (clinical/age.py)."""
    found = age_at(anchor, day.first) if day.full else None
    return None if found is None else plain(found)
