"""Laboratory rows as rules see them: calcium graded corrected, adult limits beside flags, limits in units."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from imt_ecrf.clinical.labs import RangeRow, laboratories, laboratory_key
from imt_ecrf.study.engine import Engine
from imt_ecrf.study.medicine import medicine
from imt_ecrf.study.panel_notes import notes, outside_formula
from imt_ecrf.study.records import Event, Record, Subject
from tests.factories import real_book

if TYPE_CHECKING:
    from collections.abc import Mapping

LAB = "Laboratory A"
SINCE = dt.date(2025, 1, 1)


def stated(test: str, unit: str, low: str | None, high: str | None, **more: Any) -> RangeRow:
    bottom, top = (Fraction(one) if one else None for one in (low, high))
    return RangeRow(test, unit, bottom, top, lab=laboratory_key(LAB), valid_from=SINCE, **more)


@pytest.fixture(scope="module")
def engine() -> Engine:
    """Give the rules of the study."""
    return Engine(real_book())


def filled(**given: str) -> dict[str, Any]:
    return {name: {"v": value} for name, value in given.items()}


def seen(
    form: str, results: Mapping[str, tuple[str, str]], *ranges: RangeRow, age: str = "13"
) -> tuple[Subject, Record]:
    """Give a boy with one sample, and the ranges of his laboratory."""
    prefix, group = form.removeprefix("F_"), f"G_{form.removeprefix('F_')}"
    cells = filled(**{f"{prefix}PERF": "Y", f"{prefix}DAT": "2026-01-12", f"{prefix}NAM": LAB})
    for test, (value, unit) in results.items():
        start = f"{group}.{test}.{prefix}"
        cells |= {f"{start}ORRES": {"v": value}, f"{start}ORRESU": {"v": unit}}
    record = Record(form, "SE_C1D1", cells=cells)
    kept = [
        Record("F_DM", "SE_SCR", cells=filled(SEX="M", AGEIC_Y=age, BRTHYY="2012")),
        Record("F_IC", "SE_LOG", line=1, cells=filled(ICDAT="2026-01-02")),
        record,
    ]
    events = (Event("SE_SCR", 1, "2026-01-05", 0), Event("SE_C1D1", 1, "2026-01-12", 1))
    subject = Subject(
        code="01-001", site="01", events=events, facts={"today": "2026-02-01", "lab_ranges": ranges},
        load=lambda wanted: [one for one in kept if one.form == wanted],
    )  # fmt: skip
    return subject, record


def graded(engine: Engine, subject: Subject, record: Record, test: str) -> dict[str, str]:
    """Give what is derived in the row of a test."""
    found = engine.outcome(subject, record).derived
    mine = {path.split(".")[-1][3:]: cell for path, cell in found.items() if f".{test}." in path}
    return {name: cell["v"] for name, cell in mine.items() if cell}


CALCIUM = stated("CA", "mmol/L", "2.10", "2.65")


@pytest.mark.parametrize(
    ("calcium", "albumin", "flag", "grade"),
    [
        # corrected: 2.05 + 0.02 x (40 - 30) = 2.25
        ("2.05", "30", "LOW", "0"),
        # corrected: 2.20 + 0.02 x (40 - 46) = 2.08, below 2.10
        ("2.20", "46", "NORMAL", "1"),
        # corrected: 2.60 + 0.02 x (40 - 20) = 3.00, above 2.9
        ("2.60", "20", "NORMAL", "2"),
    ],
)
def test_calcium_is_graded_corrected_for_albumin_and_flagged_as_measured(
    engine: Engine, calcium: str, albumin: str, flag: str, grade: str
) -> None:
    subject, record = seen("F_LBC", {"CA": (calcium, "mmol/L"), "ALB": (albumin, "g/L")}, CALCIUM)
    row = graded(engine, subject, record, "CA")
    assert (row["NRIND"], row["TOXGR"]) == (flag, grade)


def test_calcium_without_albumin_has_no_grade_and_says_why(engine: Engine) -> None:
    subject, record = seen("F_LBC", {"CA": ("1.4", "mmol/L")}, CALCIUM)
    assert "TOXGR" not in graded(engine, subject, record, "CA")
    assert notes(engine, subject, record)["G_LBC.CA.LBCTOXGR"] == "needs albumin"


@pytest.mark.parametrize(
    ("low", "row"),
    [("1.0", {"NRIND": "NORMAL", "TOXGR": "0"}), ("1.3", {"NRIND": "LOW", "TOXGR": "2"})],
)
def test_neutrophils_of_a_child_are_graded_beside_the_flag_of_its_age(
    engine: Engine, low: str, row: dict[str, str]
) -> None:
    subject, record = seen("F_LBH", {"NEUT": ("1.2", "10^9/L")}, stated("NEUT", "10^9/L", low, "8.5"))
    found = graded(engine, subject, record, "NEUT")
    assert {name: found[name] for name in row} == row


def test_neutrophils_without_any_range_have_no_grade(engine: Engine) -> None:
    subject, record = seen("F_LBH", {"NEUT": ("1.2", "10^9/L")}, age="25")
    assert set(graded(engine, subject, record, "NEUT")) == {"STRESN"}


@pytest.mark.req("R32")
def test_limits_are_copied_in_their_unit_and_held_against_the_standard_result(engine: Engine) -> None:
    glucose = stated("GLUC", "mg/dL", "60", "90")
    subject, record = seen("F_LBC", {"GLUC": ("90", "mg/dL")}, glucose)
    assert graded(engine, subject, record, "GLUC") == {
        "ORNRLO": "60",
        "ORNRHI": "90",
        "STRESN": "4.996",
        "NRIND": "NORMAL",
        "TOXGR": "0",
    }


@pytest.mark.req("R32")
def test_limits_of_a_laboratory_never_hold_for_another_unit(engine: Engine) -> None:
    glucose = stated("GLUC", "mmol/L", "3.3", "5.8")
    subject, record = seen("F_LBC", {"GLUC": ("150", "mg/dL")}, glucose)
    assert {"ORNRLO", "ORNRHI", "NRIND"}.isdisjoint(graded(engine, subject, record, "GLUC"))
    assert notes(engine, subject, record)["G_LBC.GLUC.LBCORNRLO"] == "another unit"


def test_the_kidney_formula_minds_its_ages(engine: Engine) -> None:
    wanted: dict[str, tuple[str, ...]] = {"13": (), "17": ("LBC_EGFR",)}
    for age, items in wanted.items():
        subject, record = seen("F_LBC", {"CREAT": ("60", "umol/L")}, age=age)
        worked = Record(record.form, record.event, cells={**record.cells, **filled(LBC_EGFR="80")})
        assert outside_formula(engine, subject, worked) == items


def test_laboratories_with_limits_for_a_child_are_named_by_day_age_and_sex() -> None:
    rows = (
        stated("ALT", "U/L", "5", "40"),
        RangeRow("ALT", "U/L", None, Fraction(50), sex="F", lab="b", valid_from=SINCE),
        RangeRow("ALT", "U/L", None, Fraction(50), lab="c", valid_from=dt.date(2026, 6, 1)),
        RangeRow("ALT", "U/L", None, Fraction(50)),
    )
    found = {
        (sex, day): laboratories(rows, "ALT", sex, 4000, day)
        for sex in ("M", "F")
        for day in (SINCE, dt.date(2026, 6, 1))
    }
    assert found == {
        ("M", SINCE): {"laboratory a"},
        ("F", SINCE): {"laboratory a", "b"},
        ("M", dt.date(2026, 6, 1)): {"laboratory a", "c"},
        ("F", dt.date(2026, 6, 1)): {"laboratory a", "b", "c"},
    }


def test_a_baseline_is_looked_for_only_where_a_grade_can_depend_on_it() -> None:
    known = medicine(real_book())
    asks = {test: known.asks_baseline(test) for test in ("ALT", "AST", "BILI", "PLAT", "NEUT", "SODIUM")}
    assert asks == {"ALT": True, "AST": True, "BILI": True, "PLAT": False, "NEUT": False, "SODIUM": False}
