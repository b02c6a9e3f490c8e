"""Vectors of the laboratory: chemistry by the version's expressions, grades by its CTCAE table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imt_ecrf.clinical.ctcae import ctcae_grade, grade_result
from imt_ecrf.clinical.labs import LabResult
from imt_ecrf.study.vectors.bench import NotSupported, expected, number, rounded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imt_ecrf.clinical.ctcae import CtcaeTerm
    from imt_ecrf.study.vectors.bench import Bench

_HEIGHT = "latest('VS_HEIGHT', LBCDAT, 84)"
_SIGNAL_TESTS = ("ALT", "AST", "BILI", "ALP")


def calcium(vector: Mapping[str, Any], bench: Bench) -> Iterator[tuple[str, Any, Any]]:
    """Correct calcium for albumin."""
    inputs = vector["inputs"]
    facts = {"lab('CA')": inputs["ca"], "lab('ALB')": inputs["alb"]}
    yield "value", number(expected(vector)["value"]), bench.value("M_CACORR", facts=facts)


def filtration(vector: Mapping[str, Any], bench: Bench) -> Iterator[tuple[str, Any, Any]]:
    """Give the filtration rate, bedside Schwartz, to one decimal."""
    inputs = vector["inputs"]
    facts = {_HEIGHT: inputs["height_cm"], "lab('CREAT')": inputs["creat_umol"]}
    rate = bench.value("M_EGFR", facts=facts)
    yield "value", number(expected(vector)["value"]), rounded(rate, 1)


def signal(vector: Mapping[str, Any], bench: Bench) -> Iterator[tuple[str, Any, Any]]:
    """Tell the signal of drug-induced liver injury (Hy's law)."""
    inputs = vector["inputs"]
    facts = {f"lab('{test}')": inputs.get(test) for test in _SIGNAL_TESTS}
    facts |= {f"lab_uln('{test}')": inputs.get(f"uln_{test.lower()}") for test in _SIGNAL_TESTS}
    yield "flag", expected(vector)["flag"], bench.value("M_HYSLAW", facts=facts)


def grades(vector: Mapping[str, Any], bench: Bench) -> Iterator[tuple[str, Any, Any]]:
    """Grade by CTCAE: one result (the worst of its terms), or points at the limits of one term."""
    inputs = vector["inputs"]
    if "points" not in vector:
        result = _result(bench, inputs["test"], inputs["value"], inputs)
        found = grade_result(bench.medicine.ctcae, result, _baseline(bench, inputs["test"], inputs))
        yield "grade", expected(vector)["grade"], found.grade if found else None
        return
    term = _term(bench, vector["test"], vector.get("term"))
    for point in vector["points"]:
        yield f"grade of {point['value']}", point["grade"], _grade(bench, term, inputs | point)


def _terms(bench: Bench, test: str) -> tuple[CtcaeTerm, ...]:
    found = bench.medicine.ctcae.of_test(test)
    if not found:
        raise NotSupported(f"this version has no grades of {test}")
    return found


def _term(bench: Bench, test: str, name: str | None) -> CtcaeTerm:
    found = next((term for term in _terms(bench, test) if name in {None, term.term}), None)
    if found is None:
        raise NotSupported(f"this version has no grades of {name}")
    return found


def _grade(bench: Bench, term: CtcaeTerm, inputs: Mapping[str, Any]) -> int | None:
    value = number(inputs["value"])
    assert value is not None  # noqa: S101 - a point has a value
    if "change_from_baseline" in inputs:
        change = number(inputs["change_from_baseline"]) or 0
        inputs = {**inputs, "baseline": value - change}
    return ctcae_grade(
        term,
        value,
        number(inputs.get("lln")),
        number(inputs.get("uln")),
        _baseline(bench, term.test, inputs),
        on_anticoagulation=inputs.get("on_anticoagulation", False),
    )


def _baseline(bench: Bench, test: str, inputs: Mapping[str, Any]) -> LabResult | None:
    value = inputs.get("baseline")
    return None if value is None else _result(bench, test, value, inputs)


def _result(bench: Bench, test: str, value: Any, inputs: Mapping[str, Any]) -> LabResult:
    exact = number(value)
    assert exact is not None  # noqa: S101 - asked by the callers
    unit = _terms(bench, test)[0].unit
    return LabResult(test, exact, unit, number(inputs.get("lln")), number(inputs.get("uln")))
