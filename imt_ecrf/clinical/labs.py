"""Laboratory results: exact conversion of units, reference ranges by age and sex, flags; knows no form."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from imt_ecrf.clinical.exact import Number, fraction

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

Flag = Literal["LOW", "NORMAL", "HIGH"]
Qualifier = Literal["<", ">"]


@dataclass(frozen=True, slots=True)
class UnitFactor:
    """A unit: canonical value = value x factor + offset; without a factor it converts by analyte only."""

    unit: str
    canonical: str
    factor: Fraction | None
    offset: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class AnalyteFactor:
    """A conversion that holds for one test only, such as mg/dL of glucose into mmol/L."""

    test: str
    unit: str
    canonical: str
    factor: Fraction


@dataclass(frozen=True, slots=True)
class UnitTable:
    """All conversions of the study (CRF book section 5)."""

    units: tuple[UnitFactor, ...]
    analytes: tuple[AnalyteFactor, ...] = ()


@dataclass(frozen=True, slots=True)
class LabResult:
    """One result of a sample with its limits, flag and grade, everything in `unit`; None where not known."""

    test: str
    value: Number | None
    unit: str
    low: Number | None = None
    high: Number | None = None
    flag: Flag | None = None
    grade: int | None = None


@dataclass(frozen=True, slots=True)
class RangeRow:
    """One row of a normal-range table; age in days from inclusive, to exclusive; dates likewise.

    No laboratory: the default of the study; else its name as `laboratory_key` gives it. No sex: any.
    No bound: open.
    """

    test: str
    unit: str
    low: Fraction | None
    high: Fraction | None
    sex: str | None = None
    age_from: int = 0
    age_to: int | None = None
    lab: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None


def lab_standard(table: UnitTable, test: str, value: Number, unit: str, standard: str) -> Fraction | None:
    """Convert a result into the standard unit of its test, exactly (CRF book section 5, M_LBSTRESN).

    The factor of the analyte goes before that of the unit; None when no factor leads to the standard
    unit.
    """
    if unit == standard:
        return fraction(value)
    for analyte in table.analytes:
        if (analyte.test, analyte.unit, analyte.canonical) == (test, unit, standard):
            return fraction(value) * analyte.factor
    for known in table.units:
        if (known.unit, known.canonical) == (unit, standard) and known.factor is not None:
            return fraction(value) * known.factor + known.offset
    return None


def range_lookup(  # noqa: PLR0917 - the key of a range, in the order of the book
    rows: Iterable[RangeRow],
    test: str,
    lab: str | None,
    sex: str | None,
    age_days: int,
    on: date,
    unit: str | None = None,
) -> RangeRow | None:
    """Find the limits in force on the day of the sample; the most specific row wins (M_LBRANGE).

    A row of the laboratory goes before the study default, then a row of the sex before one for any
    sex, then the row in force last. None when no row fits: a limit is never guessed from a
    neighbouring band, and the limits of a laboratory hold for results in their own `unit` only.
    """
    fitting = [row for row in rows if row.test == test and _fits(row, lab, sex, age_days, on)]
    best = max(fitting, key=_specificity, default=None)
    if best is None or best.lab is None or unit in {None, best.unit}:
        return best
    same = [row for row in fitting if row.lab == best.lab and row.unit == unit]
    return max(same, key=_specificity, default=None)


def laboratories(
    rows: Iterable[RangeRow], test: str, sex: str | None, age_days: int, on: date
) -> frozenset[str]:
    """List the laboratories with limits in force for a test of this child on a day."""
    return frozenset(
        row.lab
        for row in rows
        if row.lab is not None and row.test == test and _fits(row, row.lab, sex, age_days, on)
    )


def laboratory_key(name: str) -> str:
    """Give a laboratory's name as it is compared: any case of letters, any spaces."""
    return " ".join(name.casefold().split())


def _fits(row: RangeRow, lab: str | None, sex: str | None, age_days: int, on: date) -> bool:
    of_this_child = row.lab in (None, lab) and row.sex in (None, sex)
    in_band = row.age_from <= age_days and (row.age_to is None or age_days < row.age_to)
    in_force = (row.valid_from is None or row.valid_from <= on) and (
        row.valid_to is None or on < row.valid_to
    )
    return of_this_child and in_band and in_force


def _specificity(row: RangeRow) -> tuple[bool, bool, int]:
    return row.lab is not None, row.sex is not None, row.valid_from.toordinal() if row.valid_from else 0


def in_standard_unit(table: UnitTable, row: RangeRow, standard: str) -> RangeRow | None:
    """Give a row with its limits in the standard unit of the test; None when its unit cannot be converted."""
    if row.unit == standard:
        return row
    if lab_standard(table, row.test, 0, row.unit, standard) is None:
        return None
    low = None if row.low is None else lab_standard(table, row.test, row.low, row.unit, standard)
    high = None if row.high is None else lab_standard(table, row.test, row.high, row.unit, standard)
    return replace(row, unit=standard, low=low, high=high)


def range_flag(
    value: Number | None, low: Number | None, high: Number | None, qualifier: Qualifier | None = None
) -> Flag | None:
    """Flag a result against its limits, which are themselves normal (CRF book M_NRIND).

    A missing limit is not tested, with neither limit there is no flag; "<" with a number at the limit
    is LOW.
    """
    if value is None or (low is None and high is None):
        return None
    if low is not None and (value < low or (qualifier == "<" and value <= low)):
        return "LOW"
    return "HIGH" if high is not None and value > high else "NORMAL"


def lab_result(results: Iterable[LabResult], test: str) -> LabResult | None:
    """Find the result of a test in a sample."""
    return next((result for result in results if result.test == test), None)


def lab(results: Iterable[LabResult], test: str) -> Number | None:
    """Give the value of a test in its standard unit (rule language: lab)."""
    found = lab_result(results, test)
    return None if found is None else found.value


def lab_lln(results: Iterable[LabResult], test: str) -> Number | None:
    """Give the lower limit of the range of a test (rule language: lab_lln)."""
    found = lab_result(results, test)
    return None if found is None else found.low


def lab_uln(results: Iterable[LabResult], test: str) -> Number | None:
    """Give the upper limit of the range of a test (rule language: lab_uln)."""
    found = lab_result(results, test)
    return None if found is None else found.high


def lab_flag(results: Iterable[LabResult], test: str) -> Flag | None:
    """Give the flag of a test (rule language: lab_flag_at, with the results of that event)."""
    found = lab_result(results, test)
    return None if found is None else found.flag
