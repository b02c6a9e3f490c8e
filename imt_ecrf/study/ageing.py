"""The age of a subject on a date from what the study may know of the birth date (F_DM and the consent)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from imt_ecrf.clinical.age import AgeAnchor, age_at, age_days_at, age_months_at

if TYPE_CHECKING:
    from fractions import Fraction

    from imt_ecrf.study.rules.facts import Context
    from imt_ecrf.study.values import Date

FORM, CONSENT = "F_DM", "F_IC"


def anchor(context: Context) -> AgeAnchor | None:
    """Give the birth date when its three parts are known, else the age in the source at consent."""
    known: AgeAnchor | None = context.noted("age", (FORM, CONSENT), lambda: _anchor(context))
    return known


def _anchor(context: Context) -> AgeAnchor | None:
    record = next(iter(context.subject.valid_records(FORM)), None)
    if record is None:
        return None
    parts: list[Any] = [context.value(record, item) for item in ("BRTHYY", "BRTHMO", "BRTHDD")]
    years, months = (_whole(context.value(record, item)) for item in ("AGEIC_Y", "AGEIC_M"))
    consent: Date | None = context.call("consent_date")
    return AgeAnchor(_day(parts), consent.first if consent else None, years, months)


def years_on(context: Context, day: date) -> Fraction | None:
    """Give the age in years on a date, exact on anniversaries; a lower bound without a full birth date."""
    known = anchor(context)
    return None if known is None else age_at(known, day)


def months_on(context: Context, day: date) -> int | None:
    """Give the completed months on a date."""
    known = anchor(context)
    return None if known is None else age_months_at(known, day)


def days_on(context: Context, day: date) -> int | None:
    """Give the age in days on a date, the key of laboratory ranges."""
    known = anchor(context)
    return None if known is None else age_days_at(known, day)


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)


def _day(parts: list[Any]) -> date | None:
    if any(part is None for part in parts):
        return None
    try:
        return date(*map(int, parts))
    except ValueError:
        return None
