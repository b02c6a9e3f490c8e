"""Every conformance case of the rule language, through the Python side; the browser's in study/rules_js."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from imt_ecrf.study.rules import cases
from imt_ecrf.study.rules.functions import AGGREGATES, FUNCTIONS

GIVEN = Path(__file__).parent / "rule_cases.json"
OURS = GIVEN.with_name("worked_cases.json")
COUNTS = {GIVEN: 541, OURS: 863}
CASES = [case for file in COUNTS for case in cases.load(file)]
NAMES = {*FUNCTIONS, *AGGREGATES, "this", "date", "time"}
SIGNS = {"==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "and", "or", "not", "in", "not in", "if"}


def _texts(case: dict[str, Any]) -> list[str]:
    rules = [case.get(use, {}) for use in ("show_if", "derive", "checks")]
    return [case.get("expr", ""), *(text for one in rules for text in one.values())]


@pytest.mark.req("R28")
@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_case_comes_out_as_expected(case: dict[str, Any]) -> None:
    assert cases.outcome(case) == case["expect"], case["why"]


@pytest.mark.parametrize("file", COUNTS, ids=lambda file: file.stem)
def test_a_run_of_a_file_counts_cases_and_names_the_wrong_ones(file: Path) -> None:
    assert cases.run(file) == cases.Counts(cases=COUNTS[file], wrong=())


def test_our_cases_are_named_once_and_say_why() -> None:
    ours = cases.load(OURS)
    assert len({case["id"] for case in ours}) == len(ours)
    assert [case["id"] for case in ours if not case["why"]] == []


def test_our_cases_ask_every_function_and_every_sign() -> None:
    texts = [text for case in cases.load(OURS) if "error" not in case["expect"] for text in _texts(case)]
    words = {word for text in texts for word in re.findall(r"(\w+)\(", text)}
    signs = {sign for sign in SIGNS if any(f" {sign} " in f" {text} " for text in texts)}
    assert (NAMES - words, SIGNS - signs) == (set(), set())
