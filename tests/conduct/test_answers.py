"""What is typed becomes cells, or is refused with every problem at once."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imt_ecrf.conduct.answers import Sheet, carried_items, is_first_event, read_answers
from imt_ecrf.conduct.views import Answer
from tests.factories import plain, small_book

BOOK = small_book()


def read(form: str, answers: dict[str, Any], kept: dict[str, Any] | None = None, language: str = "en") -> Any:
    sheet = Sheet(BOOK, BOOK.forms[form], frozenset(), language)
    return read_answers(sheet, kept or {}, plain(answers))


@pytest.mark.req("R28")
def test_values_are_kept_as_recorded_with_unit_and_partial_dates_stay_partial() -> None:
    found = read("F_VS", {"WEIGHT": Answer("12,50", "kg"), "HEIGHT": "100", "SEEN": "UN.11.2025", "NOTE": ""})
    assert found.problems == []
    assert found.cells == {
        "WEIGHT": {"v": "12.50", "u": "kg"},
        "HEIGHT": {"v": "100", "u": "cm"},
        "SEEN": {"v": "2025-11"},
        "NOTE": None,
    }


def test_several_answers_are_kept_in_the_order_given_each_once() -> None:
    assert read("F_VS", {"SYMPTOMS": ("AST", "ALT", "AST")}).cells == {"SYMPTOMS": {"v": ["AST", "ALT"]}}


def test_a_missing_reason_takes_the_place_of_the_value() -> None:
    found = read("F_LB", {"G_LB.ALT.LBRES": Answer(missing="ND")})
    assert (found.cells, found.problems) == ({"G_LB.ALT.LBRES": {"m": "ND"}}, [])


@pytest.mark.parametrize(
    ("form", "path", "answer", "code"),
    [
        ("F_VS", "AGE", "1", "unknown_item"),
        ("F_VS", "F.V.S", "1", "unknown_item"),
        ("F_VS", "A.B", "1", "unknown_item"),
        ("F_VS", "G_VS.1.WEIGHT", "1", "unknown_item"),
        ("F_VS", "DODAT", "2026-01-01", "unknown_item"),
        ("F_VS", "@not_done", "ND", "unknown_item"),
        ("F_VS", "BMI", "20", "derived"),
        ("F_LB", "G_LB.ALT.LBTEST", "ALT", "prefilled"),
        ("F_LB", "G_LB.GGT.LBRES", "1", "unknown_row"),
        ("F_LB", "LBRES", "1", "unknown_item"),
        ("F_TL", "G_TL.0.TLID", "T01", "unknown_row"),
        ("F_TL", "G_TL.x.TLID", "T01", "unknown_row"),
        ("F_TL", "G_TL.1000.TLID", "T01", "unknown_row"),
        ("F_VS", "WEIGHT", Answer("12,x", "kg"), "not_a_number"),
        ("F_VS", "WEIGHT", Answer("1234567.89", "kg"), "too_long"),
        ("F_VS", "WEIGHT", Answer("12", "stone"), "unit_not_allowed"),
        ("F_VS", "WEIGHT", Answer("12"), "unit_needed"),
        ("F_VS", "NOTE", Answer("x", "kg"), "unit_not_allowed"),
        ("F_VS", "NOTE", "x" * 41, "too_long"),
        ("F_VS", "NOTE", "a\x00b", "sign_not_allowed"),
        ("F_VS", "NOTE", "a\ud800b", "sign_not_allowed"),
        ("F_VS", "NOTE", ("a", "b"), "not_a_text"),
        ("F_VS", "NOTE", Answer(missing="ND"), "missing_not_allowed"),
        ("F_VS", "WEIGHT", Answer(missing="XX"), "missing_not_allowed"),
        ("F_VS", "WEIGHT", Answer("12", "kg", "ND"), "value_and_missing"),
        ("F_VS", "VSPERF", "MAYBE", "code_not_in_list"),
        ("F_VS", "SYMPTOMS", ("ALT", "XYZ"), "code_not_in_list"),
        ("F_VS", "SEEN", "30.02.2026", "no_such_day"),
        ("F_SV", "SVSTDAT", "2026-03", "day_needed"),
        ("F_DO", "DOSE", "1.5", "not_a_whole_number"),
    ],
)
def test_what_cannot_be_represented_is_refused_with_its_path(
    form: str, path: str, answer: Any, code: str
) -> None:
    found = read(form, {path: answer})
    assert [(one.path, one.code) for one in found.problems] == [(path, code)]
    assert all(one.text("en") and one.text("ru") != one.text("en") for one in found.problems)


def test_every_problem_is_told_at_once() -> None:
    found = read("F_VS", {"AGE": "1", "BMI": "2", "SEEN": "31.04.2026", "NOTE": "fine"})
    told = [(one.path, one.code) for one in found.problems]
    assert told == [("AGE", "unknown_item"), ("BMI", "derived"), ("SEEN", "no_such_day")]


def test_a_table_takes_no_more_rows_than_it_may_have_and_struck_rows_do_not_count() -> None:
    kept = {"G_TL.1.TLID": {"v": "T01"}, "G_TL.2.TLID": {"v": "T02"}}
    third = {"G_TL.3.TLID": "T03"}
    assert [one.code for one in read("F_TL", third, kept).problems] == ["too_many_rows"]
    assert read("F_TL", third, {**kept, "G_TL.1.@struck": {"v": "OTHER: twice"}}).problems == []


def test_a_struck_row_takes_no_more_answers() -> None:
    kept = {"G_TL.1.TLID": {"v": "T01"}, "G_TL.1.@struck": {"v": "OTHER: twice"}}
    assert [one.code for one in read("F_TL", {"G_TL.1.TLDIAM": "12"}, kept).problems] == ["struck_row"]


@pytest.mark.req("R28")
def test_identity_is_entered_at_the_first_visit_and_only_carried_afterwards() -> None:
    form = BOOK.forms["F_TL"]
    assert is_first_event(BOOK, "F_TL", "SE_SCR")
    assert carried_items(form, first_event=True) == frozenset()
    sheet = Sheet(BOOK, form, carried_items(form, first_event=False))
    found = read_answers(sheet, {}, plain({"G_TL.1.TLLOC": "LUNG", "G_TL.1.TLID": "T01"}))
    assert [(one.path, one.code) for one in found.problems] == [("G_TL.1.TLLOC", "carried")]


@given(
    st.dictionaries(
        st.sampled_from(["NOTE", "WEIGHT", "SEEN", "G_TL.1.TLID", "\x00", "a.b.c"]), st.text(max_size=50)
    )
)
def test_whatever_is_sent_is_read_or_refused_and_never_breaks(answers: dict[str, str]) -> None:
    found = read("F_VS", answers)
    told = {one.path for one in found.problems}
    assert set(found.cells) | told == set(answers)
