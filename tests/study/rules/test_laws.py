"""Laws of the rule language that hold for all values: Kleene logic, order of dates, exact numbers."""

from __future__ import annotations

import datetime as dt
import itertools
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from imt_ecrf.study.records import Record, Subject
from imt_ecrf.study.rules import CompiledRule, Dictionary, FormType, ItemType, Run, evaluate, parse_and_check
from imt_ecrf.study.rules import dates as order
from imt_ecrf.study.rules.arithmetic import cbrt, sqrt
from imt_ecrf.study.values import Date, read_date

TYPES = {
    "A": "boolean",
    "B": "boolean",
    "C": "boolean",
    "X": "decimal",
    "Y": "decimal",
    "D": "date",
    "E": "date",
}
WORDS = Dictionary(
    items={oid: ItemType(oid, type_, "F") for oid, type_ in TYPES.items()},
    forms={"F": FormType("F", "event", tuple(TYPES))},
)
TRUTHS = (True, False, None)
WRITTEN = {True: "true", False: "false", None: None}


def say(text: str, **answers: str | None) -> Any:
    """Evaluate an expression over answers as stored."""
    cells = {oid: {"v": answer} for oid, answer in answers.items() if answer is not None}
    record = Record("F", cells=cells)
    rule = parse_and_check(text, WORDS, home="F", use="value")
    assert isinstance(rule, CompiledRule), rule
    return evaluate(rule, Run(Subject(), WORDS, record))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("not (A and B)", "not A or not B"),
        ("not (A or B)", "not A and not B"),
        ("A and B", "B and A"),
        ("A or B", "B or A"),
        ("A and (B or C)", "A and B or A and C"),
        ("A or (B and C)", "(A or B) and (A or C)"),
        ("not not A", "A"),
        ("A and A or A", "A"),
        ("A != B", "not (A == B)"),
    ],
)
def test_logic_keeps_the_laws_of_kleene(one: str, other: str) -> None:
    for a, b, c in itertools.product(TRUTHS, repeat=3):
        answers = {"A": WRITTEN[a], "B": WRITTEN[b], "C": WRITTEN[c]}
        assert say(one, **answers) is say(other, **answers), answers


def test_a_known_side_decides_whatever_the_other_is() -> None:
    for truth in TRUTHS:
        assert say("A and B", A="false", B=WRITTEN[truth]) is False
        assert say("A or B", A="true", B=WRITTEN[truth]) is True


DATES = st.dates(dt.date(1850, 1, 1), dt.date(2199, 12, 31)).flatmap(
    lambda day: st.sampled_from([f"{day:%Y-%m-%d}", f"{day:%Y-%m}", f"{day.year:04d}"])
)
NEAR = st.dates(dt.date(2023, 12, 1), dt.date(2024, 3, 31)).flatmap(
    lambda day: st.sampled_from([f"{day:%Y-%m-%d}", f"{day:%Y-%m}", f"{day.year:04d}"])
)


def both(a: str, b: str) -> tuple[Date, Date]:
    first, second = read_date(a), read_date(b)
    assert first
    assert second
    return first, second


@given(NEAR, NEAR)
def test_an_order_is_known_exactly_when_all_possible_days_agree(a: str, b: str) -> None:
    first, second = both(a, b)
    ends = [(first.lo, second.lo), (first.lo, second.hi), (first.hi, second.lo), (first.hi, second.hi)]

    def all_agree(found: list[bool]) -> bool | None:
        return found[0] if len(set(found)) == 1 else None

    assert order.before(first, second) is all_agree([x < y for x, y in ends])
    assert order.before_or_same(first, second) is all_agree([x <= y for x, y in ends])
    assert order.before(first, second) is (
        None if (found := order.before_or_same(second, first)) is None else not found
    )


@given(DATES, DATES)
def test_equality_is_certain_only_for_full_dates(a: str, b: str) -> None:
    first, second = both(a, b)
    found = order.equal(first, second)
    assert found is order.equal(second, first)
    if found is True:
        assert (first.full, second.full, a) == (True, True, b)
    assert (found is False) is (first.hi < second.lo or second.hi < first.lo)


@given(st.lists(NEAR, min_size=1, max_size=4))
def test_the_first_date_is_not_after_any_other(texts: list[str]) -> None:
    dates = [day for text in texts if (day := read_date(text))]
    found = order.first_of(dates)
    if found is not None:
        assert all(order.alike(found, day) or order.before_or_same(found, day) for day in dates)


@given(NEAR, NEAR)
def test_completed_months_of_partial_dates_are_those_of_every_possible_day(a: str, b: str) -> None:
    first, second = both(a, b)
    assume(first.hi - first.lo < 40 and second.hi - second.lo < 40)
    counts = {
        order.months(Date.ordinal(x), Date.ordinal(y))
        for x in range(first.lo, first.hi + 1)
        for y in range(second.lo, second.hi + 1)
    }
    assert order.months(first, second) == (counts.pop() if len(counts) == 1 else None)


NUMBERS = st.decimals(
    allow_nan=False, allow_infinity=False, places=4, min_value=-(10**6), max_value=10**6
).map(lambda number: f"{number:f}")


@given(NUMBERS, NUMBERS)
def test_arithmetic_is_exact(x: str, y: str) -> None:
    a, b = Fraction(x), Fraction(y)
    assert say("X + Y - Y", X=x, Y=y) == a
    assert say("X * Y", X=x, Y=y) == a * b
    assert say("X / Y * Y", X=x, Y=y) == (a if b else None)
    if b:
        assert say("X - Y * floor(X / Y) == X % Y", X=x, Y=y) is True


@given(st.fractions(min_value=0, max_value=10**9))
def test_roots_are_cut_after_twelve_decimals(number: Fraction) -> None:
    step = Fraction(1, 10**12)
    root, cube = sqrt(number), cbrt(number)
    assert root is not None
    assert root**2 <= number < (root + step) ** 2
    assert cube**3 <= number < (cube + step) ** 3
    assert cbrt(-number) == -cube
