"""Age is counted in anniversaries, from birth or from the age at consent."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imt_ecrf.clinical.age import (
    AgeAnchor,
    age_at,
    age_days_at,
    age_group,
    age_months_at,
    anniversary,
    completed_months,
    completed_years,
    days_of_years,
    years_since,
)

DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 31))
LEAP_CHILD = AgeAnchor(birth=date(2012, 2, 29))


@pytest.mark.parametrize(
    ("on", "age"),
    [
        (date(2026, 3, 9), 15 + Fraction(364, 365)),
        (date(2026, 3, 10), Fraction(16)),
        (date(2026, 3, 11), 16 + Fraction(1, 365)),
    ],
)
def test_age_with_a_full_birth_date_is_exact_around_the_birthday(on: date, age: Fraction) -> None:
    assert age_at(AgeAnchor(birth=date(2010, 3, 10)), on) == age


@pytest.mark.parametrize(
    ("on", "age"),
    [
        (date(2027, 2, 28), 14 + Fraction(364, 365)),
        (date(2027, 3, 1), Fraction(15)),
        (date(2028, 2, 28), 15 + Fraction(364, 365)),
        (date(2028, 2, 29), Fraction(16)),
    ],
)
def test_a_child_of_29_february_has_its_birthday_on_1_march_of_common_years(on: date, age: Fraction) -> None:
    assert age_at(LEAP_CHILD, on) == age


@pytest.mark.parametrize(
    ("anchor", "on", "age"),
    [
        (AgeAnchor(None, date(2027, 3, 10), 15), date(2028, 3, 10), Fraction(16)),
        (AgeAnchor(None, date(2027, 3, 10), 15), date(2028, 3, 9), 15 + Fraction(365, 366)),
        (AgeAnchor(None, date(2027, 3, 10), 2, 31), date(2027, 3, 10), Fraction(31, 12)),
        (AgeAnchor(None, date(2027, 3, 10), 15), date(2027, 3, 9), 15 - Fraction(1, 365)),
        (AgeAnchor(None, date(2027, 3, 10)), date(2028, 3, 9), None),
        (AgeAnchor(None, None, 15), date(2028, 3, 9), None),
    ],
)
def test_age_without_a_birth_date_is_counted_from_consent(
    anchor: AgeAnchor, on: date, age: Fraction | None
) -> None:
    assert age_at(anchor, on) == age


@pytest.mark.parametrize(
    ("start", "on", "months"),
    [
        (date(2027, 1, 31), date(2027, 2, 28), 0),
        (date(2027, 1, 31), date(2027, 3, 1), 1),
        (date(2027, 3, 10), date(2027, 3, 9), -1),
        (date(2027, 3, 10), date(2028, 3, 9), 11),
    ],
)
def test_months_are_complete_on_the_same_day_or_the_first_of_the_next(
    start: date, on: date, months: int
) -> None:
    assert completed_months(start, on) == months


def test_months_of_life_come_from_birth_else_from_consent() -> None:
    on = date(2028, 3, 9)
    assert age_months_at(AgeAnchor(birth=date(2026, 3, 9)), on) == 24
    assert age_months_at(AgeAnchor(None, date(2027, 3, 10), 2, 31), on) == 42
    assert age_months_at(AgeAnchor(None, date(2027, 3, 10), 3), on) == 47
    assert age_months_at(AgeAnchor(None, date(2027, 3, 10)), on) is None


def test_days_of_life_come_from_birth_else_from_consent() -> None:
    assert age_days_at(AgeAnchor(birth=date(2028, 2, 28)), date(2028, 3, 1)) == 2
    assert age_days_at(AgeAnchor(None, date(2027, 3, 10), 3), date(2027, 3, 11)) == 1097
    assert age_days_at(AgeAnchor(None, None, 3), date(2027, 3, 11)) is None


@given(DAYS, st.integers(0, 18))
def test_on_the_birthday_a_child_is_in_the_new_band_of_years(birth: date, years: int) -> None:
    birthday = anniversary(birth, years)
    lived = age_days_at(AgeAnchor(birth=birth), birthday)
    assert lived is not None
    assert days_of_years(years) <= lived < days_of_years(years + 1)


@given(DAYS, st.integers(0, 17), st.integers(0, 8))
def test_on_the_anniversary_of_consent_a_child_is_in_the_new_band(
    consent: date, years: int, later: int
) -> None:
    lived = age_days_at(AgeAnchor(None, consent, years), anniversary(consent, later))
    assert lived is not None
    assert days_of_years(years + later) <= lived < days_of_years(years + later + 1)


@given(DAYS, st.integers(0, 30 * 365))
def test_completed_years_are_the_whole_part_of_the_age(birth: date, days: int) -> None:
    on = birth + timedelta(days=days)
    assert int(years_since(birth, on)) == completed_years(birth, on) == completed_months(birth, on) // 12


@given(DAYS, st.integers(0, 30 * 365))
def test_a_child_is_older_every_day(birth: date, days: int) -> None:
    on = birth + timedelta(days=days)
    assert years_since(birth, on) < years_since(birth, on + timedelta(days=1))


@given(DAYS, st.integers(0, 30))
def test_age_is_whole_on_every_anniversary(birth: date, years: int) -> None:
    assert years_since(birth, anniversary(birth, years)) == years


@pytest.mark.parametrize(
    ("years", "group"),
    [
        (0, "INFANT"),
        (1, "INFANT"),
        (2, "CHILD"),
        (11, "CHILD"),
        (12, "ADOLESCENT"),
        (17, "ADOLESCENT"),
        (18, "ADULT"),
    ],
)
def test_age_groups_change_on_birthdays(years: int, group: str) -> None:
    assert age_group(years) == group
