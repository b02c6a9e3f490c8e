"""CTCAE grades from the table: every limit, the baseline column, missing limits, and the notation."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imt_ecrf.clinical.ctcae import (
    CtcaeTerm,
    GradeLimit,
    LabGrade,
    Limit,
    covers_lab_term,
    ctcae_grade,
    grade_result,
    lab_grade,
    shown_grade,
)
from imt_ecrf.clinical.ctcae_text import LimitNotReadable, read_alternatives, read_term
from imt_ecrf.clinical.labs import LabResult
from tests.clinical.book import CTCAE, FORMS, read

STEP = Fraction(1, 1000)
TERMS = [pytest.param(term, id=term.term) for term in CTCAE.terms]
NUMBERS = st.fractions(0, 2000, max_denominator=100)
LOW, HIGH, BASELINE = Fraction(2), Fraction(5), Fraction(3)


def _term(name: str) -> CtcaeTerm:
    found = CTCAE.named(name)
    assert found is not None
    return found


def _normal(term: CtcaeTerm) -> LabResult:
    return LabResult(term.test, BASELINE, term.unit, LOW, HIGH)


def test_the_table_names_its_version_and_every_term_of_the_study_file() -> None:
    rows = read(FORMS / "medicine" / "ctcae.yaml")["rows"]
    assert CTCAE.version == "5.0"
    assert [term.term for term in CTCAE.terms] == [row["term"] for row in rows]


@pytest.mark.parametrize("term", TERMS)
def test_a_grade_with_words_only_is_not_in_the_table(term: CtcaeTerm) -> None:
    rows = read(FORMS / "medicine" / "ctcae.yaml")["rows"]
    cells = next(row["grades"] for row in rows if row["term"] == term.term)
    words = ("clinical", "torsade", "<LLN with symptoms", ">5*ULN with symptoms")
    numeric = [int(grade) for grade, cell in cells.items() if not cell.startswith(words)]
    assert sorted(limit.grade for limit in term.grades) == sorted(numeric)


SINGLE_LIMITS = [
    pytest.param(term, GradeLimit(limit.grade, (way,)), id=f"{term.term} {limit.grade} {place}")
    for term in CTCAE.terms
    for limit in (*term.grades, *(term.if_baseline_abnormal or ()))
    for place, way in enumerate(limit.alternatives)
    if len(way) == 1 and way[0].measure == "value"
]


@pytest.mark.parametrize(("term", "limit"), SINGLE_LIMITS)
def test_a_limit_is_strict_or_not_exactly_as_written(term: CtcaeTerm, limit: GradeLimit) -> None:
    only = replace(term, grades=(limit,), if_baseline_abnormal=None)
    ((one,),) = limit.alternatives
    bound = one.number
    if one.reference is not None:
        bound += one.times * {"ULN": HIGH, "LLN": LOW, "BL": BASELINE}[one.reference]
    outward = STEP if one.comparison in (">", ">=") else -STEP
    inside, at, beyond = (
        ctcae_grade(only, value, LOW, HIGH, _normal(term))
        for value in (bound - outward, bound, bound + outward)
    )
    assert (inside, at, beyond) == (0, limit.grade if "=" in one.comparison else 0, limit.grade)


@pytest.mark.parametrize("term", TERMS)
@given(one=NUMBERS, other=NUMBERS, baseline=NUMBERS.filter(bool))
def test_a_worse_number_never_has_a_better_grade(
    term: CtcaeTerm, one: Fraction, other: Fraction, baseline: Fraction
) -> None:
    before = LabResult(term.test, baseline, term.unit, LOW, HIGH)
    better, worse = sorted((one, other), reverse=term.direction == "L")
    grades = [ctcae_grade(term, value, LOW, HIGH, before) for value in (better, worse)]
    assert None not in grades
    assert grades == sorted(grades, key=lambda grade: grade or 0)


@pytest.mark.parametrize("term", TERMS)
@given(value=NUMBERS, low=st.none() | NUMBERS, high=st.none() | NUMBERS)
def test_a_grade_is_0_to_4_or_not_certain(
    term: CtcaeTerm, value: Fraction, low: Fraction | None, high: Fraction | None
) -> None:
    assert ctcae_grade(term, value, low, high) in {None, 0, *(limit.grade for limit in term.grades)}


@pytest.mark.parametrize(
    ("name", "value", "low", "high", "grade"),
    [
        ("Alanine aminotransferase increased", 100, 5, None, None),
        ("Anemia", 95, None, None, 2),
        ("Anemia", 101, None, None, None),
        ("Hyperkalemia", Fraction("7.1"), None, None, 4),
        ("Hypokalemia", Fraction("3.2"), None, None, None),
        ("INR increased", 1, None, None, 0),
    ],
)
def test_a_missing_limit_leaves_only_what_is_certain(
    name: str, value: Fraction | int, low: int | None, high: int | None, grade: int | None
) -> None:
    assert ctcae_grade(_term(name), value, low, high) == grade


@pytest.mark.parametrize(
    ("value", "baseline", "grade"),
    [
        (40, None, 0),
        (41, None, 1),
        (60, (41, 5, 40), 0),
        (Fraction("61.5"), (41, 5, 40), 1),
        (60, (40, 5, 40), 1),
        (60, (41, 5, 50), 1),
        (60, (41, None, None), 1),
        (60, (4, 5, 40), 1),
    ],
)
def test_the_baseline_column_needs_a_baseline_beyond_the_limits_of_its_day(
    value: Fraction | int, baseline: tuple[int, int | None, int | None] | None, grade: int
) -> None:
    before = None if baseline is None else LabResult("ALT", baseline[0], "U/L", baseline[1], baseline[2])
    assert ctcae_grade(_term("Alanine aminotransferase increased"), value, 5, 40, before) == grade


@pytest.mark.parametrize(
    ("name", "value", "low", "high", "grade"),
    [
        ("Creatinine increased", 40, 25, 58, 0),
        ("Creatinine increased", 88, 25, 58, 2),
        ("Eosinophilia", 1, 0, Fraction("0.5"), 0),
        ("Ejection fraction decreased", 55, None, None, 0),
        ("Electrocardiogram QT corrected interval prolonged", 440, None, None, 0),
    ],
)
def test_without_a_baseline_no_change_is_counted(
    name: str, value: int, low: int | None, high: Fraction | int | None, grade: int
) -> None:
    assert ctcae_grade(_term(name), value, low, high) == grade


@pytest.mark.parametrize(
    ("value", "grade"), [(2, 0), (Fraction("1.99"), 1), (Fraction("1.5"), 2), (1, 3), (Fraction("0.5"), 4)]
)
def test_fibrinogen_falls_by_quarters_of_an_abnormal_baseline(value: Fraction | int, grade: int) -> None:
    # baseline 2.0 with limits of its day above it: falls of 25, 50 and 75 % are 1.5, 1.0 and 0.5
    before = LabResult("FIBRINO", 2, "g/L", Fraction("2.1"), 4)
    assert ctcae_grade(_term("Fibrinogen decreased"), value, 2, 4, before) == grade


def test_the_worse_column_counts_on_anticoagulation() -> None:
    term, before = _term("INR increased"), LabResult("INR", 1, "RATIO")
    assert ctcae_grade(term, Fraction("1.1"), baseline=before) == 0
    assert ctcae_grade(term, Fraction("1.1"), baseline=before, on_anticoagulation=True) == 1
    assert ctcae_grade(term, Fraction("1.1"), on_anticoagulation=True) == 0


def test_the_worst_term_of_a_test_gives_the_grade() -> None:
    potassium = LabResult("K", Fraction("2.4"), "mmol/L", Fraction("3.5"), Fraction("5.1"))
    assert grade_result(CTCAE, potassium) == LabGrade(4, "Hypokalemia", "5.0")
    normal = LabResult("K", 4, "mmol/L", Fraction("3.5"), Fraction("5.1"))
    assert grade_result(CTCAE, normal) == LabGrade(0, "Hypokalemia", "5.0")


@pytest.mark.parametrize(
    "result",
    [
        LabResult("K", None, "mmol/L", 3, 5),
        LabResult("K", 4, "mg/dL", 3, 5),
        LabResult("PHOS", 1, "mmol/L", 1, 2),
        LabResult("K", 4, "mmol/L", None, 5),
    ],
    ids=["no value", "another unit", "no term", "one term not certain"],
)
def test_what_cannot_be_graded_has_no_grade(result: LabResult) -> None:
    assert grade_result(CTCAE, result) is None


def test_a_baseline_in_another_unit_is_not_compared() -> None:
    result, before = LabResult("ALT", 60, "U/L", 5, 40), LabResult("ALT", 1, "ukat/L", 0, 1)
    assert grade_result(CTCAE, result, before) is None


def test_a_grade_by_limits_of_adults_is_shown_only_with_its_flag() -> None:
    low, high = _term("Neutrophil count decreased"), _term("Lymphocyte count increased")
    assert [shown_grade(low, 2, flag) for flag in ("LOW", "NORMAL", None)] == [2, 0, 0]
    assert [shown_grade(high, 2, flag) for flag in ("HIGH", "LOW")] == [2, 0]
    assert shown_grade(_term("Anemia"), 2, None) == 2


def test_a_sample_answers_with_the_grade_of_a_test() -> None:
    sample = (LabResult("ALT", 50, "U/L", 5, 40, "HIGH", 1),)
    assert (lab_grade(sample, "ALT"), lab_grade(sample, "AST")) == (1, None)


@pytest.mark.parametrize(
    ("terms", "starts", "ends", "covers"),
    [
        (["anemia "], date(2026, 3, 10), date(2026, 3, 10), True),
        (["ANEMIA"], date(2026, 3, 1), None, True),
        (["Anemia"], date(2026, 3, 11), None, False),
        (["Anemia"], date(2026, 3, 1), date(2026, 3, 9), False),
        (["Anemia"], None, None, False),
        (["Cough", ""], date(2026, 3, 1), None, False),
    ],
)
def test_an_event_stands_for_a_finding_of_its_term_and_time(
    terms: list[str], starts: date | None, ends: date | None, covers: bool
) -> None:
    lab_terms = ["Anemia", "Hemoglobin increased"]
    assert covers_lab_term(terms, starts, ends, lab_terms, date(2026, 3, 10)) is covers


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        ("<LLN", [[Limit("<", reference="LLN")]]),
        (">=1.5*BL", [[Limit(">=", reference="BL", times=Fraction("1.5"))]]),
        (">ULN+20", [[Limit(">", Fraction(20), "ULN")]]),
        (
            "<=50 or fall >=10 points",
            [[Limit("<=", Fraction(50))], [Limit(">=", Fraction(10), measure="fall")]],
        ),
        (
            "<LLN and fall >=75 % or <0.5",
            [
                [Limit("<", reference="LLN"), Limit(">=", Fraction(75), measure="fall %")],
                [Limit("<", Fraction("0.5"))],
            ],
        ),
        (">=501 or change >60", [[Limit(">=", Fraction(501))], [Limit(">", Fraction(60), measure="change")]]),
        ("<130 (125-129, no symptoms)", [[Limit("<", Fraction(130))]]),
        (">5*ULN (or >2*ULN with symptoms)", [[Limit(">", reference="ULN", times=Fraction(5))]]),
        ("<LLN with symptoms", []),
        ("torsade or serious arrhythmia", []),
    ],
)
def test_the_notation_is_read(text: str, read_as: list[list[Limit]]) -> None:
    assert read_alternatives(text) == tuple(tuple(way) for way in read_as)


@pytest.mark.parametrize("text", ["<", ">2*", "> ULM", "<3,5", ">1 and", "fall <10 apples"])
def test_what_is_not_in_the_notation_is_refused(text: str) -> None:
    with pytest.raises(LimitNotReadable, match="cannot be read"):
        read_alternatives(text)


def test_a_direction_other_than_low_or_high_is_refused() -> None:
    with pytest.raises(LimitNotReadable, match="direction must be L or H, is X"):
        read_term(term="Anemia", test="HGB", direction="X", unit="g/L", grades={"1": "<LLN"})
