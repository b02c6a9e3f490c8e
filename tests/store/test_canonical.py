"""Canonical JSON: one writing for one value, on every machine."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imt_ecrf.store.canonical import dumps, loads, sha256

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6)
VALUES = st.recursive(
    TEXT | st.none() | st.booleans() | st.integers(-(2**53), 2**53),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_what_is_written_is_what_the_standard_library_reads(value: Any) -> None:
    assert dumps(json.loads(dumps(value))) == dumps(value)
    assert loads(dumps(value)) == json.loads(dumps(value))


@given(VALUES)
def test_texts_in_nfc_come_back_unchanged(value: Any) -> None:
    written = json.dumps(value, ensure_ascii=False)
    if unicodedata.is_normalized("NFC", written):
        assert loads(dumps(value)) == value


def test_keys_are_sorted_and_nothing_is_spaced() -> None:
    assert dumps({"b": [1, "я"], "A": {"v": "12.50"}}) == '{"A":{"v":"12.50"},"b":[1,"я"]}'


def test_two_writings_of_one_letter_give_the_same_bytes() -> None:
    assert dumps({"v": "и\u0306"}) == dumps({"v": "й"})
    assert sha256(dumps({"v": "e\u0301"})) == sha256(dumps({"v": "\u00e9"}))


def test_the_character_nul_is_refused_but_its_spelling_is_kept() -> None:
    with pytest.raises(ValueError, match="NUL"):
        dumps({"v": "a\0"})
    assert loads(dumps({"v": "\\u0000"})) == {"v": "\\u0000"}
