"""CTCAE v5.0 at, just better than and just worse than every limit of every laboratory term of the book.

The grades stand here as the text of CTCAE v5.0 (NCI, 27 November 2017) gives them for the limits named in
each line; nothing in this file is worked out by the program.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import pytest

from imt_ecrf.clinical.ctcae import CtcaeTerm, ctcae_grade, grade_result
from imt_ecrf.clinical.labs import LabResult
from tests.clinical.book import CTCAE, FORMS, read

QT = "Electrocardiogram QT corrected interval prolonged"
STEP = Fraction(1, 10_000)
Limits = list[tuple[str, int, int, int]]


@dataclass(frozen=True)
class Case:
    """A term, the limits of the laboratory, the baseline, and each limit: grade before, at and beyond it."""

    term: str
    limits: Limits
    lln: str | None = None
    uln: str | None = None
    baseline: str | None = None
    anticoagulated: bool = False


def steps(*bounds: str, grades: tuple[int, ...] = (1, 2, 3, 4)) -> Limits:
    """Write strict limits: at the limit the grade is still the better one."""
    before = (0, *grades)
    return [(bound, before[place], before[place], grades[place]) for place, bound in enumerate(bounds)]


CASES = [
    Case("Anemia", steps("115", "100", "80"), lln="115", uln="150"),
    Case("White blood cell decreased", steps("4.0", "3.0", "2.0", "1.0"), lln="4.0", uln="11"),
    Case("Neutrophil count decreased", steps("1.8", "1.5", "1.0", "0.5"), lln="1.8", uln="8"),
    Case("Lymphocyte count decreased", steps("1.2", "0.8", "0.5", "0.2"), lln="1.2", uln="3.5"),
    Case("Lymphocyte count increased", steps("4", "20", grades=(2, 3)), lln="1.2", uln="3.5"),
    Case("Leukocytosis", steps("100", grades=(3,)), lln="4", uln="11"),
    Case("Eosinophilia", steps("0.5"), uln="0.5", baseline="0.3"),
    Case("Eosinophilia", steps("0.7"), uln="0.5", baseline="0.7"),
    Case("Platelet count decreased", steps("150", "75", "50", "25"), lln="150", uln="450"),
    Case("Hemoglobin increased", steps("150", "170", "190"), lln="115", uln="150"),
    Case("Alanine aminotransferase increased", steps("40", "120", "200", "800"), lln="5", uln="40"),
    Case(
        "Alanine aminotransferase increased",
        [("90", 0, 1, 1), ("180", 1, 1, 2), ("300", 2, 2, 3), ("1200", 3, 3, 4)],
        lln="5", uln="40", baseline="60",
    ),
    Case("Aspartate aminotransferase increased", steps("50", "150", "250", "1000"), lln="5", uln="50"),
    Case(
        "Aspartate aminotransferase increased",
        [("120", 0, 1, 1), ("240", 1, 1, 2), ("400", 2, 2, 3), ("1600", 3, 3, 4)],
        lln="5", uln="50", baseline="80",
    ),
    Case("Blood bilirubin increased", steps("20", "30", "60", "200"), lln="3", uln="20"),
    Case("Blood bilirubin increased", steps("30", "45", "90", "300"), lln="3", uln="20", baseline="30"),
    Case("Alkaline phosphatase increased", steps("400", "1000", "2000", "8000"), lln="120", uln="400"),
    Case(
        "Alkaline phosphatase increased",
        [("1000", 0, 1, 1), ("1250", 1, 1, 2), ("2500", 2, 2, 3), ("10000", 3, 3, 4)],
        lln="120", uln="400", baseline="500",
    ),
    Case("GGT increased", steps("40", "100", "200", "800"), lln="5", uln="40"),
    Case(
        "GGT increased",
        [("100", 0, 1, 1), ("125", 1, 1, 2), ("250", 2, 2, 3), ("1000", 3, 3, 4)],
        lln="5", uln="40", baseline="50",
    ),
    Case("Blood lactate dehydrogenase increased", steps("300"), lln="140", uln="300"),
    Case("Creatinine increased", steps("60", "90", "180", "360"), lln="25", uln="60"),
    # 1.5 and 3 times the child's own baseline count inside the normal range too, not for grade 4
    Case(
        "Creatinine increased", [("45", 0, 0, 2), ("90", 2, 2, 3), ("360", 3, 3, 4)],
        lln="25", uln="60", baseline="30",
    ),
    Case("CPK increased", steps("200", "500", "1000", "2000"), lln="30", uln="200"),
    Case("Serum amylase increased", steps("100", "150", "500"), lln="20", uln="100"),
    Case("Lipase increased", steps("60", "90", "300"), lln="10", uln="60"),
    Case("INR increased", steps("1.2", "1.5", "2.5"), lln="0.85", uln="1.2"),
    Case("INR increased", steps("1.0", "1.5", "2.5"), uln="1.2", baseline="1.0", anticoagulated=True),
    Case("Activated partial thromboplastin time prolonged", steps("38", "57", "95"), lln="25", uln="38"),
    Case("Fibrinogen decreased", steps("2.4", "1.8", "1.2", "0.6"), lln="2.4", uln="4"),
    # a quarter of this lower limit lies below 0.5 g/L, which is grade 4 by itself
    Case("Fibrinogen decreased", steps("1.6", "1.2", "0.8", "0.5"), lln="1.6", uln="4"),
    # baseline 2.0 below its lower limit: falls of 25, 50 and 75 % are 1.5, 1.0 and 0.5
    Case(
        "Fibrinogen decreased",
        [("2.4", 0, 0, 1), ("1.5", 1, 2, 2), ("1.0", 2, 3, 3), ("0.5", 3, 4, 4)],
        lln="2.4", uln="4", baseline="2.0",
    ),
    Case(
        "Fibrinogen decreased",
        [("2.4", 0, 0, 1), ("1.2", 1, 2, 2), ("0.8", 2, 3, 3), ("0.5", 3, 3, 4)],
        lln="2.4", uln="4", baseline="1.6",
    ),
    Case("Hypoalbuminemia", steps("35", "30", "20"), lln="35", uln="52"),
    Case("Hyponatremia", steps("135", "130", "125", "120"), lln="135", uln="145"),
    Case("Hypernatremia", steps("145", "150", "155", "160"), lln="135", uln="145"),
    Case("Hypokalemia", steps("3.5", "3.0", "2.5", grades=(1, 3, 4)), lln="3.5", uln="5.1"),
    Case("Hyperkalemia", steps("5.1", "5.5", "6.0", "7.0"), lln="3.5", uln="5.1"),
    Case("Hypocalcemia", steps("2.1", "2.0", "1.75", "1.5"), lln="2.1", uln="2.65"),
    Case("Hypercalcemia", steps("2.65", "2.9", "3.1", "3.4"), lln="2.1", uln="2.65"),
    Case("Hypomagnesemia", steps("0.7", "0.5", "0.4", "0.3"), lln="0.7", uln="1.05"),
    Case("Hypermagnesemia", steps("1.05", "1.23", "3.30", grades=(1, 3, 4)), lln="0.7", uln="1.05"),
    Case("Hypoglycemia", steps("3.3", "3.0", "2.2", "1.7"), lln="3.3", uln="5.8"),
    Case("Hyperuricemia", steps("350"), lln="120", uln="350"),
    Case(QT, [("450", 0, 1, 1), ("481", 1, 2, 2), ("501", 2, 3, 3)]),
    # more than 60 ms above the baseline is grade 3 at any length
    Case(QT, [("440", 0, 0, 3)], baseline="380"),
    Case("Ejection fraction decreased", [("50", 0, 2, 2), ("40", 2, 2, 3), ("20", 3, 3, 4)]),
    # from 70 %: a fall of 10 points is 60, of 20 points 50
    Case("Ejection fraction decreased", [("60", 0, 2, 2), ("50", 2, 3, 3), ("20", 3, 3, 4)], baseline="70"),
]  # fmt: skip
AT = [
    pytest.param(case, limit, id=f"{case.term} {limit[0]}{' from ' + case.baseline if case.baseline else ''}")
    for case in CASES
    for limit in case.limits
]
LABORATORY = {"QTCF", "LVEF", "CACORR"}


def number(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)


def term_of(case: Case) -> CtcaeTerm:
    found = CTCAE.named(case.term)
    assert found is not None
    return found


def before(case: Case) -> LabResult | None:
    term = term_of(case)
    if case.baseline is None:
        return None
    return LabResult(term.test, number(case.baseline), term.unit, number(case.lln), number(case.uln))


@pytest.mark.parametrize(("case", "limit"), AT)
def test_a_value_before_at_and_beyond_a_limit_has_the_grade_of_the_text(
    case: Case, limit: tuple[str, int, int, int]
) -> None:
    term = term_of(case)
    bound, *grades = limit
    outward = STEP if term.direction == "H" else -STEP
    values = [Fraction(bound) + move for move in (-outward, Fraction(0), outward)]
    got = [
        ctcae_grade(
            term,
            value,
            number(case.lln),
            number(case.uln),
            before(case),
            on_anticoagulation=case.anticoagulated,
        )
        for value in values
    ]
    assert got == grades


def test_every_numeric_grade_of_every_term_stands_in_this_file() -> None:
    reached: dict[str, set[int]] = {}
    for case in CASES:
        reached.setdefault(case.term, set()).update(beyond for *_, beyond in case.limits)
    words = ("clinical", "torsade", "<LLN with symptoms", ">5*ULN with symptoms")
    rows = read(FORMS / "medicine" / "ctcae.yaml")["rows"]
    assert reached == {
        row["term"]: {int(grade) for grade, cell in row["grades"].items() if not cell.startswith(words)}
        for row in rows
    }


def test_every_other_column_of_a_term_stands_in_this_file() -> None:
    rows = read(FORMS / "medicine" / "ctcae.yaml")["rows"]
    abnormal = {row["term"] for row in rows if row.get("grades_if_baseline_abnormal")}
    anticoagulated = {row["term"] for row in rows if row.get("grades_if_on_anticoagulation")}
    outside = {case.term for case in CASES if _outside(case)}
    assert abnormal <= outside
    assert anticoagulated == {case.term for case in CASES if case.anticoagulated}


def _outside(case: Case) -> bool:
    start, low, high = number(case.baseline), number(case.lln), number(case.uln)
    return start is not None and ((low is not None and start < low) or (high is not None and start > high))


def test_every_test_of_the_panels_that_names_a_term_is_graded_by_it() -> None:
    named = {
        (row["LBCTEST"] if "LBCTEST" in row else row[key], term)
        for form, key in (("lbh", "LBHTEST"), ("lbc", "LBCTEST"), ("lbk", "LBKTEST"))
        for group in read(FORMS / "crf" / f"{form}.yaml")["groups"]
        for row in group.get("rows", ())
        for term in row.get("ctcae") or ()
    }
    graded = {(one.test, one.term) for one in CTCAE.terms if one.test not in LABORATORY}
    assert named == graded | {("CA", "Hypercalcemia"), ("CA", "Hypocalcemia")}


@pytest.mark.parametrize(
    ("result", "grade"),
    [
        (LabResult("NEUT", Fraction("1.2"), "10^9/L", 1, Fraction("8.5"), "NORMAL"), 0),
        (LabResult("NEUT", Fraction("0.9"), "10^9/L", 1, Fraction("8.5"), "LOW"), 3),
        (LabResult("LYM", 9, "10^9/L", 3, Fraction("13.5"), "NORMAL"), 0),
        (LabResult("LYM", 14, "10^9/L", 3, Fraction("13.5"), "HIGH"), 2),
        (LabResult("LYM", Fraction("0.7"), "10^9/L", 3, Fraction("13.5"), "LOW"), 2),
        (LabResult("HGB", 95, "g/L", 90, 135, "NORMAL"), 2),
    ],
)
def test_limits_of_adults_grade_a_child_only_beside_the_flag_of_its_age(
    result: LabResult, grade: int
) -> None:
    graded = grade_result(CTCAE, result)
    assert graded is not None
    assert graded.grade == grade
