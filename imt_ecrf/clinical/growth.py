"""Growth z-scores from a reference table that an installation loads; no table, no value."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from decimal import Context, Decimal, InvalidOperation
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from imt_ecrf.clinical.exact import Number, fraction, round_half_away

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

COLUMNS = ("kind", "sex", "age_months", "L", "M", "S")
KINDS = ("WEIGHT", "HEIGHT")
SEXES = ("F", "M")
PRECISE = Context(prec=40)
DECIMALS = 12
WIDEST_STEP_MONTHS = 12


@dataclass(frozen=True, slots=True)
class LmsRow:
    """Skewness, median and variation of one measure for one sex and age in months."""

    kind: str
    sex: str
    age_months: Fraction
    skewness: Fraction
    median: Fraction
    variation: Fraction


@dataclass(frozen=True, slots=True)
class GrowthTable:
    """A loaded reference with the name of its source, shown wherever a z-score is."""

    source: str
    rows: tuple[LmsRow, ...]


class GrowthTableFault(ValueError):  # noqa: N818 - named as what it tells the data manager
    """The growth reference cannot be read; the message names the line."""


def growth_z(
    table: GrowthTable | None, kind: str, sex: str | None, age_months: Number | None, value: Number
) -> Fraction | None:
    """Give the z-score of a weight (kg) or height (cm), from 40 digits to 12 decimals (M_ZSCORE).

    Between two rows L, M and S are interpolated in a straight line, over a year at most. None without a
    table, sex or age, and outside the table.
    """
    if table is None or sex is None or age_months is None or value <= 0:
        return None
    rows = [row for row in table.rows if (row.kind, row.sex) == (kind, sex)]
    row = _row_at(rows, fraction(age_months))
    return None if row is None else lms_z(value, row.skewness, row.median, row.variation)


def _row_at(rows: Sequence[LmsRow], age: Fraction) -> LmsRow | None:
    for row in rows:
        if row.age_months == age:
            return row
    for one, other in pairwise(sorted(rows, key=lambda row: row.age_months)):
        step = other.age_months - one.age_months
        if one.age_months < age < other.age_months and step <= WIDEST_STEP_MONTHS:
            share = (age - one.age_months) / step
            skewness = one.skewness + share * (other.skewness - one.skewness)
            median = one.median + share * (other.median - one.median)
            variation = one.variation + share * (other.variation - one.variation)
            return LmsRow(one.kind, one.sex, age, skewness, median, variation)
    return None


def lms_z(value: Number, skewness: Number, median: Number, variation: Number) -> Fraction:
    """Give ((value / M) ** L - 1) / (L x S), or ln(value / M) / S where L is 0 (Cole and Green 1992)."""
    ratio = _decimal(fraction(value) / fraction(median))
    bend, spread = _decimal(fraction(skewness)), _decimal(fraction(variation))
    if bend == 0:
        score = PRECISE.divide(PRECISE.ln(ratio), spread)
    else:
        bent = PRECISE.subtract(PRECISE.power(ratio, bend), Decimal(1))
        score = PRECISE.divide(bent, PRECISE.multiply(bend, spread))
    return round_half_away(score, DECIMALS)


def _decimal(number: Fraction) -> Decimal:
    return PRECISE.divide(Decimal(number.numerator), Decimal(number.denominator))


def read_growth_table(lines: Iterable[str], source: str) -> GrowthTable:
    """Read a reference from CSV: kind, sex, age_months, L, M, S; lines that start with # are remarks.

    kind is WEIGHT (kg) or HEIGHT (cm), sex F or M, numbers with a point. Raises GrowthTableFault with the
    line.
    """
    numbered = [
        (number, line) for number, line in enumerate(lines, 1) if line.strip() and not line.startswith("#")
    ]
    if not numbered or tuple(next(csv.reader([numbered[0][1].strip()]))) != COLUMNS:
        msg = f"the first line must name the columns {', '.join(COLUMNS)}"
        raise GrowthTableFault(msg)
    return growth_table(
        ((f"line {number}", next(csv.reader([line.strip()]))) for number, line in numbered[1:]), source
    )


def growth_table(rows: Iterable[tuple[str, Sequence[str]]], source: str) -> GrowthTable:
    """Check the rows of a reference, each with the place a fault is told of, and make the table of them."""
    checked: dict[tuple[str, str, Fraction], LmsRow] = {}
    for place, cells in rows:
        row = _checked(place, [cell.strip() for cell in cells])
        if (key := (row.kind, row.sex, row.age_months)) in checked:
            msg = f"{place}: {row.kind} {row.sex} month {row.age_months} is there twice"
            raise GrowthTableFault(msg)
        checked[key] = row
    return GrowthTable(source, tuple(checked.values()))


def _checked(place: str, cells: Sequence[str]) -> LmsRow:
    try:
        kind, sex, *numbers = cells
        months, skewness, median, variation = (Fraction(Decimal(cell)) for cell in numbers)
    except (ValueError, OverflowError, InvalidOperation) as fault:
        msg = f"{place}: {', '.join(cells)} is not kind, sex, age in months and three numbers"
        raise GrowthTableFault(msg) from fault
    if kind not in KINDS or sex not in SEXES or months < 0 or median <= 0 or variation <= 0:
        msg = f"{place}: kind, sex, age, M or S is out of its range"
        raise GrowthTableFault(msg)
    return LmsRow(kind, sex, months, skewness, median, variation)
