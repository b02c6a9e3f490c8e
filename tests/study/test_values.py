"""Stored text to value and back."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imt_ecrf.study.values import (
    BLANKS,
    UNREADABLE,
    Date,
    DateTime,
    exact,
    fixed,
    normal,
    read,
    round_half_away,
    write,
)

decimals = st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9)
days = st.dates(dt.date(1850, 1, 1), dt.date(2199, 12, 31))


@given(decimals, st.integers(0, 6))
def test_rounding_is_half_away_from_zero_as_on_paper(number: Decimal, digits: int) -> None:
    paper = number.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    assert round_half_away(Fraction(number), digits) == Fraction(paper)


@given(decimals, st.integers(0, 6))
def test_a_number_is_written_with_exactly_its_digits_and_never_as_minus_zero(
    number: Decimal, digits: int
) -> None:
    text = fixed(Fraction(number), digits)
    assert len(text.partition(".")[2]) == digits
    assert not (text.startswith("-") and not text.strip("-0."))
    assert Fraction(text) == round_half_away(Fraction(number), digits)


@given(st.fractions())
def test_an_exact_number_reads_back_as_itself(number: Fraction) -> None:
    assert Fraction(exact(number)) == number


@given(decimals)
def test_a_stored_decimal_is_read_exactly(number: Decimal) -> None:
    assert read(f"{number:f}", "decimal") == Fraction(number)


@given(st.text())
def test_normalising_twice_changes_nothing_and_leaves_no_outer_blank(text: str) -> None:
    once = normal(text)
    assert normal(once) == once
    assert once == once.strip(BLANKS)


@pytest.mark.parametrize("blank", ["", " ", "\u00a0", "\u2009", "\ufeff", "\u3000\t"])
def test_a_text_of_blanks_is_blank_for_every_type(blank: str) -> None:
    assert [read(blank, kind) for kind in ("text", "integer", "date", "code:CL", "time")] == [None] * 5


def test_python_blanks_that_javascript_does_not_trim_stay() -> None:
    assert normal("\x1ca\x85") == "\x1ca\x85"


@given(days)
def test_a_day_is_an_interval_of_one_day(day: dt.date) -> None:
    assert read(day.isoformat(), "date") == Date.of(day)
    assert Date.of(day).first == Date.of(day).last == day


@given(days)
def test_a_month_and_a_year_hold_exactly_their_days(day: dt.date) -> None:
    month, year = read(f"{day:%Y-%m}", "date"), read(f"{day.year:04d}", "date")
    assert isinstance(month, Date)
    assert isinstance(year, Date)
    following = (day.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
    assert (month.first, month.last) == (day.replace(day=1), following - dt.timedelta(days=1))
    assert (year.first, year.last) == (dt.date(day.year, 1, 1), dt.date(day.year, 12, 31))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("2026-02-30", "date"),
        ("1849", "date"),
        ("2200-01", "date"),
        ("2026-3", "date"),
        ("24:00", "time"),
        ("9:05", "time"),
        ("12,5", "decimal"),
        ("1e3", "decimal"),
        ("12.5", "integer"),
        ("1" * 41, "decimal"),
        ("٣", "integer"),
        ("2026-03T10:00", "datetime"),
        ("Y", "codes:CL"),
    ],
)
def test_what_does_not_fit_its_type_is_unreadable(text: str, kind: str) -> None:
    assert read(text, kind) is UNREADABLE


def test_a_code_outside_its_list_is_unreadable() -> None:
    assert read("W", "code:CL_SEX", {"F", "M"}) is UNREADABLE
    assert read(["A", "Z"], "codes:CL", {"A", "B"}) is UNREADABLE
    assert read(["A", " "], "codes:CL", {"A", "B"}) == ("A",)


def test_a_moment_without_time_is_the_whole_day() -> None:
    day, minute = read("2026-03-10", "datetime"), read("2026-03-10T12:00", "datetime")
    assert isinstance(day, DateTime)
    assert isinstance(minute, DateTime)
    assert (day.hi - day.lo, day.lo < minute.lo < day.hi, minute.full) == (1439, True, True)


@pytest.mark.parametrize(
    ("stored", "kind", "digits"),
    [
        ("12.50", "decimal", 2),
        ("7", "integer", None),
        ("2026-03", "partial_date", None),
        ("09:05", "time", None),
        ("2026-03-10T12:00", "datetime", None),
        ("true", "boolean", None),
        ("сыпь", "text", None),
    ],
)
def test_a_stored_text_read_and_written_is_the_same_text(stored: str, kind: str, digits: int | None) -> None:
    value = read(stored, kind)
    assert value is not UNREADABLE
    assert write(value, kind, digits) == stored
