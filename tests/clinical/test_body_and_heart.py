"""Body size, intervals of the electrocardiogram and kidney function at their limits."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imt_ecrf.clinical.body import body_mass_index, body_surface_area
from imt_ecrf.clinical.chemistry import Measured, hys_law
from imt_ecrf.clinical.ctcae import ctcae_grade
from imt_ecrf.clinical.ecg import mean_qtc, qtc_bazett, qtc_fridericia, qtc_grade, rr_interval
from imt_ecrf.clinical.labs import LabResult
from imt_ecrf.clinical.renal import egfr_bedside_schwartz, schwartz_applies
from tests.clinical.book import CTCAE

HEIGHTS = st.decimals(40, 210, places=1)
WEIGHTS = st.decimals(2, 150, places=2)


def test_surface_is_rounded_half_up_to_two_decimals() -> None:
    assert body_surface_area(Decimal(165), Decimal("62.5")) == Fraction("1.69")
    assert body_surface_area(150, 41) == Fraction("1.31")
    # 0.465 exactly: 90 x 8.649 / 3600 = 0.216225
    assert body_surface_area(90, Decimal("8.649")) == Fraction("0.47")


def test_mass_index_is_rounded_half_up_to_one_decimal() -> None:
    assert body_mass_index(100, 15) == 15
    assert body_mass_index(200, Decimal("61.8")) == Fraction("15.5")
    assert body_mass_index(150, 45) == 20


@pytest.mark.parametrize(("height", "weight"), [(0, 10), (100, 0), (-1, 10)])
def test_a_body_without_size_is_refused(height: int, weight: int) -> None:
    with pytest.raises(ValueError, match="must be above 0"):
        body_surface_area(height, weight)


@given(HEIGHTS, WEIGHTS, WEIGHTS)
def test_a_heavier_child_has_no_smaller_surface(height: Decimal, one: Decimal, other: Decimal) -> None:
    light, heavy = sorted((one, other))
    assert body_surface_area(height, light) <= body_surface_area(height, heavy)


@given(HEIGHTS, WEIGHTS)
def test_surface_is_the_root_of_mosteller_to_half_a_hundredth(height: Decimal, weight: Decimal) -> None:
    surface = body_surface_area(height, weight)
    square = Fraction(height) * Fraction(weight) / 3600
    assert (surface - Fraction(1, 200)) ** 2 <= square < (surface + Fraction(1, 200)) ** 2


@given(st.integers(100, 800), st.integers(150, 3000))
def test_fridericia_equals_exact_integer_arithmetic(qt: int, rr: int) -> None:
    # q is the answer when (q - 1/2)^3 x RR <= QT^3 x 1000 < (q + 1/2)^3 x RR
    q = qtc_fridericia(qt, rr)
    assert (2 * q - 1) ** 3 * rr <= 8 * qt**3 * 1000 < (2 * q + 1) ** 3 * rr


@given(st.integers(100, 800), st.integers(150, 3000))
def test_bazett_equals_exact_integer_arithmetic(qt: int, rr: int) -> None:
    q = qtc_bazett(qt, rr)
    assert (2 * q - 1) ** 2 * rr <= 4 * qt**2 * 1000 < (2 * q + 1) ** 2 * rr


@pytest.mark.parametrize(("rate", "rr"), [(60, 1000), (140, 429), (75, 800), (80, 750), (96, 625)])
def test_the_interval_comes_from_the_rate(rate: int, rr: int) -> None:
    assert rr_interval(rate) == rr


def test_a_heart_that_does_not_beat_has_no_interval() -> None:
    with pytest.raises(ValueError, match="heart rate must be above 0"):
        rr_interval(0)


def test_the_mean_is_taken_over_the_replicates_done() -> None:
    assert mean_qtc([400, 401, 404]) == 402
    assert mean_qtc([400, None, 401]) == 401
    assert mean_qtc([None, None]) is None


@pytest.mark.parametrize(
    ("mean", "change", "grade"),
    [
        (449, None, 0),
        (450, None, 1),
        (480, None, 1),
        (481, 60, 2),
        (500, 0, 2),
        (501, None, 3),
        (400, 60, 0),
        (400, 61, 3),
        (470, 61, 3),
    ],
)
def test_qtc_is_graded_at_its_limits(mean: int, change: int | None, grade: int) -> None:
    assert qtc_grade(mean, change) == grade


@given(st.integers(300, 600), st.none() | st.integers(300, 600))
def test_qtc_is_graded_alike_by_formula_and_by_table(mean: int, baseline: int | None) -> None:
    term = CTCAE.named("Electrocardiogram QT corrected interval prolonged")
    assert term is not None
    change = None if baseline is None else mean - baseline
    before = LabResult("QTCF", baseline, "ms")
    assert ctcae_grade(term, mean, baseline=before) == qtc_grade(mean, change)


def test_filtration_is_36_5_times_height_by_creatinine() -> None:
    assert egfr_bedside_schwartz(110, 40) == Fraction("100.375")


@pytest.mark.parametrize(
    ("age", "applies"), [(Fraction(364, 365), False), (1, True), (Fraction(169, 10), True), (17, False)]
)
def test_the_formula_is_for_children_of_1_to_16_years(age: Fraction, applies: bool) -> None:
    assert schwartz_applies(age) is applies


@pytest.mark.parametrize(
    ("alt", "ast", "bilirubin", "alp", "signal"),
    [
        (120, None, 41, 300, True),
        (None, 120, 41, 300, True),
        (119, None, 41, 300, None),
        (119, 119, None, 300, False),
        (120, 30, None, 300, None),
        (120, 30, None, 840, False),
        (None, None, 40, None, False),
        (None, None, 41, None, None),
    ],
)
def test_a_missing_result_hides_nothing_that_is_certain(
    alt: int | None, ast: int | None, bilirubin: int | None, alp: int | None, signal: bool | None
) -> None:
    assert (
        hys_law(Measured(alt, 40), Measured(ast, 40), Measured(bilirubin, 20), Measured(alp, 420)) is signal
    )


def test_a_result_without_a_limit_decides_nothing() -> None:
    assert hys_law(Measured(120), Measured(30), Measured(41, 20), Measured()) is None
