"""Growth z-scores from a reference table that an installation loads; no table, no value."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from decimal import Context, Decimal, InvalidOperation
from typing import TYPE_CHECKING

from imt_ecrf.clinical.exact import Number, fraction, round_half_away

if TYPE_CHECKING:
    from collections.abc import Iterable
    from fractions import Fraction

COLUMNS = ("kind", "sex", "age_months", "L", "M", "S")
KINDS = ("WEIGHT", "HEIGHT")
SEXES = ("F", "M")
PRECISE = Context(prec=40)
DECIMALS = 12


@dataclass(frozen=True, slots=True)
class LmsRow:
    """Skewness, median and variation of one measure for one sex and completed month of age."""

    kind: str
    sex: str
    age_months: int
    skewness: Decimal
    median: Decimal
    variation: Decimal


@dataclass(frozen=True, slots=True)
class GrowthTable:
    """A loaded reference with the name of its source, shown wherever a z-score is."""

    source: str
    rows: tuple[LmsRow, ...]

    def row(self, kind: str, sex: str, age_months: int) -> LmsRow | None:
        """Find the row of a completed month; nothing is interpolated."""
        wanted = (kind, sex, age_months)
        return next((row for row in self.rows if (row.kind, row.sex, row.age_months) == wanted), None)


class GrowthTableFault(ValueError):  # noqa: N818 - named as what it tells the data manager
    """The growth reference cannot be read; the message names the line."""


def growth_z(
    table: GrowthTable | None, kind: str, sex: str | None, age_months: int | None, value: Number
) -> Fraction | None:
    """Give the z-score of a weight (kg) or height (cm), from 40 digits to 12 decimals (M_ZSCORE).

    None without a table, sex, age or row: a value is never made from a neighbouring age.
    """
    if table is None or sex is None or age_months is None or value <= 0:
        return None
    row = table.row(kind, sex, age_months)
    return None if row is None else lms_z(value, row.skewness, row.median, row.variation)


def lms_z(value: Number, skewness: Decimal, median: Decimal, variation: Decimal) -> Fraction:
    """Give ((value / M) ** L - 1) / (L x S), or ln(value / M) / S where L is 0 (Cole and Green 1992)."""
    exact = fraction(value)
    ratio = PRECISE.divide(PRECISE.divide(Decimal(exact.numerator), Decimal(exact.denominator)), median)
    if skewness == 0:
        score = PRECISE.divide(PRECISE.ln(ratio), variation)
    else:
        bent = PRECISE.subtract(PRECISE.power(ratio, skewness), Decimal(1))
        score = PRECISE.divide(bent, PRECISE.multiply(skewness, variation))
    return round_half_away(score, DECIMALS)


def read_growth_table(lines: Iterable[str], source: str) -> GrowthTable:
    """Read a reference from CSV: kind, sex, age_months, L, M, S; lines that start with # are remarks.

    kind is WEIGHT (kg) or HEIGHT (cm), sex F or M, numbers with a point. Raises GrowthTableFault with
    the line.
    """
    numbered = [
        (number, line) for number, line in enumerate(lines, 1) if line.strip() and not line.startswith("#")
    ]
    if not numbered or tuple(next(csv.reader([numbered[0][1]]))) != COLUMNS:
        msg = f"the first line must name the columns {', '.join(COLUMNS)}"
        raise GrowthTableFault(msg)
    rows: dict[tuple[str, str, int], LmsRow] = {}
    for number, line in numbered[1:]:
        row = _read_row(number, line)
        if (key := (row.kind, row.sex, row.age_months)) in rows:
            msg = f"line {number}: {row.kind} {row.sex} month {row.age_months} is there twice"
            raise GrowthTableFault(msg)
        rows[key] = row
    return GrowthTable(source, tuple(rows.values()))


def _read_row(number: int, line: str) -> LmsRow:
    cells = [cell.strip() for cell in next(csv.reader([line]))]
    try:
        kind, sex, months, *numbers = cells
        skewness, median, variation = (Decimal(cell) for cell in numbers)
        row = LmsRow(kind, sex, int(months), skewness, median, variation)
    except (ValueError, InvalidOperation) as fault:
        msg = f"line {number}: {line.strip()!r} is not kind, sex, age in months and three numbers"
        raise GrowthTableFault(msg) from fault
    finite = all(value.is_finite() for value in (skewness, median, variation))
    if (
        kind not in KINDS
        or sex not in SEXES
        or row.age_months < 0
        or not finite
        or median <= 0
        or variation <= 0
    ):
        msg = f"line {number}: kind, sex, age, M or S is out of its range"
        raise GrowthTableFault(msg)
    return row
