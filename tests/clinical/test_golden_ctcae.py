"""Every CTCAE vector of the CRF book: a value at, below and above each limit."""

from __future__ import annotations

from typing import Any

import pytest

from imt_ecrf.clinical.ctcae import ctcae_grade, grade_result
from imt_ecrf.clinical.labs import LabResult
from tests.clinical.book import CTCAE, exact, perhaps, vectors_of

SINGLE = [vector for vector in vectors_of("M_LBTOXGR") if "points" not in vector]
POINTS = [
    pytest.param(vector, point, id=f"{vector['id']} {vector['test']} {point['value']}")
    for vector in vectors_of("M_LBTOXGR")
    for point in vector.get("points", ())
]


def _unit(test: str) -> str:
    return CTCAE.of_test(test)[0].unit


def _baseline(test: str, inputs: dict[str, Any]) -> LabResult | None:
    value = perhaps(inputs.get("baseline"))
    if value is None:
        return None
    return LabResult(test, value, _unit(test), perhaps(inputs.get("lln")), perhaps(inputs.get("uln")))


@pytest.mark.parametrize("vector", SINGLE, ids=lambda vector: f"{vector['id']} {vector['inputs']['test']}")
def test_a_result_gets_the_worst_grade_of_its_terms(vector: dict[str, Any]) -> None:
    inputs = vector["inputs"]
    test = inputs["test"]
    result = LabResult(
        test, exact(inputs["value"]), _unit(test), perhaps(inputs["lln"]), perhaps(inputs["uln"])
    )
    graded = grade_result(CTCAE, result, _baseline(test, inputs))
    assert graded is not None
    assert (graded.grade, graded.version) == (vector["grade"], "5.0")


@pytest.mark.parametrize(("vector", "point"), POINTS)
def test_a_value_at_a_limit_gets_the_grade_of_the_book(vector: dict[str, Any], point: dict[str, Any]) -> None:
    test, inputs = vector["test"], vector["inputs"] | point
    if "change_from_baseline" in point:
        inputs = inputs | {"baseline": point["value"] - point["change_from_baseline"]}
    terms = CTCAE.of_test(test)
    term = next(term for term in terms if term.term == vector.get("term", term.term))
    grade = ctcae_grade(
        term,
        exact(point["value"]),
        perhaps(inputs.get("lln")),
        perhaps(inputs.get("uln")),
        _baseline(test, inputs),
        on_anticoagulation=inputs.get("on_anticoagulation", False),
    )
    assert grade == point["grade"]
