"""The page of the study tells the tests a version was published with; the guide lists the rule language."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from imt_ecrf.study.proving import prove
from imt_ecrf.study.rules.functions import FUNCTIONS
from tests.factories import real_book
from tests.web.clerk import office

if TYPE_CHECKING:
    from pathlib import Path

    from tests.web.clerk import Office


@pytest.fixture
def place(tmp_path: Path) -> Office:
    return office(tmp_path / "data", real_book())


@pytest.mark.req("R59")
def test_the_page_of_the_study_shows_builder_and_tests_of_a_version(place: Office) -> None:
    counts = prove(real_book()).counts
    text = place.clerk("AUD").get("/study").page.text
    said = "{checks} checks, {conditions} conditions and {methods} derivations on {cases} cases: all passed"
    assert said.format(**counts) in text
    assert "study.author" in text


@pytest.mark.parametrize(
    ("language", "word"), [("en", "the last value before"), ("ru", "последнее значение до")]
)
def test_the_guide_lists_every_function_in_both_languages(place: Office, language: str, word: str) -> None:
    clerk = place.clerk("DM")
    text = clerk.get(f"/guide/language?lang={language}").page.text
    assert [name for name in FUNCTIONS if f"{name}(" not in text] == []
    assert word in text
    assert clerk.get(f"/guide/write-a-check?lang={language}").status == 200
