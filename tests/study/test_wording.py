"""Words that are asked for must show something: invisible signs say nothing, visible ones stay so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imt_ecrf.study.entry import read_entry
from imt_ecrf.study.wording import ENDS, FILLERS, OPENERS, balanced, said, seen

FORMAT = st.characters(categories=["Cf", "Zs", "Zl", "Zp", "Cc"])
LETTERS = st.characters(categories=["Lu", "Ll", "Nd", "Po"])


@given(st.text(FORMAT | st.sampled_from(sorted(FILLERS))))
def test_signs_that_show_nothing_say_nothing_however_many(text: str) -> None:
    assert (seen(text), said(text)) == ("", "")
    assert read_entry(text, "text") == ""


@given(st.text(FORMAT), LETTERS, st.text(FORMAT))
def test_one_visible_sign_among_them_is_said_and_kept_as_it_was_written(
    before: str, sign: str, after: str
) -> None:
    text = before + sign + after
    assert (seen(text), said(text)) == (sign, text.strip())


@given(st.text())
def test_what_is_kept_is_what_was_written_or_nothing(text: str) -> None:
    assert said(text) == (text.strip() if seen(text) else "")


INVISIBLE = ["\u200b\u202e\u200b", "\u2066\u2069", "\ufeff", "\u00ad", "\u3164", "\u2800"]


@pytest.mark.parametrize("text", INVISIBLE)
def test_the_usual_invisible_signs_say_nothing(text: str) -> None:
    assert said(text) == ""


@pytest.mark.parametrize("text", ["ok", "Да.", "34", "\u05d0\u05de\u200f", "e\u0301", "\u202eabc"])
def test_words_in_any_script_are_said(text: str) -> None:
    assert said(text) == text


TURNS = sorted({*OPENERS, *ENDS})


def left_open(text: str) -> tuple[list[str], bool]:
    """Give what a text leaves turned, and whether it ends something it did not begin."""
    due: list[str] = []
    strange = False
    for sign in text:
        if sign in OPENERS:
            due.append(OPENERS[sign])
        elif sign in ENDS:
            while sign == "\u2069" and sign in due and due[-1] != sign:
                due.pop()  # the end of an isolate ends what was turned in it
            strange = strange or not due or due.pop() != sign
    return due, strange


@given(st.text(st.sampled_from([*TURNS, "a", "\u05d0", " ", "1"])))
def test_a_text_among_others_turns_nothing_beside_it_and_loses_no_word(text: str) -> None:
    shown = balanced(text)
    assert left_open(shown) == ([], False)
    assert [one for one in shown if one not in TURNS] == [one for one in text if one not in TURNS]
    assert balanced(shown) == shown


@given(st.text(st.characters(exclude_characters=TURNS)))
def test_a_text_that_turns_nothing_is_shown_as_it_is(text: str) -> None:
    assert balanced(text) == text
