"""The printed tables of the guide: in words, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.web.clerk import Office


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_tables_of_the_guide_show_words_and_no_codes(house: Office, language: str) -> None:
    clerk = house.clerk("CRC")
    states = clerk.get(f"/guide/states?lang={language}").page.text
    rights = clerk.get(f"/guide/rights?lang={language}").page.text
    assert [code for code in ("mark_not_done", "IEENROL", "SYSTEM") if code in states] == []
    assert [code for code in ("see_subjects", "settle_any_query") if code in rights] == []
    words = ("not started", "a reason is given") if language == "en" else ("не начата", "указана причина")
    assert all(word in states for word in words)
    assert ("not started" in states) == (language == "en")
