"""The dose of the table at every edge of its bands, what formulations can make, what was expected."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imt_ecrf.clinical.dose import (
    CRIZOTINIB,
    DosingInterval,
    calculated_dose,
    dose_deviation,
    dose_level_mg_m2,
    dose_per_m2,
    dose_table,
    expected_amount,
    makeable,
)
from tests.clinical.book import DOSES

LEVELS = ("L0", "L-1", "L-2")
EDGES = {
    "0.37": (None, None, None),
    "0.38": (120, 90, 70),
    "0.46": (120, 90, 70),
    "0.47": (140, 100, 90),
    "0.51": (140, 100, 90),
    "0.52": (150, 120, 90),
    "0.61": (150, 120, 90),
    "0.62": (200, 150, 120),
    "0.80": (200, 150, 120),
    "0.81": (250, 190, 150),
    "0.97": (250, 190, 150),
    "0.98": (300, 240, 170),
    "1.16": (300, 240, 170),
    "1.17": (350, 270, 200),
    "1.33": (350, 270, 200),
    "1.34": (400, 300, 240),
    "1.51": (400, 300, 240),
    "1.52": (450, 350, 270),
    "1.69": (450, 350, 270),
    "1.70": (500, 390, 300),
    "2.60": (500, 390, 300),
}
DAY_1 = date(2026, 3, 2)
SURFACES = st.decimals(Decimal("0.20"), Decimal("2.60"), places=3)


@pytest.mark.parametrize(("surface", "doses"), EDGES.items())
def test_each_edge_of_a_band_has_its_dose_at_every_level(surface: str, doses: tuple[int | None, ...]) -> None:
    assert tuple(dose_table(DOSES, Decimal(surface), level, "PELLET") for level in LEVELS) == doses


@pytest.mark.parametrize(
    ("surface", "dose"), [("0.374", None), ("0.375", 120), ("0.4649", 120), ("0.465", 140), ("1.695", 500)]
)
def test_a_surface_is_rounded_before_the_table_is_read(surface: str, dose: int | None) -> None:
    assert dose_table(DOSES, Decimal(surface), "L0") == dose


@pytest.mark.parametrize(
    ("surface", "level", "form", "dose"),
    [
        ("1.33", "L0", "CAPSULE", None),
        ("1.34", "L0", "CAPSULE", 400),
        ("1.60", "L0", "CAPSULE", 450),
        ("1.80", "L0", "CAPSULE", 500),
        ("0.70", "L0", "CAPSULE", None),
        ("1.20", "L-2", "CAPSULE", 200),
        ("1.20", "L-1", "CAPSULE", None),
        ("0.70", "L0", "SOLUTION", 200),
        ("0.70", "L0", "SUSPENSION", 200),
        ("0.70", "L0", "TABLET", None),
        ("0.70", "HOLD", "PELLET", None),
    ],
)
def test_a_formulation_has_only_the_doses_it_can_make_and_the_label_gives(
    surface: str, level: str, form: str, dose: int | None
) -> None:
    assert dose_table(DOSES, Decimal(surface), level, form) == dose


@pytest.mark.parametrize("level", LEVELS)
@given(one=SURFACES, other=SURFACES)
def test_a_larger_child_never_has_a_smaller_dose(level: str, one: Decimal, other: Decimal) -> None:
    small, large = sorted((one, other))
    assert (dose_table(DOSES, small, level) or 0) <= (dose_table(DOSES, large, level) or 0)


@given(SURFACES)
def test_a_reduced_level_is_always_lower_and_pellets_make_it(surface: Decimal) -> None:
    doses = [dose_table(DOSES, surface, level, "PELLET") for level in LEVELS]
    if doses[0] is None:
        assert doses == [None] * 3
    else:
        known = [dose for dose in doses if dose is not None]
        assert len(known) == 3
        assert known == sorted(set(known), reverse=True)


@pytest.mark.parametrize(
    ("mg", "form", "can"),
    [
        (130, "CAPSULE", False),
        (200, "CAPSULE", True),
        (450, "CAPSULE", True),
        (30, "PELLET", False),
        (20, "PELLET", True),
        (70, "PELLET", True),
        (390, "PELLET", True),
        (0, "PELLET", False),
        (Fraction(201, 2), "PELLET", False),
        (Fraction(201, 2), "SOLUTION", True),
        (100, "TABLET", False),
    ],
)
def test_a_dose_can_be_made_from_whole_units_only(mg: int | Fraction, form: str, can: bool) -> None:
    assert makeable(DOSES, mg, form) is can


@given(st.lists(st.sampled_from(CRIZOTINIB[0].strengths), min_size=1, max_size=8))
def test_any_handful_of_pellets_is_makeable(pellets: list[int]) -> None:
    assert makeable(DOSES, sum(pellets), "PELLET")


def test_levels_aim_at_their_target() -> None:
    assert [dose_level_mg_m2(DOSES, level) for level in (*LEVELS, "HOLD")] == [280, 215, 165, None]
    assert calculated_dose(DOSES, "L-1", Decimal("0.80")) == 172
    assert calculated_dose(DOSES, "HOLD", Decimal("0.80")) is None


def test_a_prescription_is_compared_with_surface_and_table() -> None:
    assert dose_per_m2(200, Decimal("0.80")) == 250
    assert [dose_deviation(mg, 200) for mg in (180, 200, 220)] == [-10, 0, 10]


def _interval(first: int, last: int | None, mg: int, times: int | None = 2) -> DosingInterval:
    end = None if last is None else DAY_1 + timedelta(days=last - 1)
    return DosingInterval(DAY_1 + timedelta(days=first - 1), end, mg, times)


@pytest.mark.parametrize(
    ("intervals", "amount"),
    [
        ([_interval(1, None, 200)], 28 * 400),
        ([_interval(1, 28, 200)], 28 * 400),
        ([_interval(1, 60, 200)], 28 * 400),
        ([_interval(-20, None, 200)], 28 * 400),
        ([_interval(1, 7, 200)], 7 * 400),
        ([_interval(29, None, 200)], 0),
        ([_interval(1, 10, 200), _interval(11, 17, 0, None), _interval(18, None, 150)], 10 * 400 + 11 * 300),
        # the day on which one interval ends and the next begins counts once
        ([_interval(1, 10, 200), _interval(10, None, 150)], 9 * 400 + 19 * 300),
        ([_interval(1, None, 250, 1)], 28 * 250),
        ([_interval(1, None, 250, None)], None),
        ([], 0),
    ],
)
def test_the_amount_expected_is_summed_over_the_days_of_the_period(
    intervals: list[DosingInterval], amount: int | None
) -> None:
    assert expected_amount(intervals, DAY_1, DAY_1 + timedelta(days=28)) == amount


def test_doses_forgotten_were_expected_all_the_same() -> None:
    forgotten = DosingInterval(DAY_1, DAY_1 + timedelta(days=1), 0, 2, prescribed=200)
    assert expected_amount([forgotten], DAY_1, DAY_1 + timedelta(days=28)) == 800


@given(st.integers(0, 40), st.integers(0, 40))
def test_two_periods_expect_as_much_as_one(first: int, second: int) -> None:
    intervals = [_interval(1, 9, 200), _interval(10, 20, 0), _interval(21, None, 150)]
    middle, end = DAY_1 + timedelta(days=first), DAY_1 + timedelta(days=first + second)
    parts = [expected_amount(intervals, DAY_1, middle), expected_amount(intervals, middle, end)]
    assert expected_amount(intervals, DAY_1, end) == sum(part for part in parts if part is not None)
