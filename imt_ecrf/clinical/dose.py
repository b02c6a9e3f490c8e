"""Dose by body surface area: table dose, what a formulation can make, amount expected in a period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from imt_ecrf.clinical.exact import Number, fraction, positive, round_half_away

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Formulation:
    """A form of the drug and its strengths in mg; a liquid has none, because any amount can be measured."""

    code: str
    strengths: tuple[int, ...] = ()


CRIZOTINIB = (
    Formulation("PELLET", (20, 50, 150)),
    Formulation("CAPSULE", (200, 250)),
    Formulation("SOLUTION"),
    Formulation("SUSPENSION"),
)
"""Pellets and capsules as in the US label (2023) and CL_STRENGTH; liquids are prepared to measure."""


@dataclass(frozen=True, slots=True)
class BandDose:
    """The single dose of a level in a band; `not_as`: formulations for which the label gives none."""

    level: str
    mg: int
    frequency: str = "BID"
    not_as: tuple[str, ...] = ()
    status: str = ""


@dataclass(frozen=True, slots=True)
class DoseBand:
    """A band of body surface area in m2, both ends inclusive, to 2 decimals; no upper end in the last one."""

    bsa_from: Fraction
    bsa_to: Fraction | None
    doses: tuple[BandDose, ...]


@dataclass(frozen=True, slots=True)
class DoseTable:
    """The doses of a drug: mg/m2 aimed at by level, bands of surface, formulations."""

    oid: str
    targets: tuple[tuple[str, int], ...]
    bands: tuple[DoseBand, ...]
    formulations: tuple[Formulation, ...] = CRIZOTINIB


@dataclass(frozen=True, slots=True)
class DosingInterval:
    """A line of the dosing log, both days inclusive; no end: it goes on.

    A dose of 0 is an interruption; `prescribed` is the single dose that was due meanwhile when the
    interruption was not ordered by the investigator (doses forgotten, no supply), else None.
    """

    start: date
    end: date | None
    mg: Number
    times_a_day: int | None = None
    prescribed: Number | None = None


def dose_level_mg_m2(table: DoseTable, level: str) -> int | None:
    """Give the mg/m2 that a level aims at; None for a level without a dose (HOLD) (CRF book M_DOCALC)."""
    return dict(table.targets).get(level)


def calculated_dose(table: DoseTable, level: str, bsa: Number) -> Fraction | None:
    """Give mg/m2 of the level x surface, unrounded (CRF book M_DOCALC)."""
    target = dose_level_mg_m2(table, level)
    return None if target is None else target * fraction(bsa)


def band_dose(table: DoseTable, bsa: Number, level: str) -> BandDose | None:
    """Find the dose of a level for a surface rounded to 2 decimals; None under the table (CRF book 6.4)."""
    surface = round_half_away(bsa, 2)
    for band in table.bands:
        if band.bsa_from <= surface and (band.bsa_to is None or surface <= band.bsa_to):
            return next((dose for dose in band.doses if dose.level == level), None)
    return None


def dose_table(table: DoseTable, bsa: Number, level: str, form: str | None = None) -> int | None:
    """Give the single dose in mg of the table (US label, doses by surface; CRF book 6.4, M_DOTABLE).

    None when the surface is under the table, or the label gives no dose of this formulation, or it
    cannot make it.
    """
    dose = band_dose(table, bsa, level)
    if dose is None:
        return None
    if form is not None and (form in dose.not_as or not makeable(table, dose.mg, form)):
        return None
    return dose.mg


def makeable(table: DoseTable, mg: Number, form: str) -> bool:
    """Tell whether a single dose can be made from whole units of a formulation (CRF book C090)."""
    known = next((formulation for formulation in table.formulations if formulation.code == form), None)
    wanted = fraction(mg)
    if known is None or wanted <= 0:
        return False
    if not known.strengths:
        return True
    return wanted.denominator == 1 and _is_sum(int(wanted), known.strengths)


def _is_sum(mg: int, strengths: tuple[int, ...]) -> bool:
    sums = {0}
    for amount in range(1, mg + 1):
        if any(amount - strength in sums for strength in strengths):
            sums.add(amount)
    return mg in sums


def dose_per_m2(mg: Number, bsa: Number) -> Fraction:
    """Give the mg/m2 of a prescribed single dose (CRF book M_DOMGM2)."""
    return fraction(mg) / positive(bsa, "body surface area")


def dose_deviation(prescribed: Number, from_table: Number) -> Fraction:
    """Give the difference from the table dose in % of it (CRF book M_DODEV)."""
    table_mg = positive(from_table, "table dose")
    return 100 * (fraction(prescribed) - table_mg) / table_mg


def expected_amount(intervals: Iterable[DosingInterval], start: date, before: date) -> Fraction | None:
    """Sum dose x times a day over the days from `start` up to, not with, `before` (CRF book M_DAEXP).

    The day of the next dispensing belongs to the next period. A day on which two intervals meet
    counts once, for the later one. Interruptions ordered by the investigator are not expected doses.
    None when a frequency is missing.
    """
    ordered = sorted(intervals, key=lambda interval: interval.start)
    total = Fraction(0)
    day = start
    while day < before:
        amount = _due_on(ordered, day)
        if amount is None:
            return None
        total += amount
        day += ONE_DAY
    return total


def _due_on(ordered: Sequence[DosingInterval], day: date) -> Fraction | None:
    running = [one for one in ordered if one.start <= day and (one.end is None or day <= one.end)]
    if not running:
        return Fraction(0)
    interval = running[-1]
    mg = fraction(interval.mg if interval.prescribed is None else interval.prescribed)
    if mg == 0:
        return mg
    return None if interval.times_a_day is None else mg * interval.times_a_day
