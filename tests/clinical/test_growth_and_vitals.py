"""Growth z-scores come from a loaded table only; vital signs have limits by age; how the tables are read.

The references here are invented for the tests: they describe no child.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imt_ecrf.clinical.growth import GrowthTable, GrowthTableFault, growth_z, lms_z, read_growth_table
from imt_ecrf.clinical.recist import RecistSettings
from imt_ecrf.clinical.tables import read_doses, read_growth, read_ranges, read_recist_settings
from imt_ecrf.clinical.vitals import vital_hi, vital_lo
from tests.clinical.book import FORMS, VITALS, read

REFERENCE = """# invented for the tests
kind,sex,age_months,L,M,S
WEIGHT,F,24,1,12,0.1
WEIGHT,F,26,1,14,0.1
WEIGHT,F,60,1,20,0.1

HEIGHT,M,24,0,86.0,0.04
"""
TABLE = read_growth_table(REFERENCE.splitlines(), "invented")


@pytest.mark.parametrize(
    ("kind", "sex", "months", "value", "score"),
    [
        ("WEIGHT", "F", 24, 12, Fraction(0)),
        ("WEIGHT", "F", 24, Decimal("13.2"), Fraction(1)),
        ("WEIGHT", "F", 24, Decimal("9.6"), Fraction(-2)),
        ("WEIGHT", "F", 25, Decimal("14.3"), Fraction(1)),
        ("WEIGHT", "F", 26, Decimal("15.4"), Fraction(1)),
        ("HEIGHT", "M", 24, 86, Fraction(0)),
        ("WEIGHT", "F", 23, 12, None),
        ("WEIGHT", "F", 61, 12, None),
        ("WEIGHT", "F", 40, 12, None),
        ("WEIGHT", "M", 24, 12, None),
        ("HEIGHT", "F", 24, 86, None),
        ("WEIGHT", None, 24, 12, None),
        ("WEIGHT", "F", None, 12, None),
        ("WEIGHT", "F", 24, 0, None),
    ],
)
def test_a_score_is_given_inside_the_table_only(
    kind: str, sex: str | None, months: int | None, value: int | Decimal, score: Fraction | None
) -> None:
    assert growth_z(TABLE, kind, sex, months, value) == score


def test_without_a_table_there_is_no_score() -> None:
    assert growth_z(None, "WEIGHT", "F", 24, 12) is None
    assert read_growth(read(FORMS / "medicine" / "growth.yaml")) is None


def test_a_bent_distribution_is_straightened() -> None:
    # ((18 / 16) ** -1 - 1) / (-1 x 0.1) = (8/9 - 1) / -0.1 = 10/9
    assert lms_z(18, -1, 16, Decimal("0.1")) == Fraction("1.111111111111")
    # e ** 0.1 = 1.105170918...: one standard deviation where S = 0.1 and L = 0
    near = lms_z(Decimal("110.5170918075647624811707826"), 0, 100, Decimal("0.1"))
    assert near == 1


@given(st.decimals(1, 100, places=2), st.decimals(1, 100, places=2), st.decimals(-2, 2, places=2))
def test_a_taller_child_has_a_higher_score(one: Decimal, other: Decimal, skewness: Decimal) -> None:
    low, high = sorted((one, other))
    assert lms_z(low, skewness, 50, Decimal("0.1")) <= lms_z(high, skewness, 50, Decimal("0.1"))


def test_rows_of_the_study_file_make_the_same_table_as_csv() -> None:
    rows = [
        {"kind": row.kind, "sex": row.sex, "months": row.age_months, "l": row.skewness, "m": row.median}
        | {"s": str(float(row.variation))}
        for row in TABLE.rows
    ]
    rows[-1]["m"] = "86.0"
    assert read_growth({"source": "invented", "rows": rows}) == TABLE == GrowthTable("invented", TABLE.rows)


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ([], "first line must name the columns"),
        (["kind,sex,age,L,M,S"], "first line must name the columns"),
        (["kind,sex,age_months,L,M,S", "WEIGHT,F,24,1,12"], "line 2: WEIGHT, F, 24, 1, 12 is not"),
        (["kind,sex,age_months,L,M,S", "WEIGHT,F,24,1,twelve,0.1"], "line 2: .* is not kind"),
        (["kind,sex,age_months,L,M,S", "WEIGHT,F,24,1,Infinity,0.1"], "line 2: .* is not kind"),
        (["kind,sex,age_months,L,M,S", "# remark", "WEIGHT,X,24,1,12,0.1"], "line 3: .* out of its range"),
        (["kind,sex,age_months,L,M,S", "BMI,F,24,1,12,0.1"], "line 2: .* out of its range"),
        (["kind,sex,age_months,L,M,S", "WEIGHT,F,-1,1,12,0.1"], "line 2: .* out of its range"),
        (["kind,sex,age_months,L,M,S", "WEIGHT,F,24,1,0,0.1"], "line 2: .* out of its range"),
        (
            ["kind,sex,age_months,L,M,S", *["WEIGHT,F,24,1,12,0.1"] * 2],
            "line 3: WEIGHT F month 24 is there twice",
        ),
    ],
)
def test_a_fault_of_the_reference_names_its_line(lines: list[str], fault: str) -> None:
    with pytest.raises(GrowthTableFault, match=fault):
        read_growth_table(lines, "invented")


@pytest.mark.parametrize(
    ("vital", "age", "limits"),
    [
        ("HR", 0, (100, 180)),
        ("HR", Fraction(364, 365), (100, 180)),
        ("HR", 1, (90, 150)),
        ("RR", 12, (12, 24)),
        ("SBP", 16 - Fraction(1, 366), (95, 135)),
        ("SBP", 16, (100, 140)),
        ("SBP", 19, (None, None)),
        ("HR", -1, (None, None)),
        ("TEMP", 5, (None, None)),
    ],
)
def test_limits_of_vital_signs_change_on_birthdays(
    vital: str, age: int | Fraction, limits: tuple[int | None, int | None]
) -> None:
    assert (vital_lo(VITALS, vital, age), vital_hi(VITALS, vital, age)) == limits


def test_bands_may_be_written_in_days_and_with_dates() -> None:
    row = {"test": "HGB", "unit": "g/L", "lo": "105", "age_from_d": 0, "age_to_d": "28", "lab": "L1"}
    (band,) = read_ranges({"laboratory": [row | {"valid_from": "2026-01-01", "sex": "F"}]})
    assert (band.age_to, band.lab, band.sex, band.low, band.high) == (28, "L1", "F", Fraction(105), None)
    assert str(band.valid_from) == "2026-01-01"
    assert band.valid_to is None


def test_a_level_that_a_band_does_not_have_has_no_dose() -> None:
    table = read_doses(
        {
            "oid": "T",
            "target_mg_per_m2": {"L0": 280, "L-1": 215},
            "bands": [{"bsa_from": "0.38", "bsa_to": None, "L0": {"mg": "120", "freq": "BID"}}],
        }
    )
    assert [dose.level for dose in table.bands[0].doses] == ["L0"]


def test_recist_settings_are_read_by_name() -> None:
    written = {
        "recist.confirm_days": "42",
        "recist.keep_pr_until_pd": "any",
        "recist.accept_sd_between": True,
    }
    expected = RecistSettings(confirm_days=42, keep_pr_until_pd="any", accept_sd_between=True)
    assert read_recist_settings(written) == expected
    assert read_recist_settings({}) == RecistSettings()
    with pytest.raises(ValueError, match="no setting recist_days"):
        read_recist_settings({"recist_days": 1})
    with pytest.raises(ValueError, match="must be off, confirmed or any, is never"):
        read_recist_settings({"recist.keep_pr_until_pd": "never"})
