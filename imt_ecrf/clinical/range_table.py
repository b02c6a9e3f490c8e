"""Faults of a table of normal ranges, found when it is saved: overlaps, gaps, impossible rows."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imt_ecrf.clinical.labs import RangeRow

FaultKind = Literal["overlap", "gap", "empty band", "limits", "unit"]
SEXES = ("F", "M")


@dataclass(frozen=True, slots=True)
class RangeFault:
    """What is wrong between two ages in days, for one laboratory, test and sex (None: rows for any sex)."""

    kind: FaultKind
    lab: str | None
    test: str
    sex: str | None
    age_from: int
    age_to: int | None


def range_faults(rows: Iterable[RangeRow]) -> tuple[RangeFault, ...]:
    """List what must be mended before a table is saved (CRF book section 11: overlap or gap is refused).

    Rows of one laboratory, test and first day in force are one table; a gap is looked for between the
    youngest and the oldest age, for girls and boys apart, since a row for any sex closes the gap of
    both.
    """
    faults: list[RangeFault] = []
    for table in _tables(rows):
        faults += [
            RangeFault(kind, row.lab, row.test, row.sex, row.age_from, row.age_to)
            for kind, row in _bad(table)
        ]
        for sex in (None, *SEXES):
            faults += _overlaps([row for row in table if row.sex == sex], sex)
        faults += [fault for sex in SEXES for fault in _gaps(table, sex)]
    return tuple(faults)


def _tables(rows: Iterable[RangeRow]) -> list[list[RangeRow]]:
    tables: dict[object, list[RangeRow]] = {}
    for row in rows:
        tables.setdefault((row.lab, row.test, row.valid_from), []).append(row)
    return [sorted(table, key=lambda row: row.age_from) for table in tables.values()]


def _bad(table: list[RangeRow]) -> list[tuple[FaultKind, RangeRow]]:
    bad: list[tuple[FaultKind, RangeRow]] = []
    for row in table:
        if row.age_to is not None and row.age_to <= row.age_from:
            bad.append(("empty band", row))
        if (row.low is None and row.high is None) or (
            row.low is not None and row.high is not None and row.low > row.high
        ):
            bad.append(("limits", row))
        if row.unit != table[0].unit:
            bad.append(("unit", row))
    return bad


def _overlaps(table: list[RangeRow], sex: str | None) -> list[RangeFault]:
    return [
        RangeFault("overlap", one.lab, one.test, sex, other.age_from, one.age_to)
        for one, other in pairwise(table)
        if one.age_to is None or other.age_from < one.age_to
    ]


def _gaps(table: list[RangeRow], sex: str) -> list[RangeFault]:
    covered: int | None = min(row.age_from for row in table)
    gaps: list[RangeFault] = []
    for row in (row for row in table if row.sex in (None, sex)):
        if covered is None:
            return gaps
        if row.age_from > covered:
            gaps.append(RangeFault("gap", row.lab, row.test, sex, covered, row.age_from))
        covered = None if row.age_to is None else max(covered, row.age_to)
    oldest = [row.age_to for row in table]
    end = None if None in oldest else max(age for age in oldest if age is not None)
    if covered is not None and (end is None or covered < end):
        gaps.append(RangeFault("gap", table[0].lab, table[0].test, sex, covered, end))
    return gaps
