"""Every conformance case of the rule language, through the Python side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from imt_ecrf.study.rules import cases

FILE = Path(__file__).parent / "rule_cases.json"
CASES = cases.load(FILE)


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_case_comes_out_as_expected(case: dict[str, Any]) -> None:
    assert cases.outcome(case) == case["expect"], case["why"]


def test_a_run_of_the_file_counts_cases_and_names_the_wrong_ones() -> None:
    assert cases.run(FILE) == cases.Counts(cases=541, wrong=())
