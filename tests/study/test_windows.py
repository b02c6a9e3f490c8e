"""Visit windows are counted from the anchor, never from the previous visit, and there is no day 0."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imt_ecrf.study.definition import StudyEvent, TranslatedText
from imt_ecrf.study.windows import Window, formula, span, study_day, window


def event(day: str, before: str, after: str, anchor: str = "SE_C1D1") -> StudyEvent:
    """Make a visit of the schedule."""
    return StudyEvent("SE_X", TranslatedText("x", "x"), "scheduled", anchor, day, before, after, "no", ())


@pytest.mark.parametrize(
    ("visit", "repeat", "anchor", "expected"),
    [
        (event("8", "-2", "2"), 1, "2028-02-25", ("2028-03-01", "2028-03-03", "2028-03-05")),
        (event("-1", "-27", "0"), 1, "2026-01-29", ("2026-01-01", "2026-01-28", "2026-01-28")),
        (event("1+28*(n-1)", "-3 (n<=12), -7 later", "3 (n<=12), 7 later"), 3, "2026-01-01",
         ("2026-02-23", "2026-02-26", "2026-03-01")),
        (event("1+28*(n-1)", "-3 (n<=12), -7 later", "3 (n<=12), 7 later"), 13, "2026-01-01",
         ("2026-11-26", "2026-12-03", "2026-12-10")),
        (event("30", "-2", "7", "last dose"), 1, "2026-01-01", ("2026-01-29", "2026-01-31", "2026-02-07")),
    ],
)  # fmt: skip
def test_a_window_is_counted_from_its_anchor(
    visit: StudyEvent, repeat: int, anchor: str, expected: tuple[str, str, str]
) -> None:
    found = window(visit, repeat, {visit.anchor: date.fromisoformat(anchor)})
    assert found == Window(*map(date.fromisoformat, expected))


def test_a_visit_without_known_anchor_has_no_window() -> None:
    assert window(event("8", "-2", "2"), 1, {}) is None


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(-400, 400))
def test_there_is_no_study_day_zero_and_days_keep_their_order(dose: date, days: int) -> None:
    number = study_day(dose + timedelta(days=days), dose)
    assert number != 0
    assert number == (days + 1 if days >= 0 else days)


@pytest.mark.parametrize("text", ["__import__('os')", "n**n", "1.5", "x", "n and 1"])
def test_a_formula_may_hold_nothing_but_sums_and_products(text: str) -> None:
    with pytest.raises(ValueError, match="day of the schedule"):
        formula(text, 1)


def test_a_bound_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(ValueError, match="window bound"):
        span("about a week", 1)
