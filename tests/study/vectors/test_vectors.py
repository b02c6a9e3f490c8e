"""The statistician's vectors against the draft of the study: all come out, an altered one is found."""

from __future__ import annotations

import copy
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from imt_ecrf.study.loader import draft_book
from imt_ecrf.study.vectors import Counts, Wrong, run

if TYPE_CHECKING:
    from imt_ecrf.study.book import Book

GOLDEN = Path(__file__).resolve().parents[2] / "conformance" / "golden_vectors.yaml"


@cache
def _book() -> Book:
    return draft_book()


@cache
def _golden() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(GOLDEN.read_text(encoding="utf-8"))
    return found


def _run(folder: Path, *vectors: dict[str, Any], settings: dict[str, Any] | None = None) -> Counts:
    file = folder / "vectors.yaml"
    data = {"kind": "GoldenVectors", "settings": settings or _golden()["settings"], "vectors": list(vectors)}
    file.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    return run(file, _book())


@pytest.mark.req("R59")
def test_every_golden_vector_comes_out() -> None:
    assert run(GOLDEN, _book()) == Counts(153, (), ())


def _altered(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if value is None:
        return 1
    return (
        "2001-01-01" if str(value)[:4].isdigit() and "-" in str(value) else "31 months + 1 day = 1.25 years"
    )


def _places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """List where the expected answers of a vector stand."""
    if isinstance(node, dict):
        return [place for key, one in node.items() for place in _places(one, (*path, key))]
    if isinstance(node, list):
        return [place for key, one in enumerate(node) for place in _places(one, (*path, key))]
    return [path]


ANSWERS = {"expect", "value", "result", "grade", "bor", "bsa", "table_single_dose_mg", "calc_280"}
ANSWERS |= {"rr", "qtcf", "qtcb"}


def _is_answer(place: tuple[Any, ...]) -> bool:
    if place[0] in {"visits", "points", "alternative"}:
        return "expect" in place or place[-1] in {"grade", "bor_confirmed"}
    return place[0] in ANSWERS and place[-1] != "tp"


def _by_method() -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for vector in _golden()["vectors"]:
        found.setdefault(vector["method"] + ("+" if "expect" in vector or "points" in vector else ""), vector)
    return [*found.values(), next(one for one in _golden()["vectors"] if "alternative" in one)]


@pytest.mark.parametrize("vector", _by_method(), ids=lambda vector: vector["method"])
def test_a_vector_with_any_answer_altered_is_wrong(vector: dict[str, Any], tmp_path: Path) -> None:
    spoiled = []
    for place in filter(_is_answer, _places(vector)):
        one = copy.deepcopy(vector)
        inside = one
        for key in place[:-1]:
            inside = inside[key]
        inside[place[-1]] = _altered(inside[place[-1]])
        spoiled.append({**one, "id": ".".join(map(str, place))})
    assert spoiled
    counted = _run(tmp_path, *spoiled)
    named = {one.vector.split(" ")[0] for one in counted.wrong}
    assert [one["id"] for one in spoiled if one["id"] not in named] == []
    assert counted.unsupported == ()


def test_the_settings_of_the_file_count(tmp_path: Path) -> None:
    history = next(one for one in _golden()["vectors"] if one.get("id") == "GR33")
    accepting = _golden()["settings"] | {"accept_sd_between": True}
    counted = _run(tmp_path, history, settings=accepting)
    assert [(one.what, one.expected, one.came) for one in counted.wrong] == [("confirmed", "SD", "PR")]


def test_any_check_and_any_expression_can_be_asked_with_answers_by_item(tmp_path: Path) -> None:
    index = {"method": "M_BMI", "inputs": {"VS_WEIGHT": 30.5, "VS_HEIGHT": 135}, "value": 16.7}
    disposal = {"method": "C103", "inputs": {"DARET": 9, "DADISP": 8}, "expect": {"fires": True}}
    assert _run(tmp_path, index, disposal) == Counts(2, (), ())


@pytest.mark.parametrize(
    ("vector", "why"),
    [
        ({"method": "M_MOON", "inputs": {}, "value": 1}, "NotSupported: no kind of vector M_MOON"),
        (
            {"method": "C999", "inputs": {}, "expect": {"fires": True}},
            "NotSupported: this version has no check C999",
        ),
        (
            {"method": "C020", "inputs": {"MOON": 1}, "expect": {"fires": True}},
            "NotSupported: there is no item MOON",
        ),
        ({"method": "M_CACORR", "inputs": {"ca": 2}, "value": 1}, "KeyError: 'alb'"),
        (
            {"method": "visit window", "inputs": {"event": "SE_MOON", "anchor": "2026-01-01"}, "expect": {}},
            "NotSupported: this version has no event SE_MOON",
        ),
        (
            {"method": "M_LBTOXGR", "inputs": {"test": "MOON", "value": 1}, "grade": 1},
            "NotSupported: this version has no grades of MOON",
        ),
        (
            {"method": "partial_lo", "inputs": {"value": "2026"}, "expect": {}},
            "NotSupported: the vector expects nothing that can be compared",
        ),
    ],
)
def test_what_a_version_cannot_answer_is_counted_as_unsupported(
    vector: dict[str, Any], why: str, tmp_path: Path
) -> None:
    assert _run(tmp_path, vector) == Counts(1, (), (Wrong(f"vector 1 {vector['method']}", why),))
