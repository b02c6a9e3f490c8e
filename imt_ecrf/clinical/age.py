"""Age of a child on a date, counted in anniversaries of birth or of consent; knows no form and no record."""

from __future__ import annotations

from calendar import isleap
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import ceil, floor

MONTHS = 12
DAYS_OF_A_YEAR = Fraction(1461, 4)
ADULT_YEARS = 18
ADOLESCENT_YEARS = 12
CHILD_YEARS = 2


@dataclass(frozen=True, slots=True)
class AgeAnchor:
    """What is known of a child's age: the full birth date, or the age in the source on the day of consent."""

    birth: date | None = None
    consent: date | None = None
    years: int | None = None
    months: int | None = None


def completed_months(start: date, on: date) -> int:
    """Count completed months: one is complete on the same day of the month, or on the 1st of the month after.

    RULES.md section 8: 31 January + 1 month is complete on 1 March; before `start` the count is the
    negative floor.
    """
    months = (on.year - start.year) * MONTHS + on.month - start.month
    return months - 1 if on.day < start.day else months


def completed_years(start: date, on: date) -> int:
    """Count completed years; 29 February counts as 1 March in common years (RULES.md section 8)."""
    return completed_months(start, on) // MONTHS


def anniversary(start: date, years: int) -> date:
    """Give the day on which so many years are complete (29 February: 1 March of a common year)."""
    year = start.year + years
    if (start.month, start.day) == (2, 29) and not isleap(year):
        return date(year, 3, 1)
    return start.replace(year=year)


def years_since(start: date, on: date) -> Fraction:
    """Count completed years and the share of the running year between two anniversaries, exactly."""
    years = completed_years(start, on)
    last = anniversary(start, years)
    return years + Fraction((on - last).days, (anniversary(start, years + 1) - last).days)


def age_at(anchor: AgeAnchor, on: date) -> Fraction | None:
    """Give the age in years on a date, exact on birthdays (CRF book M_AGEAT, RULES.md section 8).

    Without a full birth date it is counted from the age at consent and is a lower bound; None without
    an anchor.
    """
    if anchor.birth is not None:
        return years_since(anchor.birth, on)
    start = _age_at_consent(anchor)
    if start is None or anchor.consent is None:
        return None
    return start + years_since(anchor.consent, on)


def age_months_at(anchor: AgeAnchor, on: date) -> int | None:
    """Give the age in completed months, the key of growth tables; a lower bound without a full birth date."""
    if anchor.birth is not None:
        return completed_months(anchor.birth, on)
    start = _age_at_consent(anchor)
    if start is None or anchor.consent is None:
        return None
    return int(start * MONTHS) + completed_months(anchor.consent, on)


def age_days_at(anchor: AgeAnchor, on: date) -> int | None:
    """Give the age in days, the key of laboratory ranges (CRF book section 11, normal ranges).

    With a full birth date the days lived; else age at consent in days plus the days since. Together
    with `days_of_years` a child is never put in a band below its age: on its birthday it is in the
    new band.
    """
    if anchor.birth is not None:
        return (on - anchor.birth).days
    start = _age_at_consent(anchor)
    if start is None or anchor.consent is None:
        return None
    return ceil(start * DAYS_OF_A_YEAR) + (on - anchor.consent).days


def days_of_years(years: int | Fraction) -> int:
    """Turn the bound of an age band from years into days (365.25 a year, cut): 1 year 365, 6 years 2191."""
    return floor(years * DAYS_OF_A_YEAR)


def age_group(completed: int) -> str:
    """Name the ICH E11 age group of completed years (CRF book M_AGEGRP; newborns are not told)."""
    if completed < CHILD_YEARS:
        return "INFANT"
    if completed < ADOLESCENT_YEARS:
        return "CHILD"
    return "ADOLESCENT" if completed < ADULT_YEARS else "ADULT"


def _age_at_consent(anchor: AgeAnchor) -> Fraction | None:
    if anchor.months is not None:
        return Fraction(anchor.months, MONTHS)
    return None if anchor.years is None else Fraction(anchor.years)
