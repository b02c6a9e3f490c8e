"""CTCAE grades of numbers; the limits are a table that carries its version, loaded by whoever calls."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from imt_ecrf.clinical.exact import Number, fraction
from imt_ecrf.clinical.labs import Flag, LabResult, lab_result, range_flag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

Direction = Literal["L", "H"]
Comparison = Literal["<", "<=", ">", ">="]
Measure = Literal["value", "change", "fall", "fall %"]
Reference = Literal["ULN", "LLN", "BL"]

COMPARE: dict[Comparison, Callable[[Fraction, Fraction], bool]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


@dataclass(frozen=True, slots=True)
class Limit:
    """One comparison of a measure with times x reference + number, or with the number alone."""

    comparison: Comparison
    number: Fraction = Fraction(0)
    reference: Reference | None = None
    times: Fraction = Fraction(1)
    measure: Measure = "value"


@dataclass(frozen=True, slots=True)
class GradeLimit:
    """When a grade is reached: one of the alternatives, each a list of limits that must all hold."""

    grade: int
    alternatives: tuple[tuple[Limit, ...], ...]


@dataclass(frozen=True, slots=True)
class CtcaeTerm:
    """A term with its limits in one unit; grades told by words only are not in it (CRF book 6.3).

    `needs_flag`: limits of adults that healthy children pass; such a grade is shown only with this
    flag.
    """

    term: str
    test: str
    direction: Direction
    unit: str
    grades: tuple[GradeLimit, ...]
    if_baseline_abnormal: tuple[GradeLimit, ...] | None = None
    if_on_anticoagulation: tuple[GradeLimit, ...] | None = None
    needs_flag: Flag | None = None

    def asks_baseline(self) -> bool:
        """Tell whether a grade of this term can depend on the baseline."""
        grades = (*self.grades, *(self.if_on_anticoagulation or ()))
        limits = (limit for grade in grades for each in grade.alternatives for limit in each)
        named = any(limit.reference == "BL" or limit.measure != "value" for limit in limits)
        return named or self.if_baseline_abnormal is not None


@dataclass(frozen=True, slots=True)
class CtcaeTable:
    """The terms of one version of CTCAE."""

    version: str
    terms: tuple[CtcaeTerm, ...]

    def of_test(self, test: str) -> tuple[CtcaeTerm, ...]:
        """List the terms that grade a test."""
        return tuple(term for term in self.terms if term.test == test)

    def asks_baseline(self, test: str) -> bool:
        """Tell whether a grade of a test can depend on its baseline."""
        return any(term.asks_baseline() for term in self.of_test(test))

    def named(self, name: str) -> CtcaeTerm | None:
        """Find a term by its name."""
        return next((term for term in self.terms if term.term == name), None)


@dataclass(frozen=True, slots=True)
class LabGrade:
    """A grade from 0 to 4 with the term that gives it and the version of CTCAE."""

    grade: int
    term: str
    version: str


@dataclass(frozen=True, slots=True)
class _Known:
    value: Fraction
    low: Fraction | None
    high: Fraction | None
    baseline: Fraction | None


def ctcae_grade(
    term: CtcaeTerm,
    value: Number,
    low: Number | None = None,
    high: Number | None = None,
    baseline: LabResult | None = None,
    *,
    on_anticoagulation: bool = False,
) -> int | None:
    """Grade an unrounded value in the unit of the term: 4 down to 1, else 0 (CTCAE v5.0; M_LBTOXGR).

    The baseline column counts when the baseline lay outside its own limits in the direction of the
    term; without limits of its day the baseline counts as normal. No limit by the baseline is met
    while there is no baseline. On anticoagulation the worse of the two columns counts. None: no grade
    is certain, because a limit is missing.
    """
    known = _Known(
        fraction(value),
        None if low is None else fraction(low),
        None if high is None else fraction(high),
        None if baseline is None or baseline.value is None else fraction(baseline.value),
    )
    if term.if_baseline_abnormal is not None and _abnormal(term.direction, baseline):
        return _highest(term.if_baseline_abnormal, known)
    grade = _highest(term.grades, known)
    if on_anticoagulation and term.if_on_anticoagulation is not None:
        other = _highest(term.if_on_anticoagulation, known)
        return other if grade is None else max(grade, other or 0)
    return grade


def grade_result(
    table: CtcaeTable,
    result: LabResult,
    baseline: LabResult | None = None,
    *,
    on_anticoagulation: bool = False,
) -> LabGrade | None:
    """Give the worst grade of a result over the terms of its test (one for each direction).

    A limit of adults counts only with its flag where the age range flags at all. None when there is no
    value, no term, another unit than that of the term, or when no grade is certain.
    """
    if result.value is None:
        return None
    grades: list[tuple[int | None, str]] = []
    for term in table.of_test(result.test):
        if term.unit != result.unit or (baseline is not None and baseline.unit != result.unit):
            return None
        grade = ctcae_grade(
            term, result.value, result.low, result.high, baseline, on_anticoagulation=on_anticoagulation
        )
        if grade is not None and result.flag is not None:
            grade = shown_grade(term, grade, result.flag)
        grades.append((grade, term.term))
    certain = [(grade, name) for grade, name in grades if grade is not None]
    worst = max(certain, key=lambda pair: pair[0], default=None)
    if worst is None or (worst[0] == 0 and len(certain) < len(grades)):
        return None
    return LabGrade(worst[0], worst[1], table.version)


def shown_grade(term: CtcaeTerm, grade: int, flag: Flag | None) -> int:
    """Give the grade to show: 0 where limits are those of adults and the age range does not flag."""
    return 0 if term.needs_flag is not None and flag != term.needs_flag else grade


def lab_grade(results: Iterable[LabResult], test: str) -> int | None:
    """Give the grade of a test (rule language: lab_grade; lab_grade_at with the results of that event)."""
    found = lab_result(results, test)
    return None if found is None else found.grade


def covers_lab_term(
    event_terms: Iterable[str],
    starts: date | None,
    ends: date | None,
    lab_terms: Iterable[str],
    sampled: date,
) -> bool:
    """Tell whether an adverse event stands for a laboratory finding (checks C079, C080).

    One of its terms is a term of the test, in any case of letters, and the sample lies within its
    first and last possible day; no end: it goes on, no start: unknown, so the sample is not within.
    """
    named = {term.strip().casefold() for term in event_terms} & {
        term.strip().casefold() for term in lab_terms
    }
    return bool(named) and starts is not None and starts <= sampled and (ends is None or sampled <= ends)


def _abnormal(direction: Direction, baseline: LabResult | None) -> bool:
    if baseline is None:
        return False
    return range_flag(baseline.value, baseline.low, baseline.high) == ("HIGH" if direction == "H" else "LOW")


def _highest(limits: tuple[GradeLimit, ...], known: _Known) -> int | None:
    answers = [(limit.grade, _reached(limit, known)) for limit in limits]
    reached = [grade for grade, answer in answers if answer]
    if reached:
        return max(reached)
    return None if any(answer is None for _, answer in answers) else 0


def _reached(limit: GradeLimit, known: _Known) -> bool | None:
    answers = [_all_hold(alternative, known) for alternative in limit.alternatives]
    return True if True in answers else None if None in answers else False


def _all_hold(limits: tuple[Limit, ...], known: _Known) -> bool | None:
    answers = [_holds(limit, known) for limit in limits]
    return False if False in answers else None if None in answers else True


def _holds(limit: Limit, known: _Known) -> bool | None:
    if known.baseline is None and (limit.reference == "BL" or limit.measure != "value"):
        return False
    bound = limit.number
    if limit.reference is not None:
        reference = {"ULN": known.high, "LLN": known.low, "BL": known.baseline}[limit.reference]
        if reference is None:
            return None
        bound += limit.times * reference
    measured = _measure(limit.measure, known.value, known.baseline)
    return None if measured is None else COMPARE[limit.comparison](measured, bound)


def _measure(measure: Measure, value: Fraction, baseline: Fraction | None) -> Fraction | None:
    if measure == "value":
        return value
    if baseline is None or (measure == "fall %" and baseline == 0):
        return None
    if measure == "change":
        return value - baseline
    return baseline - value if measure == "fall" else 100 * (baseline - value) / baseline
