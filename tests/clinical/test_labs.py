"""Units are converted exactly or not at all; the most specific range wins; flags at their limits."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imt_ecrf.clinical.labs import (
    LabResult,
    RangeRow,
    in_standard_unit,
    lab,
    lab_flag,
    lab_lln,
    lab_standard,
    lab_uln,
    range_flag,
    range_lookup,
)
from imt_ecrf.clinical.range_table import RangeFault, range_faults
from tests.clinical.book import RANGES, UNITS

TODAY = date(2026, 3, 10)
ANY = RangeRow("HGB", "g/L", Fraction(105), Fraction(150))


def _row(**changes: object) -> RangeRow:
    return replace(ANY, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("test", "value", "unit", "standard", "converted"),
    [
        ("GLUC", 90, "mg/dL", "mmol/L", Fraction("4.9959")),
        ("CREAT", Decimal("0.5"), "mg/dL", "umol/L", Fraction("44.21")),
        ("CRP", Decimal("1.2"), "mg/dL", "mg/L", Fraction(12)),
        ("HGB", Decimal("11.5"), "g/dL", "g/L", Fraction(115)),
        ("ALT", Decimal("0.5"), "ukat/L", "U/L", Fraction(30)),
        ("K", Decimal("4.1"), "mEq/L", "mmol/L", Fraction("4.1")),
        ("TEMP", 98, "F", "C", Fraction(110, 3)),
        ("LVEF", Decimal("0.62"), "fraction of 1", "%", Fraction(62)),
        ("VS_WEIGHT", 9400, "g", "kg", Fraction("9.4")),
        ("GLUC", Decimal("5.0"), "mmol/L", "mmol/L", Fraction(5)),
    ],
)
def test_a_result_is_converted_exactly(
    test: str, value: int | Decimal, unit: str, standard: str, converted: Fraction
) -> None:
    assert lab_standard(UNITS, test, value, unit, standard) == converted


@pytest.mark.parametrize(
    ("test", "unit", "standard"),
    [
        ("K", "mg/dL", "mmol/L"),
        ("GLUC", "mg/dL", "umol/L"),
        ("GLUC", "", "mmol/L"),
        ("ALT", "U/L", "ukat/L"),
        ("HGB", "mmol/L", "g/L"),
    ],
)
def test_a_result_without_a_factor_is_not_converted(test: str, unit: str, standard: str) -> None:
    assert lab_standard(UNITS, test, 5, unit, standard) is None


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([_row(), _row(sex="F")], _row(sex="F")),
        ([_row(sex="M"), _row()], _row()),
        ([_row(sex="F"), _row(lab="L1")], _row(lab="L1")),
        ([_row(lab="L2", sex="F"), _row()], _row()),
        ([_row(lab="L1"), _row(lab="L1", sex="F"), _row(sex="F")], _row(lab="L1", sex="F")),
        ([_row(valid_from=TODAY), _row()], _row(valid_from=TODAY)),
        ([_row(valid_from=date(2026, 3, 11)), _row()], _row()),
        ([_row(valid_to=TODAY)], None),
        ([_row(valid_to=date(2026, 3, 11))], _row(valid_to=date(2026, 3, 11))),
        ([_row(age_from=731)], None),
        ([_row(age_to=730)], None),
        ([_row(age_from=730, age_to=731)], _row(age_from=730, age_to=731)),
        ([_row(test="WBC")], None),
        ([], None),
    ],
)
def test_the_most_specific_row_in_force_wins(rows: list[RangeRow], found: RangeRow | None) -> None:
    assert range_lookup(rows, "HGB", "L1", "F", 730, TODAY) == found


def test_a_child_of_unknown_sex_has_only_the_rows_of_any_sex() -> None:
    assert range_lookup([_row(sex="F")], "HGB", None, None, 730, TODAY) is None
    assert range_lookup([_row(), _row(sex="F")], "HGB", None, None, 730, TODAY) == _row()


@pytest.mark.parametrize(
    ("sex", "years", "limits"),
    [
        ("F", 12, ("118", "155")),
        ("M", 12, ("125", "170")),
        ("F", 11, ("115", "150")),
        ("M", 0, ("105", "135")),
    ],
)
def test_the_seed_table_is_read_with_bands_in_days(sex: str, years: int, limits: tuple[str, str]) -> None:
    row = range_lookup(RANGES, "HGB", "any laboratory", sex, years * 1461 // 4, TODAY)
    assert row is not None
    assert (row.low, row.high) == tuple(map(Fraction, limits))


def test_limits_come_into_the_standard_unit_of_the_test() -> None:
    row = RangeRow("CREAT", "mg/dL", Fraction("0.3"), None)
    assert in_standard_unit(UNITS, row, "umol/L") == replace(row, unit="umol/L", low=Fraction("26.526"))
    assert in_standard_unit(UNITS, row, "mg/dL") is row
    assert in_standard_unit(UNITS, row, "mmol/L") is None


@pytest.mark.parametrize(
    ("value", "low", "high", "qualifier", "flag"),
    [
        (Fraction("3.5"), Fraction("3.5"), 5, None, "NORMAL"),
        (Fraction("3.49"), Fraction("3.5"), 5, None, "LOW"),
        (5, Fraction("3.5"), 5, None, "NORMAL"),
        (Fraction("5.01"), Fraction("3.5"), 5, None, "HIGH"),
        (3, 3, 5, "<", "LOW"),
        (4, 3, 5, "<", "NORMAL"),
        (5, 3, 5, ">", "NORMAL"),
        (2, None, 5, None, "NORMAL"),
        (9, 3, None, None, "NORMAL"),
        (9, None, None, None, None),
        (None, 3, 5, None, None),
    ],
)
def test_a_result_is_flagged_at_its_limits(
    value: Fraction | int | None,
    low: Fraction | int | None,
    high: int | None,
    qualifier: str | None,
    flag: str | None,
) -> None:
    assert range_flag(value, low, high, qualifier) == flag  # type: ignore[arg-type]


def test_a_sample_answers_by_test() -> None:
    sample = (LabResult("ALT", 50, "U/L", 5, 40, "HIGH", 1), LabResult("AST", None, "U/L"))
    assert (lab(sample, "ALT"), lab_lln(sample, "ALT"), lab_uln(sample, "ALT"), lab_flag(sample, "ALT")) == (
        50,
        5,
        40,
        "HIGH",
    )
    assert [ask(sample, "BILI") for ask in (lab, lab_lln, lab_uln, lab_flag)] == [None] * 4
    assert lab(sample, "AST") is None


def test_the_seed_table_has_two_gaps_and_no_other_fault() -> None:
    # girls of 15 have no alkaline phosphatase range; the other faults a table may have are not in it
    assert range_faults(RANGES) == (RangeFault("gap", None, "ALP", "F", 5478, 5844),)


@pytest.mark.parametrize(
    ("rows", "faults"),
    [
        ([_row(age_to=400), _row(age_from=365)], [("overlap", None, 365, 400)]),
        ([_row(), _row(age_from=365)], [("overlap", None, 365, None)]),
        ([_row(age_to=365), _row(age_from=366)], [("gap", "F", 365, 366), ("gap", "M", 365, 366)]),
        ([_row(sex="F", age_to=365), _row(sex="M", age_to=365)], []),
        ([_row(age_to=365), _row(age_from=365, sex="M")], [("gap", "F", 365, None)]),
        ([_row(age_from=10, age_to=10)], [("empty band", None, 10, 10)]),
        ([_row(low=Fraction(200))], [("limits", None, 0, None)]),
        ([_row(low=None, high=None)], [("limits", None, 0, None)]),
        ([_row(age_to=365), _row(age_from=365, unit="g/dL")], [("unit", None, 365, None)]),
        ([_row(), _row(lab="L1"), _row(valid_from=TODAY)], []),
    ],
)
def test_the_faults_of_a_table_are_named(rows: list[RangeRow], faults: list[tuple[object, ...]]) -> None:
    assert [(one.kind, one.sex, one.age_from, one.age_to) for one in range_faults(rows)] == faults


@given(st.integers(0, 7000), st.integers(0, 7000), st.sampled_from("FM"))
def test_touching_bands_leave_no_age_without_a_range(bound: int, age: int, sex: str) -> None:
    rows = [_row(age_to=bound + 1), _row(age_from=bound + 1)]
    assert range_faults(rows) == ()
    assert range_lookup(rows, "HGB", None, sex, age, TODAY) == rows[age > bound]


@given(st.fractions(), st.fractions(), st.fractions())
def test_only_a_value_outside_its_limits_is_flagged(value: Fraction, one: Fraction, other: Fraction) -> None:
    low, high = sorted((one, other))
    assert (range_flag(value, low, high) == "NORMAL") is (low <= value <= high)
