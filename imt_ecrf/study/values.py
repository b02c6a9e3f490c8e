"""Typed values, read from stored text and written back; knows no item, no rule and no typing person."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence

DAY_MINUTES: Final = 1440
FIRST_YEAR: Final = 1850
LAST_YEAR: Final = 2199
NUMBER_SIGNS: Final = 40
TIME_PARTS: Final = 2

# The blanks that JavaScript's trim() cuts: Python's strip() cuts others, and both sides must agree.
BLANKS: Final = (
    "\t\n\v\f\r \u00a0\u1680"
    + "".join(map(chr, range(0x2000, 0x200B)))
    + "\u2028\u2029\u202f\u205f\u3000\ufeff"
)

_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_TIME = re.compile(r"([0-9]{2}):([0-9]{2})")


class State(Enum):
    """What is no value although something is stored."""

    UNREADABLE = "X02"


UNREADABLE: Final = State.UNREADABLE
UNKNOWN: Final = None
"""The third truth value and 'no value' alike; rules never meet another form of nothing."""


@dataclass(frozen=True, slots=True)
class Date:
    """A day, month or year as the days it may be: `lo` and `hi` are proleptic Gregorian ordinals."""

    lo: int
    hi: int
    text: str

    @property
    def full(self) -> bool:
        """Tell whether the day is known."""
        return self.lo == self.hi

    @property
    def first(self) -> dt.date:
        """Give the first possible day."""
        return dt.date.fromordinal(self.lo)

    @property
    def last(self) -> dt.date:
        """Give the last possible day."""
        return dt.date.fromordinal(self.hi)

    @classmethod
    def of(cls, day: dt.date) -> Date:
        """Make the full date of a calendar day."""
        return cls(day.toordinal(), day.toordinal(), day.isoformat())

    @classmethod
    def ordinal(cls, day: int) -> Date:
        """Make the full date of an ordinal."""
        return cls(day, day, dt.date.fromordinal(day).isoformat())


@dataclass(frozen=True, slots=True)
class DateTime:
    """A moment as the minutes it may be, counted from ordinal 0; whole days when the time is not known."""

    lo: int
    hi: int
    text: str

    @property
    def full(self) -> bool:
        """Tell whether the minute is known."""
        return self.lo == self.hi


Number: TypeAlias = int | Fraction
Value: TypeAlias = int | Fraction | str | bool | Date | DateTime | tuple[str, ...]
Stored: TypeAlias = str | list[str]


def normal(text: str) -> str:
    """Normalise a text as it is stored and compared: NFC, outer blanks cut."""
    return (text if text.isascii() else unicodedata.normalize("NFC", text)).strip(BLANKS)


def read(stored: str | Sequence[str], kind: str, codes: Container[str] | None = None) -> Value | State | None:
    """Read stored text as a value; None when it is blank, UNREADABLE when it does not fit its type.

    `kind` is a data type of a definition (`float`, `partial_date`, `record_ref`, ...) or a rule type
    (`decimal`, `code:CL_NY`, `ref:F_AE`, ...); `codes` are the codes allowed for code and codes.
    """
    base = kind.partition(":")[0]
    if base == "codes":
        return _read_codes(stored, codes)
    if not isinstance(stored, str):
        return UNREADABLE
    text = normal(stored)
    if not text:
        return None
    if base == "code":
        return text if codes is None or text in codes else UNREADABLE
    reader = _READERS.get(base)
    if reader is None:
        return text
    value = reader(text)
    return UNREADABLE if value is None else value


def _read_codes(stored: str | Sequence[str], codes: Container[str] | None) -> tuple[str, ...] | State | None:
    if isinstance(stored, str):
        return UNREADABLE if normal(stored) else None
    answers = tuple(answer for answer in map(normal, stored) if answer)
    if not answers:
        return None
    if codes is not None and any(answer not in codes for answer in answers):
        return UNREADABLE
    return answers


def read_number(text: str) -> Number | None:
    """Read a decimal as it is stored: digits, at most one point, at most 40 signs; None for another text."""
    if len(text) > NUMBER_SIGNS or not _NUMBER.fullmatch(text):
        return None
    return Fraction(text) if "." in text else int(text)


def read_integer(text: str) -> int | None:
    """Read a whole number; `12.0` is one, `12.5` is not."""
    value = read_number(text)
    if value is None or value.denominator != 1:
        return None
    return int(value)


@lru_cache(maxsize=8192)
def read_date(text: str) -> Date | None:
    """Read `2026`, `2026-03` or `2026-03-10`; None when there is no such day from 1850 to 2199."""
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    year, month, day = int(match[1]), int(match[2] or 0), int(match[3] or 0)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        lo = dt.date(year, month if match[2] else 1, day if match[3] else 1).toordinal()
    except ValueError:
        return None
    if match[3]:
        return Date(lo, lo, text)
    after = dt.date(year + (month == 12 or not match[2]), month % 12 + 1 if match[2] else 1, 1)  # noqa: PLR2004
    return Date(lo, after.toordinal() - 1, text)


def read_time(text: str) -> int | None:
    """Read `HH:MM` as minutes of the day; 24:00 is no time."""
    match = _TIME.fullmatch(text)
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:  # noqa: PLR2004
        return None
    return int(match[1]) * 60 + int(match[2])


def read_datetime(text: str) -> DateTime | None:
    """Read `2026-03-10T12:00`, or a date alone as all its minutes."""
    day_text, sign, time_text = text.partition("T")
    day = read_date(day_text)
    if day is None:
        return None
    if not sign:
        return whole_days(day)
    minute = read_time(time_text)
    return None if minute is None or not day.full else moment(day, minute)


def moment(day: Date, minute: int | None) -> DateTime:
    """Join a date and a time of day; without time, or with a partial date, the whole day or days."""
    if minute is None or not day.full:
        return whole_days(day)
    at = day.lo * DAY_MINUTES + minute
    return DateTime(at, at, f"{day.text}T{time_text(minute)}")


def whole_days(day: Date) -> DateTime:
    """Give all the minutes a date may mean."""
    return DateTime(day.lo * DAY_MINUTES, day.hi * DAY_MINUTES + DAY_MINUTES - 1, day.text)


def read_boolean(text: str) -> bool | None:
    """Read a condition as ODM writes it."""
    return {"true": True, "false": False}.get(text)


_READERS: Final[dict[str, Callable[[str], Value | None]]] = {
    "integer": read_integer,
    "decimal": read_number,
    "float": read_number,
    "date": read_date,
    "partial_date": read_date,
    "time": read_time,
    "datetime": read_datetime,
    "ref": read_integer,
    "record_ref": read_integer,
    "boolean": read_boolean,
}


def round_half_away(value: Number, digits: int = 0) -> Number:
    """Round half away from zero, exactly, as on paper (Python's round goes half to even)."""
    if isinstance(value, int):
        return value
    scale = 10**digits
    whole = _rounded(value, scale)
    return whole if digits == 0 else plain(Fraction(whole, scale))


def _rounded(value: Number, scale: int) -> int:
    """Give the whole number nearest to `scale` times a value, half away from zero."""
    over, under = abs(value.numerator) * scale, value.denominator
    whole = (2 * over + under) // (2 * under)
    return -whole if value < 0 else whole


def plain(value: Number) -> Number:
    """Give a whole Fraction as int, so that whole numbers stay quick."""
    return value.numerator if value.denominator == 1 else value


def fixed(value: Number, digits: int) -> str:
    """Write a number with exactly that many decimals, rounded half away from zero, never `-0.0`."""
    scaled = _rounded(value, 10**digits)
    sign, whole = ("-" if scaled < 0 else ""), str(abs(scaled))
    if digits == 0:
        return sign + whole
    whole = whole.zfill(digits + 1)
    return f"{sign}{whole[:-digits]}.{whole[-digits:]}"


def exact(value: Number) -> str:
    """Write a number exactly: a finite decimal without trailing zeros, else `n/d`."""
    rest, digits = value.denominator, 0
    for prime in (2, 5):
        power = 0
        while rest % prime == 0:
            rest, power = rest // prime, power + 1
        digits = max(digits, power)
    return f"{value.numerator}/{value.denominator}" if rest != 1 else fixed(value, digits)


def time_text(minute: int) -> str:
    """Write minutes of the day as `HH:MM`."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def write(value: Value | None, kind: str, decimals: int | None = None) -> Stored | None:
    """Write a value as it is stored for an item of that type; numbers with exactly `decimals` digits."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, Fraction)):
        return _write_number(value, kind.partition(":")[0], decimals)
    if isinstance(value, (Date, DateTime)):
        return value.text
    if isinstance(value, str):
        return normal(value) or None
    return list(value) if value else None


def _write_number(value: Number, base: str, decimals: int | None) -> str:
    if base == "time":
        return time_text(int(value))
    if base in {"integer", "ref", "record_ref"}:
        return fixed(value, 0)
    return exact(value) if decimals is None else fixed(value, decimals)
