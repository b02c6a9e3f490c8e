"""What a person types to what is stored."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imt_ecrf.study.entry import REASONS, EntryRefused, read_entry
from imt_ecrf.study.values import UNREADABLE, read


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("12.03.2024", "2024-03-12"),
        ("12 Mar 2024", "2024-03-12"),
        ("12 мар 2024", "2024-03-12"),
        ("12 марта 2024 г.", "2024-03-12"),
        ("2024-03-12", "2024-03-12"),
        ("2024/3/1", "2024-03-01"),
        ("UN Nov 2026", "2026-11"),
        ("UN.11.2026", "2026-11"),
        ("11.2026", "2026-11"),
        ("UN-UNK-2026", "2026"),
        ("2024-UN-UN", "2024"),
        ("25/12/2024", "2024-12-25"),
    ],
)
def test_a_date_is_understood_in_either_language_and_stays_partial(typed: str, stored: str) -> None:
    assert read_entry(typed, "partial_date") == stored


@pytest.mark.parametrize(
    ("typed", "data_type", "code"),
    [
        ("30.02.2024", "date", "no_such_day"),
        ("Mar 2024", "date", "day_needed"),
        ("12.03.24", "date", "year_of_two_digits"),
        ("12.03.1824", "date", "year_out_of_range"),
        ("12 UN 2024", "partial_date", "day_without_month"),
        ("soon", "date", "not_a_date"),
        ("24:00", "time", "not_a_time"),
        ("2:30 PM", "time", "twelve_hour_clock"),
        ("1 000", "float", "not_a_number"),
        ("12,5", "integer", "not_a_whole_number"),
        ("1" * 41, "float", "number_too_long"),
        ("first", "record_ref", "not_a_line"),
    ],
)
def test_what_cannot_be_represented_is_refused_with_its_reason(typed: str, data_type: str, code: str) -> None:
    assert read_entry(typed, data_type) == EntryRefused(code)


def test_slashes_are_ambiguous_in_english_and_day_first_in_russian() -> None:
    assert read_entry("12/03/2024", "date", "en") == EntryRefused("ambiguous_date")
    assert read_entry("12/03/2024", "date", "ru") == "2024-03-12"


@pytest.mark.parametrize(
    ("typed", "data_type", "stored"),
    [
        ("12,50", "float", "12.50"),
        ("\u22125", "integer", "-5"),
        ("007", "integer", "007"),
        ("9:05", "time", "09:05"),
        ("0905", "time", "09:05"),
        ("12.03.2024 9:05", "datetime", "2024-03-12T09:05"),
        ("Mar 2024", "datetime", "2024-03"),
        ("  ", "float", ""),
        ("  сыпь ", "text", "сыпь"),
        ("3", "record_ref", "3"),
    ],
)
def test_an_entry_becomes_the_stored_form_with_its_digits_as_typed(
    typed: str, data_type: str, stored: str
) -> None:
    assert read_entry(typed, data_type) == stored


TYPES = ["integer", "float", "date", "partial_date", "time", "datetime", "record_ref", "text"]


@given(st.text(), st.sampled_from(TYPES), st.sampled_from(["en", "ru"]))
def test_whatever_is_typed_is_refused_with_a_sentence_or_can_be_read_back(
    typed: str, data_type: str, language: str
) -> None:
    stored = read_entry(typed, data_type, language)
    if isinstance(stored, EntryRefused):
        assert stored.message(language) == REASONS[stored.code][language == "ru"]
    else:
        assert read(stored, data_type) is not UNREADABLE


DATE_PARTS = st.lists(
    st.sampled_from(["12", "3", "2024", "UN", "мая", "Nov", ".", "/", "-", " ", "г"]), max_size=9
)


@given(DATE_PARTS)
def test_any_mixture_of_date_parts_is_refused_or_stored_as_a_date(parts: list[str]) -> None:
    stored = read_entry("".join(parts), "partial_date")
    assert isinstance(stored, EntryRefused) or read(stored, "date") is not UNREADABLE
