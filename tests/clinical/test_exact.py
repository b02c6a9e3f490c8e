"""Exact numbers: nothing is a binary float, ties go away from zero, roots are cut."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imt_ecrf.clinical.exact import cube_root, fraction, positive, round_half_away, square_root

STEP = Fraction(1, 10**12)


@pytest.mark.parametrize(
    ("number", "decimals", "rounded"),
    [
        (Fraction(5, 2), 0, Fraction(3)),
        (Fraction(-5, 2), 0, Fraction(-3)),
        (Decimal("2.4999"), 0, Fraction(2)),
        (Decimal("1.695"), 2, Fraction(170, 100)),
        (Decimal("-28.85"), 1, Fraction("-28.9")),
        (Decimal("-0.04"), 1, Fraction(0)),
        (7, 3, Fraction(7)),
    ],
)
def test_half_is_rounded_away_from_zero(number: Fraction | Decimal, decimals: int, rounded: Fraction) -> None:
    assert round_half_away(number, decimals) == rounded


def test_a_binary_float_is_refused() -> None:
    with pytest.raises(TypeError, match="binary float"):
        fraction(0.1)  # type: ignore[arg-type]


def test_a_measurement_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="height must be above 0, is 0"):
        positive(0, "height")


def test_a_negative_number_has_no_square_root() -> None:
    with pytest.raises(ValueError, match="no square root"):
        square_root(-1)


@pytest.mark.parametrize(("number", "root"), [(0, 0), (4, 2), (Fraction(9, 4), Fraction(3, 2))])
def test_perfect_squares_have_exact_roots(number: Fraction, root: Fraction) -> None:
    assert square_root(number) == root


@pytest.mark.parametrize(("number", "root"), [(0, 0), (27, 3), (-8, -2), (Fraction(1, 8), Fraction(1, 2))])
def test_perfect_cubes_have_exact_roots(number: Fraction, root: Fraction) -> None:
    assert cube_root(number) == root


@given(st.fractions(min_value=0, max_value=10**9, max_denominator=10**6))
def test_a_square_root_is_cut_never_rounded_up(number: Fraction) -> None:
    root = square_root(number)
    assert root**2 <= number < (root + STEP) ** 2


@given(st.fractions(min_value=0, max_value=10**9, max_denominator=10**6))
def test_a_cube_root_is_cut_never_rounded_up(number: Fraction) -> None:
    root = cube_root(number)
    assert root**3 <= number < (root + STEP) ** 3


@given(st.fractions(max_denominator=10**6), st.integers(0, 6))
def test_rounding_moves_a_number_by_half_a_step_at_most(number: Fraction, decimals: int) -> None:
    rounded = round_half_away(number, decimals)
    assert abs(rounded - number) <= Fraction(1, 2 * 10**decimals)
    assert round_half_away(-number, decimals) == -rounded
