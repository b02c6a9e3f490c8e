"""Normal limits of heart rate, breathing rate and blood pressure by age."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from fractions import Fraction

    from imt_ecrf.clinical.exact import Number

Vital = Literal["HR", "RR", "SBP"]


@dataclass(frozen=True, slots=True)
class VitalBand:
    """Limits of one vital sign for an age in years, from inclusive, to exclusive."""

    vital: str
    age_from: Fraction
    age_to: Fraction
    low: Fraction
    high: Fraction


def vital_lo(bands: Iterable[VitalBand], vital: str, age_years: Number) -> Fraction | None:
    """Give the lower limit for the age (CRF book section 11, bradycardia); None outside the table."""
    band = _band(bands, vital, age_years)
    return None if band is None else band.low


def vital_hi(bands: Iterable[VitalBand], vital: str, age_years: Number) -> Fraction | None:
    """Give the upper limit for the age; None outside the table."""
    band = _band(bands, vital, age_years)
    return None if band is None else band.high


def _band(bands: Iterable[VitalBand], vital: str, age_years: Number) -> VitalBand | None:
    return next(
        (band for band in bands if band.vital == vital and band.age_from <= age_years < band.age_to), None
    )
